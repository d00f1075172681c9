"""The report: one self-contained page, without network, that prints well."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .metrics import HIGHER_IS_BETTER, TITLES
from .plots import curve_plot, histogram, stacked_bars
from .results import Result, TurnResult
from .statistics import Figure

if TYPE_CHECKING:
    from .run import BotRun

_HEADLINES = ("right", "correct", "citation_recall", "citation_precision", "quote_exactness",
              "rule_violation_rate", "answered_wrong", "latency_p95_ms")  # fmt: skip


def write_report(runs: Sequence[BotRun], header: dict[str, Any], out: Path) -> None:
    """report.html in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.html").write_text(render(runs, header), encoding="utf-8")


def render(runs: Sequence[BotRun], header: dict[str, Any]) -> str:
    """The whole page; everything that comes from sets or bots is escaped."""
    first = runs[0]
    page = (files("eval") / "report.html").read_text(encoding="utf-8")
    slots = {
        "HEADER": _header(runs, header),
        "CARDS": "".join(_card(name, first.metrics.figures) for name in _HEADLINES),
        "FIGURES": _figures(runs),
        "PLOTS": _plots(first),
        "GROUPS": _groups(first),
        "FILTERS": _filters(first),
        "CASES": "".join(_case(number, runs) for number in _worst_first(first.results)),
    }
    for slot, text in slots.items():
        page = page.replace(f"<!--{slot}-->", text, 1)
    return page


def _text(value: object) -> str:
    return html.escape(str(value))


def _header(runs: Sequence[BotRun], header: dict[str, Any]) -> str:
    rows = {
        "Made": header["made"],
        "Answers as of": header["on"],
        "Sets": ", ".join(header["sets"]),
        "Code": header.get("code") or "unknown",
        "Seed": header["seed"],
    }
    for run in runs:
        versions = ", ".join(f"{name} {value}" for name, value in run.versions.items())
        reused = f"; {run.reused} replies kept from an earlier run" if run.reused else ""
        rows[run.bot] = f"{versions}{reused}"
    cells = "".join(f"<dt>{_text(k)}</dt><dd>{_text(v)}</dd>" for k, v in rows.items())
    return f"<dl class=header>{cells}</dl>"


def _shown(name: str, figure: Figure) -> tuple[str, str]:
    if name.endswith("_ms"):
        return f"{figure.value:.0f} ms", f"{figure.low:.0f} to {figure.high:.0f}, n {figure.n}"
    if name.startswith("words"):
        return f"{figure.value:.0f}", f"{figure.low:.0f} to {figure.high:.0f}, n {figure.n}"
    if "_at_" in name and not name.startswith("success"):
        return f"{figure.value:.3f}", f"{figure.low:.3f} to {figure.high:.3f}, n {figure.n}"
    low, high = 100 * figure.low, 100 * figure.high
    return f"{100 * figure.value:.1f} %", f"{low:.1f} to {high:.1f}, n {figure.n}"


def _card(name: str, figures: dict[str, Figure]) -> str:
    if name not in figures:
        return ""
    value, interval = _shown(name, figures[name])
    title = TITLES.get(name, name)
    return (
        f"<div class=card><b>{value}</b><span>{_text(title)}</span><small>{interval}</small></div>"
    )


