"""What runs in a stack's cluster and why something does not, in the words of scheduler, kubelet and controllers.

Pure: folds what the API server and Helm said. Nothing here reads a provider's message, so it says the same of a real
cluster and of one in the sandbox.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from catalog.aws.local_storage import LOCAL_STORAGE_GB
from catalog.chart import LICENSE_PROXY_SERVICE
from core.capacity.cold_node import LOCAL_NVME_MIBPS, PLAIN_ROOT_MIBPS, ColdNode
from core.input.plain import plain
from toolkit.overview import complaints
from toolkit.overview.cluster import GpuCount, PodRow, ReleaseView, count_gpus, outputs_table, pod_rows
from toolkit.overview.tables import table

__all__ = ["Health", "Seen", "fold"]

Object = Mapping[str, Any]

_SHOWN = ("clusterName", "endpoint", "namespace", "releaseName", "releaseTag", "apiEndpoint")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of a cluster."""

    nodes: Sequence[Object]
    pods: Sequence[Object]
    """Of all namespaces."""
    events: Sequence[Object]
    ingresses: Sequence[Object]
    claims: Sequence[Object]
    version: str
    """Of the API server, e.g. `v1.35.6-eks-abc`."""
    release: ReleaseView | None


@dataclass(frozen=True, slots=True)
class Health:
    """Everything that is shown."""

    stack: str
    outputs: Mapping[str, Any]
    version: str
    nodes: tuple[complaints.NodeRow, ...]
    gpus: tuple[GpuCount, ...]
    pods: tuple[PodRow, ...]
    release: ReleaseView | None
    ingresses: tuple[complaints.IngressRow, ...]
    license: str
    """Of the license proxy and its volume, in a few words."""
    findings: tuple[complaints.Finding, ...] = field(default=())
    further_node: ColdNode | None = None
    """How long one more GPU node would take, estimated. None without GPU nodes."""

    def as_data(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "stack": self.stack,
            "fine": not self.findings,
            "findings": plain(self.findings),
            "outputs": {key: self.outputs[key] for key in _SHOWN if key in self.outputs},
            "version": self.version,
            "nodes": plain(self.nodes),
            "gpus": [plain(count) | {"free": count.free} for count in self.gpus],
            "pods": plain(self.pods),
            "release": plain(self.release),
            "ingresses": plain(self.ingresses),
            "license": self.license,
            "furtherNode": None if self.further_node is None else _estimate(self.further_node),
        }

    def as_text(self, columns: int = 0) -> str:
        """For a terminal: what is wrong first."""
        fine = "nothing wrong was found"
        parts = ["\n".join(["what is wrong:", *(f"  {each}" for each in self.findings)]) if self.findings else fine]
        told = {"kubernetes": self.version, "release": str(self.release or "none"), "license": self.license}
        shown = outputs_table({**self.outputs, **told}, (*_SHOWN, *told), columns)
        parts.append(shown)
        nodes = [
            (n.node_group, n.name, "Ready" if n.ready else "not ready", n.instance_type, n.kubelet, str(n.gpus or "-"))
            for n in self.nodes
        ]
        parts.append(
            table("NODE GROUP", "NODE", "STATE", "TYPE", "KUBELET", "GPUS", rows=nodes, columns=columns)
            if nodes
            else "no nodes"
        )
        gpus = [(g.node_group, str(g.nodes), str(g.total), str(g.used), str(g.free)) for g in self.gpus]
        if gpus:
            parts.append(table("NODE GROUP", "NODES", "GPUS", "USED", "FREE", rows=gpus, columns=columns))
        pods = [(p.name, p.phase, "yes" if p.ready else "no", p.tag or "-", p.node) for p in self.pods]
        parts.append(
            table("POD", "PHASE", "READY", "TAG", "NODE", rows=pods, columns=columns)
            if pods
            else "no pods of the release"
        )
        ways = [(way.name, way.host, way.address or "no address yet") for way in self.ingresses]
        if ways:
            parts.append(table("INGRESS", "HOST", "ADDRESS", rows=ways, columns=columns))
        if self.further_node is not None:
            parts.append(_told(self.further_node, columns))
        return "\n\n".join(parts)


def _estimate(node: ColdNode) -> dict[str, Any]:
    return {"seconds": round(node.seconds), "parts": [plain(part) for part in node.parts()]}


