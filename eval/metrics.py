"""Metrics: the figures of a run by their names in the field, each with n and interval."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .results import Result, TurnResult
from .scoring import Cell
from .statistics import Figure, coverage_risk, proportion, quantile, ranking, share
from .support import content

# Whether more is better; what is not listed is only reported.
HIGHER_IS_BETTER = {
    "right": True,
    "correct": True,
    "citation_recall": True,
    "citation_precision": True,
    "citation_relevance": True,
    "answered_early": True,
    "quote_exactness": True,
    "premise_corrected": True,
    "pair_right": True,
    "follow_up_right": True,
    "paraphrase_right": True,
    "paraphrase_consistency": True,
    "abstained_when_unanswerable": True,
    "answered_when_answerable": True,
    "ndcg_at_10": True,
    "success_at_3": True,
    "rule_violation_rate": False,
    "wrong_person_rate": False,
    "answered_wrong": False,
}
TITLES = {
    "right": "Right in every respect",
    "correct": "Correct in substance",
    "citation_recall": "Citation recall (sentences that rest on their quote)",
    "citation_precision": "Citation precision (citations that support their sentence)",
    "citation_relevance": "Citation relevance (one cited passage alone answers)",
    "answered_early": "All that was asked for within the first 80 words",
    "quote_exactness": "Quote exactness (letter for letter)",
    "rule_violation_rate": "Rule violations in the final text",
    "disputed_rate": "Answers with a guide's own sentence that the checker rejects",
    "premise_corrected": "False premises corrected",
    "premise_named": "False premises named as such",
    "wrong_person_rate": "Answers for another person's visa",
    "pair_right": "Same question by two askers, both right",
    "follow_up_right": "Follow-ups right",
    "conversation_right": "Whole conversations right",
    "paraphrase_right": "Paraphrases right",
    "paraphrase_consistency": "Same verdict on every wording",
    "answered_when_answerable": "Answered what can be answered",
    "abstained_when_unanswerable": "Abstained where nothing can be answered",
    "answered_wrong": "Answered, and wrong (of all answered)",
    "ndcg_at_10": "nDCG@10 of passages on the rule asked about",
    "rr_at_10": "RR@10",
    "success_at_1": "Success@1",
    "success_at_3": "Success@3",
    "success_at_10": "Success@10",
    "latency_p50_ms": "Latency p50 (ms)",
    "latency_p95_ms": "Latency p95 (ms)",
    "latency_p99_ms": "Latency p99 (ms)",
    "words_p50": "Words, median",
    "words_p95": "Words, p95",
}
_SUBSTANCE = ("outcome", "includes", "excludes", "polarity", "truth", "prose", "person")

# Case id -> ids of the passages that hold its answer.
Relevant = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Metrics:
    """All figures of one bot, whole and by group, with the data of the plots."""

    figures: dict[str, Figure]
    matrix: dict[Cell, int]
    groups: dict[str, dict[str, dict[str, Figure]]]
    curve: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    latencies: list[float] = field(default_factory=list[float])
    tokens: int = 0


def measure(results: Sequence[Result], relevant: Relevant | None = None) -> Metrics:
    """Every figure of a run; paraphrases count in their own figures only."""
    base = [r for r in results if not r.is_paraphrase]
    turns = [turn for result in results for turn in result.turns]
    latencies = [turn.reply.latency_ms for turn in turns if turn.reply.latency_ms > 0]
    answered = [t for r in base for t in r.turns if t.checked and t.score.cell.startswith("answ")]
    figures = {
        "right": share([r.right for r in base]),
        "correct": share([_substance(r) for r in base]),
        **_citations(base),
        "rule_violation_rate": share([bool(t.score.rule_violations) for t in turns]),
        "disputed_rate": share([bool(t.score.disputed) for t in turns]),
        **_premises(base),
        **_persons(base),
        **_conversations(base),
        **_paraphrases(results),
        **_answerable(base),
        "answered_wrong": share([not t.score.right for t in answered]),
        **_retrieval(base, relevant or {}),
        "latency_p50_ms": quantile(latencies, 0.5),
        "latency_p95_ms": quantile(latencies, 0.95),
        "latency_p99_ms": quantile(latencies, 0.99),
        "words_p50": quantile([float(t.reply.words) for t in answered], 0.5),
        "words_p95": quantile([float(t.reply.words) for t in answered], 0.95),
    }
    return Metrics(
        figures={name: figure for name, figure in figures.items() if figure.n},
        matrix=_matrix(base),
        groups={
            "set": _by(base, lambda r: r.set_name),
            "category": _by(base, lambda r: r.case.category),
            "topic": _by(base, lambda r: r.case.topic),
            "difficulty": _by(base, lambda r: r.case.difficulty),
        },
        curve=coverage_risk([(_sureness(t), t.score.right) for t in answered]),
        latencies=latencies,
        tokens=sum(_tokens(turn) for turn in turns),
    )


def _substance(result: Result) -> bool:
    if result.overrule:
        return result.overrule.right
    checked = [turn.score for turn in result.turns if turn.checked]
    return all(score.ok(name) for score in checked for name in _SUBSTANCE)


def _citations(base: Sequence[Result]) -> dict[str, Figure]:
    scores = [turn.score for result in base for turn in result.turns]
    alone = [score.alone for score in scores if score.alone is not None]
    return {
        "citation_recall": proportion(
            sum(s.supported for s in scores), sum(s.claims for s in scores)
        ),
        "citation_precision": proportion(
            sum(s.precise for s in scores), sum(s.pairs for s in scores)
        ),
        "citation_relevance": share(alone),
        "answered_early": share([score.early for score in scores if score.early is not None]),
        "quote_exactness": proportion(
            sum(s.exact for s in scores), sum(s.looked_up for s in scores)
        ),
    }


def _premises(base: Sequence[Result]) -> dict[str, Figure]:
    asked = [r for r in base if r.case.false_premise]
    named = [any(c.of == "question" for c in r.last.reply.corrections) for r in asked]
    return {
        "premise_corrected": share([_substance(r) for r in asked]),
        "premise_named": share(named),
    }


def _persons(base: Sequence[Result]) -> dict[str, Figure]:
    told = [r for r in base if "visa" in r.case.facts]
    wrong = [not (r.last.score.ok("person") and r.last.score.ok("excludes")) for r in told]
    pairs: dict[str, list[bool]] = defaultdict(list)
    for result in told:
        if result.case.pair:
            pairs[result.case.pair].append(result.right)
    both = [all(rights) for rights in pairs.values() if len(rights) > 1]
    return {"wrong_person_rate": share(wrong), "pair_right": share(both)}


def _conversations(base: Sequence[Result]) -> dict[str, Figure]:
    talks = [r for r in base if len(r.turns) > 1]
    follow_ups = [t.score.right for r in talks for t in r.turns[1:] if t.checked]
    return {
        "follow_up_right": share(follow_ups),
        "conversation_right": share([r.right for r in talks]),
    }


def _paraphrases(results: Sequence[Result]) -> dict[str, Figure]:
    wordings: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        wordings[result.case.id].append(result)
    several = [group for group in wordings.values() if len(group) > 1]
    return {
        "paraphrase_right": share([r.right for r in results if r.is_paraphrase]),
        "paraphrase_consistency": share([len({r.right for r in group}) == 1 for group in several]),
    }


def _answerable(base: Sequence[Result]) -> dict[str, Figure]:
    plain = [r for r in base if len(r.turns) == 1]
    could = [r for r in plain if r.case.answerable and set(r.case.allowed) <= {"answer", "clarify"}]
    could_not = [r for r in plain if not r.case.answerable]
    return {
        "answered_when_answerable": share(
            [r.last.reply.outcome in ("answer", "clarify") for r in could]
        ),
        "abstained_when_unanswerable": share(
            [r.last.reply.outcome == "abstain" and not r.last.reply.error for r in could_not]
        ),
    }


def _retrieval(base: Sequence[Result], relevant: Relevant) -> dict[str, Figure]:
    ranked = {
        r.sample_id: r.last.reply.ranked or [c.passage_id for c in r.last.reply.citations]
        for r in base
        if len(r.turns) == 1
    }
    asked = {qid: relevant[qid] for qid in ranked if relevant.get(qid)}
    return ranking(asked, ranked)


def _matrix(base: Sequence[Result]) -> dict[Cell, int]:
    cells: Counter[Cell] = Counter()
    for result in base:
        answered = result.last.score.cell.startswith("answered")
        cells[_cell(answered, result.right)] += 1
    return dict(cells)


def _cell(answered: bool, right: bool) -> Cell:
    if answered:
        return "answered right" if right else "answered wrong"
    return "abstained right" if right else "abstained wrong"


def _by(base: Sequence[Result], key: Callable[[Result], str]) -> dict[str, dict[str, Figure]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in base:
        groups[key(result)].append(result)
    return {
        name: {
            "right": share([r.right for r in group]),
            "correct": share([_substance(r) for r in group]),
        }
        for name, group in sorted(groups.items())
    }


def _sureness(turn: TurnResult) -> float:
    """The bot's own confidence, else how much of the question its first citation speaks of."""
    if turn.reply.confidence is not None:
        return turn.reply.confidence
    asked = content(turn.reply.standalone or turn.question)
    if not asked or not turn.reply.citations:
        return 0.0
    first = turn.reply.citations[0]
    return len(asked & content(f"{first.heading} {first.quote}")) / len(asked)


def _tokens(turn: TurnResult) -> int:
    spent = turn.reply.elapsed_ms
    return int(sum(value for name, value in spent.items() if name.startswith("tokens")))
