"""Answers as HTML and as Markdown: pure functions; whatever comes in is escaped on the way out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from bot.types import Answer, AnswerSentence, Citation, Correction, Outcome
from guardrails.situation import Conclusion
from ui.body import PHONE, body_html, sentence_html
from ui.conversation import Exchange
from ui.prose import plain
from ui.sources import SectionOf, authorities_html, cite_html, long_date, source_html

NOT_ADVICE = "General information, not legal advice."
EXAMPLES = (
    "Which visa suits me better, J-1 or H-1B?",
    "How many J-1 years are left for a fellowship after three years of residency?",
    "What gets a J-1 doctor out of the two years at home?",
    "My H-1B fellowship starts in July. When must Step 3 be done?",
    "Three fellows left this program in one year. How worried should I be?",
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
_CALLED = {
    "911": "Emergency",
    "988": "Crisis line, call or text",
    "1-888-409-0141": "Physician Support Line",
    "1-888-373-7888": "Human Trafficking Hotline",
}


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
    parts.append(body_html(rest, answer, number, cites))
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
        f"{sentence_html(i, s, number, cites, mark=True)}</p>"
        for i, s in sentences
    )
    behind = "".join(_rule_html(c) for c in corrections if c.of == "question")
    why = f"<details><summary>The rule behind this</summary>{behind}</details>"
    return f'<div class="note correction" role="note">{lines}{why}</div>'


def _rule_html(correction: Correction) -> str:
    link = f'<a href="/rules?id={quote(correction.rule)}">{escape(correction.rule)}</a>'
    return f"<p>Rule {link}</p>{authorities_html(correction.authorities)}"


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
    found = dict.fromkeys(PHONE.findall(" ".join(s.text for s in answer.sentences)))
    buttons = "".join(
        f'<a class="phone" href="tel:{number}"><b>{number}</b>'
        f"<span>{_CALLED.get(number, 'Call')}</span></a>"
        for number in found
    )
    return f'<div class="phones">{buttons}</div>' if buttons else ""


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
