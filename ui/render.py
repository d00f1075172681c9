"""Answers as HTML and as Markdown: pure functions; whatever comes in is escaped on the way out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from bot.types import Answer, AnswerSentence, Citation, Correction, Outcome
from guardrails.situation import Conclusion
from ui.conversation import Exchange
from ui.prose import Prose, plain
from ui.sources import SectionOf, authorities_html, cite_html, long_date, source_html

NOT_ADVICE = "General information, not legal advice."
EXAMPLES = (
    "Which visa suits me better, J-1 or H-1B?",
    "How many J-1 years are left for a fellowship after three years of residency?",
    "What gets a J-1 doctor out of the two years at home?",
    "My H-1B fellowship starts in July. When must Step 3 be done?",
    "Three fellows left this program in one year. How do I ask about it?",
    "I was just told that my contract ends early. What comes first?",
)
_TAGS: dict[Outcome, str] = {
    "answer": "",
    "clarify": "It depends",
    "abstain": "Not answered by the guides",
    "refuse": "I cannot help with this",
    "crisis": "Your safety first",
    "smalltalk": "",
}
_PHONE = re.compile(r"(?<![\d-])(?:1-\d{3}-\d{3}-\d{4}|988|911)(?![\d-])")
_CALLED = {
    "911": "Emergency",
    "988": "Crisis line, call or text",
    "1-888-409-0141": "Physician Support Line",
    "1-888-373-7888": "Human Trafficking Hotline",
}


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Sentences that are shown as one block."""

    layout: str
    sentences: tuple[tuple[int, AnswerSentence], ...]


# ------------------------------------------------------------------ a conversation


def conversation_html(
    exchanges: Sequence[Exchange],
    section_of: SectionOf,
    *,
    pending: str = "",
    error: str = "",
    growing: bool = False,
) -> str:
    """The whole conversation.

    `pending` is a question still without a first word; with `growing` the last answer is not whole.
    """
    if not exchanges and not pending:
        return welcome_html()
    turns = [
        exchange_html(exchange, number, section_of, last=number == len(exchanges) - 1)
        for number, exchange in enumerate(exchanges)
    ]
    if pending:
        turns.append(_pending_html(pending, len(exchanges)))
    if error:
        turns.append(f'<div class="note failed" role="alert">{escape(error)}</div>')
    turns.append(f'<p class="only-print">Waymark. {NOT_ADVICE}</p>')
    kind = "talk growing" if growing else "talk"
    return f'<div class="{kind}">{"".join(turns)}</div>'


def exchange_html(exchange: Exchange, number: int, section_of: SectionOf, *, last: bool) -> str:
    """One question with its answer."""
    asked = _asked_html(exchange.message, number)
    if exchange.answer is None:
        again = _button("again", "Ask again", number)
        what = "Stopped before an answer." if exchange.stopped else "This was not answered."
        return f'<article class="turn">{asked}<div class="note">{what} {again}</div></article>'
    stopped = '<p class="quiet">You stopped this answer here.</p>' if exchange.stopped else ""
    answer = answer_html(exchange.answer, number, section_of, with_follow_ups=last)
    return f'<article class="turn">{asked}{answer}{stopped}</article>'


def _asked_html(message: str, number: int, *, tools: bool = True) -> str:
    words = escape(message).replace("[erased]", '<span class="erased">erased</span>')
    edit = _button("edit", "Edit", number, name="Edit this question and ask again")
    return (
        f'<div class="asked" data-message="{escape(message)}"><h2 class="sr">You asked</h2>'
        f"<p>{words}</p>{edit if tools else ''}</div>"
    )


def _pending_html(message: str, number: int) -> str:
    return (
        f'<article class="turn pending">{_asked_html(message, number, tools=False)}'
        '<div class="answer"><p class="waiting"><span class="dots" aria-hidden="true">'
        "<i></i><i></i><i></i></span>Reading the guides</p></div></article>"
    )


def _button(do: str, label: str, number: int, *, name: str = "") -> str:
    spoken = f' aria-label="{escape(name)}"' if name else ""
    return (
        f'<button type="button" class="tool" data-do="{do}" data-turn="{number}"{spoken}>'
        f"{escape(label)}</button>"
    )


