"""Passages: sections of a guide with stable ids and exact offsets, and their sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from corpus.guide import EVERYONE, Guide, Kind, Scope, SectionMeta
from guardrails.text import sentences as pieces
from ingest.markdown import Block, Heading, blocks, is_table_rule, outline, unique

# The encoder reads 256 word pieces, about 1.1 a word here; more words would not be seen.
MAX_WORDS = 230

SentenceKind = Literal["sentence", "item", "row"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of a guide, or a part of a long one.

    `text` is the guide's text from `start` to `end` (code points); `path` is the guide's title and
    the headings above, without `heading` itself.
    """

    id: str
    guide_id: str
    heading: str
    path: tuple[str, ...]
    text: str
    start: int
    end: int
    asks: tuple[str, ...] = ()
    scope: Scope = EVERYONE
    rules: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    as_of: date | None = None
    kind: Kind = "advice"
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item sentence or table row; offsets count in the guide's text.

    `lead_in` is the line that an item hangs on, or the header of a row's table.
    """

    text: str
    start: int
    end: int
    kind: SentenceKind
    lead_in: str | None = None


def split(guide: Guide) -> list[Passage]:
    """The passages of `guide`, in order; a heading without a body of its own gives none."""
    heads = outline(guide.text)
    slugs = list(guide.sections) if len(guide.sections) == len(heads) else [h.slug for h in heads]
    passages: list[Passage] = []
    if guide.trust == "imported":
        first = heads[0].start if heads else len(guide.text)
        slug = unique([*slugs, "intro"])[-1]
        passages += _section(guide, slug, guide.title, (), 0, first)
    open_heads: list[Heading] = []
    for number, (head, slug) in enumerate(zip(heads, slugs, strict=True)):
        while open_heads and open_heads[-1].level >= head.level:
            open_heads.pop()
        path = [guide.title, *(above.title for above in open_heads)]
        if len(path) > 1 and path[0] == path[1]:
            path = path[1:]
        end = heads[number + 1].start if number + 1 < len(heads) else len(guide.text)
        passages += _section(guide, slug, head.title, tuple(path), head.body, end)
        open_heads.append(head)
    return passages


def _section(
    guide: Guide, slug: str, heading: str, path: tuple[str, ...], start: int, end: int
) -> list[Passage]:
    meta = guide.sections.get(slug, SectionMeta())
    parts = _parts(guide.text, start, end)
    return [
        Passage(
            id=f"{guide.id}#{slug}" + (f"--{number}" if number > 1 else ""),
            guide_id=guide.id,
            heading=heading,
            path=path,
            text=guide.text[left:right],
            start=left,
            end=right,
            asks=meta.asks if number == 1 else (),
            scope=meta.scope,
            rules=meta.rules,
            authorities=meta.authorities or guide.authorities,
            as_of=meta.as_of,
            kind=meta.kind,
            signs=meta.signs,
        )
        for number, (left, right) in enumerate(parts, start=1)
    ]


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a section at paragraph borders into parts of at most MAX_WORDS where that is possible."""
    units = list(_units(text, start, end))
    if not units:
        return []
    sizes = [len(text[left:right].split()) for left, right in units]
    count = -(-sum(sizes) // MAX_WORDS)
    goal = min(MAX_WORDS, sum(sizes) / count * 1.15)
    parts = [units[0]]
    size = sizes[0]
    for (left, right), words in zip(units[1:], sizes[1:], strict=True):
        if size + words <= goal:
            parts[-1] = (parts[-1][0], right)
            size += words
        else:
            parts.append((left, right))
            size = words
    return parts


def _units(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of blocks that must stay together: a lead-in with its list, a list, a table."""
    left = right = -1
    previous: Block | None = None
    for block in blocks(text, start, end):
        if previous and not _belong_together(text, previous, block):
            yield left, right
            left = -1
        left = block.line + _indent(text, block.line) if left < 0 else left
        right = block.end
        previous = block
    if previous:
        yield left, right


def _indent(text: str, line: int) -> int:
    stop = text.find("\n", line)
    row = text[line : stop if stop >= 0 else len(text)]
    return len(row) - len(row.lstrip())


def _belong_together(text: str, above: Block, below: Block) -> bool:
    if below.kind == "item":
        return above.kind == "item" or _leads(text, above) or above.end + 1 >= below.line
    if below.kind == above.kind == "row":
        return True
    nested = above.kind == "item" and below.indent > above.indent
    question = text[above.start : above.end].lower().startswith(("q:", "q."))
    return nested or question or (above.kind == "paragraph" and _leads(text, above))


def _leads(text: str, block: Block) -> bool:
    return text[block.start : block.end].rstrip("*_ ").endswith(":")


def sentences(passage: Passage) -> list[Sentence]:
    """The sentences of `passage` in order, with offsets into its guide's text."""
    found: list[Sentence] = []
    text = passage.text
    lead: str | None = None
    header: str | None = None
    parents: list[tuple[int, str]] = []
    previous: Block | None = None
    for block in blocks(text):
        content = text[block.start : block.end]
        if block.kind == "row":
            if previous is None or previous.kind != "row":
                header = _cells(content)
            elif not is_table_rule(content):
                found.append(_row(passage, block, header))
        elif block.kind == "item":
            if previous and previous.kind == "paragraph":
                lead = _lead_in(text, previous)
                parents = []
            elif previous is None or previous.kind != "item":
                lead, parents = None, []
            while parents and parents[-1][0] >= block.indent:
                parents.pop()
            above = next((line for _, line in reversed(parents) if line.endswith(":")), lead)
            found += _prose(passage, block, "item", above)
            parents.append((block.indent, content))
        elif block.kind == "paragraph":
            found += _prose(passage, block, "sentence", None)
        previous = block
    return found


def _lead_in(text: str, block: Block) -> str | None:
    """The last sentence of the paragraph before a list, if the list hangs on it."""
    spans = list(_spans(text, block))
    if not spans:
        return None
    line = text[spans[-1][0] : spans[-1][1]]
    label = line[-1] not in ".!?;" and len(line.split()) <= 8
    return line if line.rstrip("*_ ").endswith(":") or label else None


def _prose(
    passage: Passage, block: Block, kind: SentenceKind, lead_in: str | None
) -> Iterator[Sentence]:
    for start, end in _spans(passage.text, block):
        yield Sentence(
            passage.text[start:end], passage.start + start, passage.start + end, kind, lead_in
        )


def _spans(text: str, block: Block) -> Iterator[tuple[int, int]]:
    for piece in pieces(text[block.start : block.end]):
        yield block.start + piece.start, block.start + piece.end


def _row(passage: Passage, block: Block, header: str | None) -> Sentence:
    content = passage.text[block.start : block.end]
    inner = _cells(content)
    start = block.start + content.index(inner) if inner else block.start
    return Sentence(
        passage.text[start : start + len(inner)],
        passage.start + start,
        passage.start + start + len(inner),
        "row",
        header,
    )


def _cells(row: str) -> str:
    return row.strip().strip("|").strip()
