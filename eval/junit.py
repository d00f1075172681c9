"""JUnit XML, so that a CI server shows each case as a test."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .results import Result
    from .run import BotRun

# XML 1.0 has no place for these, not even escaped.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_junit(runs: Sequence[BotRun], out: Path) -> None:
    """junit.xml: a suite for each bot and set."""
    suites = ET.Element("testsuites", name="waymark eval")
    for run in runs:
        for name in dict.fromkeys(result.set_name for result in run.results):
            results = [result for result in run.results if result.set_name == name]
            suite = ET.SubElement(
                suites,
                "testsuite",
                name=f"{run.bot}.{name}",
                tests=str(len(results)),
                failures=str(sum(not result.right for result in results)),
            )
            for result in results:
                _case(suite, f"{run.bot}.{name}", result)
    out.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(suites).write(out / "junit.xml", encoding="utf-8", xml_declaration=True)


def _case(suite: ET.Element, group: str, result: Result) -> None:
    seconds = sum(turn.reply.latency_ms for turn in result.turns) / 1000
    case = ET.SubElement(
        suite, "testcase", classname=group, name=result.sample_id, time=f"{seconds:.3f}"
    )
    if result.right:
        return
    reasons = [
        f"{check.name}: {check.detail}"
        for turn in result.turns
        if turn.checked
        for check in turn.score.checks
        if not check.ok
    ]
    if result.overrule:
        reasons.append(f"overruled: {result.overrule.reason}")
    failure = ET.SubElement(case, "failure", message=_clean(reasons[0] if reasons else "wrong"))
    failure.text = _clean(
        "\n".join([*reasons, f"Q: {result.last.question}", f"A: {result.last.reply.text}"])
    )


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)