def welcome_html() -> str:
    """The empty page: what this is, and six questions to start with."""
    chips = "".join(
        f'<li><button type="button" class="example" data-ask="{escape(q)}">{plain(q)}</button></li>'
        for q in EXAMPLES
    )
    return (
        '<section class="welcome"><h2>Training in the US as an international graduate</h2>'
        "<p>Ask about J-1 and H-1B, waivers, clinical informatics, or a program that worries you. "
        "Every sentence of an answer shows where it comes from.</p>"
        f'<h3 class="sr">Example questions</h3><ul class="examples">{chips}</ul>'
        '<p class="quiet">Please leave out names and numbers of people, programs and papers; '
        "no answer needs them.</p></section>"
    )


# ------------------------------------------------------------------------ an answer


def answer_html(
    answer: Answer, number: int, section_of: SectionOf, *, with_follow_ups: bool = True
) -> str:
    """One answer: tag, corrections, verdict, the rest, its sources and what can be done with it."""
    tag = _TAGS.get(answer.outcome, "")
    cites = {c.number: c for c in answer.citations}
    parts = ['<h2 class="sr">Answer</h2>']
    if tag:
        parts.append(f'<p class="tag">{tag}</p>')
    if answer.outcome == "crisis":
        parts.append(_numbers_html(answer))
    corrected, rest = _split_corrections(answer)
    if corrected:
        parts.append(_correction_html(corrected, answer.corrections, number, cites))
    parts.append(_body_html(rest, answer, number, cites))
    parts.append(_steps_html(answer.conclusions))
    parts.append(_change_html(answer))
    parts.append(_sources_html(answer, number, section_of))
    if with_follow_ups and answer.follow_ups:
        parts.append(_follow_ups_html(answer.follow_ups))
    parts.append(_tools_html(number, answer))
    kind = escape(answer.outcome)
    return f'<div class="answer {kind}" data-answer="{number}">{"".join(parts)}</div>'


def _split_corrections(
    answer: Answer,
) -> tuple[list[tuple[int, AnswerSentence]], list[tuple[int, AnswerSentence]]]:
    """The sentences that set a premise right (with the phrase before them), and the others."""
    wrong = {c.statement for c in answer.corrections if c.of == "question"}
    numbered = list(enumerate(answer.sentences))
    ours = {i for i, s in numbered if s.text in wrong}
    if ours and min(ours) > 0 and answer.sentences[min(ours) - 1].origin == "phrase":
        ours.add(min(ours) - 1)
    return [p for p in numbered if p[0] in ours], [p for p in numbered if p[0] not in ours]


def _correction_html(
    sentences: Sequence[tuple[int, AnswerSentence]],
    corrections: Sequence[Correction],
    number: int,
    cites: dict[int, Citation],
) -> str:
    lines = "".join(
        f"<p{' class=tag' if s.origin == 'phrase' else ''}>"
        f"{_sentence_html(i, s, number, cites, mark=True)}</p>"
        for i, s in sentences
    )
    behind = "".join(_rule_html(c) for c in corrections if c.of == "question")
    why = f"<details><summary>The rule behind this</summary>{behind}</details>"
    return f'<div class="note correction" role="note">{lines}{why}</div>'


def _rule_html(correction: Correction) -> str:
    link = f'<a href="/rules?id={quote(correction.rule)}">{escape(correction.rule)}</a>'
    return f"<p>Rule {link}</p>{authorities_html(correction.authorities)}"


def _body_html(
    sentences: Sequence[tuple[int, AnswerSentence]],
    answer: Answer,
    number: int,
    cites: dict[int, Citation],
) -> str:
    html: list[str] = []
    paragraphs = _paragraphs(sentences)
    first = next((i for i, p in enumerate(paragraphs) if p.layout != "heading"), 0)
    for place, paragraph in enumerate(paragraphs):
        inner = _joined(paragraph.sentences, number, cites)
        if paragraph.layout == "item":
            items = "".join(
                f"<li>{_joined([one], number, cites, following=after)}</li>"
                for one, after in _with_next(paragraph.sentences)
            )
            html.append(f"<ul>{items}</ul>")
        elif paragraph.layout == "row":
            html.append(_rows_html(paragraph.sentences, number, cites))
        elif paragraph.layout == "heading":
            html.append(f"<h3>{inner}</h3>")
        else:
            lead = place == first and answer.outcome in ("answer", "clarify")
            html.append(f'<p class="lead">{inner}</p>' if lead else f"<p>{inner}</p>")
        html += [_replaced_html(s) for _, s in paragraph.sentences if s.verdict == "replaced"]
    return "".join(html)


