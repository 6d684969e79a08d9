"""Tables keep to the width that there is, and cut nothing that goes into a file or pipe."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.overview.tables import room, table

ROWS = [
    ("cartesia-api-597b48d444-vrpns", "Running", "ip-10-40-0-121.us-west-2.compute.internal"),
    ("b", "Pending", "x"),
]
HEAD = ("POD", "STATE", "NODE")


def test_the_widest_columns_give_way_first() -> None:
    lines = table(*HEAD, rows=ROWS, columns=50).splitlines()
    assert max(map(len, lines)) == 50
    assert lines[1].count("\u2026") == 2
    assert "\u2026" not in lines[2]


def test_without_a_limit_nothing_is_cut() -> None:
    whole = table(*HEAD, rows=ROWS)
    assert "\u2026" not in whole
    assert whole == table(*HEAD, rows=ROWS, columns=500)
    assert table(*HEAD, rows=[]) == "POD  STATE  NODE"


cells = st.text(st.characters(codec="ascii", categories=("L", "N")), max_size=30)


@given(st.lists(st.tuples(cells, cells, cells), max_size=5), st.integers(0, 120))
def test_no_line_is_longer_than_the_room_while_columns_keep_eight_characters(
    rows: list[tuple[str, str, str]], columns: int
) -> None:
    lines = table(*HEAD, rows=rows, columns=columns).split("\n")
    assert len(lines) == len(rows) + 1
    assert not columns or max(map(len, lines)) <= max(columns, 3 * 8 + 2 * 2)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("given", "variable", "terminal", "expected"),
    [
        (None, None, False, 0),
        (None, "60", False, 60),
        (None, "wide", False, 0),
        (0, "60", True, 0),
        (40, "60", True, 40),
        (None, "70", True, 70),
    ],
)
def test_who_says_how_much_room_there_is(
    monkeypatch: pytest.MonkeyPatch, given: int | None, variable: str | None, terminal: bool, expected: int
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal() if terminal else io.StringIO())
    monkeypatch.delenv("COLUMNS", raising=False)
    if variable:
        monkeypatch.setenv("COLUMNS", variable)
    assert room(given) == expected
