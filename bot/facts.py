"""Read what the asker says about themselves; questions, hypotheticals and hearsay give no fact."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from guardrails.situation import Fact, FactName, Situation, Training, Value, write_plan

_J1 = r"(?:j[\s-]?(?:1|i)\b|j[\s-]one\b|j[\s-](?:visa|status)\b)"
_H1B = r"(?:h[\s-]?1[\s-]?b\b|h[\s-]?1\b(?![\s-]?[0-9]))"
_VISA = (
    rf"(?P<visa>research\s{_J1}|{_J1}\s(?:visa\s)?research(?:\sscholar)?|{_J1}|{_H1B}|j[\s-]?2\b|h[\s-]?4\b"
    r"|f[\s-]?1\b|o[\s-]?1\b|tn\b|green[\s-]?card(?:\sholder)?|permanent\sresident|us\scitizen|american\scitizen"
    r"|u\.s\.\scitizen)"
)
_SPOUSE = r"(?:wife|husband|spouse|partner|fianc[eé]e?)"
_CHILD = r"(?:son|daughter|kid|child)"
_FRIEND = (
    r"(?:friend|brother|sister|cousin|colleagues?|co-?residents?|co-?fellows?|roommate|classmate|boyfriend"
    r"|girlfriend|mother|father|mom|dad|nephew|niece|cohort|friends|buddy)"
)
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"a": 1, "an": 1, "half": 0.5}  # fmt: skip
_NUM = r"(?:\d{1,2}(?:\.\d)?|one|two|three|four|five|six|seven|eight|nine|ten)"
_YEARS = r"(?:years?|yrs?|yr|y)"
_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
}
_SELF = r"(?:i|i'm|im|i’m|i've|ive|me|my|we|i'd|i'll|myself|our)"

# Where what follows is not told as the asker's own state.
_HYPOTHETICAL = re.compile(
    r"\b(?:if i|if we|if my|what if|suppos(?:e|ing)|imagine|hypothetically|let'?s say|say i'?m|assuming|in case i"
    r"|what about|how about|would i be|were i|even if|pretend|whether i|should i|can i|could i|do i|may i|would i"
    r"|must i|will i|am i|does|is it|can a|can an|can they|do they|is there|are there|how (?:many|long|do|does|can|much))\b"
)
_HEARSAY = re.compile(
    r"\b(?:i (?:heard|hear|read)|heard|was told|been told|told me|people (?:say|tell)|(?:they|he|she|pd|everyone|some|others"
    r"|lawyer|recruiter|program|gme) (?:say|says|said|told|claims?|thinks?)|rumou?r|supposedly|apparently|thinking (?:about|of)|wondering about|considering)\b"
)
_OTHERS = re.compile(
    rf"\b(?:(?:my|a|our|the|some of my|another) (?:\w+ )?{_FRIEND}|{_FRIEND}|programs?|hospital|they|residents|fellows|physicians|doctors|people|he|she"
    r"|pd|everyone|someone|who|a (?:resident|fellow|pgy[\s-]?\d))\b"
)
_I_AM = re.compile(
    r"\b(?:i'?m|i am|i’m|im|am|i was|i have been|i've been|been|hold(?:ing)?|i have|i've|i've got|i got|holding|currently|now|me|we are"
    r"|my (?:visa|status)(?: status)?(?: is|:)?|visa:?|status:?|i came|i entered|i matched|matched|i started|i work|working|i train(?:ed)?"
    r"|here|finishing|finished|i finished|i did|did|i do|doing|as a|as an|resident|fellow|intern|attending|physician|doctor|pgy[\s-]?\d{1,2}|hospitalist"
    r"|since|i practice|fmg|img|i start|training|specialt?y|since residency)\b"
)
_WANTS = re.compile(
    r"\b(?:want(?:s|ed)?|need(?:ed|s)?|prefer|would like|hope|hoping|aim(?:ing)?|plan(?:ning)?|looking|switch(?:ing)?|mov(?:e|ing)|chang(?:e|ing)"
    r"|transfer(?:ring)?|go(?:ing)?|apply(?:ing)?|get|getting|file|petition|sponsor me|sponsor for|convert) (?:\w+ ){0,4}$"
)
_OFFERED = re.compile(
    r"\b(?:offer(?:ed|s)?|sponsors?|accepts?|takes?|files?|better than|vs\.?|versus|or|between|prefers?|easier)\b[^,;.]*$"
)
_PAST = re.compile(
    r"\b(?:was|used to be|former(?:ly)?|previous(?:ly)?|earlier|past|in (?:19|20)\d\d|did|had|came|entered|finished|after|completed|trained|held|back when)\b"
)
_NEVER = re.compile(r"\b(?:never|no prior|no previous|no past|not ever|haven'?t ever)\b")
_NOT = re.compile(
    r"\b(?:not|no longer|isn'?t|aren'?t|ain'?t|don'?t|instead of|rather than|without|no)\b(?: (?:on|in|a|an|the|my|have|hold|need|want|with|any|yet))*\s*$"
)
_NOW = re.compile(r"\b(?:now|currently|still|at present|today|am on|i'm on|im on|i am)\b")
_CLAUSE = re.compile(r"[^,;()]+")
_SENTENCE = re.compile(r"[^.?!;\n]+(?:\.(?=\S)[^.?!;\n]*)*[.?!]*")


class _Stage(BaseModel):
    model_config = ConfigDict(extra="forbid")
    years: float
    names: list[str]


class _Training(BaseModel):
    model_config = ConfigDict(extra="forbid")
    residencies: dict[str, _Stage]
    fellowships: dict[str, _Stage]
    countries: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Terms:
    """What training.yaml holds, ready to search."""

    stage: re.Pattern[str]
    named: dict[str, str]
    years: dict[str, float]
    residencies: frozenset[str]
    country: re.Pattern[str]
    countries: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence as written and in small letters of the same length; `told` ends the plain part."""

    text: str
    low: str
    asks: bool
    told: int

    def quote(self, start: int, end: int) -> str:
        """The asker's words between two offsets."""
        return self.text[start:end].strip(" ,;:")


def gather(earlier: Sequence[str], message: str, on: date | None = None) -> Situation:
    """The situation told in a conversation: a later fact takes the place of an earlier one."""
    return Situation.of(fact for said in (*earlier, message) for fact in read_facts(said, on))


def read_facts(message: str, on: date | None = None) -> tuple[Fact, ...]:
    """Every fact in the message, each with its words; `on` dates "yesterday" and the like."""
    found: list[Fact] = []
    for sentence in _sentences(message[:20_000]):
        for reader in _READERS:
            found += reader(sentence)
        found += _read_dates(sentence, on)
    found += _read_plan(message[:20_000], found)
    return _settled(message, found)


