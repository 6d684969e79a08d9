"""Names of components and of entries, as far as they become parts of the names of cloud objects."""

import pytest

from components.names import check_entry_name, check_logical_name
from core.input.problems import Problems


def logical(name: str, longest: int = 8) -> list[str]:
    check_logical_name(name, longest, found := Problems())
    return [str(problem) for problem in found]


def entry(name: str, **options: int) -> list[str]:
    check_entry_name(name, "block.x", found := Problems(), fix="rename the entry", **options)
    return [str(problem) for problem in found]


@pytest.mark.parametrize("name", ["v", "Voice", "voice-2", "v" * 8])
def test_good_logical_names(name: str) -> None:
    assert logical(name) == []


@pytest.mark.parametrize("name", ["", "2voice", "-v", "voi_ce", "v.x", "v" * 9, "v\n"])
def test_wrong_logical_names_are_told(name: str) -> None:
    (problem,) = logical(name)
    assert problem.startswith("name: must be 1-8 letters, digits and dashes, a letter first")


@pytest.mark.parametrize("name", ["a", "7", "a-b", "a" * 40])
def test_good_names_of_entries(name: str) -> None:
    assert entry(name) == []


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a.b", "a" * 41, "a\n"])
def test_wrong_names_of_entries_are_told_with_their_path(name: str) -> None:
    (problem,) = entry(name)
    assert problem.startswith("block.x: must have a name of 1-40 small letters, digits and inner dashes")
    assert problem.endswith("; rename the entry")


def test_entries_may_have_a_shorter_bound() -> None:
    assert entry("a" * 20, longest=20) == []
    assert "1-20" in entry("a" * 21, longest=20)[0]
