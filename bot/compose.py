"""Guarded sentences -> the answer's text, its numbered citations and its follow-ups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.guard import Guarded
from bot.library import Shelf
from bot.types import AnswerSentence, AuthorityLink, Citation, Layout, Source
from corpus.guide import Guide
from ingest.passages import Passage


@dataclass(frozen=True, slots=True)
class Composed:
    """The text as shown, and what stands behind it."""

    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]


LinksOf = Callable[[Passage, Guide], tuple[AuthorityLink, ...]]


def compose(guarded: Sequence[Guarded], shelf: Shelf, links_of: LinksOf) -> Composed:
    """Number the citations in order of appearance and lay the sentences out as Markdown."""
    citations: dict[str, Citation] = {}
    sentences: list[AnswerSentence] = []
    for item in guarded:
        numbers: tuple[int, ...] = ()
        if item.source is not None:
            number = _number(item.source, citations, shelf, links_of)
            numbers = (number,)
        sentences.append(
            AnswerSentence(item.text, numbers, item.origin, item.standing, item.rule, item.layout)
        )
    return Composed(lay_out(sentences), tuple(sentences), tuple(citations.values()))


def _number(
    source: Source,
    citations: dict[str, Citation],
    shelf: Shelf,
    links_of: LinksOf,
) -> int:
    """The number of a source: sentences of one passage share a citation, which spans them all."""
    known = citations.get(source.passage_id)
    passage = shelf.passage(source.passage_id)
    guide = shelf.guide(passage.guide_id)
    if known is not None:
        start, end = min(known.start, source.start), max(known.end, source.end)
        spanned = replace(known, start=start, end=end, quote=guide.text[start:end])
        citations[source.passage_id] = spanned
        return known.number
    number = len(citations) + 1
    citations[source.passage_id] = Citation(
        number=number,
        passage_id=source.passage_id,
        guide_id=guide.id,
        guide_title=guide.title,
        heading=passage.heading,
        quote=guide.text[source.start : source.end],
        start=source.start,
        end=source.end,
        authorities=links_of(passage, guide),
        reviewed=guide.reviewed.isoformat() if guide.reviewed else None,
        trust=guide.trust,
        as_of=passage.as_of.isoformat() if passage.as_of else None,
    )
    return number


def lay_out(sentences: Sequence[AnswerSentence]) -> str:
    """Markdown: running text in paragraphs, items in lists, rows in tables, each with its marks.

    A run of sentences that rest on one citation carries the mark at its end, as in print.
    """
    blocks: list[tuple[str, list[str]]] = []
    steps = 0
    for place, sentence in enumerate(sentences):
        following = sentences[place + 1] if place + 1 < len(sentences) else None
        text = f"{sentence.text}{_mark(sentence, following)}"
        kind = _KIND[sentence.layout]
        if sentence.layout == "same-item" and blocks:
            blocks[-1][1][-1] += f" {text}"
            continue
        if not blocks or blocks[-1][0] != kind or kind == "heading":
            blocks.append((kind, []))
            steps = 0
        if sentence.layout == "step":
            steps += 1
        blocks[-1][1].append(_line(sentence.layout, text, steps))
    return "\n\n".join(_join(kind, lines) for kind, lines in blocks)


_KIND: dict[Layout, str] = {
    "text": "text",
    "item": "list",
    "step": "list",
    "same-item": "list",
    "header": "table",
    "row": "table",
    "heading": "heading",
}


def _line(layout: Layout, text: str, step: int) -> str:
    if layout == "step":
        return f"{step}. {text}"
    if layout in ("item", "same-item"):
        return f"- {text}"
    if layout == "header":
        cells = text.count("|") + 1
        return f"| {text} |\n|{'---|' * cells}"
    if layout == "row":
        return f"| {text} |"
    return f"**{text}**" if layout == "heading" else text


def _join(kind: str, lines: Sequence[str]) -> str:
    return (" " if kind == "text" else "\n").join(lines)


def _mark(sentence: AnswerSentence, following: AnswerSentence | None) -> str:
    """The citation marks, unless the next sentence carries the same ones."""
    if not sentence.citations or sentence.layout == "header":
        return ""
    if following is not None and following.citations == sentence.citations:
        return ""
    return " " + "".join(f"[{n}]" for n in sentence.citations)