def _settled(message: str, found: list[Fact]) -> tuple[Fact, ...]:
    """One fact a name; another person's facts only where the asker told none of their own."""
    facts = list(Situation.of(found).facts)
    asking = re.search(
        r"\basking for (?:a|my) (?:friend|brother|sister|cousin|colleague)", message.lower()
    )
    if asking:
        facts.insert(0, Fact("person", "friend", message[asking.start() : asking.end()]))
    names = {fact.name for fact in facts}
    if "pgy" in names and "stage" not in names:
        pgy = next(fact for fact in facts if fact.name == "pgy")
        facts.append(Fact("stage", "resident", pgy.quote))
    if "visa" not in names and "spouse_visa" not in names:
        facts = [*_of_friend(message), *facts]
    return tuple(Situation.of(facts).facts)


def _sentences(message: str) -> Iterator[_Sentence]:
    plain = (
        message.replace("\u2019", "'")
        .replace("\u2011", "-")
        .replace("\u2010", "-")
        .replace("\u2013", "-")
    )
    for match in _SENTENCE.finditer(plain):
        text = match.group()
        low = text.lower()
        stops = [m.start() for m in (_HYPOTHETICAL.search(low), _HEARSAY.search(low)) if m]
        yield _Sentence(
            message[match.start() : match.end()], low, "?" in text, min(stops, default=len(low))
        )


def _visa_of(mention: str) -> str:
    plain = re.sub(r"[\s-]", "", mention)
    if "research" in plain:
        return "j1-research"
    for start, visa in (
        ("j2", "j2"), ("h4", "h4"), ("f1", "f1"), ("o1", "o1"), ("tn", "tn"), ("h1", "h1b"),
        ("green", "green-card"), ("permanent", "green-card"), ("j", "j1"),
    ):  # fmt: skip
        if plain.startswith(start):
            return visa
    return "citizen"


def _clause_start(low: str, position: int) -> int:
    """Where the clause of a mention begins: after the last comma, "and", "but", "now" or "then"."""
    cut = 0
    for match in re.finditer(r"[,;:()]|\b(?:and|but|while|now|then|because|bc)\b", low[:position]):
        cut = match.end() if match.group() not in ("now",) else match.start()
    return cut


_VISA_MENTION = re.compile(_VISA)
_AFTER_OK = re.compile(
    r"^\s*(?:visa|status)?\s*(?:[,.;)!]|$|(?:im|fm|internal|family|path\w*|resident|fellow|intern|physician|doctor|trainee|holder|attending|hospitalist"
    r"|who|sponsorship|here|since|for|in|at|with|through|thru|pgy|and|but|not|year|now|from|until|so|right|resi|as|to)\b)"
)
_ENDS = re.compile(
    r"^\s*(?:visa|status)?\s*(?:ends?|expires?|is|runs|program|training|sponsor|started|will|ending|expiring)\b"
)


def _read_visas(sentence: _Sentence) -> Iterator[Fact]:
    low = sentence.low
    for match in _VISA_MENTION.finditer(low):
        fact = _visa_fact(sentence, match)
        if fact:
            yield fact


def _visa_fact(sentence: _Sentence, match: re.Match[str]) -> Fact | None:
    low, start, end = sentence.low, match.start(), match.end()
    visa = _visa_of(match["visa"])
    after = low[end:]
    if re.match(r"\s*years\b", after) and re.search(r"\bmy\s*$", low[:start]):
        return Fact("visa", visa, sentence.quote(_clause_start(low, start), end))
    if re.match(r"\s*-?\s*(?:waiver|years|time|only|petition|cap|lottery|limit|rule)\b", after):
        return _cap_visa(sentence, match, after)
    clause = low[_clause_start(low, start) : start]
    before = low[:start]
    family = _family_visa(sentence, match, visa, clause)
    if family is not None:
        return family
    if re.search(rf"\b(?:{_SPOUSE}|{_CHILD})\b", clause) and not re.search(
        r"\b(?:i'm|i am|im|me)\b", clause
    ):
        return None
    quote = sentence.quote(max(0, start - 30) if start < 30 else _clause_start(low, start), end)
    if _NEVER.search(before) and visa == "j1":
        return Fact("ever_j1", False, quote)
    if _NOT.search(before[-40:]):
        return Fact("visa", "none", quote) if visa == "none" else None
    wish = _WANTS.search(clause)
    if wish and re.match(r"\s*(?:visa )?(?:to|into|programs?|only|road map)\b", after):
        return None
    if wish and visa in ("j1", "h1b") and start <= sentence.told and not _OTHERS.search(clause):
        if (
            re.search(r"\b(?:get|getting|go|going|change|transfer)\b", wish.group())
            and sentence.asks
        ):
            return None
        return Fact("target_visa", visa, quote)
    if re.match(r"\s*(?:petition )?for me\b", after) and re.search(
        r"\b(?:file|sponsor)\w*\s+(?:an? |my )?$", clause
    ):
        return Fact("target_visa", visa, quote) if visa in ("j1", "h1b") else None
    if start >= sentence.told and not _told_again(sentence, clause, start):
        return None
    if _OFFERED.search(clause) or re.match(r"\s*(?:or|vs|versus)\b", after):
        return None
    if _OTHERS.search(clause) and not re.search(r"\b(?:i'm|i am|im|me)\b", clause):
        return None
    if re.search(r"\b(?:fired|dismissed|terminated|resigned|quit|let go|laid off)\b", clause):
        return Fact("visa", visa, quote) if re.search(r"\b(?:my|an?|on)\s*$", clause) else None
    past = _PAST.search(clause) or re.search(r"\bafter (?:my |a )?$", before)
    if visa == "j1" and past and not _NOW.search(clause) and _is_past(clause, after, before):
        return Fact("ever_j1", True, quote)
    if (
        past
        and not _NOW.search(clause)
        and re.search(r"\b(?:was|used to|had|former|previous)", clause)
    ):
        return None
    if _says_own(sentence, clause, before, after, start):
        return Fact("visa", visa, quote)
    return None


def _cap_visa(sentence: _Sentence, match: re.Match[str], after: str) -> Fact | None:
    del sentence, match, after
    return None


def _told_again(sentence: _Sentence, clause: str, start: int) -> bool:
    """After "I heard …, but I'm on J-1" the asker speaks of themselves again; "as a J-1, can I" too."""
    since = max(sentence.low.rfind("but ", 0, start), 0)
    if re.search(r"\b(?:if|suppose|imagine|say|what about|how about)\b", sentence.low[since:start]):
        return False
    if since and re.search(
        r"\b(?:i have|i hold|i've)\s+(?:an? |the )?$", sentence.low[since:start]
    ):
        return True
    return bool(
        re.search(r"\b(?:i'm|i am|im|as)(?: (?:a|an|on|in|the|currently|now))*\s*$", clause)
    )


