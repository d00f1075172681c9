"""The published index as the bot sees it, so that a test may pass a plain object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from corpus.guide import Guide
from ingest.index import Hit
from ingest.passages import Passage


class Shelf(Protocol):
    """Where passages and guides are looked up."""

    def passage(self, passage_id: str) -> Passage:
        """A passage by id; raises KeyError."""
        ...

    def guide(self, guide_id: str) -> Guide:
        """A guide by id; raises KeyError."""
        ...


class Library(Shelf, Protocol):
    """A shelf that can be searched and listed."""

    @property
    def version(self) -> str:
        """A hash of everything in it."""
        ...

    def search(
        self, query_vector: npt.NDArray[np.float32], query_text: str, top_k: int
    ) -> list[Hit]:
        """The best passages by meaning and by words; the vector is a unit vector."""
        ...

    def passages(self) -> Sequence[Passage]:
        """All passages."""
        ...

    def guides(self) -> Sequence[Guide]:
        """All guides."""
        ...


class Encoder(Protocol):
    """Texts -> unit vectors, float32 of shape (n, dimension)."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One row for each text."""
        ...
