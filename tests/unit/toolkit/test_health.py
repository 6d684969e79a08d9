"""`status` on what a cluster says: every kind of trouble is told in the words of whoever reports it."""

from datetime import date
from typing import Any

import pytest

from core.capacity.cold_node import ColdNode
from toolkit.overview.cluster import ReleaseView
from toolkit.overview.health import Health, Seen, fold

TODAY = date(2026, 11, 25)
OUTPUTS = {"clusterName": "voice", "namespace": "cartesia", "releaseName": "cartesia", "kubeconfig": "left out"}


def meta(name: str, namespace: str = "cartesia", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, **more}}


def node(name: str = "gpu-1", *, ready: bool = True, gpus: int = 1, kubelet: str = "v1.35.6", **more: Any) -> Any:
    labels = {
        "eks.amazonaws.com/nodegroup": "gpu",
        "nvidia.com/gpu.present": "true",
        "node.kubernetes.io/instance-type": "g6e.2xlarge",
    }
    condition = {"type": "Ready", "status": "True" if ready else "Unknown", "message": more.pop("says", "fine")}
    offered = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    status = {"conditions": [condition], "allocatable": offered, "nodeInfo": {"kubeletVersion": kubelet}, **more}
    return {**meta(name, labels=labels), "status": status}


def pod(name: str = "cartesia-api-1", *, ready: bool = True, phase: str = "Running", **status: Any) -> Any:
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}, *status.pop("conditions", [])]
    return {**meta(name), "spec": {"containers": []}, "status": {"phase": phase, "conditions": conditions, **status}}


def event(kind: str, name: str, reason: str, message: str, when: str = "2026-11-25T08:00:00Z") -> Any:
    about = {"kind": kind, "name": name, "namespace": "cartesia"}
    return {"type": "Warning", "involvedObject": about, "reason": reason, "message": message, "lastTimestamp": when}


def health(**seen: Any) -> Health:
    fine: dict[str, Any] = {
        "nodes": [node()],
        "pods": [pod()],
        "events": [],
        "ingresses": [],
        "claims": [],
        "version": "v1.35.6-eks-0a",
        "release": ReleaseView("cartesia", "cartesia", "deployed", 3),
    }
    return fold("eks-prod", OUTPUTS, Seen(**{**fine, **seen}), TODAY)


def test_nothing_is_told_of_a_cluster_that_is_fine() -> None:
    found = health()
    assert found.findings == ()
    assert found.as_data()["fine"] is True
    assert found.as_text().startswith("nothing wrong was found")
    assert "left out" not in str(found.as_data())


PENDING = {
    "conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes: Insufficient nvidia.com/gpu"}]
}
PULLING = {
    "containerStatuses": [
        {"name": "api", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "403 Forbidden"}}}
    ]
}
CRASHED = {
    "containerStatuses": [
        {
            "name": "worker",
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}},
        }
    ]
}
NO_ADDRESS = {**meta("way-in"), "spec": {"rules": [{"host": "voice.acme.io"}]}}
UNBOUND = {**meta("cartesia-license-proxy"), "status": {"phase": "Pending"}}
TROUBLE: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "a node that went away": (
        {"nodes": [node(ready=False, says="Kubelet stopped posting node status.")]},
        "node gpu-1 (gpu)",
        ["Kubelet stopped posting"],
    ),
    "a GPU node that offers none": ({"nodes": [node(gpus=0)]}, "node gpu-1 (gpu)", ["offers no nvidia.com/gpu"]),
    "no room for a pod": (
        {"pods": [pod(ready=False, phase="Pending", **PENDING)]},
        "pod cartesia/cartesia-api-1",
        ["scheduler: 0/3 nodes: Insufficient nvidia.com/gpu"],
    ),
    "an image that cannot be pulled": (
        {"pods": [pod(ready=False, phase="Pending", **PULLING)]},
        "pod cartesia/cartesia-api-1",
        ["container api: ImagePullBackOff: 403 Forbidden"],
    ),
    "a container that crashes": (
        {"pods": [pod(ready=False, **CRASHED)]},
        "pod cartesia/cartesia-api-1",
        ["CrashLoopBackOff", "ended before with OOMKilled, exit code 137"],
    ),
    "a volume on another node": (
        {
            "pods": [pod(ready=False, phase="Pending")],
            "events": [
                event("Pod", "cartesia-api-1", "FailedScheduling", "older", "2026-11-25T07:00:00Z"),
                event("Pod", "cartesia-api-1", "FailedAttachVolume", "Multi-Attach error for volume"),
            ],
        },
        "pod cartesia/cartesia-api-1",
        ["FailedAttachVolume: Multi-Attach error for volume"],
    ),
    "a claim without a volume": (
        {
            "claims": [UNBOUND],
            "events": [event("PersistentVolumeClaim", "cartesia-license-proxy", "ProvisioningFailed", "no such class")],
        },
        "volume claim cartesia-license-proxy",
        ["is Pending; ProvisioningFailed: no such class"],
    ),
    "an ingress that nobody serves": (
        {"ingresses": [NO_ADDRESS]},
        "ingress way-in",
        ["no controller has given it an address", "kubectl get ingressclass"],
    ),
    "an ingress whose controller complains": (
        {"ingresses": [NO_ADDRESS], "events": [event("Ingress", "way-in", "FailedBuildModel", "no subnets")]},
        "ingress way-in",
        ["FailedBuildModel: no subnets"],
    ),
    "a release that failed": (
        {"release": ReleaseView("cartesia", "cartesia", "failed", 4, "context deadline exceeded")},
        "Helm release cartesia",
        ["failed (revision 4): context deadline exceeded"],
    ),
    "a version whose support ends": (
        {"version": "v1.34.9", "nodes": [node(kubelet="v1.34.9")]},
        "Kubernetes 1.34",
        ["ends on 2026-12-02", "cartesia-infra versions"],
    ),
    "nodes behind their control plane": ({"nodes": [node(kubelet="v1.33.9")]}, "nodes", ["run v1.33.9", "of 1.35"]),
}