def _is_past(clause: str, after: str, before: str) -> bool:
    """Past and over; "I came on J-1" and "finished residency on J-1 status" may still hold."""
    if re.search(r"\b(?:came|entered|matched|started)\b", clause):
        return False
    return bool(
        re.search(
            r"\b(?:was|used to|former|previous|past|had|held|did|after|trained|earlier)\b", clause
        )
        or re.search(r"\bafter (?:my |a )?$", before)
        or re.search(r"\bin (?:19|20)\d\d", after[:12])
    )


def _says_own(sentence: _Sentence, clause: str, before: str, after: str, start: int) -> bool:
    low = sentence.low
    alone = re.fullmatch(
        rf"\W*(?:ok|so|no|sorry|actually|correction|yes|hi|hello)?\W*(?:it'?s |i meant |meant |but )?{_VISA}\W*",
        low,
    )
    if alone:
        return not sentence.asks
    if (
        re.search(r"\b(?:meant|correction|actually|sorry|oops|it'?s|but)\b[\s:,]*$", before)
        and not sentence.asks
    ):
        return True
    if (
        re.search(r"\b(?:got|have|received|hold) my\s*$", clause)
        and "green" in low[start : start + 5]
    ):
        return True
    if re.search(r"\bmy\s*$", clause):
        told = _ENDS.match(after) or re.match(r"\s*(?:residency|fellowship|job|position)\b", after)
        return bool(told) or bool(re.search(r"\b(?:during|while on|from|in|of|on) my\s*$", clause))
    if re.search(
        r"\b(?:my (?:visa|status)(?: status)?(?: is|:)?|visa:|status:)\s*(?:a |an )?$", before
    ):
        return True
    if _I_AM.search(clause):
        return bool(_AFTER_OK.match(after)) or bool(
            re.search(r"\b(?:on|with|hold|in)\s+(?:a |an |the |cap[\s-]exempt )?\s*$", clause)
        )
    lead = re.fullmatch(
        r"\W*(?:hi|hello|hey|so|ok|okay|and|but|currently|now|still|here|on|in|as|a|an|with|from|been|cap[\s-]exempt|cap[\s-]subject|,|\s)*",
        clause,
    )
    if not lead:
        return (
            bool(re.search(r"\bon\s+(?:a |an |the |cap[\s-]exempt )?\s*$", clause))
            and not sentence.asks
            and _self_led(clause)
        )
    if "on" in clause.split() or "in" in clause.split():
        return bool(_AFTER_OK.match(after))
    opened = _clause_start(low, start)
    first = opened == 0 or low[opened - 1] in ",:;("
    plural = re.match(r"\s*(?:residents|fellows|physicians|doctors|holders)\b", after)
    role = re.match(
        r"\s*(?:visa)?\s*(?:[\w/]+ )?(?:resident|fellow|intern|physician|attending|doctor)\b", after
    )
    if role and re.search(r"^\W*(?:can|may|could|should|does|do)\b", after[role.end() :]):
        return False
    return (
        first
        and not plural
        and bool(
            role
            or re.match(_TAIL, after)
            or (not sentence.asks and re.match(r"\s*(?:at|in|since|for|now|here)\b", after))
        )
        and not (sentence.asks and not after.strip(" ?.!"))
    )


_TAIL = r"\s*(?:visa)?\s*(?:[,.;)!]|$|since\b|here\b|now\b|year \d)"


def _self_led(clause: str) -> bool:
    return not re.search(
        r"\b(?:residents|people|doctors|physicians|programs?|one|you|someone)\b", clause
    )


def _family_visa(sentence: _Sentence, match: re.Match[str], visa: str, clause: str) -> Fact | None:
    """A visa told of wife, husband or child."""
    low = sentence.low
    after = low[match.end() :]
    quote = sentence.quote(_clause_start(low, match.start()), match.end())
    owner = None
    for who in re.finditer(
        rf"\b(?:(?P<spouse>{_SPOUSE})|(?P<child>{_CHILD})|(?P<me>i'm|im|i am|me|i))\b", clause
    ):
        owner = who
    if owner is not None and owner["me"]:
        return None
    if owner is None and clause.strip() in ("", "on", "in", "with", "a", "an"):
        for who in re.finditer(
            rf"\b(?:(?P<spouse>{_SPOUSE})|(?:my|our) (?:\w+ ){{0,2}}?(?P<child>{_CHILD})|(?P<me>i'm|im|i am|me|i))\b",
            low[: match.start()],
        ):
            owner = who
        if owner is not None and owner["me"]:
            return None
    if owner is None and re.search(r"\b(?:she|he) (?:is|'s) (?:on |in |a |an )*$", clause):
        relatives = (
            rf"(?:^\W*|\b(?:my|our) (?:\w+ )?)(?:(?P<spouse>{_SPOUSE})|(?P<child>{_CHILD}))\b"
        )
        owner = next(re.finditer(relatives, low[: match.start()]), None)
    if owner is None:
        follow = re.match(rf"\s*(?:visa )?(?:(?P<spouse>{_SPOUSE})|(?P<child>{_CHILD}))\b", after)
        if not follow:
            return None
        owner = follow
        quote = sentence.quote(match.start(), match.end() + follow.end())
    if owner.start() >= 0 and _is_hypothetical_before(sentence, match.start()):
        return None
    if visa in ("citizen", "green-card"):
        kind = ("citizen" if visa == "citizen" else "resident") + (
            "-spouse" if owner["spouse"] else "-child"
        )
        return Fact("family_status", kind, quote)
    return Fact("spouse_visa" if owner["spouse"] else "child_visa", visa, quote)


def _is_hypothetical_before(sentence: _Sentence, position: int) -> bool:
    return bool(
        re.search(r"\b(?:if|suppose|imagine|what about|how about)\b", sentence.low[:position])
    )


def _of_friend(message: str) -> list[Fact]:
    """A visa told of a friend, with the person named: the question is then about that person."""
    found: list[Fact] = []
    for sentence in _sentences(message):
        who = re.search(
            r"\b(?:my (?:best |close |good )?(?:friend|brother|sister|cousin|boyfriend|girlfriend)|asking for a friend|(?:a )?friend of mine)\b",
            sentence.low,
        )
        if who is None or _HEARSAY.search(sentence.low):
            continue
        visa = _VISA_MENTION.search(sentence.low, who.end())
        if visa and not _is_hypothetical_before(sentence, visa.start()):
            quote = sentence.quote(who.start(), visa.end())
            found += [Fact("person", "friend", quote), Fact("visa", _visa_of(visa["visa"]), quote)]
    return found


@dataclass(frozen=True, slots=True)
class _Pattern:
    name: FactName
    value: Value
    expression: re.Pattern[str]


def _p(name: FactName, value: Value, expression: str) -> _Pattern:
    return _Pattern(name, value, re.compile(expression))


