"""Helm values: the merge's laws, paths as people write them, and conflicts between arguments and values."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.input.secret_scan import kind_of_secret, secrets_in
from core.kube.helm_values import Setting, conflicts, dotted, leaves, merge, overlaps, setting_at, split_nulls, tree

KEYS = st.sampled_from(["a", "b", "c", "release"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3))
LISTS = st.lists(SCALARS, max_size=3)
VALUES = st.recursive(SCALARS | LISTS, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=12)
MAPS = st.dictionaries(KEYS, VALUES, max_size=4)


def layer(depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Maps that agree on which path is a map: `m...` keys hold maps, `s...` keys hold anything else."""
    below = layer(depth - 1) if depth else st.just({})
    maps = st.dictionaries(st.sampled_from(["m1", "m2"]), below, max_size=2)
    rest = st.dictionaries(st.sampled_from(["s1", "s2"]), SCALARS | LISTS, max_size=2)
    return st.builds(lambda one, other: {**one, **other}, maps, rest)


@given(MAPS)
def test_the_empty_map_is_neutral(values: dict[str, Any]) -> None:
    assert merge({}, values) == values == merge(values, {})


@given(MAPS)
def test_merging_twice_changes_nothing_more(values: dict[str, Any]) -> None:
    assert merge(values, values) == values


@given(layer(), layer(), layer())
def test_the_merge_is_associative_where_layers_agree_on_maps(one: Any, two: Any, three: Any) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


def test_the_later_layer_wins_whole_where_layers_disagree_on_maps() -> None:
    one, two, three = {"a": {"p": 1}}, {"a": None}, {"a": {"q": 2}}
    assert merge(merge(one, two), three) == {"a": {"q": 2}}
    assert merge(one, merge(two, three)) == {"a": {"p": 1, "q": 2}}


@given(MAPS, MAPS)
def test_the_users_leaves_win(base: dict[str, Any], over: dict[str, Any]) -> None:
    result = merge(base, over)
    for path, leaf in leaves(over):
        assert dict(leaves(result))[path] == leaf
    assert merge(result, over) == result


@given(MAPS, MAPS)
def test_what_the_user_does_not_name_stays(base: dict[str, Any], over: dict[str, Any]) -> None:
    result = merge(base, over)
    assert {key: result[key] for key in base.keys() - over.keys()} == {key: base[key] for key in base.keys() - over}


@given(MAPS, MAPS)
def test_nothing_given_is_changed_or_shared(base: dict[str, Any], over: dict[str, Any]) -> None:
    kept = copy.deepcopy((base, over))
    result = merge(base, over)
    _spoil(result)
    assert (base, over) == kept


def _spoil(value: Any) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _spoil(item)
        value["spoiled"] = True
    elif isinstance(value, list):
        value.append("spoiled")


def test_lists_are_replaced_and_null_survives() -> None:
    assert merge({"l": [1, 2], "x": {"y": 1}}, {"l": [3], "x": {"y": None}}) == {"l": [3], "x": {"y": None}}


def test_a_leaf_nobody_knows_is_moved_and_not_looked_into() -> None:
    leaf = object()
    assert merge({"a": 1}, {"a": {"b": leaf}})["a"]["b"] is leaf


@given(MAPS)
def test_nulls_can_be_split_off_and_merged_back(values: dict[str, Any]) -> None:
    plain, nulls = split_nulls(values)
    assert merge(plain, nulls) == values
    assert not [path for path, leaf in leaves(plain) if leaf is None and not path.endswith("]")]
    assert all(leaf is None for _, leaf in leaves(nulls))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("release.releaseTag", {"release": {"releaseTag": 1}}),
        ("one", {"one": 1}),
        (r"annotations.example\.com/key", {"annotations": {"example.com/key": 1}}),
        ("imagePullSecrets[0].name", {"imagePullSecrets": [{"name": 1}]}),
        ("a.list[0]", {"a": {"list": [1]}}),
        ("a.list[0].b.c", {"a": {"list": [{"b": {"c": 1}}]}}),
    ],
)
def test_a_dotted_path_makes_the_tree_it_reads_like(text: str, expected: dict[str, Any]) -> None:
    assert tree([setting_at(text, 1, "x")]) == expected


