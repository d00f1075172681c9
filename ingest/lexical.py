"""Search by words: BM25 over stems and names, memory-mapped."""

from __future__ import annotations

import json
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

    def __init__(self, folder: Path, size: int) -> None:
        """Open an index of `size` passages, its arrays memory-mapped.

        bm25s wrote them as a sparse matrix by term. They are read here without it, because its
        import alone would take longer than the rest of a cold search.
        """
        names = ("data.csc", "indices.csc", "indptr.csc")
        arrays = [np.load(folder / f"{name}.index.npy", mmap_mode="r") for name in names]
        self._weights, self._rows, self._edges = arrays
        self._vocabulary: dict[str, int] = json.loads((folder / "vocab.index.json").read_text())
        self._size = size

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]], folder: Path) -> None:
        """Index the tokens of each passage and write the index into `folder`."""
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)
        scorer: Any = bm25s.BM25(k1=1.2, b=0.6, method="lucene")
        # An empty document or an empty index has no vocabulary, which bm25s does not accept.
        corpus = [list(tokens) or ["="] for tokens in documents] or [["="]]
        scorer.index(corpus, show_progress=False, create_empty_token=False)
        scorer.save(str(folder), show_progress=False)

    def scores(self, text: str) -> NDArray[np.float32]:
        """The BM25 score of each passage for `text`, shape (size,); 0 where nothing is shared."""
        found = np.zeros(self._size, np.float32)
        for term in dict.fromkeys(terms(text)):
            number = self._vocabulary.get(term)
            if number is not None:
                first, last = int(self._edges[number]), int(self._edges[number + 1])
                # A passage stands once for each term, so no addition is lost.
                found[self._rows[first:last]] += self._weights[first:last]
        return found
