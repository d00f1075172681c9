"""How long each stage of an answer took."""

from __future__ import annotations

import time


class Stopwatch:
    """Milliseconds by stage, and in total."""

    __slots__ = ("_last", "_start", "stages")

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self.stages: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Book the time since the last lap under `stage`."""
        now = time.perf_counter()
        self.stages[stage] = round(self.stages.get(stage, 0.0) + (now - self._last) * 1000, 2)
        self._last = now

    def read(self) -> dict[str, float]:
        """The stages so far, and `total`."""
        total = round((time.perf_counter() - self._start) * 1000, 2)
        return {**self.stages, "total": total}
