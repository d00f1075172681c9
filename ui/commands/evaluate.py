"""`waymark eval`: run question sets, compare runs, check sets."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from eval.cases import parse_set
from ui.cli import UsageError
from ui.progress import progress_bar

_SHOWN = (
    "right",
    "correct",
    "citation_recall",
    "citation_precision",
    "citation_relevance",
    "quote_exactness",
    "rule_violation_rate",
    "premise_corrected",
    "wrong_person_rate",
    "follow_up_right",
    "paraphrase_consistency",
    "latency_p50_ms",
    "latency_p95_ms",
)


def run_sets(given: argparse.Namespace) -> int:
    """Run the sets and write report.html, results.json, junit.xml and the inspect log."""
    from eval.bots import BotError
    from eval.cases import SetError
    from eval.run import Options, run_bots

    options = Options(
        on=given.on or date.today(),
        limit=given.limit,
        jobs=max(1, getattr(given, "jobs", 1) or 1),
        fresh=bool(getattr(given, "fresh", False)),
        paraphrases=not getattr(given, "no_paraphrases", False),
    )
    names: list[str] = given.bot or ["waymark"]
    try:
        with progress_bar("asking") as progress:
            runs = run_bots(given.sets, names, given.out, options, progress)
    except (SetError, BotError) as error:
        raise UsageError(f"eval run: {error}") from error
    from eval.metrics import TITLES

    for run in runs:
        print(f"\n{run.bot} ({len(run.results)} samples; {run.reused} replies kept from before)")
        for name in _SHOWN:
            figure = run.metrics.figures.get(name)
            if figure is None:
                continue
            value = f"{figure.value:.0f} ms" if name.endswith("_ms") else figure.percent()
            print(f"  {TITLES[name]:58} {value}")
    print(f"\nReport: {given.out / 'report.html'}")
    return 0


def compare_runs(given: argparse.Namespace) -> int:
    """Flipped cases first, then McNemar's test and the figures."""
    from eval.compare import CompareError, as_html, as_text, compare

    try:
        found = compare(
            given.a,
            given.b,
            bot_a=getattr(given, "bot_a", None),
            bot_b=getattr(given, "bot_b", None),
        )
    except CompareError as error:
        raise UsageError(f"eval compare: {error}") from error
    print(as_text(found))
    target: Path | None = getattr(given, "html", None)
    if target is not None:
        target.write_text(as_html(found), encoding="utf-8")
    return 0


def lint_sets(given: argparse.Namespace) -> int:
    """Print every fault with file, line and key; 1 where there is one."""
    from eval.lint import lint_cases

    faults = 0
    for path in given.sets:
        cases, errors = parse_set(path)
        notes = lint_cases(cases)
        for line in errors + [f"{path}: {note}" for note in notes]:
            print(line, file=sys.stderr)
        faults += len(errors) + len(notes)
        print(f"{path}: {len(cases)} cases, {len(errors) + len(notes)} faults")
    return 1 if faults else 0


def convert(given: argparse.Namespace) -> int:
    """Read or write a set in another tool's format."""
    from eval.exchange import ExchangeError, export_set, import_set

    try:
        if given.direction == "import":
            count = import_set(given.format, given.source, given.target)
        else:
            count = export_set(given.format, given.source, given.target)
    except ExchangeError as error:
        raise UsageError(f"eval {given.direction}: {error}") from error
    print(f"{given.target}: {count} cases")
    return 0
