"""Pools of nodes that a cloud runs for a cluster, and what one node of a pool is. Pure: no cluster is asked.

A stand-in makes a `NodePool` of its own kind of group: sizes, labels and taints are data, names and addresses come
from its `NodeFacts`. Here they become the Node objects that a kubelet would register.
"""

import hashlib
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from catalog.gpus import GPU_RESOURCE
from sandbox.providers.cloud.nodes.devices import DEVICES_ANNOTATION

GENERATION_ANNOTATION: Final = "sandbox.cartesia/group-generation"
"""Tells nodes of an older shape, which the cloud replaces, from current ones."""
LABELS_ANNOTATION: Final = "sandbox.cartesia/group-labels"
"""Names the labels that came from the pool, so that one it dropped can be told from somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A subnet that nodes may stand in."""

    zone: str
    cidr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One node's hardware, and what its kubelet keeps for itself."""

    type: str
    """Name of the machine type."""
    arch: str
    """As Kubernetes writes it: `amd64` or `arm64`."""
    cpus: int
    memory_gib: float
    disk_gib: int
    gpus: int
    """GPUs that the node offers; 0 where its image has no driver."""
    max_pods: int
    reserved_millicores: int
    reserved_memory_mib: int
    """Kept for system and kubelet, with the eviction threshold."""
    allocatable_disk_bytes: int
    """Disk that pods may use."""
    plugged: bool = False
    """Whether the GPUs are offered only while a device plugin runs on the node, see `devices`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """What a kubelet reports of its node's system."""

    kubelet: str
    runtime: str
    kernel: str
    image: str


class NodeFacts(Protocol):
    """How a cloud names its nodes."""

    def host(self, place: Place, taken: Collection[str], source: random.Random) -> str:
        """A free host name in a subnet; raises `ValueError` when it is full."""

    def provider_id(self, place: Place, host: str) -> str:
        """The `spec.providerID` of a new node."""

    def labels(self, zone: str) -> Mapping[str, str]:
        """Labels of the cloud's own, beside those that every kubelet and cloud controller set."""

    def addresses(self, host: str) -> list[dict[str, str]]:
        """`status.addresses` of a node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePool:
    """Everything about a pool that its nodes show."""

    selector: Mapping[str, str]
    """Labels that all nodes of the pool carry and no others do."""
    desired: int
    region: str
    machine: Machine
    software: Software
    labels: Mapping[str, str]
    """The pool's own, over all others."""
    taints: tuple[Mapping[str, str], ...]
    """As Kubernetes writes them."""
    places: tuple[Place, ...]
    generation: str
    """Differs between nodes of which one cannot become the other; see `generation_of`."""
    facts: NodeFacts


def generation_of(*parts: object) -> str:
    """A short text for what a node cannot change while it lives."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def node_labels(pool: NodePool, zone: str, host: str) -> dict[str, str]:
    """Labels of one node: the pool's own over those that cloud, kubelet and cloud controller set."""
    machine = pool.machine
    return {
        "beta.kubernetes.io/arch": machine.arch,
        "beta.kubernetes.io/instance-type": machine.type,
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": machine.arch,
        "kubernetes.io/hostname": host,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": machine.type,
        "topology.kubernetes.io/region": pool.region,
        "topology.kubernetes.io/zone": zone,
        **pool.facts.labels(zone),
        **pool.selector,
        **pool.labels,
    }


def label_note(pool: NodePool) -> str:
    """Value of `LABELS_ANNOTATION`."""
    return " ".join(sorted(pool.labels))


def sizes(machine: Machine) -> tuple[dict[str, str], dict[str, str]]:
    """Capacity and allocatable of one node, as quantities."""
    memory_ki, disk_ki = int(machine.memory_gib * 1024 * 1024), machine.disk_gib * 1024 * 1024
    extra = {"pods": str(machine.max_pods)}
    if machine.gpus and not machine.plugged:
        extra[GPU_RESOURCE] = str(machine.gpus)
    capacity = {"cpu": str(machine.cpus), "memory": f"{memory_ki}Ki", "ephemeral-storage": f"{disk_ki}Ki", **extra}
    allocatable = {
        "cpu": f"{machine.cpus * 1000 - machine.reserved_millicores}m",
        "memory": f"{memory_ki - machine.reserved_memory_mib * 1024}Ki",
        "ephemeral-storage": str(machine.allocatable_disk_bytes),
        **extra,
    }
    return capacity, allocatable


def node_object(pool: NodePool, place: Place, host: str) -> dict[str, Any]:
    """The Node, with the status that a kubelet would report."""
    capacity, allocatable = sizes(pool.machine)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": host,
            "labels": node_labels(pool, place.zone, host),
            # KWOK plays the kubelet of the nodes that carry this.
            "annotations": {
                "kwok.x-k8s.io/node": "fake",
                LABELS_ANNOTATION: label_note(pool),
                GENERATION_ANNOTATION: pool.generation,
                **({DEVICES_ANNOTATION: str(pool.machine.gpus)} if pool.machine.gpus and pool.machine.plugged else {}),
            },
        },
        "spec": {"providerID": pool.facts.provider_id(place, host), "taints": [dict(taint) for taint in pool.taints]},
        "status": {
            "capacity": capacity,
            "allocatable": allocatable,
            "addresses": pool.facts.addresses(host),
            "nodeInfo": _node_info(pool),
        },
    }


def _node_info(pool: NodePool) -> dict[str, str]:
    software = pool.software
    return {
        "architecture": pool.machine.arch,
        "bootID": "",
        "containerRuntimeVersion": software.runtime,
        "kernelVersion": software.kernel,
        "kubeProxyVersion": "",
        "kubeletVersion": software.kubelet,
        "machineID": "",
        "operatingSystem": "linux",
        "osImage": software.image,
        "systemUUID": "",
    }
