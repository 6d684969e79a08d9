"""What nodes of an EKS node group are: names, addresses, labels of AWS's own, and what the kubelet keeps back."""

import ipaddress
import random
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from catalog.aws.instances import INSTANCES
from catalog.machine import ARM64
from sandbox.providers.aws.facts.regions import host_domain, zone_id
from sandbox.providers.cloud.nodes.pool import Machine, NodePool, Place, Software, generation_of

GROUP_LABEL: Final = "eks.amazonaws.com/nodegroup"
_TAINT_EFFECTS: Final = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
_MAX_PODS: Final = 110
_RESERVED_SUBNET_ADDRESSES: Final = 4
"""AWS keeps the first four addresses of a subnet (and the last one)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShape:
    """A node group with what its launch template and cluster fill in."""

    name: str
    region: str
    instance: str
    ami_type: str
    nvidia: bool
    """Whether the image has the driver of the GPUs."""
    capacity_type: str
    disk_gib: int
    desired: int
    version: str
    labels: Mapping[str, str]
    taints: tuple[Mapping[str, str], ...]
    places: tuple[Place, ...]
    template_id: str = ""
    template_version: str = ""


@dataclass(frozen=True, slots=True)
class Ec2Facts:
    """How EC2 and EKS name the nodes of a group."""

    group: GroupShape

    def host(self, place: Place, taken: Collection[str], source: random.Random) -> str:
        """A free private address of a subnet and the host name EC2 makes of it."""
        network = ipaddress.ip_network(place.cidr)
        for _ in range(10_000):
            number = source.randrange(_RESERVED_SUBNET_ADDRESSES, network.num_addresses - 1)
            host = f"ip-{str(network[number]).replace('.', '-')}.{host_domain(self.group.region)}"
            if host not in taken:
                return host
        raise ValueError(f"no free address in {place.cidr}")

    def provider_id(self, place: Place, host: str) -> str:
        """The id of a fresh instance."""
        return f"aws:///{place.zone}/i-0{secrets.token_hex(8)}"

    def labels(self, zone: str) -> Mapping[str, str]:
        """Labels that EKS and the cloud controller of AWS set."""
        labels = {
            "eks.amazonaws.com/capacityType": self.group.capacity_type,
            "topology.k8s.aws/zone-id": zone_id(zone),
        }
        if self.group.template_id:
            labels["eks.amazonaws.com/sourceLaunchTemplateId"] = self.group.template_id
        return labels

    def addresses(self, host: str) -> list[dict[str, str]]:
        """The address in the host name, and the name itself."""
        return [
            {"type": "InternalIP", "address": address_of(host)},
            {"type": "Hostname", "address": host},
            {"type": "InternalDNS", "address": host},
        ]


def address_of(host: str) -> str:
    """The address in a host name such as `ip-10-0-1-2.ec2.internal`."""
    return ".".join(host.partition(".")[0].removeprefix("ip-").split("-"))


def selector_of(group: str) -> Mapping[str, str]:
    """Labels by which EKS finds the nodes of a group."""
    return {GROUP_LABEL: group}


def node_pool(group: GroupShape) -> NodePool:
    """The pool of nodes that a group is."""
    return NodePool(
        selector=selector_of(group.name),
        desired=group.desired,
        region=group.region,
        machine=machine_of(group),
        software=Software(
            kubelet=f"v{group.version}.0-eks-sandbox",
            runtime="containerd://2.1.4",
            kernel="6.12.40-63.114.amzn2023",
            image=f"Sandbox ({group.ami_type})",
        ),
        labels=group.labels,
        taints=tuple(_taint(taint) for taint in group.taints),
        places=group.places,
        generation=generation_of(
            group.instance,
            group.ami_type,
            group.disk_gib,
            group.version,
            group.template_id,
            group.template_version,
        ),
        facts=Ec2Facts(group),
    )


def machine_of(group: GroupShape) -> Machine:
    """The hardware of one node.

    What the kubelet keeps back follows the formula of the EKS AMI. source: awslabs/amazon-eks-ami, 2026-11-21.
    """
    row = INSTANCES[group.instance]
    return Machine(
        type=group.instance,
        arch="arm64" if row.arch == ARM64 else "amd64",
        cpus=row.vcpus,
        memory_gib=row.memory_gib,
        disk_gib=group.disk_gib,
        gpus=row.gpus if group.nvidia else 0,
        plugged=True,  # the images of EKS bring the driver, and no plugin
        max_pods=_MAX_PODS,
        reserved_millicores=_reserved_millicores(row.vcpus),
        reserved_memory_mib=255 + 11 * _MAX_PODS + 100,  # kube-reserved, and the eviction threshold of 100 Mi
        allocatable_disk_bytes=int(group.disk_gib * 1024**3 * 0.9) - 1024**3,
    )


def _reserved_millicores(vcpus: int) -> int:
    """6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the rest."""
    steps = [60, 10, 5, 5]
    return int(sum(steps[:vcpus]) + max(0, vcpus - len(steps)) * 2.5)


def _taint(taint: Mapping[str, str]) -> dict[str, str]:
    return {"key": taint["key"], "value": taint.get("value") or "", "effect": _TAINT_EFFECTS[taint["effect"]]}
