"""Every Kubernetes object the components register, held against a real API server by its own dry run."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime import rpc

from clients.kubernetes import KubeClient
from clients.kubernetes.errors import KubeError
from components.addons.cluster_platform import ClusterPlatform
from components.release.cartesia_release import CartesiaRelease
from sandbox.planes.claims import claim_plane
from sandbox.world import World
from tests.support.release_cases import air_gapped, connected, recorded

pytestmark = [pytest.mark.cluster]


@pytest.fixture(scope="module")
def kube(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeClient]:
    world = World.at(tmp_path_factory.mktemp("objects") / "world")
    world.up(progress=False)
    try:
        plane = claim_plane(world.layout.root, "objects")
        with KubeClient.from_kubeconfig(plane.kubeconfig.read_text()) as client:
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cartesia"}}
            client.apply(namespace, field_manager="test")
            yield client
    finally:
        world.down()


PLATFORMS: dict[str, dict[str, Any]] = {
    "default": {},
    "mirrored": {"image_registry": "r.example.com:5000/x", "image_pull_secrets": ["mirror"]},
    "single": {"device_plugin": {"mig_strategy": "single"}},
    "mixed": {"device_plugin": {"mig_strategy": "mixed"}},
}
RELEASES: dict[str, dict[str, Any]] = {
    "connected": connected(),
    "air-gapped": air_gapped(),
    "enforced": connected(pod_security="restricted"),
    "mirror": connected(
        image_registry="r.example.com/x",
        pull_secret={"mirror": {"registry": "r.example.com", "username": "u", "password": "p"}},
    ),
}


def plain(value: Any) -> Any:
    """What goes over the wire to the cluster: markers of secrecy taken off, whole numbers whole."""
    if rpc.is_rpc_secret(value):
        return plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def objects(component: type, args: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    recording = recorded(lambda: component("voice", args), monkeypatch)
    found = [plain(one.inputs) for one in recording.found.values() if "apiVersion" in one.inputs]
    assert found
    return found


@pytest.mark.parametrize("case", sorted(PLATFORMS))
def test_the_api_server_takes_the_add_ons(case: str, kube: KubeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for obj in objects(ClusterPlatform, PLATFORMS[case], monkeypatch):
        stored = kube.apply(obj, field_manager="test", dry_run=True)
        assert stored["metadata"]["name"] == obj["metadata"]["name"]


@pytest.mark.parametrize("case", sorted(RELEASES))
def test_the_api_server_takes_namespace_and_secrets(
    case: str, kube: KubeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = objects(CartesiaRelease, RELEASES[case], monkeypatch)
    assert {"Namespace", "Secret"} == {obj["kind"] for obj in found}
    for obj in found:
        stored = kube.apply(obj, field_manager="test", dry_run=True)
        assert stored.get("type") == obj.get("type")


def device_plugin(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    [plugin] = [each for each in objects(ClusterPlatform, {}, monkeypatch) if each["kind"] == "DaemonSet"]
    return plugin


def test_the_dry_run_sees_a_mistake(kube: KubeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = device_plugin(monkeypatch)
    plugin["spec"]["template"]["spec"]["priorityClass"] = "system-node-critical"
    with pytest.raises(KubeError, match="priorityClass"):
        kube.apply(plugin, field_manager="test", dry_run=True)


def test_the_plugin_is_scheduled_on_gpu_nodes_alone(kube: KubeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DaemonSet's wanted count is what a real controller makes of selector, taints and priority."""
    room = {"cpu": "8", "memory": "32Gi", "pods": "58"}
    for name, labels, taints in (
        ("cpu", {}, []),
        (
            "gpu",
            {"nvidia.com/gpu.present": "true"},
            [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}],
        ),
    ):
        made = {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": made, "spec": {"taints": taints}}
        kube.apply(node, field_manager="test")
        kube.patch_status("v1", "Node", name, {"capacity": room, "allocatable": room})
    plugin = device_plugin(monkeypatch)
    kube.apply(plugin, field_manager="test")
    for _ in range(100):
        pods = [pod for pod in kube.list("v1", "Pod", "kube-system") if pod["status"].get("phase") == "Running"]
        if pods:
            break
        time.sleep(0.1)
    assert [pod["spec"]["nodeName"] for pod in pods] == ["gpu"]
    assert pods[0]["spec"]["priority"] > 10**9
