"""The sentence buffer: a chat model's chunks -> whole sentences with the slots they lean on.

Nothing is let out before its sentence has ended for certain, however the chunks are cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.types import Layout
from guardrails.text import sentences

# A longer run without an end is no sentence of an answer.
MAX_SENTENCE = 600

_SLOT = re.compile(
    r"\[{1,2}\s*(\d{1,2}\s*:\s*\d{1,2}|rule\s*:\s*[a-z0-9-]+|conclusion\s*:\s*\d{1,2})\s*\]{1,2}",
    re.IGNORECASE,
)
_SLOTS = re.compile(rf"(?:\s*(?:{_SLOT.pattern})[.;,\s]*)+", re.IGNORECASE)
_NUMBER_MARK = re.compile(r"\[\s*\d[\d\s,;-]*\]")
_ITEM = re.compile(r"\s*(?:[-*+•]|\(?\d{1,2}[.)])\s+")
_TAKEN = re.compile(r"\[(\d+)\]")
# What must stand behind a sentence before its end is certain: a whole word that opens no slot.
_NEXT_WORD = re.compile(r"\s+[^\s\[]\S*\s")
_LINE_ENDS = str.maketrans(
    dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\n") | {"\r": None}
)


class OverlongError(ValueError):
    """A run of text without an end; the model is not writing sentences."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One sentence as a model wrote it.

    `quoted` are slots that stand before it or alone, `cited` those inside or right behind it;
    `text` is the prose without any mark and may be empty.
    """

    text: str
    quoted: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    layout: Layout = "text"


class SentenceBuffer:
    """Holds what a model writes until a sentence is whole."""

    __slots__ = ("_next", "_pending")

    def __init__(self) -> None:
        self._pending = ""
        # The layout of the line's next sentence; None at the start of a line.
        self._next: Layout | None = None

    def feed(self, chunk: str) -> list[Unit]:
        """The sentences that this chunk completes.

        Raises:
            OverlongError: more than 600 characters came without an end of a sentence.
        """
        *lines, rest = (self._pending + chunk.translate(_LINE_ENDS)).split("\n")
        found: list[Unit] = []
        for line in lines:
            found += self._cut(line, certain=True)[0]
            self._next = None
        units, self._pending = self._cut(rest, certain=False)
        if len(self._pending) > MAX_SENTENCE:
            raise OverlongError(f"no end of a sentence in {len(self._pending)} characters")
        return found + units

    def close(self) -> list[Unit]:
        """What is left when the model has ended."""
        rest, self._pending = self._pending, ""
        return self._cut(rest, certain=True)[0]

    def _cut(self, line: str, *, certain: bool) -> tuple[list[Unit], str]:
        """Sentences from the left of a line, and what must wait.

        Of an unfinished line (`certain` is False) only those whose end nothing to come can move.
        """
        units: list[Unit] = []
        if not certain and line.lstrip().startswith("|"):
            return units, line
        while line.strip():
            item = _ITEM.match(line) if self._next is None else None
            start = item.end() if item else 0
            slots = _SLOTS.match(line, start)
            if slots:
                if not certain and line[slots.end() : slots.end() + 1] in ("", "[", "]"):
                    return units, line
                keys = tuple(_key(slot) for slot in _SLOT.finditer(slots.group()))
                units.append(Unit("", quoted=keys, layout=self._layout(is_item=bool(item))))
                line = line[slots.end() :]
                continue
            plain, keys, ends = _plain(line, start)
            piece = next(sentences(plain), None)
            if piece is None:
                return units, "" if certain else line
            end = ends[piece.end]
            if not certain and not _NEXT_WORD.match(line, end):
                return units, line
            if piece.end - piece.start > MAX_SENTENCE:
                raise OverlongError("a sentence is longer than 600 characters")
            layout = self._layout(is_item=bool(item))
            units.append(_unit(plain[piece.start : piece.end], keys, layout))
            line = line[end:]
        return units, line

    def _layout(self, *, is_item: bool) -> Layout:
        layout = self._next or ("item" if is_item else "text")
        self._next = "text" if layout == "text" else "same-item"
        return layout


def _plain(line: str, start: int) -> tuple[str, list[str], list[int]]:
    """The line with each slot as [n], no other mark and no emphasis; offsets lead back."""
    keys: list[str] = []
    parts: list[str] = []
    origin: list[int] = []
    place = start
    while place < len(line):
        mark = _SLOT.match(line, place) or _NUMBER_MARK.match(line, place)
        if mark is None:
            char = line[place]
            if char not in "*`#|":
                parts.append(char)
                origin.append(place)
            elif char == "|":
                parts.append(" ")
                origin.append(place)
            place += 1
            continue
        if mark.re is _SLOT:
            shown = f"[{len(keys)}]"
            keys.append(_key(mark))
            parts.append(shown)
            origin += [mark.start()] * len(shown)
        place = mark.end()
    # An end stands right behind the last character that belongs to it, marks included.
    ends = [*origin, len(line)]
    return "".join(parts), keys, ends


def _key(slot: re.Match[str]) -> str:
    return "".join(slot.group(1).lower().split())


def _unit(piece: str, keys: list[str], layout: Layout) -> Unit:
    words = _TAKEN.split(piece)
    quoted: list[str] = []
    cited: list[str] = []
    seen = ""
    for index, part in enumerate(words):
        if index % 2 == 0:
            seen += part
        elif int(part) < len(keys):
            (cited if any(c.isalnum() for c in seen) else quoted).append(keys[int(part)])
    text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(seen.split()))
    if not any(char.isalnum() for char in text):
        text = ""
    return Unit(text, tuple(quoted), tuple(cited), layout)
