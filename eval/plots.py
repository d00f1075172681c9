"""Plots as SVG text: no library, no script, legible in print and without colour."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

_COLOURS = ("#2f6f4f", "#b3403a", "#7fa8c9", "#d9a441")
_NAMES = ("answered right", "answered wrong", "abstained right", "abstained wrong")
_WIDTH = 560


def stacked_bars(counts: Mapping[str, Sequence[int]]) -> str:
    """Shares of the four outcomes, one bar for each group, widest label first to read."""
    height = 26 * len(counts) + 34
    parts = [_open(height, "Outcomes by category")]
    for row, (name, values) in enumerate(counts.items()):
        y, x, total = 26 * row, 130.0, max(1, sum(values))
        parts.append(f'<text x="124" y="{y + 15}" text-anchor="end">{html.escape(name)}</text>')
        for colour, label, value in zip(_COLOURS, _NAMES, values, strict=True):
            width = value / total * (_WIDTH - 180)
            if value:
                title = f"<title>{html.escape(name)}: {value} {label}</title>"
                parts.append(
                    f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="20" fill="{colour}">'
                    f"{title}</rect>"
                )
                if width > 22:
                    parts.append(
                        f'<text x="{x + width / 2:.1f}" y="{y + 15}" fill="#fff" '
                        f'text-anchor="middle">{value}</text>'
                    )
            x += width
        parts.append(f'<text x="{_WIDTH - 44}" y="{y + 15}">n {total}</text>')
    for at, (colour, label) in enumerate(zip(_COLOURS, _NAMES, strict=True)):
        x, y = 4 + at * 138, height - 14
        parts.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 14}" y="{y}">{label}</text>')
    return "".join([*parts, "</svg>"])


def curve_plot(points: Sequence[tuple[float, float]]) -> str:
    """Risk (share wrong) over coverage (share answered)."""
    if not points:
        return "<p class=note>Nothing was answered.</p>"
    top = max(0.1, *(risk for _, risk in points))
    top = min(1.0, (int(top * 10) + 1) / 10)
    step = max(1, len(points) // 200)
    # The first few points rest on a handful of answers and jump.
    chosen = [p for p in points[::step] if p[0] >= 0.03] + [points[-1]]
    line = " ".join(f"{50 + 480 * c:.1f},{180 - 160 * r / top:.1f}" for c, r in chosen)
    return (
        _open(220, "Coverage and risk")
        + '<path d="M50 20V180H530" fill="none" stroke="currentColor"/>'
        + f'<polyline points="{line}" fill="none" stroke="#b3403a" stroke-width="2"/>'
        + f'<text x="46" y="26" text-anchor="end">{100 * top:.0f} %</text>'
        + '<text x="46" y="184" text-anchor="end">0</text>'
        + '<text x="50" y="198">0</text><text x="530" y="198" text-anchor="end">100 %</text>'
        + '<text x="290" y="214" text-anchor="middle">answered, surest first</text></svg>'
    )


def histogram(values: Sequence[float], bins: int = 24) -> str:
    """How long answers took; the slowest hundredth is gathered in the last bar."""
    if not values:
        return "<p class=note>No latencies were recorded.</p>"
    ordered = sorted(values)
    top = ordered[int(0.99 * (len(ordered) - 1))] or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int(value / top * bins))] += 1
    highest, width = max(counts), 480 / bins
    bars = "".join(
        f'<rect x="{50 + at * width:.1f}" y="{180 - 160 * count / highest:.1f}" '
        f'width="{width - 1:.1f}" height="{160 * count / highest:.1f}" fill="#44617b">'
        f"<title>{count} answers</title></rect>"
        for at, count in enumerate(counts)
    )
    return (
        _open(220, "Latency")
        + '<path d="M50 20V180H530" fill="none" stroke="currentColor"/>'
        + bars
        + f'<text x="46" y="26" text-anchor="end">{highest}</text><text x="50" y="198">0</text>'
        + f'<text x="530" y="198" text-anchor="end">{top:.0f} ms</text></svg>'
    )


def _open(height: int, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{html.escape(title)}" '
        'font-size="12" fill="currentColor">'
    )
