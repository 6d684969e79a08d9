"""The table that opens the page on architecture: each change it lists has a file, and the file has the name."""

import re

import pytest

from tests.unit.house.test_docs import ROOT, names_in

PAGE = (ROOT / "docs/architecture.md").read_text()
TITLE = "## Where does a change go\n"
ROW = re.compile(r"^\| (?P<change>[^|]+) \| `(?P<file>[^|`]+)` \| (?P<names>`[^|]+`) \|$", re.M)


def section() -> str:
    """The first section, which ends at the next heading."""
    return PAGE.partition(TITLE)[2].partition("\n## ")[0]


PLACES = [(row["file"], name) for row in ROW.finditer(section()) for name in re.findall("`([^`]+)`", row["names"])]


def test_the_page_opens_with_the_table() -> None:
    assert PAGE.index("\n## ") + 1 == PAGE.index(TITLE)


def test_the_table_has_at_least_twenty_changes_and_each_line_of_it_was_read() -> None:
    lines = [line for line in section().splitlines() if line.startswith("|")]
    changes = [row["change"] for row in ROW.finditer(section())]
    assert len(changes) == len(lines) - 2  # the head and the line under it
    assert len(changes) >= 20
    assert len(set(changes)) == len(changes)


@pytest.mark.parametrize(("file", "name"), PLACES, ids=str)
def test_the_file_exists_and_holds_the_name(file: str, name: str) -> None:
    path = ROOT / file
    if path.suffix == ".py":
        assert name in names_in(path)
    else:
        assert name in path.read_text()


def test_every_shape_to_copy_is_reached_from_the_table() -> None:
    shapes = re.findall(r"^### (.+)$", PAGE.partition("## The shape to copy\n")[2].partition("\n## ")[0], re.M)
    linked = set(re.findall(r"\(#([\w-]+)\)", section()))
    assert len(shapes) > 10
    assert {re.sub(r"[^\w -]", "", shape).lower().replace(" ", "-") for shape in shapes} <= linked
