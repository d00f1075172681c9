"""Question -> the passages that may answer it, best first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.types import Question
from bot.understand import dependence
from ingest.index import Hit
from ingest.passages import Passage

# How many passages each query brings in from either side before they are fused.
CANDIDATES = 24
# Reciprocal rank fusion's constant: small, because only the first few ranks are of use here.
RANK_CONSTANT = 8.0
DENSE_SHARE = 1.0
LEXICAL_SHARE = 0.9
# Cosine is added so that a passage far nearer in meaning than the rest is not levelled by ranks.
COSINE_SHARE = 0.25
# Below both, nothing in the guides is about the question (bot/calibrate in docs/answers.md).
COSINE_FLOOR = 0.36
LEXICAL_FLOOR = 6.0

_VISA_WORDS = {
    "j1": re.compile(r"\bj\s?-?\s?(?:1|i|one)\b|\bexchange visitor", re.IGNORECASE),
    "h1b": re.compile(r"\bh\s?-?\s?1\s?-?\s?b?\b|\bspecialty occupation", re.IGNORECASE),
    "j2": re.compile(r"\bj\s?-?\s?2s?\b", re.IGNORECASE),
    "h4": re.compile(r"\bh\s?-?\s?4s?\b", re.IGNORECASE),
    "o1": re.compile(r"\bo\s?-?\s?1\b", re.IGNORECASE),
}


class Encoder(Protocol):
    """Texts -> unit vectors, float32 of shape (n, dimension)."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]: ...


class Index(Protocol):
    """What retrieval needs of the index (ingest.index gives it)."""

    def search(
        self, query_vector: npt.NDArray[np.float32], query_text: str, top_k: int
    ) -> list[Hit]: ...

    def passage(self, passage_id: str) -> Passage: ...


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


def retrieve(question: Question, index: Index, encoder: Encoder, visa: str | None) -> Retrieved:
    """The passages for a question.

    `visa` is the asker's own, when it is known: passages that hold only for another visa
    are left out unless the question itself names that visa.
    """
    queries = _queries(question, visa)
    vectors = encoder.encode([text for text, _ in queries])
    fused: dict[str, float] = defaultdict(float)
    cosine: dict[str, float] = defaultdict(float)
    lexical: dict[str, float] = defaultdict(float)
    for (text, weight), vector in zip(queries, vectors, strict=True):
        for hit in index.search(vector, text, CANDIDATES):
            fused[hit.passage_id] += weight * _hit_score(hit)
            cosine[hit.passage_id] = max(cosine[hit.passage_id], hit.dense)
            lexical[hit.passage_id] = max(lexical[hit.passage_id], hit.lexical)
    wanted = _wanted_visas(question, visa)
    ranked = [
        Ranked(passage, score * fit, cosine[passage_id], lexical[passage_id])
        for passage_id, score in fused.items()
        if (fit := scope_fit((passage := index.passage(passage_id)).scope.visa, wanted)) > 0
    ]
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


def _hit_score(hit: Hit) -> float:
    score = COSINE_SHARE * max(hit.dense, 0.0)
    if hit.dense_rank is not None:
        score += DENSE_SHARE / (RANK_CONSTANT + hit.dense_rank)
    if hit.lexical_rank is not None:
        score += LEXICAL_SHARE / (RANK_CONSTANT + hit.lexical_rank)
    return score


def _queries(question: Question, visa: str | None) -> list[tuple[str, float]]:
    """The ways to ask, each with its weight."""
    queries = [(question.standalone, 1.0)]
    if question.standalone != question.text:
        # The less a question leans on what was said before, the more its own words count.
        queries.append((question.text, max(1.0 - dependence(question.text), 0.15)))
    elif question.context:
        queries.append((f"{question.context} {question.text}", 0.8))
    if visa in ("j1", "h1b") and not visas_in(question.text + question.standalone):
        name = "J-1" if visa == "j1" else "H-1B"
        queries.append((f"{question.standalone} (on {name})", 0.5))
    return queries


def _wanted_visas(question: Question, visa: str | None) -> frozenset[str]:
    named = visas_in(question.text) or visas_in(question.standalone) or visas_in(question.context)
    if named:
        return named
    return frozenset({visa}) if visa else frozenset()


def _is_weak(ranked: Sequence[Ranked]) -> bool:
    if not ranked:
        return True
    top = ranked[:3]
    return max(r.cosine for r in top) < COSINE_FLOOR and max(r.lexical for r in top) < LEXICAL_FLOOR
