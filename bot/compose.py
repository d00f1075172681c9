"""Guarded sentences -> the answer's text, its numbered citations and its follow-ups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.guard import Guarded
from bot.types import AnswerSentence, AuthorityLink, Citation, Source
from corpus.guide import Guide
from ingest.passages import Passage


class Library(Protocol):
    """Where passages and guides are looked up."""

    def passage(self, passage_id: str) -> Passage: ...

    def guide(self, guide_id: str) -> Guide: ...


@dataclass(frozen=True, slots=True)
class Composed:
    """The text as shown, and what stands behind it."""

    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]


LinksOf = Callable[[Passage, Guide], tuple[AuthorityLink, ...]]


def compose(guarded: Sequence[Guarded], library: Library, links_of: LinksOf) -> Composed:
    """Number the citations in order of appearance and lay the sentences out as Markdown."""
    citations: dict[tuple[str, int, int], Citation] = {}
    sentences: list[AnswerSentence] = []
    for item in guarded:
        numbers: tuple[int, ...] = ()
        if item.source is not None:
            number = _number(item.source, citations, library, links_of)
            numbers = (number,)
        sentences.append(
            AnswerSentence(item.text, numbers, item.origin, item.standing, item.rule, item.layout)
        )
    return Composed(lay_out(sentences), tuple(sentences), tuple(citations.values()))


def _number(
    source: Source,
    citations: dict[tuple[str, int, int], Citation],
    library: Library,
    links_of: LinksOf,
) -> int:
    """The number of a source: sentences that touch in one passage share a citation."""
    passage = library.passage(source.passage_id)
    guide = library.guide(passage.guide_id)
    for key, known in citations.items():
        if key[0] == source.passage_id and _touches(guide.text, known.end, source.start):
            widened = replace(known, end=source.end, quote=guide.text[known.start : source.end])
            citations[key] = widened
            return known.number
        if key[0] == source.passage_id and known.start <= source.start < source.end <= known.end:
            return known.number
    number = len(citations) + 1
    citations[(source.passage_id, source.start, source.end)] = Citation(
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


def _touches(text: str, end: int, start: int) -> bool:
    """Nothing but white space and list marks stands between two sentences."""
    return end <= start and not text[end:start].strip(" \n\t-*•0123456789.)")


def lay_out(sentences: Sequence[AnswerSentence]) -> str:
    """Markdown: running text in paragraphs, items in lists, each sentence with its mark.

    A run of sentences that rest on one citation carries the mark at its end, as in print.
    """
    lines: list[str] = []
    paragraph: list[str] = []

    def close() -> None:
        if paragraph:
            lines.extend([" ".join(paragraph), ""])
            paragraph.clear()

    for place, sentence in enumerate(sentences):
        following = sentences[place + 1] if place + 1 < len(sentences) else None
        text = f"{sentence.text}{_mark(sentence, following)}"
        if sentence.layout == "text":
            if lines and lines[-1].startswith("- "):
                lines.append("")
            paragraph.append(text)
            continue
        close()
        if sentence.layout == "item":
            lines.append(f"- {text}")
        elif sentence.layout == "heading":
            if lines and lines[-1]:
                lines.append("")
            lines.extend([f"**{sentence.text}**", ""])
    close()
    return "\n".join(lines).strip()


def _mark(sentence: AnswerSentence, following: AnswerSentence | None) -> str:
    if not sentence.citations:
        return ""
    if (
        following is not None
        and following.citations == sentence.citations
        and following.layout == sentence.layout
    ):
        return ""
    return " " + "".join(f"[{n}]" for n in sentence.citations)
