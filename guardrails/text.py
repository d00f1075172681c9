"""Turn raw text into normal form with an offset map, and cut it into sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text as a set: how closed classes are written down."""
    return frozenset(text.split())


SentenceKind = Literal["prose", "item", "row", "heading"]

# Letters of other scripts that look like Latin ones; NFKC leaves them alone.
_LOOKALIKES = dict(
    zip(
        "АВЕКМНОРСТУХЅІЈаеорсухѕіјһԁԛԝɡıΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανℓ",
        "ABEKMHOPCTYXSIJaeopcyxsijhdqwgiABEZHIKMNOPTYXoavl",
        strict=True,
    )
)
_PLAIN = {
    **_LOOKALIKES,
    **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    **dict.fromkeys("‘’‚‛`´ʼ＇", "'"),
    **dict.fromkeys("“”„‟«»＂", '"'),
    **dict.fromkeys("•‣▪◦●·∙■□➢➤✓✔✗✘", "*"),
    **dict.fromkeys("→⇒➔➜⟶⇨", ">"),
    "…": ".",
    "≥": "≥",
    "≤": "≤",
    "≠": "≠",
}
# NFKC would turn these into "1/2" and the like without the space before it.
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
_DASH_AS_STOP = frozenset("—―")
_MARKDOWN = frozenset("*_~`")

_CITATION = re.compile(r"\[\d{1,3}(?:\s?[,;-]\s?\d{1,3})*\]")
_ITEM = re.compile(
    r"[ \t]*(?:>[ \t]?)*"
    r"(?:[-*+•‣▪◦●–—·✓✔✗✘➢➤][ \t]+|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})[.)][ \t]+)"
)
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+|[ \t]*\*\*[^*\n]{1,80}\*\*:?[ \t]*$")
_RULE_LINE = re.compile(r"[ \t]*(?:[-=_*]{3,}|[|:\- \t]+)[ \t]*$")
_STOP = re.compile(r"[.!?]+[\"'”’)\]*_]*(?:[ \t]*\[\d{1,3}(?:[,; -]{1,2}\d{1,3}){0,9}\]){0,9}")
_ABBREVIATIONS = word_set(
    "u.s u.k u.a.e d.c c.f.r f.r dr mr mrs ms prof st jr sr vs v e.g i.e etc no nos sec "
    "art ch pt inc ltd corp dept approx est fed reg pub l stat f.3d f.4th yr yrs mo mos "
    "wk wks hr hrs ph.d m.d d.o m.b.b.s b.s m.s m.p.h a.m p.m al cf viz u.s.c i.n.a n.b "
    "para paras subch jan feb mar apr jun jul aug sep sept oct nov dec"
)
_MAX_SENTENCE = 1200  # characters; a longer run without a stop is cut at a space


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal form of a text; offsets[i] is where character i stood in the original."""

    text: str
    offsets: tuple[int, ...] | None

    def origin(self, index: int) -> int:
        """Return the place in the original of a place in the normal form."""
        if self.offsets is None:
            return index
        return self.offsets[min(index, len(self.offsets) - 1)] if self.offsets else 0


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence of a text: characters start..end, list marker and row bars left out."""

    start: int
    end: int
    kind: SentenceKind


def normalise(text: str) -> Normal:
    """Undo look-alikes, invisible characters, typographic dashes and quotes, and Markdown."""
    if text.isascii() and not _MARKDOWN.intersection(text):
        return Normal(text, None)
    letters: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        plain = char if char.isascii() else _plain(char, text[index - 1] if index else " ")
        if char in _MARKDOWN and not _is_spaced_star(text, index):
            continue
        for letter in plain:
            letters.append(letter)
            offsets.append(index)
    return Normal("".join(letters), tuple(offsets))


def _is_spaced_star(text: str, index: int) -> bool:
    around = text[max(0, index - 1) : index] + text[index + 1 : index + 2]
    return around.isspace()


def _plain(char: str, before: str) -> str:
    if char in _DASH_AS_STOP:
        return " - "
    if char in _PLAIN:
        return _PLAIN[char]
    if char in _FRACTIONS:
        return _FRACTIONS[char] if before.isdigit() else f"0{_FRACTIONS[char]}"
    if unicodedata.category(char) == "Cf":
        return ""
    return "".join(
        _PLAIN.get(part, part)
        for part in unicodedata.normalize("NFKD", char)
        if not unicodedata.combining(part)
    )


