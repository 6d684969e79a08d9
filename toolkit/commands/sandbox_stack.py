"""One stack as it stands in the sandbox: its outputs, its pods, and which GPUs they hold.

Owns what `sandbox status --stack` shows. Reads the engine's exports and the control plane's objects, changes nothing.
"""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.environment import environment
from sandbox.errors import SandboxError
from sandbox.kube import KubeClient
from sandbox.layout import CHECKOUT
from sandbox.planes import plane_of

_GPU = "nvidia.com/gpu"
_LONGEST_VALUE = 100
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class PodView:
    """One pod."""

    namespace: str
    name: str
    phase: str
    ready: bool
    node: str
    gpus: int
    why: str
    """The scheduler's words where it has no node."""


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node with GPUs."""

    name: str
    instance_type: str
    gpus: int
    used: int


@dataclass(frozen=True, slots=True)
class StackView:
    """Everything there is to see of a stack."""

    name: str
    outputs: Mapping[str, Any]
    """Secrets are hidden by the engine."""
    pods: tuple[PodView, ...]
    gpu_nodes: tuple[NodeView, ...]

    @classmethod
    def of(cls, world_dir: Path, stack: str) -> "StackView":
        """Look at a stack.

        Raises:
            SandboxError: The engine does not know the stack.
        """
        outputs = _outputs(world_dir, stack)
        plane = plane_of(world_dir, str(outputs.get("clusterName", "")))
        if plane is None:
            return cls(stack, outputs, (), ())
        client = KubeClient.from_kubeconfig(plane.kubeconfig.read_text())
        all_pods = client.list("v1", "Pod")
        namespace = outputs.get("namespace")
        shown = [pod for pod in all_pods if namespace is None or pod["metadata"]["namespace"] == namespace]
        return cls(
            name=stack,
            outputs=outputs,
            pods=tuple(pod_view(pod) for pod in shown),
            gpu_nodes=gpu_nodes(client.list("v1", "Node"), all_pods),
        )

    def to_json(self) -> dict[str, Any]:
        """As `sandbox status --stack --json` prints it."""
        return asdict(self)

    def to_text(self) -> str:
        """For people."""
        blocks = [_table(f"outputs of {self.name}", [(name, _short(value)) for name, value in self.outputs.items()])]
        rows = [
            (pod.name, "Ready" if pod.ready else pod.phase, f"{pod.gpus} GPU", pod.node or pod.why) for pod in self.pods
        ]
        blocks.append(_table("pods", sorted(rows)))
        blocks.append(
            _table(
                "GPUs",
                [
                    (node.name, node.instance_type, f"{node.used} used", f"{node.gpus - node.used} free")
                    for node in self.gpu_nodes
                ],
            )
        )
        return "\n\n".join(blocks)


def pod_view(pod: Mapping[str, Any]) -> PodView:
    """What matters of a pod."""
    status = pod.get("status", {})
    conditions = {each["type"]: each for each in status.get("conditions", [])}
    return PodView(
        namespace=pod["metadata"]["namespace"],
        name=pod["metadata"]["name"],
        phase=status.get("phase", "Unknown"),
        ready=conditions.get("Ready", {}).get("status") == "True",
        node=pod["spec"].get("nodeName", ""),
        gpus=pod_gpus(pod),
        why=conditions.get("PodScheduled", {}).get("message", ""),
    )


def pod_gpus(pod: Mapping[str, Any]) -> int:
    """GPUs a pod asks for; init containers run before the others and none of ours asks for any."""
    limits = (container.get("resources", {}).get("limits", {}) for container in pod["spec"]["containers"])
    return sum(int(each.get(_GPU, 0)) for each in limits)


def gpu_nodes(nodes: Iterable[Mapping[str, Any]], pods: Sequence[Mapping[str, Any]]) -> tuple[NodeView, ...]:
    """Nodes that have GPUs, with what the pods on them hold."""
    used: dict[str, int] = {}
    for pod in pods:
        if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed"):
            node = pod["spec"].get("nodeName", "")
            used[node] = used.get(node, 0) + pod_gpus(pod)
    found = []
    for node in nodes:
        name, labels = node["metadata"]["name"], node["metadata"].get("labels", {})
        gpus = int(node.get("status", {}).get("allocatable", {}).get(_GPU, 0))
        if gpus:
            instance_type = labels.get("node.kubernetes.io/instance-type", "unknown")
            found.append(NodeView(name, instance_type, gpus, used.get(name, 0)))
    return tuple(sorted(found, key=lambda each: each.name))


def _outputs(world_dir: Path, stack: str) -> dict[str, Any]:
    """The exports of a stack."""
    done = subprocess.run(
        ["pulumi", "stack", "output", "--json", "--stack", stack],
        cwd=CHECKOUT,
        env=environment(world_dir),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise SandboxError(f"cannot read the outputs of stack {stack}: {done.stderr.strip()}")
    value = json.loads(done.stdout)
    return value if isinstance(value, dict) else {}


def _short(value: object) -> str:
    """A value on one line."""
    text = value if isinstance(value, str) else json.dumps(value)
    if "\n" in text or len(text) > _LONGEST_VALUE:
        return f"{text.strip().splitlines()[0][:40]}… ({len(text)} characters)"
    return text


def _table(title: str, rows: Sequence[tuple[str, ...]]) -> str:
    """Rows in columns under a title."""
    if not rows:
        return f"{title}\n  none"
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([title, *lines])