@pytest.mark.parametrize("text", ["", ".", "a..b", "a.", ".a", " a", "a[1]", "a[].b", "a]b", "[0]"])
def test_a_path_nobody_can_mean_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"has an empty part|brackets"):
        setting_at(text, 1, "x")


@given(st.lists(st.text(st.characters(exclude_characters="[]\\", categories=["L", "N", "P"]), min_size=1), min_size=1))
def test_a_path_survives_being_written_down(keys: list[str]) -> None:
    assert setting_at(dotted(keys), 1, "x").path == tuple(keys)


def found(settings: list[Setting], values: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(dotted(one.path), one.value) for one in conflicts(settings, values)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"release": {"other": 1}}, []),
        ({"release": {"releaseTag": "t1"}}, []),
        ({"release": {"releaseTag": "t2"}}, [("release.releaseTag", "t2")]),
        ({"release": {"releaseTag": None}}, [("release.releaseTag", None)]),
        ({"release": {"releaseTag": {"deep": 1}}}, [("release.releaseTag", {"deep": 1})]),
        ({"release": "flat"}, [("release", "flat")]),
        ({"release": None}, [("release", None)]),
        ({"release": []}, [("release", [])]),
    ],
)
def test_values_may_say_the_same_thing_and_nothing_else(values: dict[str, Any], expected: list[Any]) -> None:
    assert found([setting_at("release.releaseTag", "t1", "release_tag")], values) == expected


def test_true_is_not_one_but_one_is_one_point_zero() -> None:
    flag, number = setting_at("a", True, "x"), setting_at("a", 1, "x")
    assert found([flag], {"a": 1}) == [("a", 1)]
    assert found([number], {"a": 1.0}) == []


def test_a_map_setting_conflicts_only_where_a_key_differs() -> None:
    setting = setting_at("annotations", {"one": "1", "two": "2"}, "ingress.annotations")
    assert found([setting], {"annotations": {"one": "1", "three": "3"}}) == []
    assert found([setting], {"annotations": {"two": "3"}}) == [("annotations.two", "3")]


def test_a_value_that_is_not_known_yet_is_a_conflict() -> None:
    leaf = object()
    assert found([setting_at("a.b", "1", "x")], {"a": {"b": leaf}}) == [("a.b", leaf)]


@given(MAPS, MAPS)
def test_without_conflicts_the_merge_keeps_every_setting(one: dict[str, Any], values: dict[str, Any]) -> None:
    settings = [Setting(("root",), one, "x")]
    if not list(conflicts(settings, {"root": values})):
        merged = merge(tree(settings), {"root": values})
        assert not list(conflicts(settings, merged))


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [("a.b", "a.b", True), ("a", "a.b", True), ("a.b", "a.c", False), ("ab", "a", False), ("l[0].x", "l[0].y", True)],
)
def test_settings_that_write_over_each_other_are_found(one: str, other: str, clash: bool) -> None:
    assert bool(list(overlaps([setting_at(one, 1, "x"), setting_at(other, 2, "y")]))) is clash


PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "text",
    [
        PEM,
        PEM.replace("PRIVATE", "RSA PRIVATE"),
        json.dumps({"private_key": PEM}),
        "sk_car_0123456789abcdef",
        "prefix sk_car_0123456789abcdef",
        '{"auths":{"us-docker.pkg.dev":{}}}',
        "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUU=",
        "X2pzb25fa2V5OnsidHlwZSI6ICJzZXJ2aWNlX2FjY291bnQifQ==",
    ],
)
def test_what_looks_like_a_secret_is_found_wherever_it_stands(text: str) -> None:
    values = {"a": [{"b": text}], "c": "fine"}
    assert [path for path, _ in secrets_in(values, "values")] == ["values.a[0].b"]
    [(path, kind)] = secrets_in({text: 1}, "values")
    assert text not in path
    assert kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sonic-20260503",
        "sk_car_",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "arn:aws:acm:us-west-2:123456789012:certificate/12345678-1234-1234-1234-123456789012",
        "us-docker.pkg.dev/cartesia-external/self-serve",
        "aGVsbG8gd29ybGQsIHRoaXMgaXMgZmluZQ==",
        "0123456789abcdef" * 8,
    ],
)
def test_ordinary_text_is_let_through(text: str) -> None:
    assert kind_of_secret(text) is None


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    kind_of_secret(text)
