"""Compare two runs: what flipped, and whether the difference is more than chance."""

from __future__ import annotations

import html
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .statistics import Figure, Paired, mcnemar

Row = dict[str, Any]


class CompareError(ValueError):
    """Two runs that cannot be compared; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that is right in one run and wrong in the other."""

    id: str
    category: str
    question: str
    before: str
    after: str
    reasons: str
    fixed: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run A against run B on the cases both have."""

    a: str
    b: str
    paired: Paired
    flips: tuple[Flip, ...]
    figures: dict[str, tuple[Figure, Figure]]
    by_category: dict[str, Paired]
    only_in_one: int


def load_run(folder: Path, bot: str | None = None) -> tuple[str, Row]:
    """Name and rows of one bot of a run.

    Raises:
        CompareError: the folder holds no run, or not this bot.
    """
    file = folder / "results.json" if folder.is_dir() else folder
    if not file.is_file():
        raise CompareError(
            f"{folder}: no results.json; give the --out folder of `waymark eval run`"
        )
    try:
        bots: dict[str, Row] = json.loads(file.read_text(encoding="utf-8"))["bots"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise CompareError(f"{file}: not the results of a run ({error})") from None
    if not bots:
        raise CompareError(f"{file}: no bot in it; run the set again")
    name = bot or next(iter(bots))
    if name not in bots:
        raise CompareError(f"{file}: no bot '{name}'; it has {', '.join(bots)}")
    return name, bots[name]


def compare(a: Path, b: Path, *, bot_a: str | None = None, bot_b: str | None = None) -> Comparison:
    """Compare two runs by the cases they share.

    Raises:
        CompareError: a run cannot be read, or they share no case.
    """
    name_a, run_a = load_run(a, bot_a)
    name_b, run_b = load_run(b, bot_b)
    rows_a = {f"{row['set']}/{row['id']}": row for row in run_a["cases"]}
    rows_b = {f"{row['set']}/{row['id']}": row for row in run_b["cases"]}
    shared = [key for key in rows_a if key in rows_b]
    if not shared:
        raise CompareError(f"{a} and {b} share no case; run the same set twice")
    categories: dict[str, list[str]] = defaultdict(list)
    for key in shared:
        categories[rows_a[key]["category"]].append(key)
    flips = [
        _flip(rows_a[key], rows_b[key])
        for key in shared
        if rows_a[key]["right"] != rows_b[key]["right"]
    ]
    figures = {
        metric: (Figure(**run_a["figures"][metric]), Figure(**run_b["figures"][metric]))
        for metric in run_a["figures"]
        if metric in run_b["figures"]
    }
    return Comparison(
        a=f"{a} ({name_a})",
        b=f"{b} ({name_b})",
        paired=_paired(shared, rows_a, rows_b),
        flips=tuple(sorted(flips, key=lambda flip: (flip.fixed, flip.category, flip.id))),
        figures=figures,
        by_category={c: _paired(keys, rows_a, rows_b) for c, keys in sorted(categories.items())},
        only_in_one=len(rows_a) + len(rows_b) - 2 * len(shared),
    )


def _paired(keys: list[str], a: dict[str, Row], b: dict[str, Row]) -> Paired:
    return mcnemar([a[key]["right"] for key in keys], [b[key]["right"] for key in keys])


def _flip(a: Row, b: Row) -> Flip:
    worse = a if b["right"] else b
    reasons = [
        f"{check['name']}: {check['detail']}"
        for turn in worse["turns"]
        if turn["checked"]
        for check in turn["score"]["checks"]
        if not check["ok"]
    ]
    return Flip(
        id=a["id"],
        category=a["category"],
        question=a["turns"][-1]["question"],
        before=a["turns"][-1]["reply"]["text"],
        after=b["turns"][-1]["reply"]["text"],
        reasons="; ".join(reasons),
        fixed=bool(b["right"]),
    )


def as_text(found: Comparison) -> str:
    """For the terminal: flipped cases first, then the test, then the figures."""
    lines: list[str] = []
    for fixed, title in ((False, "Broken: right before, wrong now"), (True, "Fixed")):
        flips = [flip for flip in found.flips if flip.fixed == fixed]
        lines.append(f"{title} ({len(flips)})")
        for flip in flips:
            lines.append(f"  {flip.id} [{flip.category}] {flip.question[:90]}")
            lines.append(f"      {flip.reasons[:160]}")
    paired = found.paired
    total = paired.both + paired.only_a + paired.only_b + paired.neither
    verdict = "more than chance" if paired.p < 0.05 else "no more than chance explains"
    lines += [
        "",
        f"A {found.a}: {paired.both + paired.only_a} of {total} right",
        f"B {found.b}: {paired.both + paired.only_b} of {total} right",
        f"McNemar exact: {paired.only_a} broken, {paired.only_b} fixed, "
        f"p = {paired.p:.4f}: {verdict}",
    ]
    if found.only_in_one:
        lines.append(f"{found.only_in_one} cases stand in one run only and are left out")
    lines.append("")
    for metric, (before, after) in found.figures.items():
        sign = after.value - before.value
        lines.append(f"  {metric:30} {before.value:10.3f} -> {after.value:10.3f}  ({sign:+.3f})")
    return "\n".join(lines)


def as_html(found: Comparison) -> str:
    """The same as a page of its own."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>Two runs compared</title>",
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
        "padding:0 1rem}"
        "details{border:1px solid #ccc;border-radius:6px;padding:.5rem 1rem;margin:.5rem 0}"
        "pre{white-space:pre-wrap}.bad summary{color:#a11}.good summary{color:#163}</style>",
        f"<h1>Two runs compared</h1><p>A: {html.escape(found.a)}<br>B: {html.escape(found.b)}</p>",
        f"<p>McNemar exact p = {found.paired.p:.4f}; {found.paired.only_a} broken, "
        f"{found.paired.only_b} fixed.</p>",
    ]
    parts += [
        f"<details class={'good' if flip.fixed else 'bad'}><summary>"
        f"{'Fixed' if flip.fixed else 'Broken'}: {html.escape(flip.id)}: "
        f"{html.escape(flip.question)}</summary><p>{html.escape(flip.reasons)}</p>"
        f"<h3>A</h3><pre>{html.escape(flip.before)}</pre>"
        f"<h3>B</h3><pre>{html.escape(flip.after)}</pre></details>"
        for flip in found.flips
    ]
    return "\n".join(parts)
