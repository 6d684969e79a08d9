"""Problems: what is meant by a misspelt word, where a problem stands, and what only follows from another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.eks.args import EksClusterArgs
from components.release.args import CartesiaReleaseArgs
from core.input.problems import BROKEN, Problem, Problems, closest, holds_broken, meant_keys, nearest
from core.input.reader import Reader
from core.input.shapes import camel, fields

EKS = sorted(map(camel, fields(EksClusterArgs)))
RELEASE = sorted(map(camel, fields(CartesiaReleaseArgs)))
KEYS = sorted({*EKS, *RELEASE})
PATHS = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("version", EKS, "kubernetesVersion"),
        ("regoin", EKS, "region"),
        ("nodeGroup", EKS, "nodeGroups"),
        ("cluster_name", EKS, "clusterName"),
        ("name", EKS, "clusterName"),
        ("zones", EKS, None),  # availabilityZones or controlPlaneZones
        ("colour", EKS, None),
        ("tag", RELEASE, "releaseTag"),
        ("apikey", RELEASE, "apiKey"),
        ("", EKS, None),
    ],
)
def test_what_a_word_must_mean(word: str, known: list[str], meant: str | None) -> None:
    assert closest(word, known) == meant
    assert ("did you mean" in nearest(word, known)) == (meant is not None)


@given(key=st.sampled_from(KEYS), data=st.data())
def test_a_slip_of_the_keyboard_is_found(key: str, data: st.DataObject) -> None:
    if len(key) > 4:
        place = data.draw(st.integers(0, len(key) - 2))
        typed = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
        assert closest(typed, KEYS) == key


@given(word=st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12), known=st.sets(st.sampled_from(KEYS)))
def test_only_a_known_word_is_ever_meant(word: str, known: set[str]) -> None:
    assert closest(word, known) in {None, *known}
    assert meant_keys({word: 1}, known) <= known - {word}


def test_a_key_that_is_given_is_not_meant_by_another() -> None:
    assert meant_keys({"regoin": 1, "region": 2}, EKS) == set()
    assert meant_keys({"regoin": 1}, EKS) == {"region"}


@pytest.mark.parametrize(
    ("path", "prefix", "whole"),
    [("a", "eks", "eks.a"), ("", "eks", "eks"), ("[0]", "eks", "eks[0]"), ("a", "x:", "x:a"), ("a", "", "a")],
)
def test_a_problem_below_a_prefix(path: str, prefix: str, whole: str) -> None:
    assert Problem(path, "rule", "got", "fix").below(prefix) == Problem(whole, "rule", "got", "fix")


@given(broken=PATHS, path=PATHS)
def test_what_was_judged_by_a_broken_value_is_not_told(broken: str, path: str) -> None:
    problems = Problems()
    problems.refuse(broken, "must be text", fix="write text")
    one, other = broken.split("."), path.split(".")
    touches = one[: len(other)] == other or other[: len(one)] == one
    assert problems.sound(path) is not touches
    problems.add("elsewhere", "follows", fix="none", needs=(path,))
    assert len(problems) == (1 if touches else 2)


def test_a_broken_value_is_read_as_its_default_in_silence() -> None:
    args = {
        "text": BROKEN,
        "flag": BROKEN,
        "count": BROKEN,
        "list": [BROKEN, "b"],
        "map": {"x": BROKEN},
        "part": BROKEN,
    }
    problems = Problems()
    read = Reader(args, args, "", problems)
    assert read.required("text", "write it")
    assert (read.text("text", "d"), read.flag("flag", True), read.whole("count", 3, low=1, high=5)) == ("d", True, 3)
    assert (read.choice("text", ["d"], "d"), read.number("count", 1.5, low=0, high=2)) == ("d", 1.5)
    assert (read.texts("list"), read.text_map("map")) == (["b"], {})
    assert read.block("part", EksClusterArgs).text("region") == ""
    assert not problems
    assert problems.broken == {"text", "flag", "count", "list[0]", "map.x", "part"}


@pytest.mark.parametrize(("value", "held"), [(BROKEN, True), ({"a": [BROKEN]}, True), ({"a": [1]}, False), (3, False)])
def test_whether_something_in_it_is_broken(value: object, held: bool) -> None:
    assert holds_broken(value) is held
