"""Plain text copied from a page or a word processor, to Markdown: headings and lists guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from ingest.markdown import plain_characters
from ingest.pagejunk import cut_promotion, is_caption, is_navigation
from ingest.read import Document, decode

Kind = Literal["prose", "bullet", "numbered", "heading", "label"]

_BULLET = re.compile(r"^([ \t]*)[-*+•◦▪‣·●○–—][ \t]+(?=\S)")
_NUMBERED = re.compile(r"^([ \t]*)(\d{1,3})[.)][ \t]+(?=\S)")
# "in the U.S." does not end a sentence where the words are those of a heading.
_ENDS_IN_INITIALS = re.compile(r"(?<=\b[A-Z]\.[A-Z])\.$")
_CLOSERS = "\"')]}*_ "
_MAX_HEADING_WORDS = 16
_MAX_QUESTION_WORDS = 34
_FAQ = re.compile(r"\bfaqs?\b|frequently asked|common questions", re.IGNORECASE)
_SMALL_WORDS = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "if", "in", "into"}
    | {"is", "it", "like", "not", "of", "on", "or", "the", "to", "vs", "with", "you", "your"}
)
CLOSING = "In closing"


@dataclass(frozen=True, slots=True)
class Line:
    """A non-blank line: its text without marker, how far in it stands, blank lines before it."""

    text: str
    kind: Kind
    indent: int
    blanks: int
    number: int = 0
    level: int = 0


def to_markdown(path: Path) -> Document:
    """Read a .txt file; raises GuideError if it is not text."""
    return from_text(decode(path.read_bytes(), path))


def from_text(raw: str) -> Document:
    """Markdown of a plain text, without navigation and promotion around it."""
    rows = _unwrapped(plain_characters(raw).expandtabs(4).split("\n"))
    lines = cut_promotion(_read_lines(rows), lambda line: line.text)
    lines = _classified(lines)
    title, lines = _take_title(lines)
    lines = _closing_apart(_levelled(lines))
    return Document(title, _render(lines))


def _unwrapped(rows: list[str]) -> list[str]:
    """Join the lines of paragraphs that were broken at a fixed width."""
    rows = [row.rstrip() for row in rows]
    pairs = [
        (a, b)
        for a, b in pairwise(rows)
        if len(a) > 40 and b.strip() and not _BULLET.match(b) and not _NUMBERED.match(b)
    ]
    broken = [pair for pair in pairs if _runs_on(*pair)]
    if len(broken) < 3 or len(broken) < len(pairs) * 0.4:
        return rows
    joined: list[str] = []
    for row in rows:
        marked = _BULLET.match(row) or _NUMBERED.match(row)
        if joined and row.strip() and not marked and len(joined[-1]) > 40:
            joined[-1] += " " + row.strip()
        else:
            joined.append(row)
    return joined


def _runs_on(above: str, below: str) -> bool:
    return above[-1] not in ".:!?" and below.strip()[0].islower()


def _read_lines(rows: Sequence[str]) -> list[Line]:
    lines: list[Line] = []
    blanks = 0
    for row in rows:
        if not row.strip():
            blanks += 1
            continue
        if bullet := _BULLET.match(row):
            line = Line(row[bullet.end() :], "bullet", len(bullet.group(1)), blanks)
        elif numbered := _NUMBERED.match(row):
            text, number = row[numbered.end() :], int(numbered.group(2))
            line = Line(text, "numbered", len(numbered.group(1)), blanks, number)
        else:
            text = row.strip()
            line = Line(text, "prose", len(row) - len(row.lstrip()), blanks)
        lines.append(replace(line, text=" ".join(line.text.split())))
        blanks = 0
    return lines


def _classified(lines: list[Line]) -> list[Line]:
    """Say which lines are headings, and which are labels that a list hangs on."""
    spaced = sum(line.blanks > 0 for line in lines) > len(lines) * 0.25
    result: list[Line] = []
    for number, line in enumerate(lines):
        above = lines[number - 1] if number else None
        below = lines[number + 1] if number + 1 < len(lines) else None
        result.append(replace(line, kind=_kind(line, above, below, spaced=spaced)))
    return result


def _kind(line: Line, above: Line | None, below: Line | None, *, spaced: bool) -> Kind:
    if line.kind == "bullet":
        return "bullet"
    if line.kind == "numbered":
        in_list = any(n is not None and n.kind == "numbered" for n in (above, below))
        question = line.text.endswith("?") and len(line.text.split()) <= _MAX_QUESTION_WORDS
        standing = line.indent == 0 and not in_list
        return (
            "heading" if standing and (question or _looks_like_heading(line.text)) else "numbered"
        )
    alone = line.blanks > 0 and (below is None or below.blanks > 0)
    if line.indent > 1 or (spaced and not alone and line.blanks == 0):
        return "prose"
    if below is None or not _looks_like_heading(line.text):
        return "prose"
    if is_title_case(line.text):
        return "heading"
    short = len(line.text.split()) <= 8
    if below.kind == "bullet" and short and not spaced:
        return "label"
    return "heading" if spaced and len(line.text.split()) <= 12 else "prose"


def _looks_like_heading(text: str) -> bool:
    bare = _ENDS_IN_INITIALS.sub("", text.rstrip(_CLOSERS))
    if not bare or bare[-1] in ".!:;," or text.startswith(("→", ">", "(")):
        return False
    first = text.lstrip("\"'(")[:1]
    inner_stop = re.search(r"[a-z]{3,}[.!]\s+[A-Z]", text)
    return (
        (first.isupper() or first.isdigit())
        and not inner_stop
        and len(text.split()) <= _MAX_HEADING_WORDS
    )


def is_title_case(text: str) -> bool:
    """Whether most words that count are capitalised."""
    words = [w.lstrip("\"'(") for w in re.split(r"[\s/]+", text)]
    heavy = [w for w in words if w and w.lower() not in _SMALL_WORDS and w[0].isalpha()]
    capitals = sum(word[0].isupper() for word in heavy)
    return bool(heavy) and capitals >= 0.75 * len(heavy)


def _take_title(lines: list[Line]) -> tuple[str | None, list[Line]]:
    """The title among the lines before the first paragraph, and the lines without web page junk."""
    start = next((n for n, line in enumerate(lines) if _is_paragraph(line)), len(lines))
    head = [line for line in lines[:start] if not is_navigation(line.text)]
    rest = [line for line in lines[start:] if not _is_caption(line)]
    head = [line for line in head if not _is_caption(line)]
    title = next((line for line in head if line.kind == "heading" and not line.number), None)
    if title is None and head and head[0].kind != "bullet" and _looks_like_heading(head[0].text):
        title = head[0]
    if title is None:
        return None, [*head, *rest]
    return title.text, [*(line for line in head if line is not title), *rest]


def _is_paragraph(line: Line) -> bool:
    return line.kind == "prose" and len(line.text.split()) >= 12 and line.text[-1] in '.:!?")'


def _is_caption(line: Line) -> bool:
    return line.kind in ("prose", "heading") and is_caption(line.text, is_title_case(line.text))


def _levelled(lines: list[Line]) -> list[Line]:
    """Give headings their level, and list items their depth."""
    headings = [line for line in lines if line.kind == "heading"]
    widest = max((line.blanks for line in headings), default=0)
    by_space = widest > 1 and any(line.blanks < widest for line in headings)
    result: list[Line] = []
    # A heading right below one of its own level stands under it, and so do those that follow.
    nested = False
    for line in lines:
        level = line.level
        if line.kind == "heading":
            small = line.number > 0 or (by_space and line.blanks < widest)
            level = 3 if small else 2
            above = result[-1] if result and result[-1].kind == "heading" else None
            nested = level == 3 and (nested or (above is not None and above.level == 3))
            level += nested
        result.append(replace(line, level=level))
    return _with_depths(result)


def _with_depths(lines: list[Line]) -> list[Line]:
    """Depth of items from their indent, or, where lists were flattened, from their lead-ins."""
    indents = {line.indent for line in lines if line.kind in ("bullet", "numbered")}
    flat = len(indents) < 2
    result: list[Line] = []
    run: list[Line] = []
    for line in lines:
        if line.kind in ("bullet", "numbered"):
            run.append(line)
            continue
        result += _depths(run, flat=flat)
        run = []
        result.append(line)
    return result + _depths(run, flat=flat)


def _depths(run: list[Line], *, flat: bool) -> list[Line]:
    if flat:
        return _guessed_depths(run)
    open_indents: list[int] = []
    result: list[Line] = []
    for line in run:
        while open_indents and open_indents[-1] >= line.indent:
            open_indents.pop()
        result.append(replace(line, level=len(open_indents)))
        open_indents.append(line.indent)
    return result


def _guessed_depths(run: list[Line]) -> list[Line]:
    """In a flattened list an item that ends in a colon opens an inner list of like items."""
    result: list[Line] = []
    inner: tuple[bool, bool] | None = None
    opened = False
    for number, line in enumerate(run):
        style = (line.text[:1] in "\"'", line.text.rstrip(_CLOSERS)[-1:] == ".")
        last = number + 1 == len(run)
        if line.text.endswith(":"):
            opened, inner, depth = not last, None, 0
        elif opened or (inner is not None and style == inner):
            opened, inner, depth = False, style, 1
        else:
            opened, inner, depth = False, None, 0
        result.append(replace(line, level=depth))
    return result


def _closing_apart(lines: list[Line]) -> list[Line]:
    """Part the last paragraph of a page from the answer to its last FAQ question."""
    if not lines or not _is_paragraph(lines[-1]) or len(lines[-1].text.split()) < 35:
        return lines
    headings = [line for line in lines if line.kind == "heading"]
    in_faq = bool(headings) and any(_FAQ.search(line.text) for line in headings[-12:])
    last_question = headings[-1].text.endswith("?") if headings else False
    if not (in_faq and last_question) or lines[-2] is headings[-1]:
        return lines
    closing = Line(CLOSING, "heading", 0, 1, level=2)
    return [*lines[:-1], closing, lines[-1]]


def _render(lines: Sequence[Line]) -> str:
    parts: list[str] = []
    previous: Line | None = None
    for line in lines:
        in_list = line.kind in ("bullet", "numbered")
        if previous and not (in_list and previous.kind in ("bullet", "numbered")):
            parts.append("")
        if line.kind == "heading":
            parts.append(f"{'#' * line.level} {line.text}")
        elif in_list:
            mark = f"{line.number}." if line.kind == "numbered" else "-"
            parts.append(f"{'    ' * line.level}{mark} {line.text}")
        else:
            parts.append(line.text.removeprefix("→ ").removeprefix("→"))
        previous = line
    return "\n".join(parts) + "\n"