def without_citations(text: str) -> str:
    """Blank out citation marks such as [1] or [2, 3], keeping every offset."""
    if "[" not in text:
        return text
    return _CITATION.sub(lambda mark: " " * len(mark.group()), text)


def same(text: str) -> str:
    """Return the form in which two sentences are compared letter for letter."""
    plain = without_citations(normalise(text).text).casefold()
    words = " ".join(plain.split())
    return words.strip(" .!;:\"'")


def sentences(text: str) -> Iterator[Piece]:
    """Yield the sentences of a text in order; line ends, items and table rows end one."""
    for start, end in _blocks(text):
        yield from _pieces_of_block(text, start, end)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield lines, a soft-wrapped line joined with the one before it."""
    begin: int | None = None
    position = 0
    before = ""
    for line in text.splitlines(keepends=True):
        end = position + len(line)
        if begin is None:
            begin = position
        elif not _continues(before, line):
            yield begin, position
            begin = position
        before = line
        position = end
    if begin is not None:
        yield begin, position


def _continues(before: str, line: str) -> bool:
    head = line.lstrip()
    tail = before.rstrip()
    if not head or not tail or tail[-1] in ".!?:|" or "|" in line:
        return False
    return head[0].islower() and not _ITEM.match(line)


def _pieces_of_block(text: str, start: int, end: int) -> Iterator[Piece]:
    line = text[start:end]
    if not line.strip() or _RULE_LINE.match(line):
        return
    if line.count("|") >= 2 or line.lstrip().startswith("|"):
        yield Piece(*_trimmed(text, start, end, " \t\r\n|"), "row")
        return
    if heading := _HEADING.match(line):
        skip = heading.end() if line.lstrip().startswith("#") else 0
        yield Piece(*_trimmed(text, start + skip, end), "heading")
        return
    kind: SentenceKind = "prose"
    if item := _ITEM.match(line):
        kind, start = "item", start + item.end()
    for first, last in _split(text, start, end):
        yield Piece(first, last, kind)


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for stop in _STOP.finditer(text, start, end):
        if _ends_sentence(text, begin, stop, end):
            yield from _cut_long(text, begin, stop.end())
            begin = stop.end()
    yield from _cut_long(text, begin, end)


def _ends_sentence(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    after = stop.end()
    if after >= end:
        return True
    if not text[after].isspace():
        return False
    if text[stop.start()] != ".":
        return True
    word_start = stop.start()
    while word_start > max(begin, after - 40) and not text[word_start - 1].isspace():
        word_start -= 1
    word = text[word_start : stop.start()].lstrip("([\"'“‘*").lower()
    if word in _ABBREVIATIONS:
        return word in {"u.s", "u.k", "etc", "a.m", "p.m"} and _new_start(text, after, end)
    if len(word) == 1 and word.isalpha() and word != "i":
        return False
    return not (word.isdigit() and word_start == begin)


_STARTERS = word_set(
    "the a an this that these those it its he she they you your we our i if when while "
    "after before because so but and or however for in on at to no not there here some "
    "any all most"
)


def _new_start(text: str, after: int, end: int) -> bool:
    word = text[after : min(end, after + 20)].split()
    return bool(word) and word[0][0].isupper() and word[0].lower().strip(",") in _STARTERS


def _cut_long(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _MAX_SENTENCE:
        space = text.rfind(" ", start, start + _MAX_SENTENCE)
        cut = space if space > start else start + _MAX_SENTENCE
        yield from _worded(text, start, cut)
        start = cut
    yield from _worded(text, start, end)


def _worded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first, last = _trimmed(text, start, end)
    if any(char.isalnum() for char in text[first:last]):
        yield first, last


def _trimmed(text: str, start: int, end: int, chars: str = " \t\r\n") -> tuple[int, int]:
    while start < end and text[start] in chars:
        start += 1
    while end > start and text[end - 1] in chars:
        end -= 1
    return start, end
