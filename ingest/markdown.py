"""The little of Markdown that the house needs: headings, blocks and a tidy form, with offsets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["paragraph", "item", "row", "code"]

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_ITEM = re.compile(r"^([ \t]*)([-*+•◦▪‣]|\d{1,3}[.)])[ \t]+(?=\S)")
_FENCE = re.compile(r"^[ \t]*(```|~~~)")
_RULE = re.compile(r"^[ \t]*([-*_])([ \t]*\1){2,}[ \t]*$")
_TABLE_LINE = re.compile(r"^[ \t]*\|.*\|[ \t]*$")
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$")
_QUOTE = re.compile(r"^[ \t]*>[ \t]?")
_SETEXT = re.compile(r"^[ \t]{0,3}(=+|-+)[ \t]*$")
_COMMENT = re.compile(r"^[ \t]*<!--")
_NUMBER = re.compile(r"^\(?\d{1,3}[.):][ \t]+")
# Lines that never take in the line below.
_WHOLE_LINE = (_HEADING, _RULE, _TABLE_LINE, _QUOTE, _COMMENT)
_MARKS = re.compile(r"[*_`]+|!?\[([^\]]*)\]\([^)]*\)")

# Characters that look like a plain one and would hide a word from search.
_PLAIN = str.maketrans(
    {
        "\u00a0": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201b": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2026": "...",
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\u00ad": None,
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\u2060": None,
        "\ufeff": None,
    }
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading line: its text, its slug, and where its line and its section's body start."""

    level: int
    title: str
    slug: str
    start: int
    body: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row or code block.

    `start`..`end` is the content without list marker; `line` is where its first line starts;
    `indent` is the depth of an item in columns.
    """

    kind: BlockKind
    line: int
    start: int
    end: int
    indent: int = 0


def plain_characters(text: str) -> str:
    """Typographic hyphens, spaces, quotes and ligatures as plain ones; invisible ones dropped."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    text = unicodedata.normalize("NFC", text).translate(_PLAIN)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")


def slugify(title: str) -> str:
    """A heading as a short identifier: lower case words with hyphens, at most 80 characters."""
    bare = _NUMBER.sub("", _MARKS.sub(lambda m: m.group(1) or "", title))
    flat = re.sub(r"['\u2019\u0300-\u036f]", "", unicodedata.normalize("NFKD", bare.lower()))
    slug = re.sub(r"[^a-z0-9]+", "-", flat).strip("-")
    if len(slug) > 80:
        slug = slug[:80].rsplit("-", 1)[0]
    return slug or "section"


def unique(names: Iterable[str]) -> list[str]:
    """The names with -2, -3 ... behind those that come again."""
    seen: set[str] = set()
    result: list[str] = []
    for name in names:
        candidate, number = name, 1
        while candidate in seen:
            number += 1
            candidate = f"{name}-{number}"
        seen.add(candidate)
        result.append(candidate)
    return result


def outline(text: str) -> list[Heading]:
    """All headings of a tidy Markdown text, in order, outside code blocks."""
    found: list[tuple[int, str, int, int]] = []
    for start, end, line, fenced in _lines(text):
        match = None if fenced else _HEADING.match(line)
        if match:
            found.append((len(match.group(1)), match.group(2), start, min(end + 1, len(text))))
    slugs = unique(slugify(title) for _, title, _, _ in found)
    return [
        Heading(level, bare_title(title), slug, start, body)
        for (level, title, start, body), slug in zip(found, slugs, strict=True)
    ]


def bare_title(title: str) -> str:
    """A heading without Markdown marks and without its number."""
    return _NUMBER.sub("", _MARKS.sub(lambda m: m.group(1) or "", title)).strip()


def blocks(text: str, start: int = 0, end: int | None = None) -> list[Block]:
    """The blocks of text[start:end], in order; headings and rules are left out."""
    end = len(text) if end is None else end
    found: list[Block] = []
    open_kind: BlockKind | None = None
    for at, stop, line, fenced in _lines(text, start, end):
        bare = line.strip()
        kind: BlockKind | None
        if fenced:
            kind, content = "code", at
        elif not bare or _HEADING.match(line) or _RULE.match(line):
            open_kind = None
            continue
        elif item := _ITEM.match(line):
            found.append(
                Block("item", at, at + item.end(), _trimmed(text, at, stop), _width(item.group(1)))
            )
            open_kind = "item"
            continue
        elif _TABLE_LINE.match(line) or (_TABLE_RULE.match(line) and "|" in line):
            kind, content = "row", at + len(line) - len(line.lstrip())
        elif quote := _QUOTE.match(line):
            kind, content = "paragraph", at + quote.end()
        else:
            kind, content = "paragraph", at + len(line) - len(line.lstrip())
        if _continues(kind, open_kind, text, at):
            last = found.pop()
            found.append(
                Block(last.kind, last.line, last.start, _trimmed(text, at, stop), last.indent)
            )
            continue
        indent = _width(line[: len(line) - len(line.lstrip())])
        found.append(Block(kind, at, content, _trimmed(text, at, stop), indent))
        open_kind = kind
    return [block for block in found if block.end > block.start]


def is_table_rule(text: str) -> bool:
    """Whether a table row is only the line under the header."""
    return bool(_TABLE_RULE.match(text))


def tidy(text: str) -> str:
    """The one stored form: plain characters, one line a paragraph or item, ATX headings."""
    lines: list[str] = []
    joinable = fenced = False
    for line in plain_characters(text).expandtabs(4).split("\n"):
        if _FENCE.match(line) or fenced:
            fenced = not fenced if _FENCE.match(line) else fenced
            lines.append(line.rstrip())
            joinable = False
            continue
        bare = line.rstrip()
        if joinable and _SETEXT.match(bare) and not _ITEM.match(lines[-1]):
            lines[-1] = ("# " if bare.strip().startswith("=") else "## ") + lines[-1].strip()
            joinable = False
        elif joinable and bare and not _starts_block(bare):
            lines[-1] += " " + bare.strip()
        else:
            lines.append(bare)
            joinable = bool(bare) and not any(p.match(bare) for p in _WHOLE_LINE)
        if line.endswith(("  ", "\\")):
            joinable = False
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _starts_block(line: str) -> bool:
    return any(pattern.match(line) for pattern in (*_WHOLE_LINE, _ITEM, _FENCE))


def _continues(kind: BlockKind, open_kind: BlockKind | None, text: str, at: int) -> bool:
    if kind == "code":
        return open_kind == "code"
    if kind != "paragraph" or open_kind not in ("paragraph", "item"):
        return False
    return not _QUOTE.match(text[at : at + 8])


def _lines(
    text: str, start: int = 0, end: int | None = None
) -> Iterator[tuple[int, int, str, bool]]:
    """Each line as (start, end, text, whether it belongs to a fenced code block)."""
    end = len(text) if end is None else end
    fenced = False
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        line = text[at:stop]
        fence = bool(_FENCE.match(line))
        yield at, stop, line, fenced or fence
        fenced = fenced != fence
        at = stop + 1


def _trimmed(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def _width(indent: str) -> int:
    return len(indent.expandtabs(4))