_CONRAD_ETC = r"(?:waiver|conrad(?: 30)?)(?: (?:waiver|job|service|position|work|year|years|obligation|commitment))?"
_PLAIN = (
    _p("step3", "not-taken", r"\b(?:never (?:took|taken|sat|did)|have ?n[o']?t (?:taken|passed|done|sat)|not (?:yet )?(?:taken|passed|done)|did ?n[o']?t (?:take|pass)|no|without|yet to take|still need|lack) (?:the |my |usmle )*step[\s-]?(?:3|three|iii)\b|\bstep[\s-]?(?:3|three|iii) (?:not (?:done|taken|passed)|pending|not yet)"),
    _p("step3", "failed", r"\b(?:failed|flunked) (?:the |my |usmle )*step[\s-]?(?:3|three|iii)\b|\bstep[\s-]?(?:3|iii) (?:failed|fail)\b"),
    _p("step3", "scheduled", r"\bstep[\s-]?(?:3|three|iii) (?:is |exam is |exam )?(?:scheduled|booked|set|planned|in (?:january|february|march|april|may|june|july|august|september|october|november|december))|\b(?:scheduled|booked|registered|taking|sitting|will take) (?:for |to take )?(?:the |my |usmle )*step[\s-]?(?:3|three|iii)\b"),
    _p("step3", "passed", r"\b(?:passed|cleared|done with|completed|finished|have|with|got|aced) (?:[\w,]+ ){0,4}?step[\s-]?(?:3|three|iii)\b(?! (?:scheduled|booked|not|is|in|exam))|\bstep[\s-]?(?:3|three|iii) (?:is )?(?:passed|done|cleared|complete|completed)"),
    _p("medical_school", "us", r"\b(?:us|u\.s\.|american|lcme)(?:[\s-]accredited)? (?:medical )?(?:school )?(?:graduate|grad)\b|\bgraduated (?:from|at) (?:a |an )?(?:us|u\.s\.|american) (?:medical |med )?school|\bi'?m an? amg\b"),
    _p("medical_school", "foreign", r"\b(?:i'?m|i am|im|as|am) an? (?:\w+ )?(?:img|fmg)\b|^\W*(?:non-us )?(?:img|fmg)\b(?= ?(?:,|from|here|on|in|with|applying))|\b(?:foreign|international) medical graduate here|\b(?:graduated (?:from|at)|from|went to|studied (?:in|at)) (?:a |an |the )?(?:caribbean|foreign|indian|pakistani|european|chinese|mexican|polish) (?:medical |med )?(?:school|university|college)"),
    _p("i140", "approved", r"\bi-?140 (?:is |was |got |has been |already )?approved|\b(?:approved|have an approved) (?:eb-?\d )?i-?140"),
    _p("i140", "pending", r"\bi-?140 (?:is |was |still )?(?:pending|filed)|\bfiled (?:my |an |our )?i-?140|\bpending i-?140"),
    _p("cap", "exempt", r"\bcap[\s-]exempt\b(?=[^.?!]{0,12}(?:h-?1|$|,|job|status|petition))|\b(?:never|not) (?:been )?(?:counted|selected|in the lottery)|\bnever (?:went|gone|been) through the lottery"),
    _p("cap", "subject", r"\b(?:i was|i got|got|was|been) (?:selected|picked|chosen|counted) (?:in|against|under) the (?:h-?1-?b )?(?:lottery|cap)|\bwon the (?:h-?1-?b )?lottery|\bcap[\s-]subject h-?1"),
    _p("program_accredited", False, r"\b(?:my|this|the|a|an|our) (?:\w+ ){0,3}?(?:fellowship|program|residency)(?: \w+){0,2} (?:is|was|isn'?t) (?:not )?(?:non-?|un)?(?:acgme[\s-])?(?:un)?accredited\b|\bnon[\s-]?acgme\b|\bunaccredited\b|\bnot acgme\b"),
    _p("termination", "resigned-in-lieu", r"\b(?:resign(?:ed)?|resignation) (?:in lieu|instead of|or be|to avoid)\b|\b(?:forced|made) (?:me )?(?:to )?resign\b"),
    _p("termination", "non-renewed", r"\b(?:contract|position|appointment) (?:was|is|got|has been|will) (?:not |n't )(?:be )?renewed|\bnot (?:being )?renew(?:ed|ing) (?:my|me)|\b(?:did|do|would|will) not renew (?:my|me)|\b(?:got|received|have) (?:a |my )?non-?renewal|\bmy contract wasn'?t renewed"),
    _p("termination", "dismissed", r"\b(?:i was|i'?ve been|i have been|i got|got|i am|i'm|im|^\W*was) (?:just )?(?:fired|dismissed|terminated|let go|laid off|sacked|kicked out)\b|\b(?:they|he|she|program|hospital|pd|employer|director|clinic) (?:just |has |have )?(?:fired|dismissed|terminated|sacked|let) me\b|\b(?:ended|terminated|cancelled) my (?:contract|position|training)|\bmy (?:contract|job|position|training) (?:was|got|has been) (?:just )?(?:terminated|ended|cancelled)"),
    _p("termination", "resigned", r"\bi (?:just |already |have )?(?:resigned|quit|left) (?:last|from|my|the|yesterday|on|in)\b|\bi(?:'ve| have)? (?:already )?resigned\b"),
    _p("family_status", "citizen-spouse", rf"\b(?:married to|marrying|marry) (?:a |an )?(?:us|u\.s\.|american)\s?(?:citizen)?|\b{_SPOUSE} is (?:a |an )?(?:us citizen|u\.s\. citizen|american|citizen)\b|\b(?:us[\s-]citizen|american) (?:citizen )?{_SPOUSE}"),
    _p("family_status", "resident-spouse", rf"\b(?:married to|marrying) (?:a |an )?(?:green[\s-]?card|permanent resident)|\b{_SPOUSE} (?:is|has) (?:a |an )?(?:green[\s-]?card|permanent resident|lpr)"),
    _p("family_status", "citizen-child", rf"\b(?:us|u\.s\.|american)[\s-]?(?:citizen|born) {_CHILD}|\b{_CHILD}(?:ren)? (?:is|was|are|were) (?:a |an )?(?:us citizens?|american|born (?:here|in the us))"),
    _p("stage", "matched", r"\b(?:i |just |have |i've |already )+matched\b|^\W*matched\b|, matched\b"),
    _p("stage", "applicant", r"\b(?:applying (?:this|next|for residency|to residency|in)|i'?m applying|planning residency|want(?:ing)? (?:to apply|residency)|(?:this|next) (?:match )?cycle|residency applicant|want residency)\b"),
    _p("employer", "university", r"\b(?:move to|join|offer (?:from|at)|job (?:at|with)|position at|work (?:at|for)) (?:a |an |the )?(?:university|academic)\b"),
    _p("employer", "nonprofit", r"\b(?:move to|join|offer (?:from|at)|job (?:at|with)|position at|work (?:at|for)) (?:a |an |the )?(?:nonprofit|non-profit|not-for-profit|community)\b"),
    _p("employer", "private", r"\b(?:move to|join|joining|offer (?:from|at)|job (?:at|with|in)|position at|work (?:at|for|in)|going to) (?:a |an |the )?(?:\w+ )?(?:private (?:practice|clinic|group|hospital)|for-?profit)\b|\bwant(?: to (?:do|go into))? private practice\b"),
    _p("employer", "company", r"\b(?:move to|join|joining|offer (?:from|at)|job (?:at|with)|position at|work (?:at|for)) (?:a |an |the )?(?:[\w-]+ ){0,2}(?:company|startup|start-up|vendor|industry|epic|cerner|oracle)\b"),
    _p("visa", "citizen", r"\b(?:i'?m|i am|became) (?:now )?(?:a |an )?(?:naturali[sz]ed )?citizen\b(?! of)"),
    _p("visa", "none", r"\b(?:do ?n[o']?t have (?:any|a) visa|no visa (?:yet|now)|without (?:a|any) visa|have no visa)\b"),
    _p("waiver_stage", "completed", rf"\b(?:finished|completed|done with|after finishing) (?:my |the |our )?(?:\w+[\s-]){{0,3}}{_CONRAD_ETC}"),
    _p("waiver_stage", "recommended", rf"\b{_CONRAD_ETC} (?:got|was|is|has been|were) recommended|\brecommendation for my waiver"),
    _p("waiver_stage", "approved", rf"\b(?:{_CONRAD_ETC}) (?:got|was|is|has been) (?:approved|granted)|\b(?:got|received|have) (?:my |a |an )?(?:approved )?(?:\w+ )?waiver approv|\bi (?:got|have|received) (?:my|a|the) (?:\w+ )?waiver\b"),
    _p("waiver_stage", "filed", r"\bappl(?:ied|ying) (?:for|to) (?:a |an |my |the )?(?:\w+ )?(?:waiver|conrad)|\bwaiver (?:is |application is )?pending|\bfiled (?:for |my )?(?:a |the )?(?:\w+ )?waiver"),
    _p("waiver_stage", "serving", rf"\b(?:doing|serving|in|on|into|started|finishing|working|during|of) (?:my |the |a )(?:\w+[\s-]){{0,3}}{_CONRAD_ETC}|\bwaiver (?:physician|doctor|doc)\b|\bfinishing (?:\w+ )?(?:yr|year)s? (?:of )?waiver|\b(?:i|me) (?:do|serve) (?:my )?conrad|\b(?:my waiver (?:employer|clinic|site|hospital))\b|\b(?:in|at|on|during|leave|quit) my waiver (?:job|service)\b"),
)  # fmt: skip
_WAIVER_KINDS = (
    ("conrad", r"\bconrad\b|\bstate waiver\b"),
    ("va", r"\bva (?:waiver|job|hospital waiver)\b|\bveterans\b"),
    ("hhs", r"\bhhs\b"),
    ("arc", r"\barc\b|\bappalachian\b"),
    ("dra", r"\bdra\b|\bdelta regional\b"),
    ("hardship", r"\bhardship\b"),
    ("persecution", r"\bpersecution\b"),
    ("no-objection", r"\bno[\s-]objection\b"),
)
_THIRD_BEFORE = re.compile(
    rf"\b(?:{_FRIEND}|another|a (?:resident|fellow)|residents|fellows|people|someone|they|he|she|who|everyone|others|one resident)\b[^,;]*$"
)


