"""Passages -> the sentences that answer, word for word, each with where it stands."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.retrieve import Ranked, visas_in
from bot.types import DraftSentence, Layout, Question, Source
from ingest.passages import Passage, Sentence, sentences

# Words for one question; several questions share the larger budget (issue: 15-160, 220).
BUDGET_ONE = 125
BUDGET_SEVERAL = 205
# A passage this short is shown whole: cutting it would save nothing.
WHOLE_PASSAGE = 105
# A second passage is quoted only when it is about as near to the question as the first.
SECOND_SHARE = 0.72
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COMMON = frozenset(
    "a an and are as at be been but by can could did do does for from get had has have how i if in is it its "
    "me my of on or our should so that the their them there they this to up us was we were what when where "
    "which who whom why will with would you your am not no any about after before than then into out also "
    "just like really please pls want need know".split()
)


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence of a passage with how well it answers; `position` keeps reading order."""

    sentence: Sentence
    score: float
    position: int


def content_words(text: str) -> list[str]:
    """Lower-case words that carry meaning, plural and verb endings cut off."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _COMMON]


def _stem(word: str) -> str:
    for ending in ("ies", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


def word_count(text: str) -> int:
    """Words as a reader counts them."""
    return len(text.split())


def draft(
    question: Question,
    ranked: Sequence[Ranked],
    budget: int,
    visa: str | None,
    shown: frozenset[str] = frozenset(),
) -> list[DraftSentence]:
    """The sentences that answer one question, verbatim, within a budget of words.

    `shown` holds sentences that the conversation or this answer has shown already: a section is
    not told twice. `visa` is the asker's own; a sentence that holds only for another is left out.
    """
    chosen: list[DraftSentence] = []
    left = budget
    seen = set(shown)
    for place, candidate in enumerate(ranked[:4]):
        if place and (candidate.score < SECOND_SHARE * ranked[0].score or left < 25):
            break
        if place and candidate.passage.guide_id == "rules" and chosen:
            # The guides tell a rule in full; its bare statement beside them says nothing new.
            continue
        allowance = left if place == 0 else min(left, 45)
        picked = _from_passage(question, candidate.passage, allowance, visa, seen, lead=place == 0)
        chosen += picked
        left -= sum(word_count(s.text) for s in picked)
        seen |= {s.text for s in picked}
    return chosen


def _from_passage(
    question: Question,
    passage: Passage,
    budget: int,
    visa: str | None,
    seen: Iterable[str],
    *,
    lead: bool,
) -> list[DraftSentence]:
    named = visas_in(f"{question.text} {question.standalone}")
    held = set(seen)
    usable = [
        (position, s)
        for position, s in enumerate(sentences(passage))
        if s.text not in held and fits(s.text, visa, named)
    ]
    if not usable:
        return []
    total = sum(word_count(s.text) for _, s in usable)
    if lead and total <= min(WHOLE_PASSAGE, budget):
        kept = [s for _, s in usable]
    else:
        kept = _best(question, passage, usable, budget)
    return [_quote(passage, s) for s in _hang_together(passage, kept)]


def _hang_together(passage: Passage, kept: Sequence[Sentence]) -> list[Sentence]:
    """Give list items their lead-in and table rows their header; drop a lead-in left alone."""
    every = sentences(passage)
    by_text = {s.text: s for s in every}
    whole: list[Sentence] = []
    present: set[str] = set()
    for sentence in kept:
        head = sentence.lead_in
        if head and head not in present:
            present.add(head)
            whole.append(by_text.get(head) or _header(passage, head, sentence))
        if sentence.text not in present:
            present.add(sentence.text)
            whole.append(sentence)
    leads = {s.lead_in for s in whole if s.lead_in}
    return [s for s in whole if not s.text.endswith(":") or s.text in leads]


def _header(passage: Passage, head: str, row: Sentence) -> Sentence:
    """The header of a table as a sentence of its own, where it stands in the passage."""
    at = passage.text.find(head)
    start = passage.start + at if at >= 0 else row.start
    return Sentence(head, start, start + len(head), "row", None)


def fits(sentence: str, visa: str | None, named: frozenset[str]) -> bool:
    """Whether a sentence may be told to this asker: one that names only another visa may not."""
    if visa is None:
        return True
    about = visas_in(sentence)
    return not about or visa in about or bool(about & named)


def _best(
    question: Question, passage: Passage, usable: Sequence[tuple[int, Sentence]], budget: int
) -> list[Sentence]:
    """The lead sentence and then those nearest to the question, in reading order."""
    scored = _score(question, passage, usable)
    first = min(scored, key=lambda s: s.position)
    kept = [first]
    left = budget - word_count(first.sentence.text)
    rest = sorted((s for s in scored if s is not first), key=lambda s: (-s.score, s.position))
    for candidate in rest:
        words = word_count(candidate.sentence.text)
        if words <= left:
            kept.append(candidate)
            left -= words
    return [s.sentence for s in sorted(kept, key=lambda s: s.position)]


def _score(
    question: Question, passage: Passage, usable: Sequence[tuple[int, Sentence]]
) -> list[Scored]:
    """Overlap with the question, rare words counting more, earlier sentences slightly preferred."""
    asked = set(content_words(f"{question.text} {question.standalone} {question.context}"))
    common = Counter(w for _, s in usable for w in set(content_words(s.text)))
    heading = set(content_words(passage.heading))
    scored: list[Scored] = []
    for position, sentence in usable:
        words = set(content_words(sentence.text))
        overlap = sum(1.0 / (1 + common[w]) for w in words & asked)
        about = 0.3 * len(words & heading) / (1 + len(heading))
        number = 0.25 if re.search(r"\d", sentence.text) else 0.0
        early = 0.6 / (1 + position)
        length = math.sqrt(max(len(words), 4)) / 4
        scored.append(Scored(sentence, overlap / length + about + number + early, position))
    return scored


_BULLET = re.compile(r"\s*(?:[-*+•]|(?P<step>\d+[.)]))\s+\W*")


def _quote(passage: Passage, sentence: Sentence) -> DraftSentence:
    return DraftSentence(
        text=sentence.text,
        origin="rule" if passage.guide_id == "rules" else "guide",
        source=Source(passage.id, sentence.start, sentence.end),
        rule=passage.rules[0] if passage.guide_id == "rules" and passage.rules else None,
        layout=_layout(passage, sentence),
    )


def _layout(passage: Passage, sentence: Sentence) -> Layout:
    if sentence.kind == "row":
        return "row" if sentence.lead_in else "header"
    if sentence.kind != "item":
        return "text"
    before = passage.text[: sentence.start - passage.start]
    mark = _BULLET.fullmatch(before[before.rfind("\n") + 1 :])
    if mark is None:
        return "same-item"
    return "step" if mark["step"] else "item"