def _figures(runs: Sequence[BotRun]) -> str:
    names = [name for name in TITLES if any(name in run.metrics.figures for run in runs)]
    head = "".join(f"<th>{_text(run.bot)}</th>" for run in runs)
    rows: list[str] = []
    for name in names:
        cells: list[str] = []
        for run in runs:
            figure = run.metrics.figures.get(name)
            value, interval = _shown(name, figure) if figure else ("–", "")
            cells.append(f"<td><b>{value}</b><br><small>{interval}</small></td>")
        better = {True: " ↑", False: " ↓"}.get(HIGHER_IS_BETTER.get(name, None), "")  # type: ignore[arg-type]
        rows.append(f"<tr><th>{_text(TITLES[name])}{better}</th>{''.join(cells)}</tr>")
    matrix = "".join(
        f"<tr><th>{cell}</th>"
        + "".join(f"<td>{run.metrics.matrix.get(cell, 0)}</td>" for run in runs)
        + "</tr>"
        for cell in ("answered right", "answered wrong", "abstained right", "abstained wrong")
    )
    return (
        f"<table><thead><tr><th>Figure, with its 95 % interval</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table><h3>Outcome matrix</h3>"
        f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{matrix}</tbody></table>"
        "<p class=note>“Abstained” counts every outcome that is not an answer: abstain, refuse, "
        "crisis and small talk.</p>"
    )


def _plots(run: BotRun) -> str:
    counts: dict[str, list[int]] = {}
    for result in run.results:
        if result.is_paraphrase:
            continue
        right = result.right
        answered = result.last.score.cell.startswith("answered")
        row = counts.setdefault(result.case.category, [0, 0, 0, 0])
        row[(0 if right else 1) if answered else (2 if right else 3)] += 1
    return (
        f"<figure>{stacked_bars(counts)}<figcaption>Outcomes by category</figcaption></figure>"
        f"<figure>{curve_plot(run.metrics.curve)}<figcaption>Coverage and risk: of the answers it "
        "is surest of, how many are wrong. Where a bot states no confidence, how much of the "
        "question its first citation speaks of stands in for it.</figcaption></figure>"
        f"<figure>{histogram(run.metrics.latencies)}<figcaption>Latency of an answer in ms"
        "</figcaption></figure>"
    )


