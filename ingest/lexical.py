"""Search by words: BM25 over stems and names, memory-mapped."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.passages import Passage
from ingest.terms import terms

# A heading says what its section answers, so its words count twice; asks are the users' own words.
_HEADING_WEIGHT = 2


def passage_terms(passage: Passage) -> list[str]:
    """The tokens under which a passage is found: heading, title, text and asks."""
    heading = terms(passage.heading) * _HEADING_WEIGHT
    asks = [term for ask in passage.asks for term in terms(ask)]
    return [*heading, *terms(" ".join(passage.path)), *terms(passage.text), *asks]


class LexicalIndex:
    """BM25 scores of every passage for a query; rows are in the order given at build."""

    def __init__(self, scorer: Any, size: int) -> None:  # noqa: ANN401 - bm25s is untyped
        """Wrap an opened bm25s index over `size` passages; use `build` or `open`."""
        self._scorer = scorer
        self._size = size
        self._vocabulary: dict[str, int] = scorer.vocab_dict

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]], folder: Path) -> None:
        """Index the tokens of each passage and write the index into `folder`."""
        bm25s = _library()
        scorer = bm25s.BM25(k1=1.2, b=0.6, method="lucene")
        # An empty document or an empty index has no vocabulary, which bm25s does not accept.
        corpus = [list(tokens) or ["="] for tokens in documents] or [["="]]
        scorer.index(corpus, show_progress=False, create_empty_token=False)
        scorer.save(str(folder), show_progress=False)

    @classmethod
    def open(cls, folder: Path, size: int) -> LexicalIndex:
        """Open an index of `size` passages, its arrays memory-mapped."""
        scorer = _library().BM25.load(
            str(folder), mmap=True, load_corpus=False, show_progress=False
        )
        return cls(scorer, size)

    def scores(self, text: str) -> NDArray[np.float32]:
        """The BM25 score of each passage for `text`, shape (size,); 0 where nothing is shared."""
        known = [term for term in dict.fromkeys(terms(text)) if term in self._vocabulary]
        if not known:
            return np.zeros(self._size, np.float32)
        return np.asarray(self._scorer.get_scores(known), np.float32)[: self._size]


def _library() -> Any:  # noqa: ANN401 - bm25s is untyped
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s
