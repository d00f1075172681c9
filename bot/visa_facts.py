"""Whose visa a mention is, and whether it is held, held once, wanted or only talked about."""

import re
from collections.abc import Iterator
from itertools import islice

from bot.telling import (
    CHILD,
    HEARSAY,
    OTHERS,
    SPOUSE,
    VISA,
    VISA_MENTION,
    Sentence,
    clause_start,
    is_hypothetical_before,
    sentences,
    visa_of,
)
from guardrails.situation import Fact

_MENTIONS = 12  # visas read in one sentence; nobody tells more
_I_AM = re.compile(
    r"\b(?:i'?m|i am|i’m|im|am|i was|i have been|i've been|been|hold(?:ing)?|i have|i've"
    r"|i've got|i got|holding|currently|now|me|we are"
    r"|my (?:visa|status)(?: status)?(?: is|:)?|visa:?|status:?|i came|i entered|i matched"
    r"|matched|i started|i work|working|i train(?:ed)?"
    r"|here|finishing|finished|i finished|i did|did|i do|doing|as a|as an|resident|fellow"
    r"|intern|attending|physician|doctor|pgy[\s-]?\d{1,2}|hospitalist"
    r"|since|i practice|fmg|img|i start|training|specialt?y|since residency)\b"
)

_WANTS = re.compile(
    r"\b(?:want(?:s|ed)?|need(?:ed|s)?|prefer|would like|hope|hoping|aim(?:ing)?"
    r"|plan(?:ning)?|looking|switch(?:ing)?|mov(?:e|ing)|chang(?:e|ing)"
    r"|transfer(?:ring)?|go(?:ing)?|apply(?:ing)?|get|getting|file|petition|sponsor me"
    r"|sponsor for|convert) (?:\w+ ){0,4}$"
)

_OFFERED = re.compile(
    r"\b(?:offer(?:ed|s)?|sponsors?|accepts?|takes?|files?|better than|vs\.?|versus|or"
    r"|between|prefers?|easier)\b[^,;.]*$"
)

_PAST = re.compile(
    r"\b(?:was|used to be|former(?:ly)?|previous(?:ly)?|earlier|past|in (?:19|20)\d\d|did|had"
    r"|came|entered|finished|after|completed|trained|held|back when)\b"
)

_NEVER = re.compile(r"\b(?:never|no prior|no previous|no past|not ever|haven'?t ever)\b")

_NOT = re.compile(
    r"\b(?:not|no longer|isn'?t|aren'?t|ain'?t|don'?t|instead of|rather than|without"
    r"|no)\b(?: (?:on|in|a|an|the|my|have|hold|need|want|with|any|yet))*\s*$"
)

_NOW = re.compile(r"\b(?:now|currently|still|at present|today|am on|i'm on|im on|i am)\b")

_AFTER_OK = re.compile(
    r"^\s*(?:visa|status)?\s*(?:[,.;)!]|$|(?:im|fm|internal|family|path\w*|resident|fellow"
    r"|intern|physician|doctor|trainee|holder|attending|hospitalist"
    r"|who|sponsorship|here|since|for|in|at|with|through|thru|pgy|and|but|not|year|now|from"
    r"|until|so|right|resi|as|to)\b)"
)

_ENDS = re.compile(
    r"^\s*(?:visa|status)?\s*(?:ends?|expires?|is|runs|program|training|sponsor|started|will"
    r"|ending|expiring)\b"
)

_TAIL = r"\s*(?:visa)?\s*(?:[,.;)!]|$|since\b|here\b|now\b|year \d)"


def read_visas(sentence: Sentence) -> Iterator[Fact]:
    """Each visa of a sentence that the asker, wife, husband or child holds, held or wants."""
    low = sentence.low
    for match in islice(VISA_MENTION.finditer(low), _MENTIONS):
        fact = _visa_fact(sentence, match)
        if fact:
            yield fact


def _visa_fact(sentence: Sentence, match: re.Match[str]) -> Fact | None:
    low, start, end = sentence.low, match.start(), match.end()
    visa = visa_of(match["visa"])
    after = low[end:]
    if re.match(r"\s*years\b", after) and re.search(r"\bmy\s*$", low[:start]):
        return Fact("visa", visa, sentence.quote(clause_start(low, start), end))
    if re.match(r"\s*-?\s*(?:waiver|years|time|only|petition|cap|lottery|limit|rule)\b", after):
        return None
    clause = low[clause_start(low, start) : start]
    before = low[:start]
    family = _family_visa(sentence, match, visa, clause)
    if family is not None:
        return family
    if re.search(rf"\b(?:{SPOUSE}|{CHILD})\b", clause) and not re.search(
        r"\b(?:i'm|i am|im|me)\b", clause
    ):
        return None
    quote = sentence.quote(max(0, start - 30) if start < 30 else clause_start(low, start), end)
    if _NEVER.search(before) and visa == "j1":
        return Fact("ever_j1", False, quote)
    if _NOT.search(before[-40:]):
        return Fact("visa", "none", quote) if visa == "none" else None
    wish = _WANTS.search(clause)
    if wish and re.match(r"\s*(?:visa )?(?:to|into|programs?|only|road map)\b", after):
        return None
    if wish and visa in ("j1", "h1b") and start <= sentence.told and not OTHERS.search(clause):
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
    if OTHERS.search(clause) and not re.search(r"\b(?:i'm|i am|im|me)\b", clause):
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


