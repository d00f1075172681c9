"""Run question sets: inspect_ai asks and scores, we keep replies, figures and the report."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timezone
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from .bots import Bot, make_bot
from .cases import Case, CaseTurn, read_set
from .lookup import default_oracle, relevant_passages
from .metrics import Metrics, measure
from .replies import Reply, ReplyError, failed, read_reply
from .results import Result, TurnResult, read_overrules, with_overrules
from .scoring import Oracle, score

Progress = Callable[[str, int, int], None]
SEED = 20261122


def silent(stage: str, done: int, total: int) -> None:
    """No progress shown."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run."""

    on: date
    limit: int | None = None
    jobs: int = 1
    fresh: bool = False
    paraphrases: bool = True
    harness: bool = True  # False: the same steps without inspect_ai and its log


@dataclass(frozen=True, slots=True)
class SampleCase:
    """One thing to ask: a case, or one of its paraphrases."""

    sample_id: str
    set_name: str
    case: Case
    turns: tuple[CaseTurn, ...]


@dataclass(frozen=True, slots=True)
class BotRun:
    """One bot's results and figures."""

    bot: str
    versions: dict[str, str]
    results: tuple[Result, ...]
    metrics: Metrics
    reused: int


@dataclass
class ReplyStore:
    """Replies kept on disk as they come, so that a broken run goes on where it stopped.

    They are dropped when the bot's versions or the date change.
    """

    file: Path
    versions: dict[str, str]
    replies: dict[str, list[Reply]] = field(default_factory=dict[str, list[Reply]])
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, file: Path, versions: dict[str, str], *, fresh: bool) -> ReplyStore:
        """Read what an earlier run of the same versions left, or start anew."""
        store = cls(file, versions)
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = [] if fresh else list(_rows(file))
        if rows and rows[0].get("versions") == versions:
            for row in rows[1:]:
                try:
                    store.replies[row["key"]] = [read_reply(reply) for reply in row["replies"]]
                except (KeyError, ReplyError):
                    continue
        else:
            file.write_text(json.dumps({"versions": versions}) + "\n", encoding="utf-8")
        return store

    def keep(self, key: str, replies: list[Reply]) -> None:
        """Remember the replies to one sample; faults are not kept, so that they are asked again."""
        if any(reply.error for reply in replies):
            return
        row = {"key": key, "replies": [reply.model_dump(mode="json") for reply in replies]}
        with self._lock, self.file.open("a", encoding="utf-8") as out:
            self.replies[key] = replies
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    """Whole lines of a file; a last line cut off by a crash is left out."""
    if not file.is_file():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(row, dict):
            yield row


def samples_of(
    paths: Sequence[Path], *, limit: int | None = None, paraphrases: bool = True
) -> list[SampleCase]:
    """Everything to ask; ids that stand in two sets are told apart by the set's name."""
    found: list[SampleCase] = []
    seen: set[str] = set()
    for path in paths:
        for case in read_set(path)[:limit]:
            prefix = f"{path.stem}/" if case.id in seen else ""
            seen.add(case.id)
            for sample_id, wording in case.variants():
                if "~" in sample_id and not paraphrases:
                    continue
                turns = tuple(case.messages)
                if not case.turns:
                    turns = (turns[0].model_copy(update={"input": wording}),)
                found.append(SampleCase(prefix + sample_id, path.stem, case, turns))
    return found


def run_bots(
    paths: Sequence[Path],
    bots: Sequence[str | Bot],
    out: Path,
    options: Options,
    progress: Progress = silent,
    oracle: Oracle | None = None,
) -> list[BotRun]:
    """Ask every bot everything and write results.json, report.html and junit.xml into `out`.

    Without an oracle, quotes, rules and passages are looked up in our own guides and rulebook.

    Raises:
        SetError: a set has faults.
        BotError: a name stands for no bot.
    """
    from .junit import write_junit
    from .report import write_report

    samples = samples_of(paths, limit=options.limit, paraphrases=options.paraphrases)
    asked = [make_bot(bot) if isinstance(bot, str) else bot for bot in bots]
    relevant = {} if oracle else relevant_passages([sample.case for sample in samples])
    oracle = oracle or default_oracle(options.on)
    overrules = {key: rule for path in paths for key, rule in read_overrules(path).items()}
    runs: list[BotRun] = []
    for bot in asked:
        versions = bot.versions()
        kept = ReplyStore.open(
            out / "replies" / f"{_file_name(bot.name)}.jsonl",
            {**versions, "on": options.on.isoformat()},
            fresh=options.fresh,
        )
        reused = sum(_key(sample) in kept.replies for sample in samples)
        ask = _Asker(bot, kept, options, len(samples), progress)
        results = _judge_all(samples, ask, oracle, options, out)
        results = with_overrules(results, overrules)
        runs.append(BotRun(bot.name, versions, tuple(results), measure(results, relevant), reused))
    header = _header(paths, options)
    write_results(runs, header, out)
    write_report(runs, header, out)
    write_junit(runs, out)
    return runs


