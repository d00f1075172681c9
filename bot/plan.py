"""Decide what an answer consists of: which passages, which corrections, which honest limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.draft import (
    BUDGET_ONE,
    BUDGET_SEVERAL,
    content_words,
    draft,
    opens_with_verdict,
    word_count,
)
from bot.parts import Parts
from bot.phrases import fact_words, phrase
from bot.retrieve import Ranked, Retrieved, retrieve, visas_in
from bot.stories import read_story
from bot.story_answer import asks_for_judgement, tell
from bot.timing import Stopwatch
from bot.types import Correction, DraftSentence, Outcome, Question, Turn
from bot.understand import MAX_QUESTIONS, Message, reported_claims, with_question_marks
from guardrails.safety import Notice, Safety, unrelated
from guardrails.situation import Conclusion, Fact, Situation

MAX_CORRECTIONS = 2
QUESTION_BONUS = 0.1
# From this nearness on, a passage's heading asks the same as the asker.
SURE_COSINE = 0.7
NEAR_PASSAGES = 6
# That many words in common with what a conclusion decides make it the one asked for.
ASKED_WORDS = 2
MAX_CONCLUSIONS = 2
MAX_FOLLOW_UPS = 3
# What is not answered, but where the guides know how to find out.
NEAR_HELP = frozenset({"named-program", "statistics", "prediction"})


_TIME = re.compile(
    r"\b(?:years?|yrs?|long|fits?|enough|left|limit|clock|days?|when)\b", re.IGNORECASE
)


_TAG = re.compile(
    r"\b(?:right|correct|true|ok|okay|yes|no|isn't it|is that so|agree|so i can|so we can|"
    r"then i can|heard|told|says?|said)\b",
    re.IGNORECASE,
)


# What a program does or asks is a complaint about it, not what the asker believes.
_DONE_TO = re.compile(
    r"\b(?:my|the|our|they|program|pd|director|hospital|employer|chief|attending|"
    r"coordinator)\b[^.?!]{0,40}"
    r"\b(?:wants?|makes?|made|asks?|asked|forces?|forced|tells? (?:me|us) to|told (?:me|"
    r"us)? ?to|offers?|offered|refus\w+)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A question with the passages found for it."""

    question: Question
    retrieved: Retrieved

    @property
    def top(self) -> Ranked | None:
        """The best passage, when any was found."""
        return self.retrieved.ranked[0] if self.retrieved.ranked else None


