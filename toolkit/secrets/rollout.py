"""Restart workloads as `kubectl rollout restart` does, and follow them until their new pods are there.

`stage` is pure and judges an object by the rules of `kubectl rollout status`.
source: k8s.io/kubectl pkg/polymorphichelpers, objectrestarter.go and rollout_status.go (1.36)
"""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clients.kubernetes import KubeClient
from toolkit.secrets.readers import Workload

__all__ = ["Stage", "State", "follow", "hindrance", "restart", "stage"]

_VERSION = "apps/v1"
_ANNOTATION = "kubectl.kubernetes.io/restartedAt"
_MANAGER = "cartesia-infra-restart"
_PAUSE_SECONDS = 0.5


class State(StrEnum):
    """How far a restart has come."""

    READS = "reads"
    """Reads the secret, and was left alone."""
    RUNNING = "running"
    RESTARTED = "restarted"
    FAILED = "failed"
    BY_HAND = "byHand"
    """Kubernetes does not replace its pods by itself: a person must."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One workload and how far its restart has come."""

    workload: Workload
    state: State
    reason: str = ""
    """What it waits for, or why it failed."""


def hindrance(obj: Mapping[str, Any]) -> str:
    """Why a restart of a workload would not replace its pods, with what to do; empty if it would."""
    spec, name = obj.get("spec") or {}, obj["metadata"]["name"]
    if spec.get("paused"):
        return f"its rollout is paused; run `kubectl rollout resume deployment/{name}` and restart it"
    if (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        return "its pods are replaced only when they are deleted (OnDelete); delete them one by one"
    return ""


def restart(kube: KubeClient, workload: Workload) -> None:
    """Have Kubernetes replace the pods of a workload, by its own strategy.

    Raises:
        KubeError: The server refuses.
    """
    annotations = {_ANNOTATION: dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
    intent = {
        "apiVersion": _VERSION,
        "kind": workload.kind,
        "metadata": {"name": workload.name, "namespace": workload.namespace},
        "spec": {"template": {"metadata": {"annotations": annotations}}},
    }
    kube.apply(intent, field_manager=_MANAGER)


def follow(
    kube: KubeClient, workloads: Iterable[Workload], seconds: float, show: Callable[[str], None]
) -> tuple[Stage, ...]:
    """Wait until every restarted workload has its new pods, or one limit for all of them is over.

    Args:
        kube: The cluster.
        workloads: What was restarted.
        seconds: The limit.
        show: Takes lines of progress: one for each change.
    """
    begin, stages = time.monotonic(), {each: Stage(each, State.RUNNING) for each in workloads}
    while True:
        for workload, before in stages.items():
            if before.state is State.RUNNING:
                obj = kube.get(_VERSION, workload.kind, workload.name, workload.namespace)
                stages[workload] = stage(workload, obj)
                if stages[workload] != before:
                    show(_line(stages[workload]))
        over = time.monotonic() - begin >= seconds
        if over or all(each.state is not State.RUNNING for each in stages.values()):
            return tuple(_ended(each, seconds) for each in stages.values())
        time.sleep(_PAUSE_SECONDS)


def stage(workload: Workload, obj: Mapping[str, Any] | None) -> Stage:
    """How far the newest rollout of a workload has come.

    Args:
        workload: Which one.
        obj: As the API server gives it; None if it is gone.
    """
    if obj is None:
        return Stage(workload, State.FAILED, "it was deleted meanwhile")
    status = obj.get("status") or {}
    if int(obj["metadata"].get("generation", 0)) > int(status.get("observedGeneration", 0)):
        return Stage(workload, State.RUNNING, "its controller has not begun")
    for condition in status.get("conditions") or ():
        if condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            return Stage(workload, State.FAILED, "no new pod became ready within its progress deadline")
    waits = _WAITS[workload.kind](obj.get("spec") or {}, status)
    return Stage(workload, State.RUNNING if waits else State.RESTARTED, waits)


def _deployment(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted, updated = int(spec.get("replicas", 1)), int(status.get("updatedReplicas", 0))
    if updated < wanted:
        return f"{updated} of {wanted} new pods made"
    if int(status.get("replicas", 0)) > updated:
        return f"{int(status['replicas']) - updated} old pods to end"
    available = int(status.get("availableReplicas", 0))
    return f"{available} of {updated} new pods available" if available < updated else ""


def _stateful_set(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted = int(spec.get("replicas", 1))
    rolling = (spec.get("updateStrategy") or {}).get("rollingUpdate") or {}
    due = max(0, wanted - int(rolling.get("partition") or 0))
    updated, ready = int(status.get("updatedReplicas", 0)), int(status.get("readyReplicas", 0))
    if status.get("updateRevision") != status.get("currentRevision") and updated < due:
        return f"{updated} of {due} new pods made"
    return f"{ready} of {wanted} pods ready" if ready < wanted else ""


def _daemon_set(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted = int(status.get("desiredNumberScheduled", 0))
    updated, available = int(status.get("updatedNumberScheduled", 0)), int(status.get("numberAvailable", 0))
    if updated < wanted:
        return f"{updated} of {wanted} new pods made"
    return f"{available} of {wanted} pods available" if available < wanted else ""


_WAITS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
}
"""What the rollout of each kind still waits for; empty when it is done."""


def _line(each: Stage) -> str:
    return f"{each.workload}: {each.reason or each.state.value}"


def _ended(each: Stage, seconds: float) -> Stage:
    if each.state is not State.RUNNING:
        return each
    return Stage(each.workload, State.FAILED, f"not done after {seconds:g} s: {each.reason or 'nothing was seen'}")
