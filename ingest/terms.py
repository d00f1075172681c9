"""Words as the index counts them: plain stems, and one token for each thing with several names."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.markdown import plain_characters

# Spellings of a name -> the form in which guides write it; used on questions before encoding.
_SPELLINGS = (
    (r"j[\s-]?(?:1|one)s?", "J-1"),
    (r"j[\s-]?(?:2|two)s?", "J-2"),
    (r"h[\s-]?(?:1|one)[\s-]?bs?|hib visa", "H-1B"),
    (r"h[\s-]?(?:4|four)s?", "H-4"),
    (r"o[\s-]?1s?", "O-1"),
    (r"f[\s-]1s?|f1", "F-1"),
    (r"ds[\s-]?2019s?", "DS-2019"),
    (r"i[\s-]?(94|129|140|485|612|130|765|797|539)", r"I-\1"),
    (r"(?:ina |section )?212 ?\(?e\)?", "212(e) two-year home requirement"),
    (
        r"(?:two|2)[\s-]?(?:yr|year)s?[\s-](?:rule|bar|requirement|thing|obligation)",
        "two-year home requirement",
    ),
    (r"hrr|2[\s-]?yr home|two yr home", "two-year home requirement"),
    (r"conrad(?:[\s-]?30)?|c30", "Conrad 30"),
    (r"pgy[\s-]?(\d)", r"PGY-\1"),
    (r"usmle", "USMLE"),
    (r"ecfmg", "ECFMG"),
    (r"pds?", "program director"),
    (r"apd", "associate program director"),
    (r"ci", "clinical informatics"),
    (r"gc", "green card"),
    (r"dio", "designated institutional official"),
    (r"(?-i:So[Nn])", "Statement of Need"),
    (r"pips?", "performance improvement plan"),
    (r"niw", "national interest waiver"),
    (r"lor", "letter of recommendation"),
    (r"uscis", "USCIS"),
    (r"acgme", "ACGME"),
    (r"yrs?", "years"),
    (r"w/o", "without"),
    (r"bc|cuz|coz", "because"),
    (r"pls|plz", "please"),
    (r"ppl", "people"),
    (r"govt", "government"),
    (r"docs?", "doctor"),
    (r"emr|ehr", "electronic health record EHR"),
)
# Things with several names: a passage or question with one of them gets the group's token.
_GROUPS = {
    "outsidework": r"moonlight\w*|outside (?:work|shift|employ|job)\w*|side[\s-](?:job|gig|work|hustle"
    r"|project|income)\w*|(?:second|extra|another|part[\s-]time) (?:job|shift|work|hospital)\w*|locums?"
    r"|extra (?:money|income|cash)|freelanc\w*|per[\s-]diem",
    "dismissed": r"fired?|firing|dismiss\w*|terminat\w*|let (?:me |him |her )?go|kick\w* (?:me )?out"
    r"|sack\w*|laid off|lay[\s-]?offs?|expel\w*|los(?:e|ing|t) (?:my|the|your|a) (?:job|position|spot)",
    "resign": r"resign\w*|quit\w*|walk(?:ing)? (?:out|away)|leav(?:e|ing) (?:the |my |a )?"
    r"(?:program|residency|fellowship|position)",
    "transfer": r"transfer\w*|(?:switch|chang|mov)\w* (?:to )?(?:another |my |the |a )?(?:different )?"
    r"(?:program|residency|hospital|sponsor)s?",
    "nonrenewal": r"non[\s-]?renew\w*|not (?:be )?renew\w*|renewal|contract renew\w*",
    "homereq": r"two[\s-]year home\w*|home[\s-](?:country|residen\w+|residency)? ?(?:physical )?"
    r"(?:presence )?(?:requirement|rule|obligation)|212\(e\)|two[\s-]year (?:requirement|rule)"
    r"|(?:go|return|going|returning|back) (?:back )?(?:to (?:my|your|the) )?(?:home|country)\w*",
    "greencard": r"green[\s-]?card\w*|permanent residen\w*|lpr|immigrant (?:visa|petition)|i-140|i-485"
    r"|adjust\w* (?:of )?status|perm",
    "spouse": r"spouse\w*|wife|husband|partner|fianc\w+|married|marry\w*|marriage|wedding",
    "child": r"child\w*|kids?|son|daughter|baby|babies|dependents?|dependants?|family|famil\w+",
    "lawyer": r"lawyer\w*|attorney\w*|legal (?:help|advice|counsel)",
    "sponsor": r"ecfmg|intealth|evsp",
    "gme": r"gme|graduate medical education|dio|designated institutional official",
    "hours": r"duty[\s-]hours?|work(?:ing)?[\s-]hours?|80[\s-]hours?|hours (?:a|per) week|overwork\w*"
    r"|workload|overtime",
    "mistreat": r"bull(?:y|ied|ying)|harass\w*|abus\w*|mistreat\w*|yell\w*|scream\w*|humiliat\w*"
    r"|sham(?:e|ed|ing)|insult\w*|belittl\w*|intimidat\w*|hostil\w*|threat\w*",
    "discriminate": r"discriminat\w*|racis\w*|bias\w*|accent\w*|national origin|prejudic\w*",
    "retaliate": r"retaliat\w*|revenge|punish\w*|payback|get back at",
    "report": r"report\w*|complain\w*|whistle\w*|grievance\w*|file a",
    "record": r"document(?:ing|ation|ed)?|evidence|proof|log|logs|diary|journal|keep(?:ing)? (?:a )?"
    r"(?:record|note)s?|write (?:it |things |everything )?down|screenshots?|recordings?",
    "pregnant": r"pregnan\w*|maternity|paternity|parental|having a baby|fmla",
    "hardship": r"hardship\w*",
    "persecution": r"persecut\w*|asylum",
    "shortage": r"underserved|shortage|hpsa|mua|rural|flex",
    "stateWaiver": r"conrad\w*|state waiver\w*|waiver (?:job|position|work|service)\w*",
    "federalWaiver": r"federal (?:agenc\w+|waiver)|interested (?:government )?agenc\w+|hhs|va waiver"
    r"|veterans|delta|appalachia\w*",
    "noobjection": r"no[\s-]objection\w*|embassy letter|(?:letter|statement) from (?:my |the )?"
    r"(?:embassy|government|home)",
    "lottery": r"lotter\w*|cap|caps|capped|cap-(?:exempt|subject)|quota",
    "portability": r"portab\w*|transfer (?:my |the )?h-1b|h-1b transfer|chang\w* employer\w*",
    "fee": r"fees?|costs?|pays?|paid|paying|price\w*|expens\w*|\$ ?\d[\d,]*k?",
    "salary": r"salar\w*|stipend\w*|wages?|pay",
    "step3": r"(?:usmle )?step ?(?:3|three|iii)",
    "steps": r"step ?[12](?: ?ck)?|usmle",
    "board": r"boards?|board[\s-]certif\w*|board[\s-]exam\w*|abpm|abpath",
    "practicepathway": r"practice pathway|without (?:a )?fellowship|skip(?:ping)? (?:the )?fellowship",
    "match": r"match\w*|nrmp|eras|rank(?:ing|ed)?[\s-]?(?:list|order)?",
    "remote": r"remote\w*|telework\w*|work(?:ing)? from home|telehealth|telemedicine|from abroad",
    "startup": r"start[\s-]?ups?|compan(?:y|ies)|vendors?|industry|consult(?:ing|ant)\w*|tech (?:job|firm)"
    r"|freelance|app",
    "extend": r"exten[ds]\w*|renew\w*|longer|prolong\w*",
    "limit": r"limit\w*|maximum|max|at most|how (?:long|many years)|cap|total (?:years|time)|run out",
    "leave": r"leave of absence|medical leave|time off|sick leave|vacation|fmla",
    "travel": r"travel\w*|fly|flight|visit(?:ing)? home|abroad|re-?enter\w*|stamp\w*|consulate",
    "grace": r"grace|sixty days|60[\s-]days?|thirty days|30[\s-]days?|days (?:left|do i have)",
    "mental": r"mental|burn(?:ed|t)?[\s-]?out|depress\w*|suicid\w*|anxiet\w*|counsel\w*|therap\w*",
    "malignant": r"malignant|malignancy|toxic\w*",
    "redflag": r"red[\s-]flags?|warning signs?|signs? (?:of|that)|danger sign\w*",
    "turnover": r"turnover|attrition|(?:fellow|resident|people|trainee)s? (?:who )?(?:\w+ )?(?:left|leave"
    r"|leaving|quit)|left (?:early|the program)|drop(?:ped)? out|disappear\w*|missing fellows?",
    "cheaplabor": r"scut|cheap (?:labor|labour)|free labor|exploit\w*|gap[\s-]filling|help ?desk|ticket\w*",
    "mentor": r"mentor\w*|supervis\w*|guidance|advis[eo]r\w*",
    "reviews": r"reviews?|forums?|reddit|online|anonymous\w*|rumou?rs?|hearsay|gossip",
    "alumni": r"alumni|alumn\w+|graduates?|former (?:fellow|resident)\w*|past fellow\w*|current fellow\w*"
    r"|recent fellow\w*|ex-?(?:fellow|resident)s?",
    "interview": r"interview\w*",
    "informatics": r"informatics|health it|informatician\w*",
    "ehr": r"ehrs?|emrs?|electronic (?:health|medical) records?",
    "underpay": r"unpaid|off[\s-]the[\s-]books",
    "research": r"research\w*|publication\w*|scholar\w*",
    "specialty": r"(?:chang|switch)\w* (?:my |of )?(?:specialt\w+|field)|second residency",
    "nontraditional": r"non[\s-]?acgme|unaccredited|non[\s-]?accredited|not accredited|non[\s-]?standard",
    "exemption": r"cap[\s-]exempt\w*|exempt\w*|non-?profit\w*|university[\s-]\w+",
    "status": r"out of status|status|legal(?:ly)?|deport\w*|overstay\w*|unlawful\w*",
    "due": r"due process|appeal\w*|hearing|fair process|written reasons?",
    "certain": r"guarantee\w*|promis\w*|in writing|written|verbal\w*",
}  # fmt: skip

_STOP = frozenset(
    "a an and are as at be been but by can could do does did for from had has have how i if in into is it its"
    " me my no of on or our so some than that the their them then there these they this to too up us was we"
    " were what when where which who whom why will with would you your am about any also just get got like"
    " really very much many one may might must should shall not dont cant isnt doesnt im ive id ill s t re ve"
    " ll d m please help want need know tell say said going go goes still even ever".split()
)
_NUMBERS = dict(
    zip(
        "one two three four five six seven eight nine ten".split(),
        map(str, range(1, 11)),
        strict=True,
    )
)
_WORD = re.compile(r"[a-z0-9]+(?:[-/.&'][a-z0-9]+)*(?:\([a-z]\))?")
_spelling_pattern = [
    (re.compile(rf"\b(?:{pattern})\b(?!-)" if pattern[-1] != "?" else rf"\b(?:{pattern})(?!\w)",
                re.IGNORECASE), name)
    for pattern, name in _SPELLINGS
]  # fmt: skip
_group_patterns = [
    (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w])"), name) for name, pattern in _GROUPS.items()
]


@lru_cache(maxsize=2048)
def normalise_query(text: str) -> str:
    """A question with names spelt as the guides spell them ("j1" as "J-1"); numbers untouched."""
    text = " ".join(plain_characters(text).split())
    for pattern, name in _spelling_pattern:
        text = pattern.sub(name, text)
    return text


def terms(text: str) -> list[str]:
    """The tokens of a text: stems, with parts of compounds, and a '=group' token for each group."""
    lower = normalise_query(text).lower()
    found: list[str] = []
    for match in _WORD.finditer(lower):
        word = match.group().replace("'s", "").replace("'", "")
        if word in _STOP:
            continue
        found.append(_NUMBERS.get(word) or _stem(word))
        if ("-" in word or "/" in word) and len(word) > 5:
            found += [_NUMBERS.get(p) or _stem(p) for p in re.split("[-/]", word) if p not in _STOP]
    found += [f"={name}" for pattern, name in _group_patterns if pattern.search(lower)]
    return found


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("sses"):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            if word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    if word.endswith(("e", "y")) and len(word) > 3:
        word = word[:-1]
    return word