def _told(node: ColdNode, columns: int) -> str:
    rows = [(part.name, f"{part.seconds:.0f} s", part.why) for part in node.parts()]
    head = f"one more GPU node: about {node.seconds:.0f} s until its worker serves (an estimate; measure your own)"
    return f"{head}\n{table('PART', 'TAKES', 'WHY', rows=rows, columns=columns)}"


def _further(nodes: Sequence[Object]) -> ColdNode | None:
    """By a node with GPUs: on which disk its files are shows in the size of its storage."""
    for node in nodes:
        row, capacity = complaints.node_row(node), (node.get("status") or {}).get("capacity") or {}
        if row.gpus:
            local = LOCAL_STORAGE_GB.get(row.instance_type, 0) * 1000**3
            nvme = local and _size(str(capacity.get("ephemeral-storage", "0"))) > local * _MOST_OF_IT
            return ColdNode(write_mibps=LOCAL_NVME_MIBPS if nvme else PLAIN_ROOT_MIBPS)
    return None


_MOST_OF_IT = 0.8
_UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}


def _size(quantity: str) -> float:
    """Bytes of a quantity as Kubernetes writes it; 0 for what is none."""
    unit = _UNITS.get(quantity[-2:], 1)
    number = quantity[:-2] if unit > 1 else quantity
    return float(number) * unit if number.isdigit() else 0


def fold(stack: str, outputs: Mapping[str, Any], seen: Seen, today: date) -> Health:
    """Make one value of it all.

    Args:
        stack: Name of the stack.
        outputs: Its outputs. Only those that are shown are looked at.
        seen: What the cluster said.
        today: Supports of versions are counted from there.
    """
    namespace = str(outputs.get("namespace", ""))
    own = [pod for pod in seen.pods if complaints.meta(pod).get("namespace") == namespace]
    ways = tuple(_ingress(each) for each in seen.ingresses if complaints.meta(each).get("namespace") == namespace)
    nodes = tuple(sorted(map(complaints.node_row, seen.nodes), key=lambda row: (row.node_group, row.name)))
    claims = [each for each in seen.claims if complaints.meta(each).get("namespace") == namespace]
    findings = [
        *complaints.of_nodes(seen.nodes),
        *complaints.of_pods([pod for pod in seen.pods if _is_ours(pod, namespace)], seen.events),
        *complaints.of_claims(claims, seen.events),
        *complaints.of_ingresses(ways, seen.events),
        *complaints.of_release(seen.release),
        *complaints.of_versions(seen.version, nodes, today),
    ]
    shown = {key: value for key, value in outputs.items() if key in _SHOWN}
    gpus, license_ = count_gpus(seen.nodes, seen.pods), _license(own, claims)
    pods = pod_rows(own)
    return Health(
        stack=stack,
        outputs=shown,
        version=seen.version,
        nodes=nodes,
        gpus=gpus,
        pods=pods,
        release=seen.release,
        ingresses=ways,
        license=license_,
        findings=tuple(findings),
        further_node=_further(seen.nodes),
    )


def _is_ours(pod: Object, namespace: str) -> bool:
    return complaints.meta(pod).get("namespace") in (namespace, "kube-system")


def _ingress(ingress: Object) -> complaints.IngressRow:
    rules = (ingress.get("spec") or {}).get("rules") or [{}]
    given = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    addresses = [str(each.get("hostname") or each.get("ip")) for each in given]
    meta = complaints.meta(ingress)
    host, address = str(rules[0].get("host", "*")), ", ".join(addresses)
    return complaints.IngressRow(str(meta.get("name")), str(meta.get("namespace")), host, address)


def _license(pods: Iterable[Object], claims: Sequence[Object]) -> str:
    """Of the license proxy: its pods, and the volume it keeps licences on."""
    own = [pod for pod in pods if str(complaints.meta(pod).get("name", "")).startswith(LICENSE_PROXY_SERVICE)]
    ready = sum(complaints.condition(pod, "Ready").get("status") == "True" for pod in own)
    volumes = [f"{complaints.meta(claim).get('name')} {(claim.get('status') or {}).get('phase')}" for claim in claims]
    kept = f"volume {', '.join(volumes)}" if volumes else "no volume"
    return f"{ready} of {len(own)} pods of the license proxy ready, {kept}" if own else f"no license proxy, {kept}"