@dataclass(frozen=True, slots=True)
class Plan:
    """The draft of an answer and what is told beside it."""

    outcome: Outcome
    draft: tuple[DraftSentence, ...]
    standalone: str
    corrections: tuple[Correction, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()
    follow_ups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One message with everything known about it; what the steps below read."""

    message: Message
    situation: Situation
    conclusions: tuple[Conclusion, ...]
    history: tuple[Turn, ...]
    safety: Safety
    limit: Notice | None
    urgent: Notice | None
    on: date
    notes: tuple[str, ...] = field(default=())

    @property
    def family(self) -> frozenset[str]:
        """The visas of the asker's spouse and children, as far as they were said."""
        held = (self.situation.value("spouse_visa"), self.situation.value("child_visa"))
        return frozenset(str(visa) for visa in held if visa is not None)

    @property
    def visa(self) -> str | None:
        """The asker's own visa, when it was said."""
        value = self.situation.value("visa")
        return str(value) if value is not None else None


def plan(case: Case, parts: Parts, watch: Stopwatch) -> Plan:
    """The sentences to show and the outcome; every sentence still goes through the guard."""
    found = find(case, parts)
    watch.lap("retrieve")
    opening = [_say(note) for note in case.notes]
    if case.urgent:
        opening.append(_say(case.urgent.text))
    standalone = " ".join(f.question.standalone for f in found)
    if case.safety.outcome == "crisis":
        return _crisis(case, found, opening, standalone)
    story = read_story(case.message.text, parts.signs)
    judged = story is not None and asks_for_judgement(case.message, story)
    weak = all(f.retrieved.weak for f in found) and not judged
    if case.limit is not None or weak:
        case = replace(case, limit=case.limit or unrelated(case.message.text))
        return _abstain(case, found, opening, standalone, parts)
    corrections = correct(case, parts)
    used = _relevant(case.conclusions, found)
    news = _news(case)
    if judged and story is not None:
        body = [*_corrected(corrections, parts), *_concluded(used[:1], parts)]
        body += tell(story, parts, BUDGET_ONE - sum(word_count(s.text) for s in body))
    elif news:
        body = _acknowledge(case, news, found, _corrected(corrections, parts), used, parts)
    else:
        body = _body(case, found, parts, _corrected(corrections, parts), used)
    body += _dated(body, parts)
    watch.lap("draft")
    outcome: Outcome = "clarify" if news and not judged else "answer"
    return Plan(
        outcome,
        (*opening, *body),
        standalone,
        corrections,
        used,
        follow_ups(found, {s.text for s in body}),
    )


def find(case: Case, parts: Parts) -> list[Found]:
    """Retrieve for each question; questions that meet in one passage are answered once.

    In a long message the plans and hearsay around a question often say more than the question
    ("is it over for me?"), so the nearest of them are looked up as questions of their own.
    """
    told = _told_before(case)
    asked = [*case.message.questions, *(Question(c, c) for c in case.message.claims)]
    looked_up = [
        Found(q, retrieve(q, parts.library, parts.encoder, case.visa, told, case.family))
        for q in asked
    ]
    count = len(case.message.questions)
    if not case.message.claims:
        kept = looked_up
    else:
        order = sorted(range(len(asked)), key=lambda n: -_nearness(looked_up[n], n < count))
        kept = [looked_up[n] for n in sorted(order[:MAX_QUESTIONS])]
    found = _distinct(kept)
    if len(found) > 1:
        found = [f for f in found if not f.retrieved.weak] or found[:1]
    return found


def _nearness(found: Found, is_question: bool) -> float:
    """How near the best passage is; a question counts for a little more than a statement."""
    top = found.top
    return (top.score if top else 0.0) + (QUESTION_BONUS if is_question else 0.0)


def _distinct(found: Sequence[Found]) -> list[Found]:
    tops: set[str] = set()
    kept: list[Found] = []
    for one in found:
        top = one.top.passage.id if one.top else ""
        if not top or top not in tops:
            kept.append(one)
        tops.add(top)
    return kept


def correct(case: Case, parts: Parts) -> tuple[Correction, ...]:
    """What the asker takes for granted and a rule contradicts."""
    text = case.message.text
    found = list(parts.checker.premises(with_question_marks(text), on=case.on))
    found = [verdict for verdict in found if not _DONE_TO.search(verdict.text)]
    for claim in reported_claims(text):
        verdict = parts.checker.check_sentence(claim, on=case.on)
        if verdict.verdict == "contradicts":
            found.append(verdict)
    corrections: dict[str, Correction] = {}
    for verdict in found:
        if verdict.rule and verdict.statement and verdict.rule not in corrections:
            links = parts.rule_authorities(verdict.rule)
            corrections[verdict.rule] = Correction(
                verdict.text, verdict.statement, verdict.rule, links
            )
    return tuple(corrections.values())[:MAX_CORRECTIONS]


def _corrected(corrections: Sequence[Correction], parts: Parts) -> list[DraftSentence]:
    if not corrections:
        return []
    said = [_say(phrase("correction"))]
    return said + [
        DraftSentence(c.statement, "rule", parts.rule_source(c.rule), c.rule) for c in corrections
    ]


def _relevant(conclusions: Sequence[Conclusion], found: Sequence[Found]) -> tuple[Conclusion, ...]:
    """The conclusions that bear on what was asked: their rule stands behind a near passage.

    One that only says what is missing is told when the question is about time.
    """
    near = {rule for f in found for rule in _near_rules(f)}
    timely = any(_TIME.search(f.question.text) for f in found)
    bearing = (c for c in conclusions if c.rule in near or _is_asked(c, found))
    return tuple(c for c in bearing if c.verdict != "depends" or timely)[:MAX_CONCLUSIONS]


def _is_asked(conclusion: Conclusion, found: Sequence[Found]) -> bool:
    """Whether a question is about what the conclusion decides, in the same words."""
    about = set(content_words(conclusion.about or ""))
    return any(len(about & set(content_words(f.question.text))) >= ASKED_WORDS for f in found)


def _near_rules(found: Found) -> Iterator[str]:
    for place, ranked in enumerate(found.retrieved.ranked[:NEAR_PASSAGES]):
        if place == 0 or ranked.cosine >= SURE_COSINE:
            yield from ranked.passage.rules[:1] if place else ranked.passage.rules


def _body(
    case: Case,
    found: Sequence[Found],
    parts: Parts,
    corrected: list[DraftSentence],
    conclusions: Sequence[Conclusion],
) -> list[DraftSentence]:
    body = [*corrected]
    body += _concluded(conclusions, parts)
    spent = sum(word_count(s.text) for s in body)
    budget = BUDGET_ONE if len(found) == 1 else BUDGET_SEVERAL
    each = max((budget - spent) // max(len(found), 1), 45)
    shown = _shown_before(case) | {s.text for s in body}
    for one in found:
        picked = draft(
            one.question,
            one.retrieved.ranked,
            each,
            case.visa,
            frozenset(shown),
            concluded=bool(conclusions) and len(found) == 1,
        )
        if not picked:
            continue
        if len(found) > 1 or _needs_heading(one, picked[0]):
            body.append(DraftSentence(_title(one), "phrase", layout="heading"))
        else:
            body += _verdict_word(one, parts, case, picked)
        body += picked
        shown |= {s.text for s in picked}
    return body or [_say(phrase("no_more"))]


def _news(case: Case) -> tuple[Fact, ...]:
    """The facts that a message states, when it does nothing else."""
    if not case.message.states_only:
        return ()
    return tuple(f for f in case.situation.facts if f.quote and f.quote in case.message.text)


def _acknowledge(
    case: Case,
    news: Sequence[Fact],
    found: Sequence[Found],
    corrected: list[DraftSentence],
    conclusions: Sequence[Conclusion],
    parts: Parts,
) -> list[DraftSentence]:
    """What was noted, the one thing that it changes, and an invitation to go on."""
    said = [_say(phrase("noted", facts="; ".join(fact_words(f) for f in news))), *corrected]
    said += _concluded(conclusions[:1], parts)
    if found and not found[0].retrieved.weak:
        shown = frozenset(s.text for s in said)
        near = draft(found[0].question, found[0].retrieved.ranked[:1], 50, case.visa, shown)
        if near and opens_with_verdict(near[0].text):
            # A yes or no answers its section's heading; nothing was asked here.
            said.append(DraftSentence(_title(found[0]), "phrase", layout="heading"))
        said += near
    return [*said, _say(phrase("what_next"))]


def _concluded(conclusions: Sequence[Conclusion], parts: Parts) -> list[DraftSentence]:
    return [
        DraftSentence(c.text, "conclusion", parts.rule_source(c.rule), c.rule) for c in conclusions
    ]


def _dated(body: Sequence[DraftSentence], parts: Parts) -> list[DraftSentence]:
    """Policy that changes is told with the date it was checked for: the oldest one shown."""
    passages = {s.source.passage_id for s in body if s.source is not None}
    dates = [d for p in passages if (d := parts.library.passage(p).as_of) is not None]
    if not dates:
        return []
    return [_say(phrase("as_of", date=f"{min(dates).day} {min(dates):%B %Y}"))]


def _needs_heading(one: Found, first: DraftSentence) -> bool:
    """Whether a yes or no would be taken for the answer to another question than its heading.

    "I can skip it, right?" must not be met with the bare yes to "Is it needed?".
    """
    if not opens_with_verdict(first.text):
        return False
    return bool(_TAG.search(one.question.text)) or (
        one.top is not None and one.top.cosine < SURE_COSINE
    )


def _verdict_word(
    one: Found, parts: Parts, case: Case, picked: Sequence[DraftSentence]
) -> list[DraftSentence]:
    """Yes or no, when the question itself is a claim that the best passage's rule decides."""
    if picked[0].text.lower().startswith(("yes", "no,", "no.", "no ", "only ")):
        return []
    polarity = parts.checker.answer_polarity(one.question.text, on=case.on)
    if polarity is None or one.top is None or polarity[0] not in one.top.passage.rules:
        return []
    return [_say(phrase(polarity[1]))]


def _told_before(case: Case) -> frozenset[str]:
    """The passages of the last answer, unless more of them is what is asked for."""
    if case.message.wants_more or not case.history or case.history[-1].answer is None:
        return frozenset()
    return frozenset(c.passage_id for c in case.history[-1].answer.citations)


def _shown_before(case: Case) -> set[str]:
    """For "why?" and "more", what was shown in the last turn is not shown again."""
    if not case.message.wants_more or not case.history or case.history[-1].answer is None:
        return set()
    return {s.text for s in case.history[-1].answer.sentences}


def _title(one: Found) -> str:
    top = one.top
    return top.passage.heading if top else one.question.text


def _crisis(
    case: Case, found: Sequence[Found], opening: list[DraftSentence], standalone: str
) -> Plan:
    help_first = [_say(line) for line in case.safety.text.split("\n") if line.strip()]
    body: list[DraftSentence] = []
    first = found[0] if found else None
    if first and not first.retrieved.weak and len(case.message.text.split()) > 6:
        body = draft(first.question, first.retrieved.ranked[:1], 70, case.visa)
    return Plan("crisis", (*help_first, *opening, *body), standalone)


def _abstain(
    case: Case, found: Sequence[Found], opening: list[DraftSentence], standalone: str, parts: Parts
) -> Plan:
    limit = case.limit
    said = [_say(limit.text if limit else phrase("abstain"))]
    ranked = found[0].retrieved.ranked if found else ()
    body: list[DraftSentence] = []
    if limit and limit.kind in NEAR_HELP and ranked and not found[0].retrieved.weak:
        body = draft(found[0].question, ranked[:1], 80, case.visa)
    else:
        near = list(dict.fromkeys(parts.library.guide(r.passage.guide_id).title for r in ranked))[
            :3
        ]
        if near and not limit:
            said.append(_say(phrase("abstain_near", topics="; ".join(near))))
        if not limit:
            said.append(_say(phrase("abstain_who")))
    return Plan(
        "abstain", (*opening, *said, *body), standalone, follow_ups=follow_ups(found, set())
    )


def follow_ups(found: Sequence[Found], shown: set[str]) -> tuple[str, ...]:
    """Headings of the next-best passages: questions that the guides can answer."""
    if not found or found[0].retrieved.weak:
        return ()
    offered: list[str] = []
    for one in found:
        named = visas_in(one.question.standalone)
        for ranked in one.retrieved.ranked[1:9]:
            heading = ranked.passage.heading
            other = visas_in(heading)
            if (
                heading.endswith("?")
                and heading not in offered
                and (not named or not other or other & named)
            ):
                offered.append(heading)
    return tuple(offered[:MAX_FOLLOW_UPS])


def _say(text: str) -> DraftSentence:
    return DraftSentence(text, "phrase")
