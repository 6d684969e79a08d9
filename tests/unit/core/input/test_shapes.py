"""Settings are checked against the components' own Args: every wrong key and type is found in one pass."""

from typing import Any, NotRequired, TypedDict

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.input.problems import Problem, Problems
from core.input.shapes import camel, read, respell, snake


class Inner(TypedDict):
    max_nodes: int
    labels: NotRequired[dict[str, str]]


class Outer(TypedDict):
    name: str
    groups: dict[str, Inner]
    zones: NotRequired[list[str]]
    ratio: NotRequired[float]
    on: NotRequired[bool]
    maybe: NotRequired[str | None]
    key: NotRequired[pulumi.Input[str]]
    ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    values: NotRequired[dict[str, Any]]


def check(value: object) -> tuple[Any, list[str]]:
    problems = Problems()
    result = read(value, Outer, "cfg", problems)
    return result, [str(p) for p in problems]


def test_keys_of_shapes_change_spelling_and_keys_of_maps_do_not() -> None:
    value = {"name": "n", "groups": {"gpuOne": {"maxNodes": 3, "labels": {"aB": "c"}}}, "values": {"keepMe": {"x": 1}}}
    result, problems = check(value)
    assert problems == []
    assert result == {
        "name": "n",
        "groups": {"gpuOne": {"max_nodes": 3, "labels": {"aB": "c"}}},
        "values": {"keepMe": {"x": 1}},
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": 1}, "cfg.name: must be a string; got 1; put the value in quotes"),
        ({"name": True}, "cfg.name: must be a string; got true; put the value in quotes"),
        ({"name": None}, 'cfg.name: must be a string; got "null"; put the value in quotes'),
        ({"groups": []}, "cfg.groups: must be a map; got []; write it as a map of name to value"),
        ({"groups": {"a": {}}}, "cfg.groups.a.maxNodes: is required and missing; set it"),
        ({"groups": {"a": {"maxNodes": "3"}}}, 'cfg.groups.a.maxNodes: must be a whole number; got "3"; write it as'),
        ({"groups": {"a": {"maxNodes": 3.5}}}, "cfg.groups.a.maxNodes: must be a whole number; got 3.5"),
        ({"groups": {"a": {"maxNodes": True}}}, "cfg.groups.a.maxNodes: must be a whole number; got true"),
        (
            {"groups": {"a": {"maxNode": 3, "maxNodes": 1}}},
            'cfg.groups.a.maxNode: unknown key; did you mean "maxNodes"?',
        ),
        ({"groups": {"a": {"max_nodes": 3, "maxNodes": 1}}}, 'cfg.groups.a.max_nodes: unknown key; did you mean "maxN'),
        ({"zones": "a"}, 'cfg.zones: must be a list; got "a"; write it as a list'),
        ({"zones": ["a", 1]}, "cfg.zones[1]: must be a string; got 1"),
        ({"on": "yes"}, 'cfg.on: must be true or false; got "yes"'),
        ({"key": 5}, "cfg.key: must be a string; got 5"),
        ({"ids": ["a", 5]}, "cfg.ids[1]: must be a string; got 5"),
        ({"values": []}, "cfg.values: must be a map; got []"),
    ],
)
def test_what_does_not_fit_is_named_with_path_value_and_fix(change: dict[str, Any], expected: str) -> None:
    _, problems = check({"name": "n", "groups": {}} | change)
    assert len(problems) == 1
    assert problems[0].startswith(expected)


def test_all_problems_come_at_once() -> None:
    _, problems = check({"groups": {"a": {"maxNodes": "1"}}, "zone": 1, "on": 1})
    assert [p.split(":")[0] for p in problems] == ["cfg.groups.a.maxNodes", "cfg.zone", "cfg.on", "cfg.name"]


def test_outputs_pass_unread_and_optional_values_may_be_null() -> None:
    known = object()
    result, problems = check({"name": "n", "groups": {}, "key": known, "maybe": None})
    assert problems == []
    assert result["key"] is known


def test_whole_floats_count_as_whole_numbers_since_the_wire_has_one_number_type() -> None:
    result, problems = check({"name": "n", "groups": {"a": {"maxNodes": 3.0}}, "ratio": 1})
    assert problems == []
    assert isinstance(result["groups"]["a"]["max_nodes"], int)
    assert isinstance(result["ratio"], float)


def test_a_secret_is_never_shown() -> None:
    problems = Problems()
    read({"name": ["canary-value"]}, Outer, "cfg", problems, secret=True)
    assert "canary" not in "".join(map(str, problems))
    assert "[secret]" in "".join(map(str, problems))


def test_a_problem_in_the_spelling_of_python_is_reworded_for_yaml() -> None:
    problem = Problem("groups.my_gpu.max_nodes", "must be at least min_nodes", "1", "raise max_nodes of my_gpu")
    assert str(respell(problem, Outer, "cartesia:x")) == (
        "cartesia:x.groups.my_gpu.maxNodes: must be at least min_nodes; got 1; raise maxNodes of my_gpu"
    )


@given(st.from_regex(r"[a-z][a-z0-9]{0,5}(_[a-z][a-z0-9]{0,5}){0,3}", fullmatch=True))
def test_spelling_survives_the_round_trip(name: str) -> None:
    assert snake(camel(name)) == name


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda c: st.lists(c) | st.dictionaries(st.text(), c),
    )
)
def test_any_plain_data_gives_problems_and_never_an_exception(value: object) -> None:
    check(value)