def _paragraphs(sentences: Sequence[tuple[int, AnswerSentence]]) -> list[_Paragraph]:
    """Runs of one layout; running text breaks after the verdict and where the source changes."""
    runs: list[_Paragraph] = []
    for pair in sentences:
        layout = _layout(pair[1])
        if layout == "break":
            runs.append(_Paragraph("break", ()))
        elif (
            runs
            and layout != "heading"
            and _continues(runs[-1], layout, pair[1], all(r.layout == "heading" for r in runs[:-1]))
        ):
            runs[-1] = _Paragraph(layout, (*runs[-1].sentences, pair))
        else:
            runs.append(_Paragraph(layout, (pair,)))
    return [run for run in runs if run.sentences]


def _layout(sentence: AnswerSentence) -> str:
    is_row = sentence.origin in ("guide", "rule") and sentence.text.count(" | ") > 0
    return "row" if is_row else sentence.layout


def _continues(run: _Paragraph, layout: str, sentence: AnswerSentence, first: bool) -> bool:
    if run.layout != layout:
        return False
    if layout != "text":
        return True
    before = run.sentences[-1][1]
    if first:
        # The verdict stands alone; a bare "Yes." takes the sentence that says what is meant.
        return len(" ".join(s.text for _, s in run.sentences).split()) < 5
    return before.citations == sentence.citations


def _with_next(
    sentences: Sequence[tuple[int, AnswerSentence]],
) -> list[tuple[tuple[int, AnswerSentence], AnswerSentence | None]]:
    after = [s for _, s in sentences[1:]] + [None]
    return list(zip(sentences, after, strict=True))


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
        pieces.append(_sentence_html(index, sentence, number, cites, mark=mark))
    return " ".join(pieces)


def _sentence_html(
    index: int, sentence: AnswerSentence, number: int, cites: dict[int, Citation], *, mark: bool
) -> str:
    words = _with_phones(Prose(sentence.text).inline(0, len(sentence.text)))
    marks = "".join(cite_html(cites[n], number) for n in sentence.citations if n in cites)
    kind = " replaced" if sentence.verdict == "replaced" else ""
    return f'<span class="s{kind}" data-s="{index}">{words}</span>{marks if mark else ""}'


def _rows_html(
    sentences: Sequence[tuple[int, AnswerSentence]], number: int, cites: dict[int, Citation]
) -> str:
    rows: list[str] = []
    for (index, sentence), after in _with_next(sentences):
        cells = [cell.strip() for cell in sentence.text.split("|")]
        mark = after is None or after.citations != sentence.citations
        last = "".join(cite_html(cites[n], number) for n in sentence.citations if n in cites)
        filled = [f"<td>{Prose(c).inline(0, len(c))}</td>" for c in cells[:-1]]
        filled.append(
            f"<td>{Prose(cells[-1]).inline(0, len(cells[-1]))}{last if mark else ''}</td>"
        )
        rows.append(f'<tr class="s" data-s="{index}">{"".join(filled)}</tr>')
    return f'<div class="table"><table><tbody>{"".join(rows)}</tbody></table></div>'


def _replaced_html(sentence: AnswerSentence) -> str:
    rule = sentence.rule or ""
    link = f'<a href="/rules?id={quote(rule)}">{escape(rule)}</a>' if rule else "the cited source"
    return (
        '<details class="why"><summary>Corrected before you saw it</summary><p>A drafted sentence '
        f"could not be proved. What stands here is the checked wording from {link}.</p></details>"
    )


def _steps_html(conclusions: Sequence[Conclusion]) -> str:
    boxes: list[str] = []
    for conclusion in conclusions:
        if not conclusion.steps:
            continue
        steps = "".join(f"<li>{escape(str(step))}</li>" for step in conclusion.steps)
        boxes.append(
            f"<details><summary>How this was worked out</summary><ol>{steps}</ol></details>"
        )
    return "".join(boxes)


