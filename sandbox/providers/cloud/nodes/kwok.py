"""KWOK nodes of a pool: made, brought up to date and removed through the cluster's own API server.

Owns the nodes that carry the labels of the pool; leaves alone every other node. Every step can run again.
"""

import random
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from clients.kubernetes import KubeClient, KubeError
from sandbox.providers.cloud.nodes import devices
from sandbox.providers.cloud.nodes.pool import (
    GENERATION_ANNOTATION,
    LABELS_ANNOTATION,
    NodePool,
    Place,
    label_note,
    node_labels,
    node_object,
)

_MANAGER: Final = "node-pool"
_PARALLEL: Final = 8
_PLUGIN_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.2
_CONFLICT: Final = 409
Item = TypeVar("Item")


class Plane(Protocol):
    """As much of a control plane as is needed here."""

    kubeconfig: Path


def reconcile(pool: NodePool, plane: Plane) -> None:
    """Have exactly the nodes the pool asks for.

    Nodes of another generation are replaced, new ones first, so that their pods have somewhere to go. The others get
    current labels and taints.
    """
    with _client(plane) as client:
        present = sorted(_nodes(client, pool.selector), key=_age)
        current = [node for node in present if _generation(node) == pool.generation]
        keep = current[: pool.desired]
        _each(lambda node: _bring_up_to_date(client, pool, node), keep)
        _each(lambda planned: _make(client, pool, *planned), _plan(client, pool, keep, pool.desired - len(keep)))
        kept = {node["metadata"]["name"] for node in keep}
        _each(lambda node: _drain(client, node), [node for node in present if node["metadata"]["name"] not in kept])
        _wait_for_plugins(client, pool)


def _wait_for_plugins(client: KubeClient, pool: NodePool) -> None:
    """Give a device plugin that is installed the moment it needs on new nodes: no process follows them later."""
    if not (pool.machine.plugged and pool.machine.gpus):
        return
    sockets = [each for each in client.list("apps/v1", "DaemonSet") if devices.is_plugin(each["spec"]["template"])]
    deadline = time.monotonic() + _PLUGIN_SECONDS
    while True:
        devices.follow(client)
        waiting = [node for node in _nodes(client, pool.selector) if not devices.offers(node)]
        if not (sockets and waiting) or time.monotonic() > deadline:
            return
        time.sleep(_POLL_SECONDS)


def remove(selector: Mapping[str, str], plane: Plane) -> None:
    """Drain and remove all nodes with the labels of a pool; a control plane that is gone has none."""
    with _client(plane) as client:
        _each(lambda node: _drain(client, node), _nodes(client, selector))


def _plan(
    client: KubeClient, pool: NodePool, keep: Iterable[Mapping[str, Any]], missing: int
) -> list[tuple[Place, str]]:
    """Where new nodes go: the zones with the fewest of the pool first."""
    if missing <= 0:
        return []
    taken = {node["metadata"]["name"] for node in client.list("v1", "Node")}
    zones = [node["metadata"]["labels"].get("topology.kubernetes.io/zone") for node in keep]
    source = random.Random(secrets.randbits(64))  # noqa: S311 - addresses, not keys
    planned: list[tuple[Place, str]] = []
    for _ in range(missing):
        place = min(pool.places, key=lambda candidate: zones.count(candidate.zone))
        host = pool.facts.host(place, taken, source)
        taken.add(host)
        zones.append(place.zone)
        planned.append((place, host))
    return planned


def _make(client: KubeClient, pool: NodePool, place: Place, host: str) -> None:
    node = node_object(pool, place, host)
    try:
        client.create(node, field_manager=_MANAGER)
    except KubeError as error:
        if error.status != _CONFLICT:
            raise


def _bring_up_to_date(client: KubeClient, pool: NodePool, node: Mapping[str, Any]) -> None:
    """Labels and taints as the pool says now; those it had before and dropped go, those of others stay."""
    metadata, host = node["metadata"], node["metadata"]["name"]
    zone = metadata["labels"]["topology.kubernetes.io/zone"]
    wanted, before = node_labels(pool, zone, host), _ours(metadata.get("annotations") or {})
    dropped = dict.fromkeys(before - wanted.keys())
    client.patch(
        "v1",
        "Node",
        host,
        {
            "metadata": {"labels": {**wanted, **dropped}, "annotations": {LABELS_ANNOTATION: label_note(pool)}},
            "spec": {"taints": [dict(taint) for taint in pool.taints]},
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


def _nodes(client: KubeClient, selector: Mapping[str, str]) -> list[dict[str, Any]]:
    return client.list("v1", "Node", label_selector=",".join(f"{key}={value}" for key, value in selector.items()))


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
        with ThreadPoolExecutor(min(_PARALLEL, len(listed))) as threads:
            list(threads.map(work, listed))
