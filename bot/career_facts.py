"""Training year, stage, specialty and country, where told of the asker."""

import re
from collections.abc import Iterator

from bot.plans import training_terms
from bot.telling import CHILD, FRIEND, NUM, ORDINALS, SPOUSE, THIRD_BEFORE, Sentence
from guardrails.situation import Fact

_PGY = re.compile(r"\bp\s?g\s?y[\s-]?(\d{1,2})\b")

_ORDINAL_YEAR = re.compile(
    r"\b(first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th)[\s-](?:year"
    r"|yr)\b(?=[^.?!,;]{0,30}\b(?:resident|fellow|intern)\b)"
)


def read_pgy(sentence: Sentence) -> Iterator[Fact]:
    """The training year: PGY-3, third-year resident, intern."""
    low = sentence.low
    for match in _PGY.finditer(low):
        before = low[: match.start()]
        quote = sentence.quote(match.start(), match.end())
        if re.search(
            r"\b(?:not|at|by|until|after|before|from|another|a|the|in|during|as of"
            r"|start) (?:a |the )?$",
            before,
        ) and not re.search(
            r"\b(?:i'm|i am|im|am|as|currently|now|me)(?: (?:a|in|an|on|j-?1|h-?1-?b))*\s*$", before
        ):
            continue
        if (
            THIRD_BEFORE.search(before)
            or re.search(rf"\b(?:{SPOUSE}|{CHILD})\b", before)
            or match.start() > sentence.told
        ):
            continue
        number = int(match[1])
        if 1 <= number <= 10:
            yield Fact("pgy", number, quote)
    year = _ORDINAL_YEAR.search(low)
    if year and not THIRD_BEFORE.search(low[: year.start()]) and year.start() <= sentence.told:
        yield Fact("pgy", ORDINALS[year[1]], sentence.quote(year.start(), year.end()))
    intern = re.search(r"\b(?:i'm|i am|im|as) an intern\b|^\W*+intern (?:in|at|here|on)\b", low)
    if intern:
        yield Fact("pgy", 1, sentence.quote(intern.start(), intern.end()))


_ROLE = re.compile(
    r"\b(?:i'm|i am|im|i was|as(?= an?\b)|am|me|currently|now) (?:(?!they\b|that\b|who\b"
    r"|with\b|about\b|to\b)[\w/-]+[\s,]+){0,5}?"
    r"(resident|fellow|attending|hospitalist|medical student|student)\b(?!s)"
)

_ROLE_WORD = (
    r"(?:j-?1|h-?1-?b|h|j|1|1b|im|fm|pgy|\d|a|an|final|last|current|new|foreign|img|fmg|chief"
    r"|senior|junior|us|year|yr|\d(?:st|nd|rd|th)"
    r"|first|second|third|fourth|fifth|internal|family|medicine|ob|gyn|ci|in|on|at|research"
    r"|clinical|informatics|path\w*|psych\w*|neuro\w*|peds"
    r"|pediatrics?|surgery|surgical|cardiology|gi|hem|onc|icu|radiology|em|emergency)"
)

_ROLE_LEAD = re.compile(
    rf"^\W*+(?:hi|hello|so)?\W*+(?:{_ROLE_WORD}[\s,/-]+){{0,5}}(resident|fellow|attending)\b"
    r"(?=\s*(?:$|[,.;!]|here\b|in\b|on\b|with\b|at\b))"
)

_STAGE_OF = {"hospitalist": "attending", "medical student": "student"}


def read_stage(sentence: Sentence) -> Iterator[Fact]:
    """Resident, fellow, attending or student, where the asker is one."""
    low = sentence.low
    match = _ROLE.search(low) or _ROLE_LEAD.search(low)
    if match is None or (
        match.start(1) > max(sentence.told, 0) and not re.search(r"\bas an?\b", match.group())
    ):
        return
    said = match.group()
    if re.search(
        rf"\b(?:{SPOUSE}|{CHILD}|{FRIEND}|want|become|switch|apply|my program|not|can|does"
        rf"|programs?|every|a different)\b",
        said,
    ):
        return
    yield Fact(
        "stage", _STAGE_OF.get(match[1], match[1]), sentence.quote(match.start(), match.end())
    )


def read_specialty(sentence: Sentence) -> Iterator[Fact]:
    """The residency the asker is in, or clinical informatics."""
    terms = training_terms()
    low = sentence.low
    for match in terms.stage.finditer(low):
        name = terms.named[match["name"]]
        if name in ("residency", "fellowship", "preliminary year") or (
            name not in terms.residencies and name != "clinical informatics"
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
            r"\b(?:resident|fellow|intern|matched|pgy[\s-]?\d)(?:[\w ,-]{0,12})? (?:in|into"
            r"|for|on) (?:an? )?$|(?:h-?1-?b|j-?1) (?:in|for) $",
            before,
        )
        lead = re.search(r"\bpgy[\s-]?\d{1,2},? (?:in )?$", before) or (
            not before.strip(" ,") and re.match(rf"\s*(?:{NUM}|pgy)", after)
        )
        started = re.search(r"\b(?:start|starting|doing|do) $", before)
        started = started and re.match(r" on (?:j|h)", after)
        if (
            not (role or place or lead or started)
            or match.start() > sentence.told
            or THIRD_BEFORE.search(before)
        ):
            continue
        if re.search(rf"\b(?:want|plan|like|become|then|{SPOUSE}|if|after)\b[^,;.]*$", before):
            continue
        yield Fact("specialty", name, sentence.quote(match.start(), match.end()))
        return


def read_country(sentence: Sentence) -> Iterator[Fact]:
    """The home country, told as origin or nationality."""
    terms = training_terms()
    for match in terms.country.finditer(sentence.low):
        before, after = sentence.low[: match.start()], sentence.low[match.end() :]
        own = re.search(
            r"\b(?:i'm|i am|im|am|as|we are|matched but i'm)(?: (?:a|an|originally"
            r"|from))*\s*$|\b(?:img|fmg|doctor|physician|graduate|resident|fellow"
            r"|citizen) (?:from|of) $|^\W*+(?:from )?$|, from $|i come from $|\b(?:i am|i'm|im"
            r"|on|a)\b[^,;]*(?:visa|j-?1|h-?1-?b|resident|fellow|doctor|applicant|medicine"
            r"|pgy-?\d) from $",
            before,
        )
        role = re.match(
            r"\s*(?:doctor|physician|img|resident|fellow|citizen|graduate|national|here"
            r"|passport)\b",
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