def _change_html(answer: Answer) -> str:
    """What can change is told with its date, what nobody reviewed as such, unless it was said."""
    notes: list[str] = []
    told = " ".join(s.text for s in answer.sentences)
    dated = [long_date(c.as_of) for c in answer.citations if c.as_of]
    if dated and not any(day in told for day in dated):
        notes.append(f"Policy in motion, as of {dated[0]}: check before you act.")
    if any(c.trust == "imported" for c in answer.citations) and "nobody has reviewed" not in told:
        notes.append("Part of this comes from an added document that nobody has reviewed.")
    return "".join(f'<p class="quiet dated">{escape(note)}</p>' for note in notes)


def _sources_html(answer: Answer, number: int, section_of: SectionOf) -> str:
    if not answer.citations:
        return ""
    entries = "".join(
        f"<li>{cite_html(c, number)} {plain(c.heading)} "
        f'<span class="quiet">{escape(c.guide_title)}</span>{_printed_html(c)}</li>'
        for c in answer.citations
    )
    cards = "".join(source_html(c, number, section_of(c)) for c in answer.citations)
    count = len(answer.citations)
    title = "1 source" if count == 1 else f"{count} sources"
    return (
        f'<details class="cited"><summary>{title}</summary><ol>{entries}</ol></details>'
        f'<div class="cards" hidden>{cards}</div>'
    )


def _printed_html(citation: Citation) -> str:
    """On paper a link leads nowhere, so the official addresses are written out."""
    links = "; ".join(f"{link.title} <{link.url}>" for link in citation.authorities)
    return f'<span class="only-print">{escape(links)}</span>' if links else ""


def _follow_ups_html(questions: Sequence[str]) -> str:
    chips = "".join(
        f'<li><button type="button" class="chip" data-ask="{escape(q)}">{plain(q)}</button></li>'
        for q in questions
    )
    return f'<div class="next"><h3 class="sr">You could also ask</h3><ul>{chips}</ul></div>'


def _tools_html(number: int, answer: Answer) -> str:
    opinion = "".join(
        f'<button type="button" class="tool" data-do="opinion" data-opinion="{value}" '
        f'data-turn="{number}" aria-pressed="false">{label}</button>'
        for value, label in (("helpful", "Helpful"), ("wrong", "Wrong"), ("unclear", "Unclear"))
    )
    copy = _button("copy", "Copy", number, name="Copy this answer with its sources")
    again = _button("again", "Ask again", number, name="Ask this question again")
    return (
        f'<div class="tools" role="group" aria-label="This answer" '
        f'data-markdown="{escape(answer_markdown(answer))}">{copy}{again}{opinion}</div>'
    )


def _numbers_html(answer: Answer) -> str:
    """The telephone numbers of a crisis answer as large buttons, in the order they are named."""
    found = dict.fromkeys(_PHONE.findall(" ".join(s.text for s in answer.sentences)))
    buttons = "".join(
        f'<a class="phone" href="tel:{number}"><b>{number}</b>'
        f"<span>{_CALLED.get(number, 'Call')}</span></a>"
        for number in found
    )
    return f'<div class="phones">{buttons}</div>' if buttons else ""


def _with_phones(html: str) -> str:
    """Telephone numbers as links; short ones only where the text says to call them."""

    def linked(match: re.Match[str]) -> str:
        number = match.group()
        before = html[max(0, match.start() - 24) : match.start()].lower()
        told = re.search(r"\b(?:call|text|dial|use)\b", before)
        return f'<a href="tel:{number}">{number}</a>' if len(number) > 3 or told else number

    return _PHONE.sub(linked, html)


# ---------------------------------------------------------------------- Markdown


def answer_markdown(answer: Answer) -> str:
    """An answer with its sources, to paste somewhere."""
    lines = [answer.text or " ".join(s.text for s in answer.sentences), ""]
    if answer.citations:
        lines.append("Sources")
    for citation in answer.citations:
        as_of = f", as of {citation.as_of}" if citation.as_of else ""
        reviewed = f"reviewed {citation.reviewed}" if citation.reviewed else "not reviewed"
        lines.append(
            f"[{citation.number}] {citation.guide_title}: {citation.heading} ({reviewed}{as_of})"
        )
        lines += [f"    {link.title} <{link.url}>" for link in citation.authorities]
    lines += ["", f"Waymark. {NOT_ADVICE}"]
    return "\n".join(lines)