def _read_plain(sentence: _Sentence) -> Iterator[Fact]:
    """Facts told by a set phrase."""
    told: set[FactName] = set()
    for pattern in _PLAIN:
        match = pattern.expression.search(sentence.low)
        if (
            match is None
            or pattern.name in told
            or not _is_told(sentence, match.start(), pattern.name)
        ):
            continue
        told.add(pattern.name)
        yield Fact(pattern.name, pattern.value, sentence.quote(match.start(), match.end()))
        if pattern.name == "waiver_stage":
            kind = _waiver_kind(sentence.low)
            if kind is None and pattern.value in ("serving", "completed"):
                kind = "agency"
            if kind:
                yield Fact("waiver", kind, sentence.quote(match.start(), match.end()))


def _is_told(sentence: _Sentence, start: int, name: FactName) -> bool:
    before = sentence.low[:start]
    if name == "step3" and re.search(
        r"\b(?:do i|should i|need to|have to|must i|if i|whether|is|before|until|require[sd]?)\b[^,;]*$",
        before,
    ):
        return False
    if name == "termination":
        if re.search(
            r"\b(?:if|what if|can|could|might|may|will|would|even if|when|before|whether|why)\b[^,;]*$",
            before,
        ):
            return False
        return not _THIRD_BEFORE.search(before) or "me" in sentence.low[start : start + 40].split()
    if name in ("family_status", "i140", "program_accredited", "cap", "employer"):
        return not re.search(r"\b(?:if|suppose|imagine)\b[^,;]*$", before)
    if start > sentence.told or re.search(r"\b(?:if i|what if|should i|how|what)\b", before):
        return False
    return not _THIRD_BEFORE.search(before)


def _waiver_kind(low: str) -> str | None:
    for kind, expression in _WAIVER_KINDS:
        if re.search(expression, low):
            return kind
    return None


def _number(text: str) -> float:
    return float(_NUMBER_WORDS[text]) if text in _NUMBER_WORDS else float(text)


_PGY = re.compile(r"\bp\s?g\s?y[\s-]?(\d{1,2})\b")
_ORDINAL_YEAR = re.compile(
    r"\b(first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th)[\s-](?:year|yr)\b(?=[^.?!,;]{0,30}\b(?:resident|fellow|intern)\b)"
)


def _read_pgy(sentence: _Sentence) -> Iterator[Fact]:
    low = sentence.low
    for match in _PGY.finditer(low):
        before = low[: match.start()]
        quote = sentence.quote(match.start(), match.end())
        if re.search(
            r"\b(?:not|at|by|until|after|before|from|another|a|the|in|during|as of|start) (?:a |the )?$",
            before,
        ) and not re.search(
            r"\b(?:i'm|i am|im|am|as|currently|now|me)(?: (?:a|in|an|on|j-?1|h-?1-?b))*\s*$", before
        ):
            continue
        if (
            _THIRD_BEFORE.search(before)
            or re.search(rf"\b(?:{_SPOUSE}|{_CHILD})\b", before)
            or match.start() > sentence.told
        ):
            continue
        number = int(match[1])
        if 1 <= number <= 10:
            yield Fact("pgy", number, quote)
    year = _ORDINAL_YEAR.search(low)
    if year and not _THIRD_BEFORE.search(low[: year.start()]) and year.start() <= sentence.told:
        yield Fact("pgy", _ORDINALS[year[1]], sentence.quote(year.start(), year.end()))
    intern = re.search(r"\b(?:i'm|i am|im|as) an intern\b|^\W*intern (?:in|at|here|on)\b", low)
    if intern:
        yield Fact("pgy", 1, sentence.quote(intern.start(), intern.end()))


