"""Asking the published provider again: what is changed in a copy, how its plans are read, and what is kept."""

import datetime as dt
from typing import Any

import pytest

from tests.support import ask_provider
from tests.support.ask_provider import CannotAskError, Terraform, rewritten
from tests.support.provider_facts import facts, recording
from tests.support.provider_objects import state_of

BLOCK = {
    "attributes": {"name": {}, "tags": {}},
    "block_types": {"config": {"block": {"attributes": {"size": {}, "on": {}}}}},
}


def values() -> dict[str, Any]:
    return {"name": "a", "tags": {"k": "v"}, "config": [{"size": 1, "on": True}]}


@pytest.mark.parametrize(
    ("path", "remove", "changed"),
    [
        ("name", False, {"name": "ax"}),
        ("tags", False, {"tags": {"k": "v", "changed": "x"}}),
        ("config.size", False, {"config": [{"size": 2, "on": True}]}),
        ("config.on", True, {"config": [{"size": 1}]}),
    ],
)
def test_a_copy_differs_in_one_property(path: str, remove: bool, changed: dict[str, Any]) -> None:
    copy = values()
    assert ask_provider._change(copy, path.split("."), BLOCK, remove=remove)
    assert copy == values() | changed


@pytest.mark.parametrize("path", ["other", "config.other", "other.size"])
def test_what_the_object_does_not_have_is_not_asked_about(path: str) -> None:
    copy = values()
    assert not ask_provider._change(copy, path.split("."), BLOCK, remove=False)
    assert copy == values()


def test_plans_are_read_as_they_are_recorded() -> None:
    actions = {
        ("no-op",): "nothing",
        ("update",): "update",
        ("delete", "create"): "replace",
        ("create", "delete"): "replace",
    }
    assert {each: ask_provider._plan_of(each) for each in actions} == actions


def test_an_error_names_a_copy_by_itself_or_by_its_file() -> None:
    rows = [
        {"severity": "error", "address": "aws_vpc.q1"},
        {"severity": "error", "range": {"filename": "aws_vpc.q2.tf.json"}},
        {"severity": "warning", "address": "aws_vpc.q3"},
    ]
    assert ask_provider._blamed(rows) == {"aws_vpc.q1", "aws_vpc.q2"}


def test_only_what_differs_is_rewritten_with_version_and_day() -> None:
    fact = next(each for each in facts() if each.plan == "update" and not each.removed)
    day = dt.date(2027, 1, 2)
    found = rewritten({(fact.type, fact.terraform): "replace"}, "9.9.9", day)
    assert found["source"] == {**recording()["source"], "version": "9.9.9", "date": "2027-01-02"}
    assert found["types"][fact.type]["changes"][fact.terraform] == "replace"
    found["types"][fact.type]["changes"][fact.terraform] = "update"
    assert found["types"] == recording()["types"]


def test_a_state_file_holds_objects_by_address() -> None:
    (row,) = state_of({"aws_vpc.base": {"id": "vpc-1"}}, {"aws_vpc": 1})["resources"]
    assert (row["type"], row["name"]) == ("aws_vpc", "base")
    assert row["instances"] == [{"schema_version": 1, "attributes": {"id": "vpc-1"}}]


def test_without_terraform_it_says_so_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotAskError, match="terraform is not on PATH"):
        Terraform(tmp_path, None, None)
    monkeypatch.setattr("sys.argv", ["ask_provider"])
    assert ask_provider.main() == 0
    assert "were not asked again" in capsys.readouterr().out
