"""Differences by path: complete, without noise, by identity and by structure."""

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.diff.edits import ABSENT, Edit, Kind, Mark
from core.diff.values import edits

KEYS = st.sampled_from(["a", "b", "name", "key", "x.y"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "two\nlines", '{"a": 1}'])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def found(old: Any, new: Any, **more: Any) -> dict[str, tuple[Any, Any]]:
    return {each.path: (each.old, each.new) for each in edits(old, new, **more)}


@given(VALUES)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert list(edits(value, copy.deepcopy(value))) == []


@given(VALUES, VALUES)
def test_whatever_differs_is_told(old: Any, new: Any) -> None:
    if json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True):
        assert list(edits(old, new))


@given(VALUES, VALUES)
def test_what_is_added_one_way_is_removed_the_other(old: Any, new: Any) -> None:
    def counts(rows: list[Edit]) -> list[int]:
        return [sum(each.kind is kind for each in rows) for kind in (Kind.ADD, Kind.REMOVE)]

    there, back = list(edits(old, new)), list(edits(new, old))
    assert counts(there) == counts(back)[::-1]
    assert len(there) == len(back)


def test_values_are_told_by_their_path() -> None:
    old = {"scaling": {"max": 3, "min": 0}, "tags": {"k8s.io/x": "1"}, "gone": True}
    new = {"scaling": {"max": 5, "min": 0}, "tags": {"k8s.io/x": "2"}, "come": [1]}
    assert found(old, new) == {
        "scaling.max": (3, 5),
        'tags["k8s.io/x"]': ("1", "2"),
        "gone": (True, ABSENT),
        "come": (ABSENT, [1]),
    }


def test_a_truth_value_is_no_number() -> None:
    assert found({"a": {"b": 1}}, {"a": {"b": True}}) == {"a.b": (1, True)}
    assert found(2, 2.0) == {}


def test_items_are_known_by_their_name_wherever_they_stand() -> None:
    old = [{"name": "api", "image": "a:1"}, {"name": "nats", "image": "n"}]
    new = [{"name": "log", "image": "l"}, {"name": "nats", "image": "n"}, {"name": "api", "image": "a:2"}]
    assert found(old, new, path="c") == {
        "c[name=api].image": ("a:1", "a:2"),
        "c[name=log]": (ABSENT, {"name": "log", "image": "l"}),
    }


def test_taints_are_known_by_key_and_effect() -> None:
    old = [{"key": "gpu", "effect": "NO", "value": "1"}]
    new = [{"key": "gpu", "effect": "NO", "value": "2"}, {"key": "gpu", "effect": "PREFER", "value": "1"}]
    assert set(found(old, new)) == {"[key=gpu,effect=NO].value", "[key=gpu,effect=PREFER]"}


def test_plain_items_are_a_set_and_their_order_is_told() -> None:

    rows = list(edits(["a", "b"], ["b", "c"], "x"))
    assert [(each.kind, each.old, each.new) for each in rows] == [
        (Kind.REMOVE, "a", ABSENT),
        (Kind.ADD, ABSENT, "c"),
    ]
    (order,) = edits(["a", "b"], ["b", "a"], "x")
    assert order.kind is Kind.ORDER


def test_a_policy_is_compared_by_its_structure() -> None:
    old = {"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Action": ["s3:GetObject"], "Effect": "Allow"}]}
    new = copy.deepcopy(old)
    new["Statement"][0]["Action"].append("s3:PutObject")  # type: ignore[index]
    (edit,) = edits({"policy": json.dumps(old)}, {"policy": json.dumps(new, indent=2)})
    assert (edit.path, edit.kind, edit.new) == ("policy{}.Statement[Sid=Read].Action[]", Kind.ADD, "s3:PutObject")
    (edit,) = edits(json.dumps(old), json.dumps(old, indent=1), "policy")
    assert edit.kind is Kind.FORMAT


def test_yaml_in_a_text_is_compared_by_its_structure() -> None:
    old, new = (
        yaml.safe_dump({"clusters": [{"name": "c", "server": server}]}) for server in ("https://a", "https://b")
    )
    assert found(old + "\n", new + "\n", path="k") == {"k{}.clusters[name=c].server": ("https://a", "https://b")}


def test_a_long_text_is_compared_by_lines() -> None:
    old = "\n".join(f"step {number}" for number in range(40))
    (edit,) = edits(old, old.replace("step 20", "step twenty"), "script")
    assert [line for line in edit.lines if line[0] in "+-"] == ["-step 20", "+step twenty"]
    assert len(edit.lines) == 6


def test_what_is_hidden_is_marked_and_never_compared() -> None:
    def mark(value: Any) -> Mark | None:
        return {"S": Mark.SECRET, "U": Mark.UNKNOWN}.get(value) if isinstance(value, str) else None

    assert found({"a": "S"}, {"a": "S"}, mark=mark) == {}
    assert found({"a": "S"}, {"a": "plain"}, mark=mark) == {"a": (Mark.SECRET, "plain")}
    assert found({"a": "x"}, {"a": "U"}, mark=mark) == {"a": ("x", Mark.UNKNOWN)}
    assert found({}, {"a": {"b": ["S"]}}, mark=mark) == {"a": (ABSENT, {"b": [Mark.SECRET]})}


@pytest.mark.parametrize("depth", [70, 400])
def test_a_deep_tree_ends_no_program(depth: int) -> None:
    old: Any = 1
    new: Any = 2
    for _ in range(depth):
        old, new = {"a": old}, {"a": new}
    assert len(list(edits(old, new))) == 1
