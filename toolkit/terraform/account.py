"""The account of a conversion as text and as data: every variable has a line, and no value is in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.overview.tables import table
from toolkit.terraform.conversion import Conversion, Fate, Line

__all__ = ["as_data", "as_text"]


def as_text(done: Conversion) -> str:
    """A table by fate, and below it what is left to do."""
    lines = sorted(done.lines, key=lambda line: list(Fate).index(line.fate))
    rows = [
        (line.fate.value, line.variable or "-", line.place or "-", line.setting or "-", line.note) for line in lines
    ]
    counts = Counter(line.fate.value for line in lines)
    summary = ", ".join(f"{counts[fate]} {fate.value}" for fate in Fate if counts[fate])
    return f"{table('FATE', 'VARIABLE', 'PLACE', 'SETTING', 'NOTE', rows=rows)}\n\n{summary}"


def as_data(done: Conversion) -> Sequence[Mapping[str, Any]]:
    """The lines, one object each."""
    return [_row(line) for line in done.lines]


def _row(line: Line) -> dict[str, Any]:
    return {
        "fate": line.fate.value,
        "variable": line.variable or None,
        "place": line.place or None,
        "setting": line.setting or None,
        "note": line.note or None,
    }


def _cells(line: Line) -> tuple[str, ...]:
    return (line.fate.value, line.variable or "-", line.place or "-", line.setting or "-", line.note)
