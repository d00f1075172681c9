"""Question -> the passages that may answer it, best first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.library import Encoder, Library
from bot.types import Question
from bot.understand import dependence
from ingest.index import Hit
from ingest.passages import Passage
from ingest.terms import normalise_query

# How many passages each query brings in by meaning and by words before they are weighed.
CANDIDATES = 30
# Weighted cosines and BM25 put the right passage first more often than reciprocal ranks did: a
# passage far nearer than the rest is not levelled with it.
ASK_SHARE = 1.0
LEXICAL_SHARE = 0.7
# A BM25 score this low is one shared word; it must not count as a full match.
LEXICAL_SCALE = 6.0
TOLD_SHARE = 0.85
# A rule's bare statement, where a guide tells the same in full, comes second.
RULES_SHARE = 0.9
# However much a question leans on what was said before, its own words count this much.
OWN_WORDS = 0.4
# Below both, nothing in the guides is about the question.
COSINE_FLOOR = 0.36
LEXICAL_FLOOR = 6.0

_VISA_WORDS = {
    "j1": re.compile(r"\bj\s?-?\s?(?:1|i|one)\b|\bexchange visitor", re.IGNORECASE),
    "h1b": re.compile(r"\bh\s?-?\s?1\s?-?\s?b?\b|\bspecialty occupation", re.IGNORECASE),
    "j2": re.compile(r"\bj\s?-?\s?2s?\b", re.IGNORECASE),
    "h4": re.compile(r"\bh\s?-?\s?4s?\b", re.IGNORECASE),
    "o1": re.compile(r"\bo\s?-?\s?1\b", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with its fused score, its best cosine and its best BM25 score."""

    passage: Passage
    score: float
    cosine: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages best first; `weak` means that none of them is near enough to answer from."""

    ranked: tuple[Ranked, ...]
    weak: bool


def visas_in(text: str) -> frozenset[str]:
    """Which visas a text names."""
    return frozenset(visa for visa, pattern in _VISA_WORDS.items() if pattern.search(text))


def retrieve(
    question: Question,
    index: Library,
    encoder: Encoder,
    visa: str | None,
    told: frozenset[str] = frozenset(),
    family: frozenset[str] = frozenset(),
) -> Retrieved:
    """The passages for a question.

    `visa` is the asker's own, when it is known: passages that hold only for another visa count
    for less unless the question itself names that visa; `family` are the visas of spouse and
    children. `told` are passages of the last answer: who asks on seldom wants a section again.
    """
    queries = _queries(question, visa)
    vectors = encoder.encode([normalise_query(text) for text, _ in queries])
    scores: list[tuple[float, dict[str, float]]] = []
    cosine: dict[str, float] = defaultdict(float)
    lexical: dict[str, float] = defaultdict(float)
    for (text, weight), vector in zip(queries, vectors, strict=True):
        hits = index.search(vector, text, CANDIDATES)
        scores.append((weight, _weigh(hits)))
        for hit in hits:
            cosine[hit.passage_id] = max(cosine[hit.passage_id], hit.dense)
            lexical[hit.passage_id] = max(lexical[hit.passage_id], hit.lexical)
    fused = _fuse(scores)
    wanted = _wanted_visas(question, visa) | family
    ranked: list[Ranked] = []
    for passage_id, score in fused.items():
        passage = index.passage(passage_id)
        score *= scope_fit(passage.scope.visa, wanted) * _share(passage, told)
        ranked.append(Ranked(passage, score, cosine[passage_id], lexical[passage_id]))
    ranked.sort(key=lambda r: (-r.score, r.passage.id))
    return Retrieved(tuple(ranked), _is_weak(ranked))


def scope_fit(scope: Sequence[str], wanted: frozenset[str]) -> float:
    """1 where a passage speaks about the visas wanted, less where it may not, 0 never."""
    if not scope or not wanted or "any" in scope:
        return 1.0
    if wanted & set(scope):
        return 1.0
    # A dependant's question is near the principal's, a waiver doctor on H-1B was a J-1.
    return 0.6


def _share(passage: Passage, told: frozenset[str]) -> float:
    share = TOLD_SHARE if passage.id in told else 1.0
    return share * RULES_SHARE if passage.guide_id == "rules" else share


def _weigh(hits: Sequence[Hit]) -> dict[str, float]:
    """The score of each hit of one query: nearness of text and ask, and shared words."""
    most = max([LEXICAL_SCALE, *(hit.lexical for hit in hits)])
    return {
        hit.passage_id: hit.by_text + ASK_SHARE * hit.by_ask + LEXICAL_SHARE * hit.lexical / most
        for hit in hits
    }


def _fuse(scores: Sequence[tuple[float, dict[str, float]]]) -> dict[str, float]:
    """The weighted mean over the queries; a passage one query missed counts as its worst there."""
    total = sum(weight for weight, _ in scores)
    fused: dict[str, float] = {}
    for passage_id in dict.fromkeys(key for _, found in scores for key in found):
        fused[passage_id] = (
            sum(
                weight * found.get(passage_id, min(found.values(), default=0.0))
                for weight, found in scores
            )
            / total
        )
    return fused


def _queries(question: Question, visa: str | None) -> list[tuple[str, float]]:
    """The ways to ask, each with its weight."""
    queries = [(question.standalone, 1.0)]
    if question.standalone != question.text:
        # The less a question leans on what was said before, the more its own words count.
        queries.append((question.text, max(1.0 - dependence(question.text), OWN_WORDS)))
    elif question.context:
        queries.append((f"{question.context} {question.text}", 0.8))
    if visa in ("j1", "h1b") and not visas_in(question.text + question.standalone):
        name = "J-1" if visa == "j1" else "H-1B"
        queries.append((f"{question.standalone} (on {name})", 0.5))
    return queries


def _wanted_visas(question: Question, visa: str | None) -> frozenset[str]:
    """The visas an answer may be about: those named, and the asker's own.

    What earlier turns named counts only while the asker's own is unknown: it may be corrected.
    """
    named = visas_in(f"{question.text} {question.context}")
    if visa is not None:
        return named | {visa}
    return named or visas_in(question.standalone)


def _is_weak(ranked: Sequence[Ranked]) -> bool:
    if not ranked:
        return True
    top = ranked[:3]
    return max(r.cosine for r in top) < COSINE_FLOOR and max(r.lexical for r in top) < LEXICAL_FLOOR
