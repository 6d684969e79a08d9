"""The figures as a picture: plain SVG without background, in colours that can be read on light and on dark pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.record import Row
from benchmarks.report import number

_WIDTH, _LABELS, _PLOT = 900, 330, 390
_ROW, _HEAD, _FOOT = 26, 34, 14
_GREY = "#79818a"  # as far from white as from black
_REACHED, _MISSED, _FREE = "#2f81f7", "#d9722b", "#8a63d2"


@dataclass(frozen=True, slots=True)
class Panel:
    """Some rows on one axis, which begins at 0 and has a line at 1."""

    title: str
    rows: tuple[Row, ...]
    place: Callable[[Row, float], float]
    """Value of a row to a value of the axis."""
    shows_targets: bool
    """Whether each row has a mark at its target; without, the line at 1 is that."""


def chart(rows: Sequence[Row]) -> str:
    """All figures that have a target, and all ratios to a baseline; figures without either are left to the table."""
    panels = [panel for panel in _panels(rows) if panel.rows]
    height = sum(_height(panel) for panel in panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{_GREY}" role="img">',
        "<title>Figures of the benchmarks: medians, with the least and the greatest value</title>",
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
        Panel("Time as a share of the target: dashed line; less is better", times, _share, False),
        Panel("Time as a multiple of the baseline: dashed line; less is better", costs, _itself, True),
        Panel("Speed as a multiple of the baseline: dashed line; more is better", speeds, _itself, True),
    ]


def _share(row: Row, value: float) -> float:
    return value / (row.figure.target or 1.0)


def _itself(_row: Row, value: float) -> float:
    return value


def _height(panel: Panel) -> int:
    return _HEAD + _ROW * len(panel.rows) + _FOOT


def _draw(panel: Panel, top: int) -> list[str]:
    x = _axis(panel)
    parts = [
        f'<text x="0" y="{top + 20}" font-weight="600">{escape(panel.title)}</text>',
        f'<line x1="{x(1.0):.1f}" y1="{top + _HEAD - 4}" x2="{x(1.0):.1f}" y2="{top + _height(panel) - _FOOT}" '
        f'stroke="{_GREY}" stroke-width="1.5" stroke-dasharray="4 3"/>',
    ]
    for index, row in enumerate(panel.rows):
        parts += _draw_row(panel, row, x, top + _HEAD + _ROW * index + _ROW / 2)
    return parts


def _draw_row(panel: Panel, row: Row, x: Callable[[float], float], y: float) -> list[str]:
    median, low, high = (
        x(panel.place(row, value)) for value in (row.summary.median, row.summary.minimum, row.summary.maximum)
    )
    colour = {True: _REACHED, False: _MISSED, None: _FREE}[row.reached]
    parts = [
        f'<text x="{_LABELS - 10}" y="{y + 4.5:.1f}" text-anchor="end">{escape(_label(row))}</text>',
        f'<rect x="{_LABELS}" y="{y - 4:.1f}" width="{median - _LABELS:.1f}" height="8" rx="2" '
        f'fill="{colour}" fill-opacity="0.45"/>',
        f'<line x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="2"/>',
        f'<circle cx="{median:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>',
        f'<text x="{_LABELS + _PLOT + 14}" y="{y + 4.5:.1f}">{escape(_value(row))}</text>',
    ]
    if panel.shows_targets and row.figure.target is not None:
        at = x(row.figure.target)
        parts.append(
            f'<line x1="{at:.1f}" y1="{y - 9:.1f}" x2="{at:.1f}" y2="{y + 9:.1f}" stroke="{_GREY}" stroke-width="2"/>'
        )
    return parts


def _axis(panel: Panel) -> Callable[[float], float]:
    """From a value of the axis to a place in the picture; everything that is drawn lies within the plot."""
    drawn = [1.0, *(panel.place(row, row.summary.maximum) for row in panel.rows)]
    if panel.shows_targets:
        drawn += [row.figure.target for row in panel.rows if row.figure.target is not None]
    return lambda value: _LABELS + _PLOT * value / max(drawn)


def _label(row: Row) -> str:
    what = row.figure.what.replace("`", "").removesuffix(" / baseline")
    return what if what.replace(" ", "_").startswith(row.benchmark.name) else f"{row.benchmark.name}: {what}"


def _value(row: Row) -> str:
    figure = row.figure
    value = f"{number(row.summary.median)} {figure.unit}"
    return value if figure.target is None else f"{value} (target {figure.target:g} {figure.unit})"
