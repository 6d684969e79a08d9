"""Tables for a terminal: as wide as what is in them, and no wider than whoever reads them has room for."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

__all__ = ["columns_option", "room", "table"]

_F = TypeVar("_F", bound=Callable[..., Any])
_BETWEEN = 2
"""Blanks between two columns."""
_LEAST = 8
"""Characters that a column keeps, however narrow the terminal is."""


def columns_option() -> Callable[[_F], _F]:
    """`--columns`, for verbs that print tables."""
    return click.option(
        "--columns",
        type=click.IntRange(0),
        help="Characters in a line of a table; 0 cuts nothing.  [default: the terminal's; 0 into a file or pipe]",
    )


def room(columns: int | None) -> int:
    """Characters that a line may have; 0 for any number.

    Args:
        columns: As somebody gave them. None takes COLUMNS, then the terminal's; what is no terminal gets all.
    """
    if columns is not None:
        return columns
    if os.environ.get("COLUMNS", "").isdecimal():
        return int(os.environ["COLUMNS"])
    return shutil.get_terminal_size((0, 0)).columns if sys.stdout.isatty() else 0


def table(*head: str, rows: Iterable[Sequence[str]], columns: int = 0) -> str:
    """Columns as wide as what is in them, below a head; the widest are cut where there is no room.

    Args:
        head: Names of the columns.
        rows: Cells, as many as there are names.
        columns: Characters that a line may have; 0 for any number. What is cut ends in an ellipsis.
    """
    lines = [head, *rows]
    natural = [max(len(line[column]) for line in lines) for column in range(len(head))]
    widths = _fitted(natural, columns - _BETWEEN * (len(head) - 1)) if columns else natural
    return "\n".join(
        (" " * _BETWEEN).join(_cut(cell, width).ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _fitted(widths: Sequence[int], columns: int) -> list[int]:
    found = list(widths)
    while sum(found) > columns and max(found) > _LEAST:
        widest = max(range(len(found)), key=lambda column: (found[column], column))
        found[widest] -= 1
    return found


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else f"{cell[: width - 1]}\u2026"
