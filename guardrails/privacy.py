"""Mask what identifies a person before a text is stored, logged or sent; never a form number."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "email",
    "sevis-id",
    "receipt-number",
    "i-94-number",
    "alien-number",
    "ssn",
    "card-number",
    "passport-number",
    "exam-id",
    "licence-number",
    "visa-number",
    "account-number",
    "date-of-birth",
    "phone",
    "address",
]

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_PLAIN = str.maketrans(
    {
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
        **{chr(0x0660 + digit): str(digit) for digit in range(10)},
        **{chr(0x06F0 + digit): str(digit) for digit in range(10)},
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
    }
)
_TOLL_FREE = (
    "800",
    "833",
    "844",
    "855",
    "866",
    "877",
    "888",
)  # hotlines and offices, never a person
# Nothing is masked where none of these stands: six digits together, "@", a birthday, a house.
_ANY = re.compile(
    r"\d(?:[\s().-]{0,2}\d){4}|@|gmail|yahoo|hotmail|outlook|icloud|protonmail|dob\b|d\.o\.b|birth|born"
    r"|aa00|\d\s[nsew]?\.?\s?[a-z]"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    r"(?:\d{1,4}[-/. ]\d{1,2}[-/. ]\d{2,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[- ](?:of[ ])?{_MONTH}[-, ]{{1,2}}\d{{2,4}}"
    rf"|{_MONTH}[ ]?\d{{1,2}}(?:st|nd|rd|th)?,?[ ]\d{{2,4}})"
)
_LINK = (
    r"(?:[\s:#=.,()-]{1,4}"
    r"(?:numbers?|no|num|nr|id|is|it|it's|was|are|the|my|and|which|card|on|file)){0,5}"
    r"[\s:#=.,()-]{1,4}"
)


@dataclass(frozen=True, slots=True)
class Masked:
    """The text with `[kind removed]` in place of each identifier, and the kinds in order."""

    text: str
    found: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    kind: Kind
    expression: re.Pattern[str]
    accepts: Callable[[str], bool]
    hints: tuple[str, ...]  # one of these must stand in the lower-cased text: saves most searches


def _always(_: str) -> bool:
    return True


def _is_card(text: str) -> bool:
    digits = [int(mark) for mark in text if mark.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_number(text: str) -> bool:
    """At least six digits that are no date and no round sum."""
    digits = [mark for mark in text if mark.isdigit()]
    return len(digits) >= 6


def _is_phone(text: str) -> bool:
    digits = "".join(mark for mark in text if mark.isdigit())
    area = digits[1:4] if len(digits) == 11 and digits[0] == "1" else digits[:3]
    return 7 <= len(digits) <= 15 and area not in _TOLL_FREE


def _pattern(
    kind: Kind,
    expression: str,
    accepts: Callable[[str], bool] = _always,
    hints: tuple[str, ...] = ("",),
) -> _Pattern:
    return _Pattern(kind, re.compile(expression, re.IGNORECASE), accepts, hints)


# The identifier is the group `x`, so that the words that tell its kind stay. Earlier patterns win.
_PATTERNS = (
    _pattern(
        "email", r"(?<![\w.+-])(?P<x>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})", hints=("@",)
    ),
    _pattern(
        "email",
        r"(?<![\w.+-])(?P<x>[\w.+-]{1,64}\s?[\[(]?\s?at\s?[\])]?\s?"
        r"(?:gmail|yahoo|hotmail|outlook|icloud|protonmail)"
        r"\s?(?:\.|[\[(]?dot[\])]?)\s?com\b)",
        hints=("gmail", "yahoo", "hotmail", "outlook", "icloud", "protonmail"),
    ),
    _pattern("sevis-id", r"(?P<x>\bN[\s-]?\d{10}\b)"),
    _pattern("sevis-id", rf"\bsevis{_LINK}(?P<x>N?[\s-]?\d{{8,11}})\b", hints=("sevis",)),
    _pattern(
        "receipt-number",
        r"(?P<x>\b(?:MSC|EAC|WAC|SRC|LIN|IOE|NBC|YSC|TSC|VSC|CSC|NSC|PSC|MCT|ZLA|ZNY|ZHN|ZCH)"
        r"[\s-]?\d{2}[\s-]?\d{3}[\s-]?\d{5}\b)",
        hints=("msc", "eac", "wac", "src", "lin", "ioe", "nbc", "ysc", "sc", "mct", "z"),
    ),
    _pattern("receipt-number", r"(?P<x>\bAA00[A-Z0-9]{6}\b)", hints=("aa00",)),
    _pattern(
        "receipt-number",
        rf"\b(?:receipt|case|waiver file|file|confirmation){_LINK}"
        r"(?P<x>[A-Z]{0,4}-?\d{6,13}[A-Z]?)\b",
        hints=("receipt", "case", "file", "confirmation"),
    ),
    _pattern(
        "i-94-number", rf"\bi[\s-]?94{_LINK}(?P<x>\d{{9}}[A-Z0-9]{{2}}|\d{{9,11}})\b", hints=("94",)
    ),
    _pattern("i-94-number", r"(?P<x>\b\d{9}[A-Z]\d\b)"),
    _pattern("alien-number", r"(?P<x>\bA[\s#-]{0,2}\d{3}[\s-]?\d{3}[\s-]?\d{2,3}\b)"),
    _pattern(
        "alien-number",
        rf"\b(?:alien(?:\sregistration)?|uscis|a[\s-]?number|anumber){_LINK}(?P<x>A?[\s-]?\d{{3}}[\s-]?\d{{3}}[\s-]?\d{{2,3}})\b",
        hints=("alien", "uscis", "number"),
    ),
    _pattern("ssn", r"(?P<x>(?<![\d-])\d{3}[-\s.]\d{2}[-\s.]\d{4}(?![\d-]))"),
    _pattern(
        "ssn",
        rf"\b(?:ssn|itin|social\ssecurity|social){_LINK}(?P<x>\d{{3}}[-\s.]?\d{{2}}[-\s.]?\d{{4}})\b",
        hints=("ssn", "itin", "social"),
    ),
    _pattern("card-number", r"(?P<x>(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-]))", _is_card),
    _pattern(
        "passport-number",
        rf"\bpass?port{_LINK}(?P<x>[A-Z]{{0,3}}[\s-]?\d{{5,9}}[A-Z]{{0,2}})\b",
        _is_number,
        hints=("port",),
    ),
    _pattern(
        "passport-number",
        r"(?P<x>\b[A-Z]{1,2}\d{6,8}\b)(?=[\s,(]{1,3}(?:is\s)?(?:is\s|my\s|the\s){0,2}passport)",
        hints=("passport",),
    ),
    _pattern("exam-id", r"(?P<x>(?<![\d-])\d-\d{3}-\d{3}-\d(?![\d-]))"),
    _pattern(
        "exam-id",
        rf"\b(?:usmle|ecfmg|intealth|eras|nrmp|aamc|myeras|oasis){_LINK}(?P<x>[NA]?\d[\d-]{{4,11}}\d)\b",
        _is_number,
        hints=("usmle", "ecfmg", "intealth", "eras", "nrmp", "aamc", "oasis"),
    ),
    _pattern(
        "licence-number",
        rf"\b(?:licen[cs]e|npi|dea|fcvs|fsmb){_LINK}(?P<x>[A-Z]{{0,3}}[-.]?\d{{5,10}})\b",
        hints=("licen", "npi", "dea", "fcvs", "fsmb"),
    ),
    _pattern(
        "visa-number",
        rf"\b(?:visa(?:\s(?:foil|stamp|control))?|foil|control){_LINK}(?P<x>[A-Z]?\d{{7,8}})\b",
        hints=("visa", "foil", "control"),
    ),
    _pattern(
        "account-number",
        rf"\b(?:account|iban|routing|acct){_LINK}(?P<x>[A-Z]{{0,2}}\d[\d -]{{5,28}}\d)\b",
        hints=("account", "iban", "routing", "acct"),
    ),
    _pattern(
        "date-of-birth",
        rf"\b(?:dob|d\.o\.b\.?|date\sof\sbirth|birth\s?date|birthday|born){_LINK}(?P<x>{_DATE})\b",
        hints=("dob", "d.o.b", "birth", "born"),
    ),
    _pattern(
        "phone",
        r"(?P<x>(?<![\w+.-])(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}(?![\w-]))",
        _is_phone,
    ),
    _pattern("phone", r"(?P<x>(?<![\w+])\+\d{1,3}(?:[\s.()-]{0,2}\d){6,13}(?![\d-]))", _is_phone),
    _pattern(
        "phone",
        rf"\b(?:phone|mobile|cell|cellphone|whatsapp|telephone|tel|call\sme|text\sme|reach\sme)(?:\s(?:at|on|me|back))?{_LINK}"
        r"(?P<x>\+?\(?\d(?:[\s.()-]{0,2}\d){6,14})(?![\d-])",
        _is_phone,
        hints=("phone", "mobile", "cell", "whatsapp", "tel", " me"),
    ),
    _pattern(
        "address",
        r"(?P<x>\b\d{1,5}\s(?:[NSEW]\.?\s)?(?-i:(?:[A-Z][a-z]{1,15}|\d{1,3}(?:st|nd|rd|th))\s){1,3}"
        r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|court|terrace|parkway)\b\.?"
        r"(?:,?\s(?:apt|apartment|unit|suite|#)\.?\s?\w{1,5})?)",
    ),
)


def mask(text: str) -> Masked:
    """Replace every identifier; masking twice changes nothing more."""
    text = _INVISIBLE.sub("", text).translate(_PLAIN)
    taken: list[tuple[int, int, Kind]] = []
    lowered = text.lower()
    if _ANY.search(lowered) is None:
        return Masked(text, ())
    for pattern in _PATTERNS:
        if not any(hint in lowered for hint in pattern.hints):
            continue
        for start, end in _spans(pattern, text):
            if all(end <= other or start >= stop for other, stop, _ in taken):
                taken.append((start, end, pattern.kind))
    taken.sort()
    parts: list[str] = []
    position = 0
    for start, end, kind in taken:
        parts += [text[position:start], f"[{kind} removed]"]
        position = end
    parts.append(text[position:])
    return Masked("".join(parts), tuple(dict.fromkeys(kind for _, _, kind in taken)))


def _spans(pattern: _Pattern, text: str) -> Iterator[tuple[int, int]]:
    for match in pattern.expression.finditer(text):
        if pattern.accepts(match["x"]):
            yield match.span("x")
