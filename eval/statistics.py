"""Figures with their uncertainty: proportions, quantiles, ranked retrieval, paired tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with how many observations it rests on and its 95 % interval."""

    value: float
    n: int
    low: float
    high: float

    def percent(self) -> str:
        """As read by people: 93.1 % (91.0 to 94.8, n 584)."""
        if not self.n:
            return "n/a"
        low, high = 100 * self.low, 100 * self.high
        return f"{100 * self.value:.1f} % ({low:.1f} to {high:.1f}, n {self.n})"


def proportion(hits: int, n: int) -> Figure:
    """A share with its Wilson interval; n 0 gives value 0 and the interval 0 to 1."""
    from scipy.stats import binomtest

    if n == 0:
        return Figure(0.0, 0, 0.0, 1.0)
    interval = binomtest(hits, n).proportion_ci(confidence_level=LEVEL, method="wilson")
    return Figure(hits / n, n, float(interval.low), float(interval.high))


def share(flags: Sequence[bool]) -> Figure:
    """The share of true flags."""
    return proportion(sum(flags), len(flags))


def quantile(values: Sequence[float], q: float) -> Figure:
    """A quantile with its distribution-free interval (binomial order statistics)."""
    from scipy.stats import binom

    if not values:
        return Figure(0.0, 0, 0.0, 0.0)
    ordered = sorted(values)
    n = len(ordered)
    at = min(n - 1, max(0, round(q * (n - 1))))
    low = int(binom.ppf((1 - LEVEL) / 2, n, q)) - 1
    high = int(binom.ppf((1 + LEVEL) / 2, n, q))
    return Figure(ordered[at], n, ordered[max(0, low)], ordered[min(n - 1, high)])


@dataclass(frozen=True, slots=True)
class Paired:
    """Two runs on the same cases; p is McNemar's exact test on the flipped ones."""

    both: int
    only_a: int
    only_b: int
    neither: int
    p: float


def mcnemar(a: Sequence[bool], b: Sequence[bool]) -> Paired:
    """Compare two runs case by case (same order)."""
    from scipy.stats import binomtest

    pairs = list(zip(a, b, strict=True))
    only_a = sum(x and not y for x, y in pairs)
    only_b = sum(y and not x for x, y in pairs)
    flipped = only_a + only_b
    p = float(binomtest(only_a, flipped, 0.5).pvalue) if flipped else 1.0
    both = sum(x and y for x, y in pairs)
    return Paired(both, only_a, only_b, len(pairs) - both - flipped, p)


def ranking(
    relevant: Mapping[str, Sequence[str]], ranked: Mapping[str, Sequence[str]]
) -> dict[str, Figure]:
    """nDCG@10, RR@10 and success at 1, 3, 10; questions without relevant passages are left out."""
    import ir_measures
    from ir_measures import RR, Success, nDCG

    asked = [qid for qid in relevant if relevant[qid]]
    if not asked:
        return {}
    qrels = [ir_measures.Qrel(q, d, 1) for q in asked for d in relevant[q]]
    run = [
        ir_measures.ScoredDoc(q, d, float(-rank))
        for q in asked
        for rank, d in enumerate(dict.fromkeys(ranked.get(q, ())))
    ]
    measures = {
        "ndcg_at_10": nDCG @ 10,
        "rr_at_10": RR @ 10,
        "success_at_1": Success @ 1,
        "success_at_3": Success @ 3,
        "success_at_10": Success @ 10,
    }
    found: dict[str, list[float]] = {name: [] for name in measures}
    by_measure = {measure: name for name, measure in measures.items()}
    for metric in ir_measures.iter_calc(list(measures.values()), qrels, run):
        found[by_measure[metric.measure]].append(float(metric.value))
    return {name: _mean(values, len(asked)) for name, values in found.items()}


def _mean(values: Sequence[float], n: int) -> Figure:
    """A mean with a normal interval; where nothing was ranked counts as 0."""
    padded = [*values, *[0.0] * (n - len(values))]
    mean = sum(padded) / n
    spread = (sum((v - mean) ** 2 for v in padded) / max(1, n - 1)) ** 0.5
    half = 1.96 * spread / n**0.5
    return Figure(mean, n, max(0.0, mean - half), min(1.0, mean + half))


def coverage_risk(answered: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """(share answered, share of those wrong) when only the surest are answered, surest first."""
    ordered = sorted(answered, key=lambda pair: -pair[0])
    points: list[tuple[float, float]] = []
    wrong = 0
    for count, (_, right) in enumerate(ordered, start=1):
        wrong += not right
        points.append((count / len(ordered), wrong / count))
    return points
