"""What the nodes of a group are: names, labels, taints and sizes. Pure, so that it can be tested without a cluster."""

import hashlib
import ipaddress
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog.aws.instances import ARM64, INSTANCES, Instance
from catalog.gpus import GPU_RESOURCE
from sandbox.providers.aws.regions import host_domain, zone_id

GROUP_LABEL: Final = "eks.amazonaws.com/nodegroup"
GENERATION_ANNOTATION: Final = "sandbox.cartesia/group-generation"
"""Tells nodes of an older launch template or Kubernetes version, which EKS replaces, from current ones."""
LABELS_ANNOTATION: Final = "sandbox.cartesia/group-labels"
"""Names the labels that came from the group, so that one it dropped can be told from somebody else's."""
_TAINT_EFFECTS: Final = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
_MAX_PODS: Final = 110
_RESERVED_SUBNET_ADDRESSES: Final = 4
"""AWS keeps the first four addresses of a subnet (and the last one)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A subnet nodes may stand in."""

    zone: str
    cidr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShape:
    """Everything about a group that its nodes show."""

    name: str
    region: str
    instance: str
    ami_type: str
    nvidia: bool
    capacity_type: str
    disk_gib: int
    desired: int
    version: str
    labels: Mapping[str, str]
    taints: tuple[Mapping[str, str], ...]
    places: tuple[Place, ...]
    template_id: str = ""
    template_version: str = ""


def node_labels(shape: GroupShape, place_zone: str, host: str) -> dict[str, str]:
    """Labels of one node: the group's own over those that EKS, kubelet and the cloud controller set."""
    row = INSTANCES[shape.instance]
    arch = "arm64" if row.arch == ARM64 else "amd64"
    labels = {
        "beta.kubernetes.io/arch": arch,
        "beta.kubernetes.io/instance-type": shape.instance,
        "beta.kubernetes.io/os": "linux",
        "eks.amazonaws.com/capacityType": shape.capacity_type,
        GROUP_LABEL: shape.name,
        "kubernetes.io/arch": arch,
        "kubernetes.io/hostname": host,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": shape.instance,
        "topology.k8s.aws/zone-id": zone_id(place_zone),
        "topology.kubernetes.io/region": shape.region,
        "topology.kubernetes.io/zone": place_zone,
    }
    if shape.template_id:
        labels["eks.amazonaws.com/sourceLaunchTemplateId"] = shape.template_id
    return {**labels, **shape.labels}


def generation(shape: GroupShape) -> str:
    """What a node cannot change while it lives."""
    parts = (shape.instance, shape.ami_type, shape.disk_gib, shape.version, shape.template_id, shape.template_version)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def label_note(shape: GroupShape) -> str:
    """Value of `LABELS_ANNOTATION`."""
    return " ".join(sorted(shape.labels))


def node_taints(shape: GroupShape) -> list[dict[str, str]]:
    """Taints as Kubernetes writes them."""
    return [
        {"key": taint["key"], "value": taint.get("value") or "", "effect": _TAINT_EFFECTS[taint["effect"]]}
        for taint in shape.taints
    ]


def sizes(shape: GroupShape) -> tuple[dict[str, str], dict[str, str]]:
    """Capacity and allocatable of one node.

    What the kubelet keeps back follows the formula of the EKS AMI. source: awslabs/amazon-eks-ami, 2026-11-21.
    """
    row: Instance = INSTANCES[shape.instance]
    memory_ki = int(row.memory_gib * 1024 * 1024)
    disk_ki = shape.disk_gib * 1024 * 1024
    reserved_ki = (255 + 11 * _MAX_PODS + 100) * 1024  # kube-reserved, and the eviction threshold of 100 Mi
    extra = {"pods": str(_MAX_PODS)}
    if shape.nvidia and row.gpus:
        extra[GPU_RESOURCE] = str(row.gpus)
    capacity = {"cpu": str(row.vcpus), "memory": f"{memory_ki}Ki", "ephemeral-storage": f"{disk_ki}Ki", **extra}
    allocatable = {
        "cpu": f"{row.vcpus * 1000 - _reserved_millicores(row.vcpus)}m",
        "memory": f"{memory_ki - reserved_ki}Ki",
        "ephemeral-storage": str(int(disk_ki * 1024 * 0.9) - 1024**3),
        **extra,
    }
    return capacity, allocatable


def new_host(shape: GroupShape, place: Place, taken: Collection[str], source: random.Random) -> str:
    """A free private address of a subnet and the host name EC2 makes of it."""
    network = ipaddress.ip_network(place.cidr)
    for _ in range(10_000):
        number = source.randrange(_RESERVED_SUBNET_ADDRESSES, network.num_addresses - 1)
        host = f"ip-{str(network[number]).replace('.', '-')}.{host_domain(shape.region)}"
        if host not in taken:
            return host
    raise ValueError(f"no free address in {place.cidr}")


def address_of(host: str) -> str:
    """The address in a host name such as `ip-10-0-1-2.ec2.internal`."""
    return ".".join(host.partition(".")[0].removeprefix("ip-").split("-"))


def node_object(shape: GroupShape, place: Place, host: str, instance_id: str) -> dict[str, Any]:
    """The Node, with the status that a kubelet would report."""
    capacity, allocatable = sizes(shape)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": host,
            "labels": node_labels(shape, place.zone, host),
            # KWOK plays the kubelet of the nodes that carry this.
            "annotations": {
                "kwok.x-k8s.io/node": "fake",
                LABELS_ANNOTATION: label_note(shape),
                GENERATION_ANNOTATION: generation(shape),
            },
        },
        "spec": {"providerID": f"aws:///{place.zone}/{instance_id}", "taints": node_taints(shape)},
        "status": {
            "capacity": capacity,
            "allocatable": allocatable,
            "addresses": [
                {"type": "InternalIP", "address": address_of(host)},
                {"type": "Hostname", "address": host},
                {"type": "InternalDNS", "address": host},
            ],
            "nodeInfo": {
                "architecture": "arm64" if INSTANCES[shape.instance].arch == ARM64 else "amd64",
                "bootID": "",
                "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.12.40-63.114.amzn2023",
                "kubeProxyVersion": "",
                "kubeletVersion": f"v{shape.version}.0-eks-sandbox",
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": f"Sandbox ({shape.ami_type})",
                "systemUUID": "",
            },
        },
    }


def _reserved_millicores(vcpus: int) -> int:
    """6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the rest."""
    steps = [60, 10, 5, 5]
    return int(sum(steps[:vcpus]) + max(0, vcpus - len(steps)) * 2.5)