def _groups(run: BotRun) -> str:
    parts: list[str] = []
    for group in ("set", "category", "topic", "difficulty"):
        rows = "".join(
            f"<tr><th>{_text(name)}</th><td>{_text(figures['right'].percent())}</td>"
            f"<td>{_text(figures['correct'].percent())}</td></tr>"
            for name, figures in run.metrics.groups[group].items()
        )
        parts.append(
            f"<table><thead><tr><th>By {group}</th><th>Right in every respect</th>"
            f"<th>Correct in substance</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    return "".join(parts)


def _filters(run: BotRun) -> str:
    def options(values: Sequence[str]) -> str:
        return "".join(f"<option>{_text(value)}</option>" for value in sorted(set(values)))

    failed = [c.name for r in run.results for t in r.turns for c in t.score.checks if not c.ok]
    return (
        "<label>Search <input id=q type=search placeholder='words, id, rule'></label>"
        "<label>Verdict <select id=verdict><option value=''>all</option><option>wrong</option>"
        "<option>right</option><option>overruled</option></select></label>"
        "<label>Category <select id=category><option value=''>all</option>"
        f"{options([r.case.category for r in run.results])}</select></label>"
        "<label>Failed check <select id=check><option value=''>any</option>"
        f"{options([str(name) for name in failed])}</select></label><output id=count></output>"
    )


def _worst_first(results: Sequence[Result]) -> list[int]:
    return sorted(range(len(results)), key=lambda at: (results[at].right, at))


def _case(at: int, runs: Sequence[BotRun]) -> str:
    result = runs[0].results[at]
    verdict = "right" if result.right else "wrong"
    marks = f"{verdict} overruled" if result.overrule else verdict
    failed = {c.name for t in result.turns if t.checked for c in t.score.checks if not c.ok}
    others = "".join(
        f"<p class=meta>{_text(run.bot)}: {verdict} as well</p>"
        if run.results[at].right == result.right
        else f"<details class=other><summary>{_text(run.bot)}: "
        f"{'right' if run.results[at].right else 'wrong'}</summary>"
        f"{_turns(run.results[at], whole=False)}</details>"
        for run in runs[1:]
    )
    return (
        f"<details class='case {verdict}' data-verdict='{marks}' "
        f"data-category='{_text(result.case.category)}' data-check='{' '.join(sorted(failed))}'>"
        f"<summary><span class=verdict>{verdict}</span> <code>{_text(result.sample_id)}</code> "
        f"{_text(result.last.question[:160])}</summary>"
        f"<p class=meta>{_text(result.set_name)} · {_text(result.case.category)} · "
        f"{_text(result.case.topic)} · {result.case.difficulty}"
        f"{' · rules ' + _text(', '.join(result.case.rules)) if result.case.rules else ''}</p>"
        f"{_overrule(result)}{_turns(result)}{others}{_how_to_overrule(result)}</details>"
    )


def _overrule(result: Result) -> str:
    if not result.overrule:
        return ""
    rule = result.overrule
    says = "right" if rule.right else "wrong"
    who = f" by {_text(rule.by)}" if rule.by else ""
    when = f" on {rule.on}" if rule.on else ""
    return f"<p class=overrule>Overruled as {says}{who}{when}: {_text(rule.reason)}</p>"


def _how_to_overrule(result: Result) -> str:
    row = {
        "id": result.sample_id,
        "right": not result.right,
        "reason": "…",
        "by": "…",
        "answer": result.fingerprint,
    }
    line = json.dumps(row, ensure_ascii=False)
    return (
        "<p class=note>To overrule, add this line to "
        f"<code>{_text(result.set_name)}.overrules.jsonl</code> beside the set: "
        f"<code>{_text(line)}</code></p>"
    )


def _turns(result: Result, *, whole: bool = True) -> str:
    """The conversation; of the bots beside the first one only what they said and its checks."""
    target = f"<p><b>Right answer:</b> {_text(result.case.target)}</p>"
    turns = "".join(_turn(turn, whole=whole) for turn in result.turns)
    return (target if result.case.target and whole else "") + turns


def _turn(turn: TurnResult, *, whole: bool) -> str:
    reply = turn.reply
    cited = "".join(
        f"<li value={c.number}><b>{_text(c.guide_title or c.guide_id)}</b> › {_text(c.heading)}"
        f"<blockquote>{_text(c.quote)}</blockquote></li>"
        for c in reply.citations
        if whole
    )
    corrected = "".join(
        f"<li>“{_text(c.said)}” → {_text(c.statement)} <code>{_text(c.rule)}</code></li>"
        for c in reply.corrections
    )
    sentences = "".join(
        f"<tr><td>{_text(s.text)}</td><td>{_text(s.origin)}</td><td>{_text(s.verdict)}</td>"
        f"<td>{_text(', '.join(map(str, s.citations)))}</td></tr>"
        for s in reply.sentences
        # What stands word for word in a guide is seen under its citation already.
        if whole and s.verdict != "exact"
    )
    checks = "".join(
        f"<li class={'ok' if c.ok else 'bad'}>{'✓' if c.ok else '✗'} {c.name}"
        f"{': ' + _text(c.detail) if c.detail else ''}</li>"
        for c in turn.score.checks
    )
    return (
        f"<div class=turn><p class=question>{_text(turn.question) or '<i>(empty)</i>'}</p>"
        f"<p class=meta>{reply.outcome} · {reply.words} words · {reply.latency_ms:.0f} ms</p>"
        f"<div class=answer>{_text(reply.text) or _text(reply.error)}</div>"
        f"{'<p>Corrected premises</p><ul>' + corrected + '</ul>' if corrected else ''}"
        f"<ul class=checks>{checks if turn.checked else '<li>sets the scene, not judged</li>'}</ul>"
        f"{_folded('Citations', 'ol', cited)}"
        f"{_folded('Sentences that are no quotes', 'table', sentences)}</div>"
    )


def _folded(title: str, tag: str, inner: str) -> str:
    if not inner:
        return ""
    return f"<details><summary>{title}</summary><{tag}>{inner}</{tag}></details>"
