"""`waymark check`: sentences against the rulebook."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from guardrails.check import Report, Verdict, default_checker
from ui.cli import UsageError


def check(given: argparse.Namespace) -> int:
    """Print a verdict for each line: what it says, and what a user would be shown."""
    checker = default_checker()
    on = given.on or date.today()
    for line in _lines(given.file):
        if given.passages:
            report = checker.check_text(line, context=given.context, on=on)
            _print(_passage(report, given.explain), given.json)
        else:
            verdict = checker.check_sentence(line, context=given.context, on=on)
            _print(_sentence(verdict, given.explain), given.json)
    return 0


def _lines(source: str) -> Iterator[str]:
    if source == "-":
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    path = Path(source)
    if not path.is_file():
        raise UsageError(
            f"check: there is no file {path}; give a text file, or - for standard input"
        )
    try:
        yield from path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise UsageError(f"check: {path} is not UTF-8 text; save it as UTF-8") from None


def _sentence(verdict: Verdict, explain: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "text": verdict.text,
        "verdict": verdict.verdict,
        "rule": verdict.rule,
        "statement": verdict.statement,
        "reason": verdict.reason,
        "output": verdict.output,
    }
    if explain and verdict.trace is not None:
        row["trace"] = asdict(verdict.trace)
    return row


def _passage(report: Report, explain: bool) -> dict[str, Any]:
    return {
        "text": report.text,
        "output": report.output,
        "sentences": [_sentence(verdict, explain) for verdict in report.sentences],
    }


def _print(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(row, ensure_ascii=False))
        return
    for sentence in row.get("sentences", [row]):
        rule = f" ({sentence['rule']})" if sentence["rule"] else ""
        print(f"{sentence['verdict']}{rule}: {sentence['reason']}")
        for key, value in sentence.get("trace", {}).items():
            print(f"    {key}: {value}")
    print(f"  shown: {row['output']}")
