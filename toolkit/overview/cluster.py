"""What runs in one stack's cluster: its outputs, its pods by node, and its GPUs free and used.

Pure: folds what the engine and the API server said into a value, and writes that as text or plain data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.input.plain import plain
from toolkit.overview.tables import table

__all__ = [
    "GpuCount",
    "Overview",
    "PodRow",
    "ReleaseView",
    "count_gpus",
    "outputs_table",
    "overview",
    "pod_rows",
]

GPU = "nvidia.com/gpu"
_POOL_LABELS = ("eks.amazonaws.com/nodegroup", "cloud.google.com/gke-nodepool")
"""Labels by which clouds mark the nodes of a group or pool."""
_SHOWN_OUTPUTS = (
    "clusterName",
    "endpoint",
    "namespace",
    "releaseName",
    "releaseStatus",
    "releaseTag",
    "apiEndpoint",
)


@dataclass(frozen=True, slots=True)
class PodRow:
    """One pod."""

    name: str
    phase: str
    """`Running`, `Pending`, ..."""
    ready: bool
    node: str
    """Name of the node, or the scheduler's words while there is none."""
    gpus: int
    """GPUs it asks for."""
    tag: str = ""
    """Tags of its containers' images, the same one once."""


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """What Helm says of the stack's release, newest revision."""

    name: str
    namespace: str
    status: str
    """Helm's word, e.g. `deployed`, `failed`, `pending-upgrade`; `absent` where Helm knows no such release, `unknown`
    where it could not be asked."""
    revision: int = 0
    description: str = ""
    """Helm's own account of a release that is not deployed, or why it could not be asked."""

    def __str__(self) -> str:
        revision = f" (revision {self.revision})" if self.revision else ""
        said = f": {self.description}" if self.description and self.status != "deployed" else ""
        return f"{self.status}{revision}{said}"


@dataclass(frozen=True, slots=True)
class GpuCount:
    """GPUs of one node group."""

    node_group: str
    nodes: int
    total: int
    used: int

    @property
    def free(self) -> int:
        """GPUs no pod has."""
        return self.total - self.used


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that is shown of a stack."""

    stack: str
    outputs: Mapping[str, Any]
    pods: tuple[PodRow, ...]
    gpus: tuple[GpuCount, ...]
    release: ReleaseView | None = None
    """None where there is no release to ask for."""
    note: str = ""
    """What is special about the stack, for example that it is empty."""

    @property
    def healthy(self) -> bool:
        """Whether every pod runs and is ready, and Helm has nothing to complain of."""
        fine = all(pod.phase == "Running" and pod.ready for pod in self.pods)
        return bool(self.pods) and fine and (self.release is None or self.release.status == "deployed")

    def as_data(self) -> dict[str, Any]:
        """As JSON: stack, outputs, Helm's release, pods, GPUs with `free`, and whether all is healthy."""
        return {
            "stack": self.stack,
            "note": self.note,
            "outputs": dict(self.outputs),
            "release": plain(self.release),
            "pods": plain(self.pods),
            "gpus": [plain(count) | {"free": count.free} for count in self.gpus],
            "healthy": self.healthy,
        }

    def as_text(self, columns: int = 0) -> str:
        """For a terminal of so many columns: outputs, with Helm's word in place of the recorded one, pods, GPUs."""
        if self.note and not self.outputs:
            return self.note
        told = {} if self.release is None else {"releaseStatus": str(self.release)}
        parts = [self.note] if self.note else []
        parts.append(outputs_table({**self.outputs, **told}, _SHOWN_OUTPUTS, columns))
        pods = [(pod.name, _state(pod), pod.tag or "-", str(pod.gpus or "-"), pod.node) for pod in self.pods]
        head = ("POD", "STATE", "TAG", "GPUS", "NODE")
        parts.append(table(*head, rows=pods, columns=columns) if pods else "no pods in the release's namespace")
        gpus = [(g.node_group, str(g.nodes), str(g.total), str(g.used), str(g.free)) for g in self.gpus]
        head = ("NODE GROUP", "NODES", "GPUS", "USED", "FREE")
        parts.append(table(*head, rows=gpus, columns=columns) if gpus else "no GPU nodes")
        return "\n\n".join(parts)


