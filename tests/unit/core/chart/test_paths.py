"""A path of `key_paths` must be one of the chart's own values; what their author left open is open here too."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chart.judge import path_problems
from core.chart.paths import every_path, missing_part, nearest_path
from core.kube.helm_values import dotted

VALUES: dict[str, Any] = {
    "imagePullSecret": "",
    "imagePullSecrets": [],
    "gcs": {"secretName": "", "enabled": True},
    "ingress": {"annotations": {}, "host": None},
    "workers": {"cartesia-sonic-azure-disco": {"model": "azure-disco", "replicas": {"min": 1}}},
    "engines": {},
}

THERE = (
    "imagePullSecret",
    "imagePullSecrets[0].name",
    "gcs.secretName",
    "ingress.annotations",
    "ingress.annotations.any",
    "ingress.host",
    "workers",
    "workers.{worker}.model",
    "workers.{worker}.replicas.min",
    "engines.{worker}.whatever",
)
NOT_THERE = {
    "foo.bar": ("foo", None),
    "gcs.secret": ("gcs.secret", "gcs.secretName"),
    "imagePullSecret.name": ("imagePullSecret.name", "imagePullSecret"),
    "imagepullsecret": ("imagepullsecret", "imagePullSecret"),
    "workers.{worker}.modle": ("workers.{worker}.modle", "workers.cartesia-sonic-azure-disco.model"),
    "workers.{worker}.replicas.max": (
        "workers.{worker}.replicas.max",
        "workers.cartesia-sonic-azure-disco.replicas.min",
    ),
}


@pytest.mark.parametrize("path", THERE)
def test_a_path_of_the_values_is_taken(path: str) -> None:
    assert missing_part(path, VALUES) is None


@pytest.mark.parametrize(("path", "told"), NOT_THERE.items(), ids=list(NOT_THERE))
def test_any_other_is_refused_with_the_nearest(path: str, told: tuple[str, str | None]) -> None:
    missing, near = told
    assert missing_part(path, VALUES) == missing
    assert nearest_path(path, VALUES) == near
    problem = next(iter(path_problems({"pull_secret": path}, VALUES)))
    assert problem.path == "key_paths.pull_secret"
    assert "release inspect" in problem.fix
    if near:
        assert near in problem.fix


def test_an_empty_path_says_that_the_chart_has_no_such_key() -> None:
    assert list(path_problems({"pull_secret": ""}, VALUES)) == []


_KEYS = st.text("abcXYZ.-_0", min_size=1, max_size=6)
_TREES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3) | st.lists(st.text(max_size=2), max_size=2),
    lambda below: st.dictionaries(_KEYS, below, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_KEYS, _TREES, max_size=4))
def test_every_path_of_any_values_exists(values: dict[str, Any]) -> None:
    for keys, _ in every_path(values):
        assert missing_part(dotted(keys), values) is None


@given(st.dictionaries(_KEYS, _TREES, max_size=4), _KEYS)
def test_a_key_beside_those_of_a_map_is_missing(values: dict[str, Any], key: str) -> None:
    if values and key not in values:
        assert missing_part(dotted((key,)), values) == dotted((key,))
