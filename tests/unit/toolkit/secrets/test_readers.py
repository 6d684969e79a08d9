"""Which workloads read a secret: by every way that a pod template has, and by no other."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.secrets.readers import Workload, readers_of, secrets_read_by

NAME = "cartesia-api-key"


def variable(name: str) -> dict[str, Any]:
    return {"env": [{"name": "A", "value": name}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": name}}}]}


WAYS: dict[str, Callable[[str], dict[str, Any]]] = {
    "env": lambda name: {"containers": [{}, variable(name)]},
    "env of an init container": lambda name: {"initContainers": [variable(name)]},
    "envFrom": lambda name: {
        "containers": [{"envFrom": [{"configMapRef": {"name": "x"}}, {"secretRef": {"name": name}}]}]
    },
    "volume": lambda name: {"volumes": [{"name": "v", "secret": {"secretName": name}}]},
    "projected volume": lambda name: {
        "volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": name}}]}}]
    },
    "Azure file": lambda name: {"volumes": [{"name": "v", "azureFile": {"secretName": name}}]},
    "CSI": lambda name: {"volumes": [{"name": "v", "csi": {"nodePublishSecretRef": {"name": name}}}]},
    "Ceph": lambda name: {"volumes": [{"name": "v", "cephfs": {"secretRef": {"name": name}}}]},
}
NOT_WAYS: dict[str, Callable[[str], dict[str, Any]]] = {
    "pull secret": lambda name: {"imagePullSecrets": [{"name": name}]},
    "value": lambda name: {"containers": [{"name": name, "env": [{"name": name, "value": name}]}]},
    "config map": lambda name: {
        "containers": [{"envFrom": [{"configMapRef": {"name": name}}]}],
        "volumes": [
            {"name": name, "configMap": {"name": name}},
            {"name": "n", "projected": {"sources": [{"configMap": {"name": name}}]}},
        ],
    },
    "nothing": lambda _name: {"containers": None, "volumes": None},
}


def workload(spec: dict[str, Any], name: str = "one", kind: str = "Deployment") -> dict[str, Any]:
    metadata = {"name": name, "namespace": "voice"}
    return {"kind": kind, "metadata": metadata, "spec": {"template": {"spec": spec}}}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_read_a_secret_counts(way: str) -> None:
    assert secrets_read_by(WAYS[way](NAME)) == {NAME}
    assert readers_of([workload(WAYS[way](NAME))], {NAME}) == (Workload("Deployment", "voice", "one"),)


@pytest.mark.parametrize("way", NOT_WAYS)
def test_nothing_else_counts(way: str) -> None:
    assert secrets_read_by(NOT_WAYS[way](NAME)) == frozenset()
    assert readers_of([workload(NOT_WAYS[way](NAME))], {NAME}) == ()


def merged(*specs: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for spec in specs:
        for key, rows in spec.items():
            out[key] = [*out.get(key, []), *(rows or [])]
    return out


NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
READS = st.lists(st.tuples(st.sampled_from(sorted(WAYS)), NAMES), max_size=4)
OTHERS = st.lists(st.tuples(st.sampled_from(sorted(NOT_WAYS)), NAMES), max_size=4)


@given(st.lists(st.tuples(st.sampled_from(["Deployment", "StatefulSet"]), READS, OTHERS), max_size=5), st.sets(NAMES))
def test_exactly_the_readers_of_the_changed_secrets_are_found(
    given_workloads: list[tuple[str, list[tuple[str, str]], list[tuple[str, str]]]], changed: set[str]
) -> None:
    objects, expected = [], set()
    for number, (kind, reads, others) in enumerate(given_workloads):
        spec = merged(*(WAYS[way](name) for way, name in reads), *(NOT_WAYS[way](name) for way, name in others))
        objects.append(workload(spec, f"w{number}", kind))
        if {name for _, name in reads} & changed:
            expected.add(Workload(kind, "voice", f"w{number}"))
    found = readers_of(objects, changed)
    assert set(found) == expected
    assert list(found) == sorted(expected)
