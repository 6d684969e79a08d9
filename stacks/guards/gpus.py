"""Before Helm is let at a release: every pool of GPU nodes must offer GPUs, or what is wrong with it is said.

A device plugin may be ready and offer nothing, be missing, or find no driver; its nodes are Ready all the same. Workers
then stay pending, and Helm waits until the time of the release is up. So the program looks first, at what nodes offer,
not at what is ready. It does so in a hook of the engine, which the released providers need to know nothing of: a Job
that asks for a GPU would take one from a full pool, and the Kubernetes provider can wait for no node by its label.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import pulumi

from catalog.gpus import ACCELERATOR_LABEL, GPU_LABEL, GPU_RESOURCE
from clients.kubernetes import KubeClient

__all__ = ["GpuGuard", "NoGpusError", "silent_pools", "wait_for_gpus", "why_silent"]

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
WAIT_SECONDS: Final = 300.0
"""A plugin that crashed is started again after 10, 20, 40, 80 and 160 seconds: by then it was tried six times."""
_POLL_SECONDS: Final = 2.0
_OF_NVIDIA: Final = "nvidia.com/"
"""Start of the resource of whole GPUs and of those of slices, e.g. `nvidia.com/mig-1g.10gb`."""
_SOCKETS: Final = "/var/lib/kubelet/device-plugins"
Object = Mapping[str, Any]


class NoGpusError(RuntimeError):
    """A pool of GPU nodes offers no GPU; the text says which and why."""


class Kube(Protocol):
    """As much of a cluster's client as is needed here."""

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> list[dict[str, Any]]:
        """All objects of a kind."""


class GpuGuard:
    """Stands before every Helm release of a program; `cluster` is known once the cluster's component is made."""

    def __init__(self) -> None:
        self.cluster: pulumi.Output[str] | None = None
        """Kubeconfig; None where the target has no cluster."""

    def attach(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """The transformation that gives releases their hook."""
        if args.type_ != RELEASE:
            return None
        hook = pulumi.ResourceHook(f"{args.name}-gpus", self._look)
        binding = pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])
        return pulumi.ResourceTransformationResult(
            args.props, pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=binding))
        )

    async def _look(self, args: pulumi.ResourceHookArgs) -> None:
        text = await self.cluster.future() if self.cluster is not None else None
        if text:
            await asyncio.to_thread(_look_into, text)


def wait_for_gpus(client: Kube, seconds: float = WAIT_SECONDS) -> None:
    """Wait until each kind of GPU node has a node that offers GPUs; a cluster without GPU nodes has none to wait for.

    Args:
        client: Of the cluster.
        seconds: The longest wait.

    Raises:
        NoGpusError: One offers none.
    """
    deadline = time.monotonic() + seconds
    told = False
    while silent := silent_pools(client.list("v1", "Node", label_selector=f"{GPU_LABEL}=true")):
        if time.monotonic() >= deadline:
            raise NoGpusError(
                "\n".join(line for kind, nodes in silent.items() for line in why_silent(client, kind, nodes))
            )
        if not told:
            pulumi.log.info(f"waiting for GPUs: {', '.join(silent)} offers none yet ({seconds:g} s at most)")
            told = True
        time.sleep(min(_POLL_SECONDS, max(seconds, 0.1)))


def silent_pools(nodes: Iterable[Object]) -> dict[str, list[str]]:
    """By accelerator, the names of its nodes; only those accelerators of which no node offers a GPU."""
    kinds: dict[str, list[str]] = {}
    offering = set()
    for node in nodes:
        kind = (node["metadata"].get("labels") or {}).get(ACCELERATOR_LABEL, "gpu")
        kinds.setdefault(kind, []).append(node["metadata"]["name"])
        offers = (node.get("status") or {}).get("allocatable") or {}
        if any(name.startswith(_OF_NVIDIA) and int(count) for name, count in offers.items()):
            offering.add(kind)
    return {kind: names for kind, names in sorted(kinds.items()) if kind not in offering}


def why_silent(client: Kube, kind: str, nodes: Sequence[str]) -> list[str]:
    """Lines that say what is known of the device plugins on the nodes of a kind."""
    lines = [f"no node with {kind} offers {GPU_RESOURCE}:"]
    for node in nodes[:3]:
        found = [_state(pod) for pod in client.list("v1", "Pod", field_selector=f"spec.nodeName={node}") if _plugs(pod)]
        if not found:
            fix = "switch addons.devicePlugin on, or install one and see that it tolerates the node's taints"
            found = [f"no device plugin runs there; {fix}"]
        lines += [f"  {node}: {text}" for text in found]
    return lines if len(nodes) <= 3 else [*lines, f"  and {len(nodes) - 3} more"]


def _look_into(kubeconfig: str) -> None:
    with KubeClient.from_kubeconfig(kubeconfig) as client:
        wait_for_gpus(client)


def _plugs(pod: Object) -> bool:
    mounts = [(volume.get("hostPath") or {}).get("path", "") for volume in pod["spec"].get("volumes") or ()]
    return any(path.startswith(_SOCKETS) for path in mounts)


def _state(pod: Object) -> str:
    name = pod["metadata"]["name"]
    for container in (pod.get("status") or {}).get("containerStatuses") or ():
        waiting = (container.get("state") or {}).get("waiting")
        if waiting:
            ended = (container.get("lastState") or {}).get("terminated") or {}
            said = str(ended.get("message") or waiting.get("message") or "").strip().splitlines()
            return f"device plugin {name} is in {waiting.get('reason')}: {said[-1] if said else 'it says nothing'}"
        if container.get("ready"):
            return (
                f"device plugin {name} is ready and offers nothing; read its log: kubectl logs -n {_space(pod)} {name}"
            )
    return f"device plugin {name} is {(pod.get('status') or {}).get('phase', 'unknown')}, not ready"


def _space(pod: Object) -> str:
    return str(pod["metadata"].get("namespace"))