@dataclass
class _Asker:
    """Asks a bot one sample, from the store where it can, and counts."""

    bot: Bot
    kept: ReplyStore
    options: Options
    total: int
    progress: Progress
    done: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, sample: SampleCase) -> list[Reply]:
        replies = self.kept.replies.get(_key(sample))
        if replies is None or len(replies) != len(sample.turns):
            replies = self._ask(sample)
            self.kept.keep(_key(sample), replies)
        with self._lock:
            self.done += 1
            self.progress(self.bot.name, self.done, self.total)
        return replies

    def _ask(self, sample: SampleCase) -> list[Reply]:
        turns = [turn.input for turn in sample.turns]
        on = sample.case.as_of or self.options.on
        try:
            return self.bot.converse(sample.sample_id, turns, on)
        except Exception as error:
            return [failed(f"{type(error).__name__}: {error}")] * len(turns)


def judge_sample(sample: SampleCase, replies: Sequence[Reply], oracle: Oracle) -> Result:
    """Score every turn of one sample."""
    turns: list[TurnResult] = []
    for number, (turn, reply) in enumerate(zip(sample.turns, replies, strict=True), start=1):
        checked = bool(turn.must_include or turn.must_not or turn.outcome)
        checked = checked or number == len(sample.turns)
        turns.append(
            TurnResult(turn.input, reply, score(sample.case, turn, reply, oracle), checked)
        )
    return Result(sample.sample_id, sample.set_name, sample.case, tuple(turns))


def _judge_all(
    samples: Sequence[SampleCase], ask: _Asker, oracle: Oracle, options: Options, out: Path
) -> list[Result]:
    if options.harness:
        from .harness import run_inspect

        judged = run_inspect(samples, ask, oracle, options, out)
    else:
        with ThreadPoolExecutor(max_workers=options.jobs) as pool:
            replies = list(pool.map(ask, samples))
            found = map(partial(judge_sample, oracle=oracle), samples, replies)
            judged = {result.sample_id: result for result in found}
    return [judged[sample.sample_id] for sample in samples]


def _key(sample: SampleCase) -> str:
    return json.dumps([turn.input for turn in sample.turns], ensure_ascii=False)


def _file_name(bot: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in bot)[:60]


def _header(paths: Sequence[Path], options: Options) -> dict[str, Any]:
    return {
        "made": datetime.now(timezone.utc).isoformat(timespec="seconds"),  # noqa: UP017 - 3.11 too
        "on": options.on.isoformat(),
        "sets": [path.name for path in paths],
        "code": code_version(),
        "seed": SEED,
    }


def code_version() -> str:
    """The commit of the checkout, with + where files were changed; empty outside of one."""
    root = Path(__file__).resolve().parent.parent
    try:
        head = _git(root, "rev-parse", "--short", "HEAD")
        return head + ("+" if _git(root, "status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write_results(runs: Sequence[BotRun], header: dict[str, Any], out: Path) -> None:
    """results.json: everything the report shows, for `compare` and for scripts."""
    bots = {
        run.bot: {
            "versions": run.versions,
            "figures": {name: asdict(figure) for name, figure in run.metrics.figures.items()},
            "matrix": run.metrics.matrix,
            "groups": {
                group: {
                    name: {metric: asdict(figure) for metric, figure in figures.items()}
                    for name, figures in rows.items()
                }
                for group, rows in run.metrics.groups.items()
            },
            "curve": run.metrics.curve,
            "cases": [result.to_json() for result in run.results],
        }
        for run in runs
    }
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"header": header, "bots": bots}, ensure_ascii=False)
    (out / "results.json").write_text(text, encoding="utf-8")
