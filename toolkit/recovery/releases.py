"""Read from an exported state which Helm releases a stack has, and how to reach the cluster of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["RELEASE", "Release", "releases_of"]

RELEASE = "kubernetes:helm.sh/v3:Release"


@dataclass(frozen=True, slots=True)
class Release:
    """One Helm release of a stack, recorded or begun."""

    name: str
    namespace: str
    unfinished: bool = False
    """Whether an operation on it was begun and not recorded."""
    kubeconfig: str = field(default="", repr=False)
    """Text of the kubeconfig of its provider; empty where the state does not show it."""

    @property
    def id(self) -> str:
        """`<namespace>/<name>`."""
        return f"{self.namespace}/{self.name}"


def releases_of(exported: Mapping[str, Any]) -> tuple[Release, ...]:
    """The releases in what `pulumi stack export` printed, each once, those in the middle of an operation first.

    The provider's kubeconfig is taken before the stack's output: outputs are recorded at the end of an update only, so
    a first update that is killed leaves none.
    """
    deployment = exported.get("deployment") or {}
    resources = deployment.get("resources") or []
    providers = {each["urn"]: each for each in resources if each["type"] == "pulumi:providers:kubernetes"}
    found: dict[str, Release] = {}
    for resource, unfinished in _entries(deployment):
        inputs = resource.get("inputs") or {}
        name, namespace = inputs.get("name"), inputs.get("namespace") or "default"
        if isinstance(name, str) and name and isinstance(namespace, str):
            provider = providers.get(str(resource.get("provider", "")).rpartition("::")[0]) or {}
            release = Release(name, namespace, unfinished, _kubeconfig(provider))
            found.setdefault(release.id, release)
    return tuple(found.values())


def _entries(deployment: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    for operation in deployment.get("pending_operations") or []:
        if operation["resource"]["type"] == RELEASE:
            yield operation["resource"], True
    for resource in deployment.get("resources") or []:
        if resource["type"] == RELEASE:
            yield resource, False


def _kubeconfig(provider: Mapping[str, Any]) -> str:
    """Its text; empty if it is a secret, a path or left to the environment."""
    text = (provider.get("inputs") or {}).get("kubeconfig")
    return text if isinstance(text, str) and "clusters" in text else ""
