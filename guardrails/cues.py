"""Weigh many small signs: what no single phrase says, several of them near each other may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guardrails.intents import Reading

WINDOW = 45  # tokens; signs further apart belong to different thoughts


@dataclass(frozen=True, slots=True)
class CueRule:
    """A kind with the weight of each concept; some `main` concepts must be among those found."""

    kind: str
    weights: Mapping[str, float]
    main: frozenset[str]
    least_main: int
    threshold: float

    def matches(self, reading: Reading) -> bool:
        """True where the signs in some stretch of the text weigh enough; linear in the text."""
        if sum(name in reading.concepts for name in self.main) < self.least_main:
            return False
        gain = sum(weight for name, weight in self.weights.items() if name in reading.concepts)
        if len(reading.tokens) <= WINDOW:
            return gain >= self.threshold
        found = sorted(
            (span.start, name) for name in self.weights for span in reading.concepts.get(name, ())
        )
        return self._any_stretch(found)

    def _any_stretch(self, found: Sequence[tuple[int, str]]) -> bool:
        count: dict[str, int] = {}
        total, mains, first = 0.0, 0, 0
        for position, name in found:
            while position - found[first][0] >= WINDOW:
                gone = found[first][1]
                count[gone] -= 1
                if count[gone] == 0:
                    total -= self.weights[gone]
                    mains -= gone in self.main
                first += 1
            count[name] = count.get(name, 0) + 1
            if count[name] == 1:
                total += self.weights[name]
                mains += name in self.main
            if total >= self.threshold and mains >= self.least_main:
                return True
        return False


def parse_weights(text: str) -> tuple[dict[str, float], frozenset[str]]:
    """Read `death* 3, fear 1, patient -2`: weights by concept, and the starred (main) ones."""
    weights: dict[str, float] = {}
    main: set[str] = set()
    for part in text.split(","):
        name, _, weight = part.strip().rpartition(" ")
        weights[name.rstrip("*")] = float(weight)
        if name.endswith("*"):
            main.add(name.rstrip("*"))
    return weights, frozenset(main)