def overview(
    stack: str,
    outputs: Mapping[str, Any],
    nodes: Iterable[Mapping[str, Any]],
    pods: Iterable[Mapping[str, Any]],
    release: ReleaseView | None = None,
    note: str = "",
) -> Overview:
    """Fold a stack's outputs and the cluster's nodes and pods (as the API server gives them) into one value.

    Args:
        stack: Name of the stack.
        outputs: Stack outputs; secret ones must be left out by the caller.
        nodes: All nodes.
        pods: Pods of all namespaces: GPUs may be used outside of the release's.
        release: What Helm says.
        note: What is special about the stack.
    """
    every_pod = list(pods)
    namespace = outputs.get("namespace")
    own = [pod for pod in every_pod if pod["metadata"].get("namespace") == namespace]
    return Overview(stack, dict(outputs), pod_rows(own), count_gpus(nodes, every_pod), release, note)


def pod_rows(pods: Iterable[Mapping[str, Any]]) -> tuple[PodRow, ...]:
    """Each pod in one row, sorted by name."""
    rows = []
    for pod in pods:
        status = pod.get("status") or {}
        conditions = {each["type"]: each for each in status.get("conditions") or []}
        scheduled = conditions.get("PodScheduled", {})
        node = (pod.get("spec") or {}).get("nodeName") or scheduled.get("message") or "not scheduled yet"
        ready = conditions.get("Ready", {}).get("status") == "True"
        name, phase = pod["metadata"]["name"], status.get("phase", "Unknown")
        rows.append(PodRow(name, phase, ready, node, _gpus_asked(pod), _tags(pod)))
    return tuple(sorted(rows, key=lambda row: row.name))


def count_gpus(nodes: Iterable[Mapping[str, Any]], pods: Iterable[Mapping[str, Any]]) -> tuple[GpuCount, ...]:
    """GPUs by node group, groups without GPUs left out."""
    used: dict[str, int] = {}
    for pod in pods:
        node = (pod.get("spec") or {}).get("nodeName")
        if node and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
            used[node] = used.get(node, 0) + _gpus_asked(pod)
    groups: dict[str, GpuCount] = {}
    for node in nodes:
        total = int(((node.get("status") or {}).get("allocatable") or {}).get(GPU, 0))
        if not total:
            continue
        metadata = node["metadata"]
        labels = metadata.get("labels") or {}
        group = next((labels[label] for label in _POOL_LABELS if label in labels), "other")
        before = groups.get(group, GpuCount(group, 0, 0, 0))
        groups[group] = GpuCount(
            group, before.nodes + 1, before.total + total, before.used + used.get(metadata["name"], 0)
        )
    return tuple(groups[name] for name in sorted(groups))


def _gpus_asked(pod: Mapping[str, Any]) -> int:
    containers = (pod.get("spec") or {}).get("containers") or []
    return sum(int(((each.get("resources") or {}).get("limits") or {}).get(GPU, 0)) for each in containers)


def _tags(pod: Mapping[str, Any]) -> str:
    """Tags of the images; of one that is named by digest alone, the beginning of the digest."""
    containers = (pod.get("spec") or {}).get("containers") or []
    names = [str(each["image"]).rpartition("/")[2] for each in containers if each.get("image")]
    return ", ".join(dict.fromkeys(map(_tag, names)))


def _tag(image: str) -> str:
    name, _, digest = image.partition("@")
    return name.partition(":")[2] or (digest[:19] if digest else "latest")


def _state(pod: PodRow) -> str:
    return pod.phase if pod.ready or pod.phase != "Running" else "Running, not ready"


def outputs_table(outputs: Mapping[str, Any], shown: Iterable[str], columns: int = 0) -> str:
    """A table of the outputs that are shown, in that order."""
    rows = [(key, str(outputs[key])) for key in shown if key in outputs]
    return table("OUTPUT", "VALUE", rows=rows, columns=columns)