_ROLE = re.compile(
    r"\b(?:i'm|i am|im|i was|as(?= an?\b)|am|me|currently|now) (?:(?!they\b|that\b|who\b|with\b|about\b|to\b)[\w/-]+[\s,]+){0,5}?"
    r"(resident|fellow|attending|hospitalist|medical student|student)\b(?!s)"
)
_ROLE_WORD = (
    r"(?:j-?1|h-?1-?b|h|j|1|1b|im|fm|pgy|\d|a|an|final|last|current|new|foreign|img|fmg|chief|senior|junior|us|year|yr|\d(?:st|nd|rd|th)"
    r"|first|second|third|fourth|fifth|internal|family|medicine|ob|gyn|ci|in|on|at|research|clinical|informatics|path\w*|psych\w*|neuro\w*|peds"
    r"|pediatrics?|surgery|surgical|cardiology|gi|hem|onc|icu|radiology|em|emergency)"
)
_ROLE_LEAD = re.compile(
    rf"^\W*(?:hi|hello|so)?\W*(?:{_ROLE_WORD}[\s,/-]+){{0,5}}(resident|fellow|attending)\b"
    r"(?=\s*(?:$|[,.;!]|here\b|in\b|on\b|with\b|at\b))"
)
_STAGE_OF = {"hospitalist": "attending", "medical student": "student"}


def _read_stage(sentence: _Sentence) -> Iterator[Fact]:
    low = sentence.low
    match = _ROLE.search(low) or _ROLE_LEAD.search(low)
    if (
        match is None
        or match.start(1) > max(sentence.told, 0)
        and not re.search(r"\bas an?\b", match.group())
    ):
        return
    said = match.group()
    if re.search(
        rf"\b(?:{_SPOUSE}|{_CHILD}|{_FRIEND}|want|become|switch|apply|my program|not|can|does|programs?|every|a different)\b",
        said,
    ):
        return
    yield Fact(
        "stage", _STAGE_OF.get(match[1], match[1]), sentence.quote(match.start(), match.end())
    )


def _read_specialty(sentence: _Sentence) -> Iterator[Fact]:
    terms = _terms()
    low = sentence.low
    for match in terms.stage.finditer(low):
        name = terms.named[match["name"]]
        if (
            name in ("residency", "fellowship", "preliminary year")
            or name not in terms.residencies
            and name != "clinical informatics"
        ):
            continue
        before, after = low[: match.start()], low[match.end() :]
        if match["name"] == "im" and not re.search(
            r"(?:pgy[\s-]?\d,?\s|j-?1\s|h-?1-?b\s|in\s|for\s|an?\s|into\s|start\s|doing\s)$", before
        ):
            continue
        role = re.match(
            r"\s*(?:pgy[\s-]?\d\s*)?(?:resident|residency|fellow|intern|attending|physician)\b",
            after,
        )
        place = re.search(
            r"\b(?:resident|fellow|intern|matched|pgy[\s-]?\d)(?:[\w ,-]{0,12})? (?:in|into|for|on) (?:an? )?$|(?:h-?1-?b|j-?1) (?:in|for) $",
            before,
        )
        lead = re.search(r"\bpgy[\s-]?\d{1,2},? (?:in )?$", before) or (
            not before.strip(" ,") and re.match(rf"\s*(?:{_NUM}|pgy)", after)
        )
        if (
            not (role or place or lead)
            or match.start() > sentence.told
            or _THIRD_BEFORE.search(before)
        ):
            continue
        if re.search(rf"\b(?:want|plan|like|become|then|{_SPOUSE}|if|after)\b[^,;.]*$", before):
            continue
        yield Fact("specialty", name, sentence.quote(match.start(), match.end()))
        return


_USED = re.compile(
    rf"\b(?P<n>{_NUM})\s*(?:full |whole )?{_YEARS}?\b\s*(?:(?:of|on|in|as|under|at|with)\s+)?(?:a |an |my |the )?(?P<v>{_J1}|{_H1B})(?!\s*waiver)"
)
_USED_AFTER = re.compile(
    rf"\b(?P<n>{_NUM})\s*{_YEARS}\s*(?:(?:are|were|already|have been)\s)*(?:used|done|spent|completed|gone)\b"
)
_USED_BARE = re.compile(rf"\b(?:used|spent) (?:up )?(?P<n>{_NUM}) {_YEARS}\b")
_USED_OF = re.compile(
    rf"\b(?:my|used|have) (?P<v>{_J1}|{_H1B}) years? (?:are|is|so far|used|:)?\s*(?:are|is|:)?\s*(?P<n>{_NUM})\b"
)
_USED_FOR = re.compile(
    rf"\b(?P<v>{_J1}|{_H1B})(?: visa| status)? for (?:the )?(?:last |past )?(?P<n>{_NUM}) {_YEARS}\b"
)
_LEFT_YEARS = re.compile(
    rf"\b(?P<n>{_NUM})\s*{_YEARS}\s*(?:of|on|in)?\s*(?:my )?(?P<v>{_J1}|{_H1B})?\s*(?:\w+ )?(?:left|remaining)\b"
)
_USE_VERB = re.compile(
    r"\b(?:used|spent|done|did|completed|been|have had|had|already|finished|so far|after|with|i have)\b"
)
_LIMITS = {"j1": 7, "h1b": 6}


def _read_years(sentence: _Sentence) -> Iterator[Fact]:
    low = sentence.low
    left = _LEFT_YEARS.search(low)
    if (
        left
        and left["v"]
        and re.search(r"\bi(?:'ve| have)\b|\bgot\b", low)
        and left.start() <= sentence.told
    ):
        visa = _visa_of(left["v"])
        used = _LIMITS[visa] - _number(left["n"])
        if used >= 0:
            yield _used_fact(visa, used, sentence.quote(left.start(), left.end()))
        return
    for match in (*_USED.finditer(low), *_USED_OF.finditer(low), *_USED_FOR.finditer(low)):
        before, after = low[: match.start()], low[match.end() :]
        if match.start() > sentence.told or re.search(
            r"\b(?:max|maximum|limit|up to|only|stay|than|next|for)\s*$", before
        ):
            continue
        told = (
            _USE_VERB.search(before) or _USE_VERB.search(after[:24]) or "years are" in match.group()
        )
        if not told or _THIRD_BEFORE.search(before) or re.match(r"\s*(?:left|remaining)", after):
            continue
        yield _used_fact(
            _visa_of(match["v"]), _number(match["n"]), sentence.quote(match.start(), match.end())
        )
    match = _USED_AFTER.search(low) or _USED_BARE.search(low)
    if match and match.start() <= sentence.told and not _THIRD_BEFORE.search(low[: match.start()]):
        seen = [m for m in _VISA_MENTION.finditer(low) if _visa_of(m["visa"]) in _LIMITS]
        if seen and not re.search(r"waiver|conrad|home|abroad|service", low):
            yield _used_fact(
                _visa_of(seen[-1]["visa"]),
                _number(match["n"]),
                sentence.quote(match.start(), match.end()),
            )


