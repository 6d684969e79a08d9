"""The figures as a picture: plain SVG without background, in colours that can be read on light and on dark pages."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.record import Row
from benchmarks.report import number

_WIDTH, _LABELS, _PLOT = 880, 330, 400
_ROW, _HEAD, _FOOT = 26, 34, 14
_TEXT, _GRID = "#79818a", "#79818a"  # as far from white as from GitHub's dark page
_REACHED, _MISSED, _FREE = "#2f81f7", "#d9722b", "#8a63d2"


@dataclass(frozen=True, slots=True)
class Panel:
    """Some rows on one axis."""

    title: str
    rows: tuple[Row, ...]
    mark: float
    """Value of the line all rows are held against."""
    logarithmic: bool
    place: Callable[[Row, float], float]
    """Value of a row to a value of the axis."""


def chart(rows: Sequence[Row]) -> str:
    """All figures that have a target, and all ratios to a baseline; figures without either are left to the table."""
    panels = [panel for panel in _panels(rows) if panel.rows]
    height = sum(_height(panel) for panel in panels) + _FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{_TEXT}" role="img">',
        "<title>Figures of the benchmarks: medians with least and greatest value</title>",
    ]
    top = 0
    for panel in panels:
        parts += _draw(panel, top)
        top += _height(panel)
    return "\n".join([*parts, "</svg>", ""])


def _panels(rows: Sequence[Row]) -> list[Panel]:
    ratios = [row for row in rows if row.figure.unit == "x"]
    times = tuple(row for row in rows if row.figure.unit != "x" and row.figure.target is not None)
    costs = tuple(row for row in ratios if not row.figure.higher_is_better)
    speeds = tuple(row for row in ratios if row.figure.higher_is_better)
    return [
        Panel("Time as a share of its target (line: target; less is better)", times, 1.0, False, _share),
        Panel("Time as a multiple of the baseline (line: baseline; less is better)", costs, 1.0, True, _itself),
        Panel("Speed as a multiple of the baseline (line: baseline; more is better)", speeds, 1.0, True, _itself),
    ]


def _share(row: Row, value: float) -> float:
    return value / (row.figure.target or 1.0)


def _itself(_row: Row, value: float) -> float:
    return value


def _height(panel: Panel) -> int:
    return _HEAD + _ROW * len(panel.rows) + _FOOT


def _draw(panel: Panel, top: int) -> list[str]:
    x = _axis(panel)
    bottom = top + _HEAD + _ROW * len(panel.rows)
    line = x(panel.mark)
    parts = [
        f'<text x="0" y="{top + 20}" font-weight="600">{escape(panel.title)}</text>',
        f'<line x1="{line:.1f}" y1="{top + _HEAD - 4}" x2="{line:.1f}" y2="{bottom}" stroke="{_GRID}" '
        'stroke-width="1.5" stroke-dasharray="4 3"/>',
    ]
    for index, row in enumerate(panel.rows):
        parts += _draw_row(panel, row, x, top + _HEAD + _ROW * index + _ROW / 2)
    return parts


def _draw_row(panel: Panel, row: Row, x: Callable[[float], float], y: float) -> list[str]:
    median, low, high = (
        x(panel.place(row, value)) for value in (row.summary.median, row.summary.minimum, row.summary.maximum)
    )
    start = x(panel.mark) if panel.logarithmic else float(_LABELS)
    colour = {True: _REACHED, False: _MISSED, None: _FREE}[row.reached]
    parts = [
        f'<text x="{_LABELS - 10}" y="{y + 4.5:.1f}" text-anchor="end">{escape(_label(row))}</text>',
        f'<rect x="{min(start, median):.1f}" y="{y - 4:.1f}" width="{abs(median - start):.1f}" height="8" rx="2" '
        f'fill="{colour}" fill-opacity="0.45"/>',
        f'<line x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="2"/>',
        f'<circle cx="{median:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>',
        f'<text x="{_LABELS + _PLOT + 14}" y="{y + 4.5:.1f}">{escape(_value(row))}</text>',
    ]
    if panel.logarithmic and row.figure.target is not None:
        at = x(row.figure.target)
        parts.append(
            f'<line x1="{at:.1f}" y1="{y - 9:.1f}" x2="{at:.1f}" y2="{y + 9:.1f}" stroke="{_TEXT}" stroke-width="2"/>'
        )
    return parts


def _axis(panel: Panel) -> Callable[[float], float]:
    """From a value of the axis to a place in the picture; everything that is drawn lies within the plot."""
    drawn = [panel.mark]
    for row in panel.rows:
        drawn += [panel.place(row, value) for value in (row.summary.minimum, row.summary.maximum)]
        if panel.logarithmic and row.figure.target is not None:
            drawn.append(row.figure.target)
    if not panel.logarithmic:
        return lambda value: _LABELS + _PLOT * value / max(drawn)
    low, high = math.log(min(drawn)), math.log(max(drawn))
    wide = (high - low) or 1.0
    return lambda value: _LABELS + 8 + (_PLOT - 16) * (math.log(value) - low) / wide


def _label(row: Row) -> str:
    what = row.figure.what.replace("`", "")
    return what if row.benchmark.name in what else f"{row.benchmark.name}: {what}" if len(what) < 24 else what


def _value(row: Row) -> str:
    figure, unit = row.figure, f" {row.figure.unit}"
    value = f"{number(row.summary.median)}{unit}"
    return value if figure.target is None else f"{value} (target {figure.target:g}{unit})"
