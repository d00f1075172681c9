"""Which rule a clause is most about: its statement takes the place of what is not proved."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .frames import Pattern, bits_of
from .masks import PLAIN, Masks, count, fold
from .rulebook import Rulebook


class Relevance:
    """Ranks rules by the rare concepts that their frames share with a clause."""

    def __init__(self, rulebook: Rulebook, patterns: Sequence[Pattern], masks: Masks) -> None:
        self.rulebook = rulebook
        self.masks = masks
        self._signature = self._signatures(patterns)
        self._rarity = self._rarities()

    def _signatures(self, patterns: Sequence[Pattern]) -> tuple[tuple[str, int], ...]:
        found: dict[str, int] = {}
        for pattern in patterns:
            found[pattern.rule] = found.get(pattern.rule, 0) | fold(pattern.named)
        keep = PLAIN & (self.masks.status | self.masks.topics)
        return tuple((rule, mask & keep) for rule, mask in sorted(found.items()))

    def _rarities(self) -> dict[int, float]:
        counts: dict[int, int] = {}
        for _, signature in self._signature:
            for bit in bits_of(signature):
                counts[bit] = counts.get(bit, 0) + 1
        return {bit: math.log(1 + len(self._signature) / number) for bit, number in counts.items()}

    def closest_rule(self, mask: int) -> str | None:
        """Return the rule that shares most with a clause: its statement takes the place."""
        asked = fold(mask) & (self.masks.topics | self.masks.status)
        best: tuple[float, str] | None = None
        for rule, signature in self._signature:
            shared = signature & asked
            if not shared:
                continue
            score = sum(self._rarity[bit] for bit in bits_of(shared)) - count(signature) / 50
            score += rule == self.rulebook[rule].fact
            if best is None or score > best[0]:
                best = (score, rule)
        return best[1] if best else None
