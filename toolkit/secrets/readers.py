"""Which workloads read a Kubernetes secret, told from their pod templates.

Pure. A pod reads a secret by an environment variable or by a volume, at its start. Pull secrets do not count: the
kubelet reads those at each pull, so a new one needs no restart.
source: Kubernetes API reference, PodSpec, Container and Volume (v1.36)
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

__all__ = ["KINDS", "Workload", "readers_of", "secrets_read_by"]

KINDS = ("Deployment", "StatefulSet", "DaemonSet")
"""Kinds of `apps/v1` whose pods a rollout replaces: those that `kubectl rollout restart` takes."""

_REFERENCES = ("secretRef", "nodePublishSecretRef")
"""Fields of volumes that refer to a secret as `{name: ...}`."""


@dataclass(frozen=True, slots=True, order=True)
class Workload:
    """One object with a pod template."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def readers_of(objects: Iterable[Mapping[str, Any]], names: Set[str]) -> tuple[Workload, ...]:
    """Workloads whose pods read one of the secrets, sorted.

    Args:
        objects: Workloads of one namespace, as the API server gives them.
        names: Names of Kubernetes secrets in that namespace.
    """
    found = (each for each in objects if secrets_read_by(_pod_spec(each)) & names)
    return tuple(sorted(_workload(each) for each in found))


def secrets_read_by(pod_spec: Mapping[str, Any]) -> frozenset[str]:
    """Names of the secrets that the pods of a spec read at their start."""
    return frozenset(name for name in _names(pod_spec) if name)


def _workload(obj: Mapping[str, Any]) -> Workload:
    return Workload(obj["kind"], obj["metadata"].get("namespace") or "default", obj["metadata"]["name"])


def _pod_spec(workload: Mapping[str, Any]) -> Mapping[str, Any]:
    template = (workload.get("spec") or {}).get("template") or {}
    spec: Mapping[str, Any] = template.get("spec") or {}
    return spec


def _names(pod_spec: Mapping[str, Any]) -> Iterator[str | None]:
    for group in ("containers", "initContainers"):
        for container in pod_spec.get(group) or ():
            yield from _names_in_environment(container)
    for volume in pod_spec.get("volumes") or ():
        yield from _names_in_volume(volume)


def _names_in_environment(container: Mapping[str, Any]) -> Iterator[str | None]:
    for variable in container.get("env") or ():
        yield ((variable.get("valueFrom") or {}).get("secretKeyRef") or {}).get("name")
    for source in container.get("envFrom") or ():
        yield (source.get("secretRef") or {}).get("name")


def _names_in_volume(volume: Mapping[str, Any]) -> Iterator[str | None]:
    for source in volume.values():
        if isinstance(source, Mapping):
            yield source.get("secretName")
            for field in _REFERENCES:
                yield (source.get(field) or {}).get("name")
    for part in (volume.get("projected") or {}).get("sources") or ():
        yield (part.get("secret") or {}).get("name")
