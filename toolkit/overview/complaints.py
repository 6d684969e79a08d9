"""What is wrong in a cluster, in the words of scheduler, kubelet, controllers and Helm."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.aws.eks import EKS_VERSIONS
from catalog.gpus import GPU_LABEL, GPU_RESOURCE
from toolkit.overview.cluster import ReleaseView

Object = Mapping[str, Any]

SOON_DAYS = 90
"""Days before the end of a version's support from which it is told: an upgrade wants planning."""
_TOO_FAR = 2
"""Versions that nodes may be behind their control plane without a word; Kubernetes supports 3.

source: Kubernetes documentation, "Version Skew Policy", 2026-11-25.
"""
_GROUP_LABEL = "eks.amazonaws.com/nodegroup"
_DEVICE_PLUGIN = "kubectl logs -n kube-system -l name=nvidia-device-plugin-ds"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    what: str
    """Object, e.g. `pod cartesia-api-7d`."""
    says: str
    """In the words of whoever reports it."""
    help: str = ""
    """What helps, where that is known."""

    def __str__(self) -> str:
        return f"{self.what}: {self.says}" + (f"; {self.help}" if self.help else "")


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One node."""

    name: str
    node_group: str
    ready: bool
    instance_type: str
    zone: str
    kubelet: str
    gpus: int
    """GPUs it offers."""


@dataclass(frozen=True, slots=True)
class IngressRow:
    """One way in."""

    name: str
    namespace: str
    host: str
    address: str
    """Empty while no controller gave it one."""


def node_row(node: Object) -> NodeRow:
    """A node as it is shown."""
    labels, status = meta(node).get("labels") or {}, node.get("status") or {}
    return NodeRow(
        name=str(meta(node).get("name")),
        node_group=str(labels.get(_GROUP_LABEL, "other")),
        ready=condition(node, "Ready").get("status") == "True",
        instance_type=str(labels.get("node.kubernetes.io/instance-type", "-")),
        zone=str(labels.get("topology.kubernetes.io/zone", "-")),
        kubelet=str((status.get("nodeInfo") or {}).get("kubeletVersion", "-")),
        gpus=int((status.get("allocatable") or {}).get(GPU_RESOURCE, 0)),
    )


def of_nodes(nodes: Iterable[Object]) -> Iterator[Finding]:
    """Nodes that are not ready, and those with GPUs that offer none."""
    for node in nodes:
        row = node_row(node)
        name = f"node {row.name} ({row.node_group})"
        if not row.ready:
            told = condition(node, "Ready")
            says = told.get("message") or told.get("reason") or "its kubelet has not reported"
            yield Finding(name, f"not ready: {says}")
        elif (meta(node).get("labels") or {}).get(GPU_LABEL) == "true" and not row.gpus:
            help_ = f"look at the pod of the device plugin on it: `{_DEVICE_PLUGIN}`"
            yield Finding(name, f"offers no {GPU_RESOURCE}, though it has GPUs", help_)


def of_pods(pods: Iterable[Object], events: Sequence[Object]) -> Iterator[Finding]:
    """Pods that are not ready."""
    for pod in pods:
        status = pod.get("status") or {}
        if status.get("phase") == "Succeeded":
            continue
        if condition(pod, "Ready").get("status") != "True":
            says = "; ".join(dict.fromkeys(_words(pod, events))) or "not ready, and nobody says why"
            yield Finding(f"pod {meta(pod).get('namespace')}/{meta(pod).get('name')}", says)


def _words(pod: Object, events: Sequence[Object]) -> Iterator[str]:
    """What scheduler and kubelet say of a pod: the condition, each container, and the newest warning."""
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        yield f"scheduler: {scheduled.get('message') or scheduled.get('reason')}"
    status = pod.get("status") or {}
    for row in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state, last = row.get("state") or {}, (row.get("lastState") or {}).get("terminated") or {}
        for kind in ("waiting", "terminated"):
            told = state.get(kind) or {}
            if told and told.get("reason") not in ("PodInitializing", "ContainerCreating", "Completed"):
                words = [str(told.get("reason")), *([str(told["message"])] if told.get("message") else [])]
                yield f"container {row.get('name')}: {': '.join(words)}"
        if last:
            ended = f"{last.get('reason')}, exit code {last.get('exitCode')}"
            yield f"container {row.get('name')} ended before with {ended}"
    yield from _warning("Pod", pod, events)


def _warning(kind: str, obj: Object, events: Sequence[Object]) -> Iterator[str]:
    """The newest warning about an object."""
    own = [
        event
        for event in events
        if event.get("type") == "Warning"
        and (event.get("involvedObject") or {}).get("kind") == kind
        and (event.get("involvedObject") or {}).get("name") == meta(obj).get("name")
        and (event.get("involvedObject") or {}).get("namespace", "") == meta(obj).get("namespace", "")
    ]
    if own:
        newest = max(own, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
        yield f"{newest.get('reason')}: {newest.get('message')}"


def of_claims(claims: Iterable[Object], events: Sequence[Object]) -> Iterator[Finding]:
    """Volume claims without a volume."""
    for claim in claims:
        phase = (claim.get("status") or {}).get("phase")
        if phase != "Bound":
            says = "; ".join([f"is {phase}", *_warning("PersistentVolumeClaim", claim, events)])
            yield Finding(f"volume claim {meta(claim).get('name')}", says)


def of_ingresses(ways: Iterable[IngressRow], events: Sequence[Object]) -> Iterator[Finding]:
    """Ingresses without an address: Helm calls them ready at once."""
    for way in ways:
        if not way.address:
            obj = {"metadata": {"name": way.name, "namespace": way.namespace}}
            told = next(_warning("Ingress", obj, events), "")
            help_ = "" if told else "is a controller of its class in the cluster? `kubectl get ingressclass`"
            yield Finding(f"ingress {way.name}", told or "no controller has given it an address", help_)


def of_release(release: ReleaseView | None) -> Iterator[Finding]:
    """A release that Helm does not call deployed."""
    if release is not None and release.status != "deployed":
        yield Finding(f"Helm release {release.name}", str(release))


def of_versions(version: str, nodes: Iterable[NodeRow], today: date) -> Iterator[Finding]:
    """Versions near the end of their support, and nodes behind the control plane."""
    minor = _minor(version)
    row = EKS_VERSIONS.get(minor)
    if row is not None and (row.standard_until - today).days <= SOON_DAYS:
        ended = row.standard_until < today
        says = f"standard support {'ended' if ended else 'ends'} on {row.standard_until}"
        then = f"; extended support, at a higher price, ends on {row.extended_until}"
        help_ = "`cartesia-infra versions` shows the way up"
        yield Finding(f"Kubernetes {minor}", says + then, help_)
    behind = sorted({node.kubelet for node in nodes if _versions_behind(node.kubelet, minor) >= _TOO_FAR})
    if behind:
        says = f"run {', '.join(behind)}, {_TOO_FAR} versions or more below a control plane of {minor}"
        yield Finding("nodes", says, "update the node groups: nodes may be 3 versions behind at most")


def _versions_behind(kubelet: str, minor: str) -> int:
    """How many versions a kubelet is behind; 0 where one of the two tells no version."""
    numbers = [int(each.partition(".")[2]) for each in (minor, _minor(kubelet)) if each]
    return numbers[0] - numbers[1] if len(numbers) > 1 else 0


def _minor(version: str) -> str:
    """Major and minor number; empty for what is no version of Kubernetes, such as that of a simulated kubelet."""
    found = re.match(r"v?(\d+\.\d+)\.", version)
    return found[1] if found else ""


def condition(obj: Object, kind: str) -> Object:
    """A condition of an object, empty where it has none of the kind."""
    found: Iterable[Object] = (obj.get("status") or {}).get("conditions") or []
    return next((each for each in found if each.get("type") == kind), {})


def meta(obj: Object) -> Object:
    """Its metadata."""
    return obj.get("metadata") or {}
