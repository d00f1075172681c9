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
BUDGET_ONE = 150
BUDGET_SEVERAL = 205
# What the best passage may take of it, and each later one.
FIRST_WORDS = 95
LATER_WORDS = 38
# A passage this short is shown whole: it was written to be read as one.
WHOLE_PASSAGE = 110
# A list is rather shown whole than cut, at the price of a few words more.
OVERRUN = 20
LIST_BONUS = 0.05
# A second passage is quoted only when it is about as near to the question as the first.
SECOND_SHARE = 0.88
THIRD_SHARE = 0.94
# With fewer words left, a further passage would be a fragment.
LEAST_WORDS = 25
MAX_PASSAGES = 3
# The yes or no of another section answers that section's heading, not this question.
_VERDICT_WORD = re.compile(
    r"(?:yes|no|not|only|it depends|that depends|possibly|both|usually not|normally|"
    r"in practice|rarely|partly)\b",
    re.IGNORECASE,
)
# A sentence that leans on the one before it cannot be quoted without it.
_LEANING = re.compile(
    r"(?:this|these|that|those|such|it|they|he|she|then|so|also|but|and|both|either|"
    r"instead|otherwise)\b"
    r"|.*\b(?:does that|do so|does so|the same)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COMMON = frozenset(
    """
    a an and are as at be been but by can could did do does for from get had has have how i if
    in is it its me my of on or our should so that the their them there they this to up us was
    we were what when where which who whom why will with would you your am not no any about
    after before than then into out also just like really please pls want need know
    """.split()
)


@dataclass(frozen=True, slots=True)
class Unit:
    """What is shown or left out as a whole: a sentence, or a list or table with its lead-in."""

    sentences: tuple[Sentence, ...]
    score: float
    position: int

    @property
    def words(self) -> int:
        """How much of a budget it takes."""
        return sum(word_count(s.text) for s in self.sentences)


def opens_with_verdict(sentence: str) -> bool:
    """Whether a sentence begins with the yes or no to its section's heading."""
    return bool(_VERDICT_WORD.match(sentence))


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
    *,
    concluded: bool = False,
) -> list[DraftSentence]:
    """The sentences that answer one question, verbatim, within a budget of words.

    `concluded` says that a verdict about the asker's own case stands already: then no passage
    opens with a yes or no of its own.

    `shown` holds sentences that the conversation or this answer has shown already: a section is
    not told twice. `visa` is the asker's own; a sentence that holds only for another is left out.
    """
    chosen: list[DraftSentence] = []
    left = budget
    seen = set(shown)
    for place, candidate in enumerate(ranked[:MAX_PASSAGES]):
        share = SECOND_SHARE if place < 2 else THIRD_SHARE
        if place and (candidate.score < share * ranked[0].score or left < LEAST_WORDS):
            break
        if place and candidate.passage.guide_id == "rules" and chosen:
            # The guides tell a rule in full; its bare statement beside them says nothing new.
            continue
        allowance = min(left, FIRST_WORDS) if place == 0 else min(left, LATER_WORDS)
        picked = _from_passage(
            question, candidate.passage, allowance, visa, seen, lead=place == 0 and not concluded
        )
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
        if s.text not in held
        and fits(s.text, visa, named)
        and (lead or not (opens_with_verdict(s.text) or _LEANING.match(s.text)))
    ]
    if not usable:
        return []
    whole = sum(word_count(s.text) for _, s in usable)
    if lead and whole <= WHOLE_PASSAGE:
        kept = [s for _, s in usable]
    else:
        units = _units(question, passage, usable)
        kept = _best([part for unit in units for part in _cut(unit, budget)], budget)
    return [_quote(passage, s) for s in _hang_together(passage, _supported(passage, kept))]


def _supported(passage: Passage, kept: Sequence[Sentence]) -> list[Sentence]:
    """Without sentences whose support was left out: the one they lean on, or the rest of a list."""
    every = sentences(passage)
    before = {s.start: every[place - 1].start for place, s in enumerate(every) if place}
    items = Counter(s.lead_in for s in every if s.lead_in)
    shown = Counter(s.lead_in for s in kept if s.lead_in)
    starts = {s.start for s in kept}
    whole: list[Sentence] = []
    for sentence in kept:
        lone = sentence.lead_in and shown[sentence.lead_in] < 2 <= items[sentence.lead_in]
        adrift = _LEANING.match(sentence.text) and before.get(sentence.start) not in starts
        if lone or (adrift and whole):
            starts.discard(sentence.start)
        else:
            whole.append(sentence)
    return whole


def _hang_together(passage: Passage, kept: Sequence[Sentence]) -> list[Sentence]:
    """Give list items their lead-in and table rows their header; drop a lead-in left alone."""
    by_text = {s.text: s for s in sentences(passage)}
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


def _units(
    question: Question, passage: Passage, usable: Sequence[tuple[int, Sentence]]
) -> list[Unit]:
    """The sentences with their scores, those of one list or table together."""
    scores = _score(question, passage, usable)
    groups: list[list[tuple[int, Sentence, float]]] = []
    for (position, sentence), score in zip(usable, scores, strict=True):
        if not (groups and _belongs(sentence, groups[-1][-1][1])):
            groups.append([])
        groups[-1].append((position, sentence, score))
    return [
        Unit(
            tuple(s for _, s, _ in group),
            # A list is worth its best item and a little for each other: it answers as a whole.
            max(score for _, _, score in group) + LIST_BONUS * (len(group) - 1),
            group[0][0],
        )
        for group in groups
    ]


def _cut(unit: Unit, budget: int) -> list[Unit]:
    """A list too long for the whole budget as its single items, else the unit as it is."""
    if unit.words <= budget + OVERRUN:
        return [unit]
    return [Unit((s,), unit.score, unit.position + n) for n, s in enumerate(unit.sentences)]


def _belongs(sentence: Sentence, before: Sentence) -> bool:
    """Whether a sentence goes on with the list or table of the one before it."""
    if sentence.kind == "sentence":
        return False
    return before.kind == sentence.kind or before.text == sentence.lead_in


def _best(units: Sequence[Unit], budget: int) -> list[Sentence]:
    """The first unit and then those nearest to the question, in reading order."""
    kept = [units[0]]
    left = budget - units[0].words
    for unit in sorted(units[1:], key=lambda u: (-u.score, u.position)):
        if unit.words <= left + (OVERRUN if len(unit.sentences) > 1 else 0):
            kept.append(unit)
            left -= unit.words
    return [s for unit in sorted(kept, key=lambda u: u.position) for s in unit.sentences]


def _score(
    question: Question, passage: Passage, usable: Sequence[tuple[int, Sentence]]
) -> list[float]:
    """Overlap with the question, rare words counting more, earlier sentences slightly preferred."""
    asked = set(content_words(f"{question.text} {question.standalone} {question.context}"))
    common = Counter(w for _, s in usable for w in set(content_words(s.text)))
    heading = set(content_words(passage.heading))
    scores: list[float] = []
    for position, sentence in usable:
        words = set(content_words(sentence.text))
        overlap = sum(1.0 / (1 + common[w]) for w in words & asked)
        about = 0.3 * len(words & heading) / (1 + len(heading))
        number = 0.25 if re.search(r"\d", sentence.text) else 0.0
        early = 0.6 / (1 + position)
        length = math.sqrt(max(len(words), 4)) / 4
        scores.append(overlap / length + about + number + early)
    return scores


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
