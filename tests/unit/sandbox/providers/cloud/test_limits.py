"""Limits of an API model: each kind is seen, at every depth, and told with path, rule and value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.providers.base import UNKNOWN
from sandbox.providers.cloud.schema.limits import broken, limit_of

NAMES = tuple(f"size-{number}" for number in range(99))
LIMITS = {
    path: limit_of(raw)
    for path, raw in {
        "name": {"min": 2, "max": 4, "pattern": "[a-z]+"},
        "mode": {"enum": ["ON", "OFF"]},
        "size": {"enum": list(NAMES)},
        "count": {"min": 1, "max": 9},
        "floor": {"min": 0.5},
        "pools": {"min": 1, "max": 2},
        "pools[].disks[].gib": {"max": 10},
        "labels": {"max": 2},
        "labels{}": {"max": 3},
        "labels.*": {"max": 3},
    }.items()
}


@pytest.mark.parametrize(
    ("values", "path", "rule", "value"),
    [
        ({"name": "a"}, "name", "expected length of name to be in the range (2 - 4)", "got 1"),
        ({"name": "abcde"}, "name", "expected length of name to be in the range (2 - 4)", "got 5"),
        ({"name": "ab1"}, "name", "expected name to match the pattern [a-z]+", "got ab1"),
        ({"mode": "on"}, "mode", 'expected mode to be one of ["ON" "OFF"]', "got on"),
        ({"size": "size-7x"}, "size", 'expected size to be one of 99 values (did you mean "size-7"?)', "got size-7x"),
        ({"size": "?"}, "size", "expected size to be one of 99 values", "got ?"),
        ({"count": 0}, "count", "expected count to be in the range (1 - 9)", "got 0"),
        ({"count": 10}, "count", "expected count to be in the range (1 - 9)", "got 10"),
        ({"floor": 0.1}, "floor", "expected floor to be in the range (0.5 - any)", "got 0.1"),
        ({"pools": []}, "pools", "expected length of pools to be in the range (1 - 2)", "got 0"),
        ({"pools": [{}, {}, {}]}, "pools", "expected length of pools to be in the range (1 - 2)", "got 3"),
        ({"pools": [{}, {"disks": [{"gib": 1}, {"gib": 11}]}]}, "pools[1].disks[1].gib", "range (any - 10)", "got 11"),
        ({"labels": {"a": "", "b": "", "c": ""}}, "labels", "expected length of labels", "got 3"),
        ({"labels": {"long": "x"}}, "labels.long", "expected length of labels{}", "got 4"),
        ({"labels": {"a": "long"}}, "labels.a", "expected length of labels.*", "got 4"),
    ],
)
def test_a_broken_limit_names_path_rule_and_value(values, path, rule, value):
    (failure,) = broken(LIMITS, values)
    assert failure.path == path
    assert rule in failure.reason
    assert failure.reason.endswith(value)


@pytest.mark.parametrize(
    "values",
    [
        {
            "name": "ab",
            "mode": "ON",
            "size": "size-98",
            "count": 9,
            "floor": 0.5,
            "pools": [{}],
            "labels": {"abc": "x"},
        },
        {"name": "", "labels": {}},
        {"name": UNKNOWN, "pools": [UNKNOWN], "count": None},
        {},
    ],
)
def test_what_is_within_is_not_given_or_is_unknown_passes(values):
    assert list(broken(LIMITS, values)) == []


@given(st.integers())
def test_a_number_passes_exactly_within_its_bounds(number):
    assert (list(broken(LIMITS, {"count": number})) == []) == (1 <= number <= 9)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["gib", "disks", "a"]), inner),
)


@given(st.dictionaries(st.sampled_from(["name", "mode", "count", "pools", "labels"]), JSON))
def test_no_value_makes_the_check_itself_fail(values):
    assert all(failure.path and failure.reason for failure in broken(LIMITS, values))
