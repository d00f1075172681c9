"""How a message tells a fact: its sentences, its visa words, and where telling ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

J1 = r"(?:j[\s-]?(?:1|i)\b|j[\s-]one\b|j[\s-](?:visa|status)\b)"

H1B = r"(?:h[\s-]?1[\s-]?b\b|h[\s-]?1\b(?![\s-]?[0-9]))"

VISA = (
    rf"(?P<visa>research\s{J1}|{J1}\s(?:visa\s)?research(?:\sscholar)?|{J1}|{H1B}|j[\s-]?2\b"
    rf"|h[\s-]?4\b"
    r"|f[\s-]?1\b|o[\s-]?1\b|tn\b|green[\s-]?card(?:\sholder)?|permanent\sresident"
    r"|us\scitizen|american\scitizen"
    r"|u\.s\.\scitizen)"
)

SPOUSE = r"(?:wife|husband|spouse|partner|fianc[eé]e?)"

CHILD = r"(?:son|daughter|kid|child)"

FRIEND = (
    r"(?:friend|brother|sister|cousin|colleagues?|co-?residents?|co-?fellows?|roommate"
    r"|classmate|boyfriend"
    r"|girlfriend|mother|father|mom|dad|nephew|niece|cohort|friends|buddy)"
)

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"a": 1, "an": 1, "half": 0.5}  # fmt: skip

NUM = r"(?:\d{1,2}(?:\.\d)?|one|two|three|four|five|six|seven|eight|nine|ten)"

YEARS = r"(?:years?|yrs?|yr|y)"

ORDINALS = {
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

# Where what follows is not told as the asker's own state.
HYPOTHETICAL = re.compile(
    r"\b(?:if i|if we|if my|what if|suppos(?:e|ing)|imagine|hypothetically|let'?s say"
    r"|say i'?m|assuming|in case i"
    r"|what about|how about|would i be|were i|even if|pretend|whether i|should i|can i"
    r"|could i|do i|may i|would i"
    r"|must i|will i|am i|does|is it|can a|can an|can they|do they|is there|are there"
    r"|how (?:many|long|do|does|can|much))\b"
)

HEARSAY = re.compile(
    r"\b(?:i (?:heard|hear|read)|heard|was told|been told|told me|people (?:say|tell)|(?:they"
    r"|he|she|pd|everyone|some|others"
    r"|lawyer|recruiter|program|gme) (?:say|says|said|told|claims?|thinks?)|rumou?r"
    r"|supposedly|apparently|thinking (?:about|of)|wondering about|considering)\b"
)

OTHERS = re.compile(
    rf"\b(?:(?:my|a|our|the|some of my|another) (?:\w+ )?{FRIEND}|{FRIEND}|programs?|hospital"
    rf"|they|residents|fellows|physicians|doctors|people|he|she"
    r"|pd|everyone|someone|who|a (?:resident|fellow|pgy[\s-]?\d))\b"
)

THIRD_BEFORE = re.compile(
    rf"\b(?:{FRIEND}|another|a (?:resident|fellow)|residents|fellows|people|someone|they|he"
    rf"|she|who|everyone|others|one resident)\b[^,;]*$"
)

VISA_MENTION = re.compile(VISA)

# Cut at 600 characters, so that no search over a sentence grows with the message.
SENTENCE = re.compile(r"[^.?!;\n]{1,600}(?:\.(?=\S)[^.?!;\n]{0,200}){0,4}[.?!]{0,3}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as written and in small letters of the same length; `told` ends the plain part."""

    text: str
    low: str
    asks: bool
    told: int

    def quote(self, start: int, end: int) -> str:
        """The asker's words between two offsets."""
        return self.text[start:end].strip(" ,;:")


def sentences(message: str) -> Iterator[Sentence]:
    """The sentences of a message; dashes and apostrophes are made plain in the small letters."""
    plain = (
        message.replace("\u2019", "'")
        .replace("\u2011", "-")
        .replace("\u2010", "-")
        .replace("\u2013", "-")
    )
    for match in SENTENCE.finditer(plain):
        text = match.group()
        low = text.lower()
        stops = [m.start() for m in (HYPOTHETICAL.search(low), HEARSAY.search(low)) if m]
        yield Sentence(
            message[match.start() : match.end()], low, "?" in text, min(stops, default=len(low))
        )


def visa_of(mention: str) -> str:
    """The visa a mention names."""
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


def clause_start(low: str, position: int) -> int:
    """Where the clause of a mention begins: after the last comma, "and", "but", "now" or "then"."""
    cut = 0
    for match in re.finditer(r"[,;:()]|\b(?:and|but|while|now|then|because|bc)\b", low[:position]):
        cut = match.end() if match.group() not in ("now",) else match.start()
    return cut


def number(text: str) -> float:
    """The value of a number word or of digits."""
    return float(NUMBER_WORDS[text]) if text in NUMBER_WORDS else float(text)


def is_hypothetical_before(sentence: Sentence, position: int) -> bool:
    """True where "if" or the like stands ahead of the position."""
    return bool(
        re.search(r"\b(?:if|suppose|imagine|what about|how about)\b", sentence.low[:position])
    )