@pytest.mark.parametrize("case", TROUBLE, ids=list(TROUBLE))
def test_every_trouble_is_told_in_the_words_of_whoever_reports_it(case: str) -> None:
    seen, what, words = TROUBLE[case]
    (finding,) = health(**seen).findings
    assert finding.what == what
    assert all(word in str(finding) for word in words)
    assert "older" not in str(finding)


@pytest.mark.parametrize("kubelet", ["v1.34.9", "kwok-v0.8.0", "-"])
def test_nodes_may_be_a_version_behind_for_a_while(kubelet: str) -> None:
    assert health(nodes=[node(kubelet=kubelet)]).findings == ()


def test_pods_of_other_namespaces_are_left_alone_but_for_the_systems() -> None:
    elsewhere = {**pod(ready=False), **meta("theirs", "shop")}
    system = {**pod(ready=False), **meta("coredns-1", "kube-system")}
    assert [each.what for each in health(pods=[elsewhere, system]).findings] == ["pod kube-system/coredns-1"]


def test_the_license_and_the_way_in_are_shown() -> None:
    proxy = pod("cartesia-license-proxy-1")
    bound = {**UNBOUND, "status": {"phase": "Bound"}}
    served = {**NO_ADDRESS, "status": {"loadBalancer": {"ingress": [{"hostname": "k8s-voice.elb.amazonaws.com"}]}}}
    found = health(pods=[proxy], claims=[bound], ingresses=[served])
    assert found.license == "1 of 1 pods of the license proxy ready, volume cartesia-license-proxy Bound"
    assert "k8s-voice.elb.amazonaws.com" in found.as_text()


def test_one_more_node_is_estimated_by_the_disk_that_its_images_are_on() -> None:
    slow = health(nodes=[node(capacity={"ephemeral-storage": "104845292Ki"})]).further_node
    fast = health(nodes=[node(capacity={"ephemeral-storage": "430000000Ki"})]).further_node
    assert slow is not None
    assert fast is not None
    assert slow.write_mibps == 125
    assert fast.seconds < slow.seconds
    assert health(nodes=[]).further_node is None


def test_the_parts_of_an_estimate_add_up_and_each_has_a_name() -> None:
    node_ = ColdNode(autoscaled=True, image_gib=10, write_mibps=1024)
    parts = list(node_.parts())
    assert [part.name for part in parts] == ["autoscaler", "launch", "join", "offer", "image", "load"]
    assert next(part.seconds for part in parts if part.name == "image") == 10
    assert node_.seconds == sum(part.seconds for part in parts)
    assert all(part.why for part in parts)
