"""Asks a cluster that somebody else made what is in it, before anything is made there. It reads and changes nothing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog.gpus import GPU_RESOURCE
from clients.kubernetes import KubeClient, KubeError
from components.survey.hook import Requirements
from core.input.problems import Problem, nearest

__all__ = ["missing", "survey"]

_KINDS = (
    ("storage_classes", "storage.k8s.io/v1", "StorageClass", "storage class"),
    ("ingress_classes", "networking.k8s.io/v1", "IngressClass", "ingress class"),
    ("custom_resources", "apiextensions.k8s.io/v1", "CustomResourceDefinition", "custom resource definition"),
)
"""Key of the requirement, API version and kind that are listed, and its name in prose."""

_FIXES: Mapping[str, str] = {
    "scaledobjects.keda.sh": "install KEDA first, or set release.monitoring.autoscaling to false",
    "podmonitors.monitoring.coreos.com": "install the Prometheus Operator first, or set release.monitoring.pod_monitor "
    "to false",
}


def survey(kubeconfig: str, requires: Requirements) -> Iterable[Problem]:
    """What a cluster lacks.

    Args:
        kubeconfig: Kubeconfig with one context.
        requires: What must be there.
    """
    try:
        with KubeClient.from_kubeconfig(kubeconfig) as client:
            found = {
                key: {str(each["metadata"]["name"]) for each in client.list(version, kind)}
                for key, version, kind, _ in _KINDS
                if getattr(requires, key)
            }
            nodes = client.list("v1", "Node") if requires.gpus else []
    except KubeError as error:
        fix = "check that the address can be reached from here, and the rights of whoever asks"
        return [Problem("", f"cannot be asked what it has: {error}", "", fix)]
    return list(missing(requires, found, nodes))


def missing(
    requires: Requirements, found: Mapping[str, set[str]], nodes: Iterable[Mapping[str, Any]]
) -> Iterator[Problem]:
    """What is required and not there.

    Args:
        requires: What must be there.
        found: Names of what is there, by key of the requirement.
        nodes: All nodes.
    """
    for key, _, _, noun in _KINDS:
        for name in getattr(requires, key):
            if name not in found.get(key, set()):
                there = found.get(key, set())
                near = f"use one that is there; {nearest(name, there)}" if there else f"make the {noun} first"
                yield Problem(f"requires.{key}", f"the cluster has no {noun} {name}", "", _FIXES.get(name, near))
    offered = sum(map(_gpus, nodes))
    if offered < requires.gpus:
        rule = f"the settings count on {requires.gpus} {GPU_RESOURCE}, and the nodes offer {offered}"
        fix = "see that drivers and a device plugin run on the GPU nodes (addons.device_plugin.enabled: true installs "
        yield Problem("gpu_pools", rule, "", fix + "one), or lower desired_nodes")


def _gpus(node: Mapping[str, Any]) -> int:
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    return int(allocatable.get(GPU_RESOURCE, 0))