def _used_fact(visa: str, years: float, quote: str) -> Fact:
    value = int(years) if years == int(years) else years
    return Fact("j1_years_used" if visa.startswith("j1") else "h1b_years_used", value, quote)


_SERVED = re.compile(
    rf"\b(?P<n>{_NUM})\s*{_YEARS}\s*(?:served|into|of service|done|in)\b|\bserved (?:for )?(?P<m>{_NUM})\s*{_YEARS}|\b(?P<k>{_NUM}) of (?:the |my )?(?:3|three) years"
)
_IN_YEAR = re.compile(
    r"\b(?:in|during|on) (?:my )?(?:year (?P<n>one|two|three|1|2|3)|(?:the )?(?P<o>first|second|third|1st|2nd|3rd) (?:year|yr)) (?:of|on|in)\b"
)
_HOME = re.compile(
    rf"\b(?:spent|served|did|lived|stayed|went home for|went back for|been) (?:for )?(?P<n>{_NUM}|a)\s*(?:full )?{_YEARS}\s*(?:back |at )?(?:home|in my (?:home )?country)?|\bwent (?:back )?home for (?P<m>{_NUM}|a) {_YEARS}"
)
_ABROAD = re.compile(
    r"\b(?P<n>\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten) (?P<unit>days?|weeks?|months?) (?:abroad|outside)\b|\b(?:abroad|outside the us|out of the (?:us|country)) (?:for )?(?P<m>\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten) (?P<unit2>days?|weeks?|months?)"
)
_DAYS = {"d": 1, "w": 7, "m": 30}


def _read_amounts(sentence: _Sentence) -> Iterator[Fact]:
    """Waiver years served, years at home, days abroad, a child's age, a country."""
    low = sentence.low
    served = _SERVED.search(low)
    if served and re.search(r"waiver|conrad|service", low) and served.start() <= sentence.told:
        years = _number(served["n"] or served["m"] or served["k"])
        yield Fact(
            "waiver_years_served",
            years if years % 1 else int(years),
            sentence.quote(served.start(), served.end()),
        )
    in_year = _IN_YEAR.search(low)
    if in_year and re.search(r"waiver|conrad", low) and in_year.start() <= sentence.told:
        year = _ORDINALS.get(in_year["o"] or "") or int(_number(in_year["n"]))
        yield Fact("waiver_years_served", year - 1, sentence.quote(in_year.start(), in_year.end()))
    home = _HOME.search(low)
    if (
        home
        and re.search(r"\bhome\b|home country", low)
        and re.search(r"\bafter\b", low)
        and home.start() <= sentence.told
    ):
        years = _number(home["n"] or home["m"])
        quote = sentence.quote(home.start(), home.end())
        yield Fact("home_years_served", years if years % 1 else int(years), quote)
    abroad = _ABROAD.search(low)
    if abroad and abroad.start() <= sentence.told:
        count = _number(abroad["n"] or abroad["m"])
        days = int(count * _DAYS[(abroad["unit"] or abroad["unit2"])[0]])
        yield Fact("days_abroad", days, sentence.quote(abroad.start(), abroad.end()))
    yield from _read_child(sentence)
    yield from _read_country(sentence)


_CHILD_AGE = re.compile(
    rf"\b{_CHILD}\b(?: is| will be|,)?[^.?!;]{{0,30}}?\b(?P<turns>turn(?:s|ing)? )?(?<![jhf-])(?P<n>\d{{1,2}})\b(?!-)(?!\s*(?:hours|weeks|months))|\b(?P<m>\d{{1,2}})[\s-]year[\s-]old {_CHILD}\b"
)


def _read_child(sentence: _Sentence) -> Iterator[Fact]:
    match = _CHILD_AGE.search(sentence.low)
    if match is None or re.search(r"\b(?:if|when) (?:my|a)\b", sentence.low[: match.start() + 6]):
        return
    age = int(match["n"] or match["m"])
    if match["turns"] or re.search(
        r"turn(?:s|ing)? $", sentence.low[: match.start("n")] if match["n"] else ""
    ):
        age -= 1
    if age <= 60:
        yield Fact("child_age", age, sentence.quote(match.start(), match.end()))


def _read_country(sentence: _Sentence) -> Iterator[Fact]:
    terms = _terms()
    for match in terms.country.finditer(sentence.low):
        before, after = sentence.low[: match.start()], sentence.low[match.end() :]
        own = re.search(
            r"\b(?:i'm|i am|im|am|as|we are|matched but i'm)(?: (?:a|an|originally|from))*\s*$|\b(?:img|fmg|doctor|physician|graduate|resident|fellow|citizen) (?:from|of) $|^\W*(?:from )?$|, from $|i come from $|\b(?:i am|i'm|im|on|a)\b[^,;]*(?:visa|j-?1|h-?1-?b|resident|fellow|doctor|applicant|medicine|pgy-?\d) from $",
            before,
        )
        role = re.match(
            r"\s*(?:doctor|physician|img|resident|fellow|citizen|graduate|national|here|passport)\b",
            after,
        )
        if (
            own
            and (
                role or re.search(r"(?:from|i'm|i am|im|am|of|an?) $", before) or not before.strip()
            )
            and match.start() <= max(sentence.told, 1)
        ):
            if (
                not before.strip()
                and not role
                and not after.strip(" .,!").startswith(("here", "eb"))
            ):
                continue
            yield Fact(
                "country",
                terms.countries[match.group()],
                sentence.quote(match.start(), match.end()),
            )
            return


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    r"\b(?:(?P<iso>20\d\d-\d\d-\d\d)|(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>20\d\d)"
    r"|(?P<day2>\d{1,2}) (?P<month2>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*,? (?P<year2>20\d\d)|(?P<us>\d{1,2}/\d{1,2}/20\d\d))"
)


def _read_dates(sentence: _Sentence, on: date | None) -> Iterator[Fact]:
    """The end of a program, an I-94 or an employment, where the day is told in full."""
    low = sentence.low
    told = _relative(low, on)
    day, quote = told if told else (None, "")
    match = _DATE.search(low)
    if match:
        day, quote = _as_date(match), sentence.quote(match.start(), match.end())
    if day is None or _is_hypothetical_before(sentence, len(low)):
        return
    if re.search(r"\bi-?94\b", low):
        yield Fact("i94_end", day.isoformat(), quote)
    elif re.search(r"\bds-?2019|\bprogram (?:ends|end date)|\bgraduat", low):
        yield Fact("program_end", day.isoformat(), quote)
    elif re.search(r"\b(?:fired|dismissed|terminated|let go|laid off|resigned|quit|ended)\b", low):
        yield Fact("termination_date", day.isoformat(), quote)


