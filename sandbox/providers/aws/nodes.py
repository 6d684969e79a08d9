"""KWOK nodes of node groups: made, brought up to date and removed through the cluster's own API server.

Owns the nodes that carry the label of an EKS node group; leaves alone every other node. Every step can run again.
"""

import random
import secrets
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from clients.kubernetes import KubeClient, KubeError
from sandbox.providers.aws.account import Made, Plane, values_at
from sandbox.providers.aws.node_shape import (
    GENERATION_ANNOTATION,
    GROUP_LABEL,
    LABELS_ANNOTATION,
    GroupShape,
    Place,
    generation,
    label_note,
    new_host,
    node_labels,
    node_object,
    node_taints,
)
from sandbox.providers.aws.services import tokens
from sandbox.providers.aws.services.ami_types import AMI_TYPES, CUSTOM, DEFAULT
from sandbox.providers.aws.services.eks_nodes import template_of

_MANAGER: Final = "eks-nodegroup"
_PARALLEL: Final = 8
_DEFAULT_DISK_GIB: Final = 20
_CONFLICT: Final = 409
Item = TypeVar("Item")


def reconcile(group: Made, plane: Plane) -> None:
    """Have exactly the nodes the group asks for.

    Nodes of another launch template version, Kubernetes version or size are replaced, new ones first as EKS does, so
    that their pods have somewhere to go. The others get current labels and taints.
    """
    shape = shape_of(group)
    with _client(plane) as client:
        present = sorted(_nodes(client, group), key=_age)
        current = [node for node in present if _generation(node) == generation(shape)]
        keep = current[: shape.desired]
        _each(lambda node: _bring_up_to_date(client, shape, node), keep)
        _each(lambda planned: _make(client, shape, *planned), _plan(client, shape, keep, shape.desired - len(keep)))
        kept = {node["metadata"]["name"] for node in keep}
        _each(lambda node: _drain(client, node), [node for node in present if node["metadata"]["name"] not in kept])


def remove(group: Made, plane: Plane) -> None:
    """Drain and remove all nodes of the group; a control plane that is gone has none."""
    with _client(plane) as client:
        _each(lambda node: _drain(client, node), _nodes(client, group))


def shape_of(group: Made) -> GroupShape:
    """The group as its nodes show it; the launch template and the cluster fill in what the group leaves out."""
    account = group.account
    template = template_of(account, group.inputs)
    scaling = group["scalingConfig"]
    types = group["instanceTypes"] or [template.get("instanceType") or "t3.medium"]
    ami = group["amiType"] or (CUSTOM if template.get("imageId") else DEFAULT)
    subnets = [account.find(tokens.SUBNET, name) for name in group["subnetIds"]]
    volumes = values_at(template, "blockDeviceMappings.ebs.volumeSize")
    return GroupShape(
        name=group["nodeGroupName"],
        region=account.region,
        instance=types[0],  # the first choice; EC2 would fall back to the others when it is short of it
        ami_type=ami,
        # Whoever brings an image of their own for a GPU type brings the driver.
        nvidia=ami == CUSTOM or AMI_TYPES[ami].nvidia,
        capacity_type=group["capacityType"] or "ON_DEMAND",
        disk_gib=int(group["diskSize"] or (volumes[0] if volumes else _DEFAULT_DISK_GIB)),
        desired=int(scaling["desiredSize"]),
        version=group.facts["version"],
        labels=group["labels"] or {},
        taints=tuple(group["taints"] or ()),
        places=tuple(
            Place(zone=subnet.outputs["availabilityZone"], cidr=subnet.inputs["cidrBlock"])
            for subnet in subnets
            if subnet is not None
        ),
        template_id=(group["launchTemplate"] or {}).get("id") or "",
        template_version=(group["launchTemplate"] or {}).get("version") or "",
    )


def _plan(
    client: KubeClient, shape: GroupShape, keep: Iterable[Mapping[str, Any]], missing: int
) -> list[tuple[Place, str]]:
    """Where new nodes go: the zones with the fewest of the group first."""
    if missing <= 0:
        return []
    taken = {node["metadata"]["name"] for node in client.list("v1", "Node")}
    zones = [node["metadata"]["labels"].get("topology.kubernetes.io/zone") for node in keep]
    source = random.Random(secrets.randbits(64))  # noqa: S311 - addresses, not keys
    planned: list[tuple[Place, str]] = []
    for _ in range(missing):
        place = min(shape.places, key=lambda candidate: zones.count(candidate.zone))
        host = new_host(shape, place, taken, source)
        taken.add(host)
        zones.append(place.zone)
        planned.append((place, host))
    return planned


def _make(client: KubeClient, shape: GroupShape, place: Place, host: str) -> None:
    node = node_object(shape, place, host, f"i-0{secrets.token_hex(8)}")
    try:
        client.create(node, field_manager=_MANAGER)
    except KubeError as error:
        if error.status != _CONFLICT:
            raise


def _bring_up_to_date(client: KubeClient, shape: GroupShape, node: Mapping[str, Any]) -> None:
    """Labels and taints as the group says now; those it had before and dropped go, those of others stay."""
    metadata, host = node["metadata"], node["metadata"]["name"]
    zone = metadata["labels"]["topology.kubernetes.io/zone"]
    wanted, before = node_labels(shape, zone, host), _ours(metadata.get("annotations") or {})
    dropped = dict.fromkeys(before - wanted.keys())
    client.patch(
        "v1",
        "Node",
        host,
        {
            "metadata": {"labels": {**wanted, **dropped}, "annotations": {LABELS_ANNOTATION: label_note(shape)}},
            "spec": {"taints": node_taints(shape)},
        },
    )


def _ours(annotations: Mapping[str, str]) -> set[str]:
    return set(annotations.get(LABELS_ANNOTATION, "").split())


def _drain(client: KubeClient, node: Mapping[str, Any]) -> None:
    """Close a node, delete its pods and then the node itself."""
    host = node["metadata"]["name"]
    try:
        client.patch("v1", "Node", host, {"spec": {"unschedulable": True}})
    except KubeError as error:
        if error.not_found:
            return
        raise
    for pod in client.list("v1", "Pod", field_selector=f"spec.nodeName={host}"):
        metadata = pod["metadata"]
        client.delete("v1", "Pod", metadata["name"], metadata["namespace"], grace_seconds=0)
    client.delete("v1", "Node", host)


def _nodes(client: KubeClient, group: Made) -> list[dict[str, Any]]:
    return client.list("v1", "Node", label_selector=f"{GROUP_LABEL}={group['nodeGroupName']}")


def _generation(node: Mapping[str, Any]) -> str | None:
    found: str | None = (node["metadata"].get("annotations") or {}).get(GENERATION_ANNOTATION)
    return found


def _age(node: Mapping[str, Any]) -> tuple[str, str]:
    return node["metadata"].get("creationTimestamp", ""), node["metadata"]["name"]


def _client(plane: Plane) -> KubeClient:
    return KubeClient.from_kubeconfig(plane.kubeconfig.read_text())


def _each(work: Callable[[Item], None], items: Iterable[Item]) -> None:
    listed = list(items)
    if listed:
        with ThreadPoolExecutor(min(_PARALLEL, len(listed))) as pool:
            list(pool.map(work, listed))