def _told_again(sentence: Sentence, clause: str, start: int) -> bool:
    """After "I heard …, but I'm on J-1" the asker speaks of themselves again."""
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


def _says_own(sentence: Sentence, clause: str, before: str, after: str, start: int) -> bool:
    low = sentence.low
    alone = re.fullmatch(
        rf"\W*+(?:ok|so|no|sorry|actually|correction|yes|hi|hello)?\W*+(?:it'?s |i meant "
        rf"|meant |but )?{VISA}\W*+",
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
        r"\W*+(?:hi|hello|hey|so|ok|okay|and|but|currently|now|still|here|on|in|as|a|an|with"
        r"|from|been|cap[\s-]exempt|cap[\s-]subject|,|\s)*",
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
    opened = clause_start(low, start)
    first = opened == 0 or low[opened - 1] in ",:;("
    plural = re.match(r"\s*(?:residents|fellows|physicians|doctors|holders)\b", after)
    role = re.match(
        r"\s*(?:visa)?\s*(?:[\w/]+ )?(?:resident|fellow|intern|physician|attending|doctor)\b", after
    )
    if role and re.search(r"^\W*+(?:can|may|could|should|does|do)\b", after[role.end() :]):
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


def _self_led(clause: str) -> bool:
    return not re.search(
        r"\b(?:residents|people|doctors|physicians|programs?|one|you|someone)\b", clause
    )


# "My wife comes with me" is told of the wife.
ME = r"i'm|im|i am|(?<!with )me|i"


def _family_visa(sentence: Sentence, match: re.Match[str], visa: str, clause: str) -> Fact | None:
    """A visa told of wife, husband or child."""
    low = sentence.low
    after = low[match.end() :]
    quote = sentence.quote(clause_start(low, match.start()), match.end())
    owner = None
    for who in re.finditer(
        rf"\b(?:(?P<spouse>{SPOUSE})|(?P<child>{CHILD})|(?P<me>{ME}))\b", clause
    ):
        owner = who
    if owner is not None and owner["me"]:
        return None
    if owner is None and clause.strip() in ("", "on", "in", "with", "a", "an"):
        for who in re.finditer(
            rf"\b(?:(?P<spouse>{SPOUSE})|(?:my|our) (?:\w+ ){{0,2}}?(?P<child>{CHILD})"
            rf"|(?P<me>{ME}))\b",
            low[: match.start()],
        ):
            owner = who
        if owner is not None and owner["me"]:
            return None
    if owner is None and re.search(r"\b(?:she|he) (?:is|'s) (?:on |in |a |an )*$", clause):
        relatives = (
            rf"(?:^\W*+|\b(?:my|our) (?:\w+ )?)(?:(?P<spouse>{SPOUSE})|(?P<child>{CHILD}))\b"
        )
        owner = next(re.finditer(relatives, low[: match.start()]), None)
    if owner is None:
        follow = re.match(rf"\s*(?:visa )?(?:(?P<spouse>{SPOUSE})|(?P<child>{CHILD}))\b", after)
        if not follow:
            return None
        owner = follow
        quote = sentence.quote(match.start(), match.end() + follow.end())
    if owner.start() >= 0 and is_hypothetical_before(sentence, match.start()):
        return None
    if visa in ("citizen", "green-card"):
        kind = ("citizen" if visa == "citizen" else "resident") + (
            "-spouse" if owner["spouse"] else "-child"
        )
        return Fact("family_status", kind, quote)
    return Fact("spouse_visa" if owner["spouse"] else "child_visa", visa, quote)


def read_friend(message: str) -> list[Fact]:
    """A visa told of a friend, with the person named: the question is then about that person."""
    found: list[Fact] = []
    for sentence in sentences(message):
        who = re.search(
            r"\b(?:my (?:best |close |good )?(?:friend|brother|sister|cousin|boyfriend"
            r"|girlfriend)|asking for a friend|(?:a )?friend of mine)\b",
            sentence.low,
        )
        if who is None or HEARSAY.search(sentence.low):
            continue
        visa = VISA_MENTION.search(sentence.low, who.end())
        if visa and not is_hypothetical_before(sentence, visa.start()):
            quote = sentence.quote(who.start(), visa.end())
            found += [Fact("person", "friend", quote), Fact("visa", visa_of(visa["visa"]), quote)]
    return found
