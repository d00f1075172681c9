"""Gates: the fast subset against the committed baseline. `python -m eval.gates [--raise]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ConfigDict

from .metrics import HIGHER_IS_BETTER, TITLES, Metrics
from .statistics import Figure

SETS = Path(__file__).parent / "sets"
BASELINE = Path(__file__).parent / "baseline" / "gate.json"
# A fixed date: the answers, and so the figures, do not change with the calendar.
ON = date(2026, 11, 22)
# Figures that may not drop beyond the interval they were measured with.
GATED = (
    "right",
    "correct",
    "citation_recall",
    "citation_precision",
    "premise_corrected",
    "pair_right",
    "follow_up_right",
    "answered_when_answerable",
    "abstained_when_unanswerable",
    "wrong_person_rate",
)


class Baseline(BaseModel):
    """What was reached when the baseline was last raised."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    made: date
    code: str
    figures: dict[str, list[float]]  # value, n, low, high

    def figure(self, name: str) -> Figure:
        """A stored figure."""
        value, n, low, high = self.figures[name]
        return Figure(value, int(n), low, high)


@dataclass(frozen=True, slots=True)
class Row:
    """One gate: what it was, what it is, and whether that is let through."""

    name: str
    before: Figure | None
    now: Figure
    allowed: str
    ok: bool


def judge(metrics: Metrics, baseline: Baseline | None) -> list[Row]:
    """Every gate; without a baseline only the two absolute ones can fail."""
    rows: list[Row] = []
    violations = metrics.figures.get("rule_violation_rate", Figure(0.0, 0, 0.0, 1.0))
    rows.append(Row("rule_violation_rate", None, violations, "0", violations.value == 0))
    quotes = metrics.figures.get("quote_exactness", Figure(0.0, 0, 0.0, 1.0))
    rows.append(Row("quote_exactness", None, quotes, "1, with something cited", quotes.value == 1))
    for name in GATED:
        now = metrics.figures.get(name)
        before = baseline.figure(name) if baseline and name in baseline.figures else None
        if now is None or before is None:
            continue
        if HIGHER_IS_BETTER[name]:
            rows.append(Row(name, before, now, f">= {before.low:.3f}", now.value >= before.low))
        else:
            rows.append(Row(name, before, now, f"<= {before.high:.3f}", now.value <= before.high))
    return rows


def as_table(rows: Sequence[Row]) -> str:
    """Readable in a CI log: what failed stands first."""
    lines = [f"{'':6} {'gate':52} {'baseline':>9} {'now':>7}  allowed"]
    for row in sorted(rows, key=lambda row: row.ok):
        before = f"{row.before.value:.3f}" if row.before else "-"
        mark = "ok" if row.ok else "FAIL"
        title = TITLES[row.name][:52]
        lines.append(f"{mark:6} {title:52} {before:>9} {row.now.value:7.3f}  {row.allowed}")
    return "\n".join(lines)


def read_baseline(file: Path = BASELINE) -> Baseline | None:
    """The committed baseline, or None where there is none yet."""
    if not file.is_file():
        return None
    return Baseline.model_validate(json.loads(file.read_text(encoding="utf-8")))


def write_baseline(metrics: Metrics, code: str, file: Path = BASELINE) -> None:
    """Raise (or lower) the baseline; the commit of this file is the decision."""
    figures = {
        name: [round(f.value, 4), f.n, round(f.low, 4), round(f.high, 4)]
        for name, f in metrics.figures.items()
        if name in GATED
    }
    baseline = Baseline(made=date.today(), code=code, figures=figures)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(baseline.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _sync() -> None:
    """The guides as they are now, not as they were when the index was built."""
    from bot.settings import load_settings
    from ingest.sync import sync

    settings = load_settings()
    sync(settings.home, encoder_name=settings.encoder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run our own sets without paraphrases and judge them; 1 when a gate is closed."""
    from .run import Options, code_version, run_bots

    parser = argparse.ArgumentParser(prog="python -m eval.gates", description=__doc__)
    parser.add_argument("--raise", dest="raise_", action="store_true", help="write a new baseline")
    parser.add_argument("--out", type=Path, help="keep the report here")
    given = parser.parse_args(arguments)
    _sync()
    options = Options(on=ON, fresh=True, paraphrases=False, harness=False, jobs=2)
    with TemporaryDirectory() as scratch:
        out = given.out or Path(scratch)
        runs = run_bots(sorted(SETS.glob("*.jsonl")), ["no-model"], out, options)
    metrics = runs[0].metrics
    if given.raise_:
        write_baseline(metrics, code_version())
        print(f"{BASELINE}: written; commit it with the reason", file=sys.stderr)  # noqa: T201
    rows = judge(metrics, read_baseline())
    print(as_table(rows))  # noqa: T201 - a command
    wrong = [row for row in rows if not row.ok]
    if wrong:
        print(  # noqa: T201
            "\nA gate is closed. See which cases: waymark eval run eval/sets/*.jsonl --out DIR, "
            "then open DIR/report.html. To accept the change: python -m eval.gates --raise, and "
            "commit eval/baseline/gate.json with the reason.",
            file=sys.stderr,
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
