"""A restart is done when the new pods are there and the old ones gone, and not before."""

from typing import Any

import pytest

from toolkit.secrets.readers import Workload
from toolkit.secrets.rollout import State, follow, hindrance, restart, stage

ONE = Workload("Deployment", "voice", "one")
DONE = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
STUCK = {"conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]}


def obj(status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "one", "generation": 2}, "spec": {"replicas": 2, **spec}, "status": status}


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        (DONE, State.RESTARTED, ""),
        (DONE | {"observedGeneration": 1}, State.RUNNING, "its controller has not begun"),
        ({}, State.RUNNING, "its controller has not begun"),
        (DONE | {"updatedReplicas": 1}, State.RUNNING, "1 of 2 new pods made"),
        (DONE | {"replicas": 3}, State.RUNNING, "1 old pods to end"),
        (DONE | {"availableReplicas": 1}, State.RUNNING, "1 of 2 new pods available"),
        (DONE | STUCK, State.FAILED, "no new pod became ready within its progress deadline"),
    ],
)
def test_a_deployment(status: dict[str, Any], state: State, reason: str) -> None:
    found = stage(ONE, obj(status))
    assert (found.state, found.reason) == (state, reason)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({"readyReplicas": 2, "updatedReplicas": 2, "currentRevision": "b", "updateRevision": "b"}, ""),
        (
            {"readyReplicas": 2, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"},
            "1 of 2 new pods made",
        ),
        (
            {"readyReplicas": 1, "updatedReplicas": 2, "currentRevision": "b", "updateRevision": "b"},
            "1 of 2 pods ready",
        ),
    ],
)
def test_a_stateful_set(status: dict[str, Any], reason: str) -> None:
    found = stage(Workload("StatefulSet", "voice", "one"), obj(status | {"observedGeneration": 2}))
    assert found.reason == reason
    assert found.state is (State.RUNNING if reason else State.RESTARTED)


def test_a_stateful_set_with_a_partition_is_done_with_those_above_it() -> None:
    status = {"observedGeneration": 2, "readyReplicas": 2, "updatedReplicas": 1}
    revisions = {"currentRevision": "a", "updateRevision": "b"}
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    found = stage(Workload("StatefulSet", "voice", "one"), obj(status | revisions, updateStrategy=strategy))
    assert found.state is State.RESTARTED


@pytest.mark.parametrize(
    ("updated", "available", "reason"), [(3, 3, ""), (1, 3, "1 of 3 new pods made"), (3, 2, "2 of 3 pods available")]
)
def test_a_daemon_set(updated: int, available: int, reason: str) -> None:
    status = {"desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": available}
    found = stage(Workload("DaemonSet", "voice", "one"), obj(status | {"observedGeneration": 2}))
    assert found.reason == reason


def test_what_kubernetes_would_not_restart_is_named() -> None:
    assert hindrance(obj(DONE)) == ""
    assert "kubectl rollout resume deployment/one" in hindrance(obj(DONE, paused=True))
    assert "OnDelete" in hindrance(obj(DONE, updateStrategy={"type": "OnDelete"}))


class Cluster:
    """Gives one state after the other, and keeps what was applied."""

    def __init__(self, *states: dict[str, Any] | None) -> None:
        self.states = list(states)
        self.applied: list[dict[str, Any]] = []

    def get(self, *_: str) -> dict[str, Any] | None:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def apply(self, intent: dict[str, Any], *, field_manager: str) -> None:
        assert field_manager == "cartesia-infra-restart"
        self.applied.append(intent)


def test_a_restart_touches_the_annotation_and_nothing_else() -> None:
    cluster = Cluster(None)
    restart(cluster, ONE)  # type: ignore[arg-type]
    (intent,) = cluster.applied
    assert intent["metadata"] == {"name": "one", "namespace": "voice"}
    assert list(intent["spec"]["template"]["metadata"]["annotations"]) == ["kubectl.kubernetes.io/restartedAt"]
    assert list(intent["spec"]) == ["template"]


def test_each_change_is_said_once_until_the_pods_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.secrets.rollout._PAUSE_SECONDS", 0)
    cluster = Cluster(obj({}), obj({}), obj(DONE | {"updatedReplicas": 1}), obj(DONE))
    said: list[str] = []
    (found,) = follow(cluster, [ONE], 60, said.append)  # type: ignore[arg-type]
    assert found.state is State.RESTARTED
    assert said == [
        "Deployment one: its controller has not begun",
        "Deployment one: 1 of 2 new pods made",
        "Deployment one: restarted",
    ]


def test_what_takes_too_long_or_is_gone_has_failed() -> None:
    (late,) = follow(Cluster(obj({})), [ONE], 0, print)  # type: ignore[arg-type]
    assert (late.state, late.reason) == (State.FAILED, "not done after 0 s: its controller has not begun")
    (gone,) = follow(Cluster(None), [ONE], 60, print)  # type: ignore[arg-type]
    assert gone.state is State.FAILED
