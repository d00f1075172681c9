"""The sentences of an answer as paragraphs, lists and tables, with the marks of their sources."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from bot.types import Answer, AnswerSentence, Citation, Layout
from ui.prose import Prose
from ui.sources import cite_html

PHONE = re.compile(r"(?<![\d-])(?:1-\d{3}-\d{3}-\d{4}|988|911)(?![\d-])")


_KINDS: dict[Layout, str] = {
    "text": "text",
    "item": "list",
    "step": "list",
    "same-item": "list",
    "header": "table",
    "row": "table",
    "heading": "heading",
}


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Sentences that are shown as one block."""

    kind: str
    sentences: tuple[tuple[int, AnswerSentence], ...]


def body_html(
    sentences: Sequence[tuple[int, AnswerSentence]],
    answer: Answer,
    number: int,
    cites: dict[int, Citation],
) -> str:
    """The numbered sentences laid out; `number` is the place of the answer in its conversation."""
    html: list[str] = []
    paragraphs = _paragraphs(sentences)
    first = next((i for i, p in enumerate(paragraphs) if p.kind != "heading"), 0)
    for place, paragraph in enumerate(paragraphs):
        if paragraph.kind == "list":
            html.append(_list_html(paragraph.sentences, number, cites))
        elif paragraph.kind == "table":
            html.append(_table_html(paragraph.sentences, number, cites))
        elif paragraph.kind == "heading":
            html.append(f"<h3>{_joined(paragraph.sentences, number, cites)}</h3>")
        else:
            lead = place == first and answer.outcome in ("answer", "clarify")
            kind = ' class="lead"' if lead else ""
            html.append(f"<p{kind}>{_joined(paragraph.sentences, number, cites)}</p>")
        html += [_replaced_html(s) for _, s in paragraph.sentences if s.verdict == "replaced"]
    return "".join(html)


def _paragraphs(sentences: Sequence[tuple[int, AnswerSentence]]) -> list[_Paragraph]:
    """Runs of one kind; running text also breaks after the verdict and where the source changes."""
    runs: list[_Paragraph] = []
    for pair in sentences:
        kind = _KINDS[pair[1].layout]
        leads = all(run.kind == "heading" for run in runs[:-1])
        if runs and _continues(runs[-1], kind, pair[1], leads):
            runs[-1] = _Paragraph(kind, (*runs[-1].sentences, pair))
        else:
            runs.append(_Paragraph(kind, (pair,)))
    return runs


def _continues(run: _Paragraph, kind: str, sentence: AnswerSentence, leads: bool) -> bool:
    if run.kind != kind or kind == "heading" or sentence.layout == "header":
        return False
    if kind != "text":
        return True
    if leads:
        # The verdict stands alone; a bare "Yes." takes the sentence that says what is meant.
        return len(" ".join(s.text for _, s in run.sentences).split()) < 5
    return run.sentences[-1][1].citations == sentence.citations


def _list_html(
    sentences: Sequence[tuple[int, AnswerSentence]], number: int, cites: dict[int, Citation]
) -> str:
    items: list[list[tuple[int, AnswerSentence]]] = []
    for pair in sentences:
        if pair[1].layout == "same-item" and items:
            items[-1].append(pair)
        else:
            items.append([pair])
    after = [item[0][1] for item in items[1:]] + [None]
    inner = "".join(
        f"<li>{_joined(item, number, cites, following=then)}</li>"
        for item, then in zip(items, after, strict=True)
    )
    tag = "ol" if sentences[0][1].layout == "step" else "ul"
    return f"<{tag}>{inner}</{tag}>"


def _joined(
    sentences: Sequence[tuple[int, AnswerSentence]],
    number: int,
    cites: dict[int, Citation],
    *,
    following: AnswerSentence | None = None,
) -> str:
    """Sentences in a row; those that rest on one source carry its mark once, at the end."""
    pieces: list[str] = []
    for place, (index, sentence) in enumerate(sentences):
        after = sentences[place + 1][1] if place + 1 < len(sentences) else following
        mark = after is None or after.citations != sentence.citations
        pieces.append(sentence_html(index, sentence, number, cites, mark=mark))
    return " ".join(pieces)


def sentence_html(
    index: int, sentence: AnswerSentence, number: int, cites: dict[int, Citation], *, mark: bool
) -> str:
    """One sentence, with the marks of its sources where `mark` says so."""
    words = _with_phones(Prose(sentence.text).inline(0, len(sentence.text)))
    marks = "".join(cite_html(cites[n], number) for n in sentence.citations if n in cites)
    kind = " replaced" if sentence.verdict == "replaced" else ""
    return f'<span class="s{kind}" data-s="{index}">{words}</span>{marks if mark else ""}'


def _table_html(
    sentences: Sequence[tuple[int, AnswerSentence]], number: int, cites: dict[int, Citation]
) -> str:
    head, rows = "", list[str]()
    for place, (index, sentence) in enumerate(sentences):
        after = sentences[place + 1][1] if place + 1 < len(sentences) else None
        cells = [Prose(cell).inline(0, len(cell)) for cell in _cells(sentence.text)]
        if sentence.layout == "header":
            head = "".join(f'<th scope="col">{cell}</th>' for cell in cells)
            continue
        if after is None or after.citations != sentence.citations:
            cells[-1] += "".join(
                cite_html(cites[n], number) for n in sentence.citations if n in cites
            )
        line = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f'<tr class="s" data-s="{index}">{line}</tr>')
    top = f"<thead><tr>{head}</tr></thead>" if head else ""
    table = f"<table>{top}<tbody>{''.join(rows)}</tbody></table>"
    return f'<div class="table" tabindex="0" role="group" aria-label="Table">{table}</div>'


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _replaced_html(sentence: AnswerSentence) -> str:
    rule = sentence.rule or ""
    link = f'<a href="/rules?id={quote(rule)}">{escape(rule)}</a>' if rule else "the cited source"
    return (
        '<details class="why"><summary>Corrected before you saw it</summary><p>A drafted sentence '
        f"could not be proved. What stands here is the checked wording from {link}.</p></details>"
    )


def _with_phones(html: str) -> str:
    """Telephone numbers as links; short ones only where the text says to call them."""

    def linked(match: re.Match[str]) -> str:
        number = match.group()
        before = html[max(0, match.start() - 24) : match.start()].lower()
        told = re.search(r"\b(?:call|text|dial|use)\b", before)
        return f'<a href="tel:{number}">{number}</a>' if len(number) > 3 or told else number

    return PHONE.sub(linked, html)
