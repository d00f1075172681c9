"""The inspect_ai side: a task whose solver asks the bot and whose scorer is ours. Only here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, get_args

import anyio.to_thread
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score as InspectScore
from inspect_ai.scorer import Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from .bots import Bot
from .replies import Reply
from .results import Result
from .run import Options, SampleCase, judge_sample
from .scoring import CheckName, Oracle

Ask = Callable[[SampleCase], list[Reply]]


def as_sample(sample: SampleCase) -> Sample:
    """A sample as inspect_ai stores and shows it."""
    return Sample(
        input=sample.turns[-1].input or " ",
        target=sample.turns[-1].target or sample.case.target,
        id=sample.sample_id,
        metadata={
            "set": sample.set_name,
            "turns": [turn.input for turn in sample.turns],
            "case": sample.case.model_dump(mode="json", exclude_defaults=True),
        },
    )


def _solver(samples: dict[str, SampleCase], ask: Ask) -> Solver:
    # Inspect writes the arguments of a decorated function into every sample's log, so it has none.
    @solver(name="ask_bot")
    def ask_bot() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            replies = await anyio.to_thread.run_sync(ask, samples[str(state.sample_id)])
            state.output.completion = replies[-1].text
            state.store.set("replies", [reply.model_dump(mode="json") for reply in replies])
            return state

        return solve

    return ask_bot()


def _scorer(samples: dict[str, SampleCase], oracle: Oracle, found: dict[str, Result]) -> Scorer:
    @scorer(metrics={"*": [mean(), stderr()]}, name="judge_bot")
    def judge_bot() -> Scorer:
        async def judge(state: TaskState, target: Target) -> InspectScore:
            replies = [Reply.model_validate(row) for row in state.store.get("replies", [])]
            result = judge_sample(samples[str(state.sample_id)], replies, oracle)
            found[result.sample_id] = result
            return _as_score(result)

        return judge

    return judge_bot()


def _as_score(result: Result) -> InspectScore:
    """Every check as a value of its own, so that the viewer can filter by it."""
    # The viewer takes its columns from the first sample; a check that did not apply holds.
    values: dict[str, Any] = dict.fromkeys(get_args(CheckName), 1.0)
    values["right"] = float(result.right)
    failed = [(c.name, c.detail) for t in result.turns for c in t.score.checks if not c.ok]
    values.update((name, 0.0) for name, _ in failed)
    reasons = [f"{name}: {detail}" for name, detail in failed]
    return InspectScore(
        value=values, answer=result.last.reply.text, explanation="\n".join(reasons) or "right"
    )


class Asker(Protocol):
    """Puts samples to one bot."""

    @property
    def bot(self) -> Bot:
        """Who is asked."""
        ...

    def __call__(self, sample: SampleCase) -> list[Reply]:
        """One reply for each turn."""
        ...


def run_inspect(
    samples: Sequence[SampleCase], ask: Asker, oracle: Oracle, options: Options, out: Path
) -> dict[str, Result]:
    """Ask and score through inspect_ai; the log lies in `out`/logs and opens with `inspect view`.

    Raises:
        RuntimeError: the harness itself failed.
    """
    by_id = {sample.sample_id: sample for sample in samples}
    found: dict[str, Result] = {}
    task = Task(
        dataset=MemoryDataset([as_sample(sample) for sample in samples], name="cases"),
        solver=_solver(by_id, ask),
        scorer=_scorer(by_id, oracle, found),
        name=f"waymark-{ask.bot.name}"[:60],
        metadata={"versions": ask.bot.versions(), "on": options.on.isoformat()},
    )
    logs = inspect_eval(
        task,
        model=None,
        display="none",
        score_display=False,
        log_dir=str(out / "logs"),
        log_format="eval",
        log_realtime=False,
        max_samples=options.jobs,
        fail_on_error=True,
    )
    if logs[0].status != "success" or len(found) != len(samples):
        reason = logs[0].error.message if logs[0].error else logs[0].status
        raise RuntimeError(f"inspect_ai stopped: {reason}; see the log in {out / 'logs'}")
    return found