def _relative(low: str, on: date | None) -> tuple[date, str] | None:
    if on is None:
        return None
    match = re.search(
        r"\b(yesterday|today|this morning|(\d{1,2}|one|two|three|four|five|six|seven) days? ago)\b",
        low,
    )
    if match is None:
        return None
    back = 1 if match[1] == "yesterday" else 0
    if match[2]:
        back = int(_number(match[2]))
    return on - timedelta(days=back), match.group()


def _as_date(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        if match["us"]:
            return datetime.strptime(match["us"], "%m/%d/%Y").date()
        month, day, year = (
            match["month"] or match["month2"],
            match["day"] or match["day2"],
            match["year"] or match["year2"],
        )
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        return None


_LINK = re.compile(
    r"(?:\+|->|→|>|\bthen\b|\bfollowed by\b|\bplus\b|\band\b|\bafter\b|\bafter that\b|,|&|\bwant\b|\bplan\b|\bnext\b)"
)


def _read_plan(message: str, found: list[Fact]) -> list[Fact]:
    """The stages of training with their years, where a plan or at least one length is told."""
    stages: list[tuple[int, int, Training, bool]] = []
    for sentence in _sentences(message):
        offset = message.find(sentence.text)
        if _HEARSAY.search(sentence.low) and not re.search(r"\b(?:my|i) \b", sentence.low):
            continue
        if re.search(r"\b(?:what about|how about|my friend|if i did)\b", sentence.low):
            continue
        stages += [
            (offset + start, offset + end, stage, sized)
            for start, end, stage, sized in _stages(sentence.low)
        ]
    sized = [stage for *_, stage, has in stages if has]
    terms = _terms()
    known = {fact.name: fact for fact in found}
    names = [stage.name.removesuffix(" (usual)") for *_, stage, _ in stages]
    if not sized and not _is_chain(message, stages):
        return []
    if not stages or any(stage.years == 0 for *_, stage, _ in stages):
        stages = [item for item in stages if item[2].years > 0]
        names = [stage.name.removesuffix(" (usual)") for *_, stage, _ in stages]
    if not stages:
        return []
    trainings = [stage for *_, stage, _ in stages]
    quote = message[stages[0][0] : stages[-1][1]].strip()
    has_residency = any(name in terms.residencies for name in names)
    if has_residency:
        return [Fact("plan", write_plan(trainings), quote)]
    if "j1_years_used" in known or "h1b_years_used" in known:
        return [Fact("further_training", write_plan(trainings), quote)]
    specialty = known.get("specialty")
    if specialty and str(specialty.value) in terms.years and terms.years[str(specialty.value)]:
        first = Training(f"{specialty.value} (usual)", terms.years[str(specialty.value)])
        return [Fact("plan", write_plan([first, *trainings]), quote)]
    return [Fact("further_training", write_plan(trainings), quote)] if len(trainings) > 1 else []


def _stages(low: str) -> Iterator[tuple[int, int, Training, bool]]:
    """Named stages of a sentence, with the years told before or after the name."""
    terms = _terms()
    taken: list[tuple[int, int, Training, bool]] = []
    for match in terms.stage.finditer(low):
        name = terms.named[match["name"]]
        start, end = match.start(), match.end()
        behind = re.match(
            rf"\s*(?:residency|fellowship|training)?\s*(?:of|is|for|:|\(|=|-)?\s*(?P<n>{_NUM})\b(?!\s*(?:months?|weeks?|days?|hours?|%|-\s?1))\s*{_YEARS}?\b",
            low[end:],
        )
        ahead = re.search(
            rf"(?P<n>{_NUM})[\s-]*{_YEARS}?[\s-]*(?:of |in |path to |for )?(?:an? |my |the )?$",
            low[max(0, start - 24) : start],
        )
        if behind and re.match(r"\s*(?:pgy|step)", low[end:]):
            behind = None
        if ahead and (
            re.search(r"(?:\b(?:pgy|step|j|h)|-)[\s-]?$", low[: max(0, start - 24) + ahead.start()])
            or re.search(r"\d$", low[: max(0, start - 24) + ahead.start()])
        ):
            ahead = None
        if ahead and taken and taken[-1][1] > max(0, start - 24) + ahead.start():
            ahead = None
        if ahead:
            taken.append(
                (max(0, start - 24) + ahead.start(), end, Training(name, _number(ahead["n"])), True)
            )
        elif behind:
            taken.append((start, end + behind.end(), Training(name, _number(behind["n"])), True))
        elif (
            terms.years[name]
            and name != "clinical informatics"
            or re.match(r"\s*(?:fellowship|then|,|\+|on|\?|$)", low[end:])
        ):
            taken.append((start, end, Training(f"{name} (usual)", terms.years[name]), False))
    merged = _merged(taken, low)
    yield from (item for item in merged if item[3]) if any(item[3] for item in merged) else merged


def _merged(
    taken: list[tuple[int, int, Training, bool]], low: str
) -> list[tuple[int, int, Training, bool]]:
    """ "5 year surgery residency" names one stage twice; the more exact name is kept."""
    kept: list[tuple[int, int, Training, bool]] = []
    for item in taken:
        plain = item[2].name.removesuffix(" (usual)")
        if plain in ("residency", "fellowship") and kept and not low[kept[-1][1] : item[0]].strip():
            continue
        if kept and plain in ("residency", "fellowship") and item[0] < kept[-1][1]:
            continue
        before = kept[-1][2].name.removesuffix(" (usual)") if kept else ""
        if before == "fellowship" and kept[-1][1] >= item[0] - 4 and item[3] is False:
            continue
        kept.append(item)
    return kept


def _is_chain(message: str, stages: list[tuple[int, int, Training, bool]]) -> bool:
    """Two or more stages joined by "then" or a plus sign."""
    if len(stages) < 2:
        return False
    between = [message[a[1] : b[0]].lower() for a, b in zip(stages, stages[1:], strict=False)]
    return all(
        re.fullmatch(
            r"\s*(?:residency|fellowship)?\s*,?\s*(?:then|and then|\+|->|→|followed by|plus|>)\s*(?:a |an |the )?\s*",
            part,
        )
        for part in between
    )


@cache
def _terms() -> _Terms:
    raw = yaml.load(
        files("bot").joinpath("training.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    held = _Training.model_validate(raw)
    named: dict[str, str] = {}
    for group in (held.residencies, held.fellowships):
        for name, stage in group.items():
            named |= {spelling: name for spelling in stage.names}
    countries = {word: name for name, words in held.countries.items() for word in words}
    return _Terms(
        re.compile(rf"(?<![\w-])(?P<name>{_choice(named)})(?![\w-])"),
        named,
        {
            name: stage.years
            for group in (held.residencies, held.fellowships)
            for name, stage in group.items()
        },
        frozenset(held.residencies),
        re.compile(rf"\b(?:{_choice(countries)})\b"),
        countries,
    )


def _choice(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_READERS = (
    _read_visas,
    _read_plain,
    _read_pgy,
    _read_stage,
    _read_specialty,
    _read_years,
    _read_amounts,
)
