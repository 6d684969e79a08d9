"""Platform add-ons: the device plugin where GPUs are, pinned, mirrorable, and off when told."""

from typing import Any

import pytest

from catalog.addons import ADDONS, image_reference
from catalog.gpus import GPU_LABEL
from components.addons.cluster_platform import ClusterPlatform
from tests.support.release_cases import recorded, refused


def daemon_set(args: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    recording = recorded(lambda: ClusterPlatform("platform", args), monkeypatch)
    found = recording.one("DaemonSet", "platform-device-plugin")
    assert found.parent == "ClusterPlatform:platform"
    return found.inputs


def test_the_device_plugin_runs_on_gpu_nodes_ahead_of_ordinary_pods(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = daemon_set({}, monkeypatch)
    pod = inputs["spec"]["template"]["spec"]
    assert inputs["metadata"]["namespace"] == "kube-system"
    assert pod["nodeSelector"] == {GPU_LABEL: "true"}
    assert pod["tolerations"] == [{"operator": "Exists"}], "a group's own taints must not keep its GPUs off offer"
    assert pod["priorityClassName"] == "system-node-critical"
    assert pod["volumes"][0]["hostPath"]["path"] == "/var/lib/kubelet/device-plugins"
    assert inputs["spec"]["updateStrategy"]["type"] == "RollingUpdate"
    assert inputs["spec"]["selector"]["matchLabels"] == inputs["spec"]["template"]["metadata"]["labels"]


def test_the_image_is_pinned_and_a_mirror_replaces_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    [container] = daemon_set({}, monkeypatch)["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "nvcr.io/nvidia/k8s-device-plugin:v0.19.3"
    args = {
        "image_registry": "r.example.com/nvidia",
        "image_pull_secrets": ["mirror"],
        "device_plugin": {"version": "v0.18.2"},
    }
    pod = daemon_set(args, monkeypatch)["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "r.example.com/nvidia/k8s-device-plugin:v0.18.2"
    assert pod["imagePullSecrets"] == [{"name": "mirror"}]


@pytest.mark.parametrize(("strategy", "added"), [("none", None), ("single", ["SYS_ADMIN"]), ("mixed", ["SYS_ADMIN"])])
def test_the_plugin_has_no_more_rights_than_slicing_needs(
    strategy: str, added: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = daemon_set({"device_plugin": {"mig_strategy": strategy}}, monkeypatch)
    [container] = inputs["spec"]["template"]["spec"]["containers"]
    security = container["securityContext"]
    assert security["capabilities"]["drop"] == ["ALL"]
    assert security["capabilities"].get("add") == added
    assert security["allowPrivilegeEscalation"] is (added is not None)
    assert "privileged" not in security
    assert {"name": "MIG_STRATEGY", "value": strategy} in container["env"]
    assert inputs["spec"]["template"]["spec"]["automountServiceAccountToken"] is False


def test_an_add_on_that_is_off_makes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    args = {"device_plugin": {"enabled": False}, "storage_class": {"enabled": False}}
    recording = recorded(lambda: ClusterPlatform("platform", args), monkeypatch)
    assert set(recording.found) == {"ClusterPlatform:platform"}
    assert recording.outputs["ClusterPlatform:platform"] == {"images": {}}


def test_claims_get_volumes_of_the_default_class(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = recorded(lambda: ClusterPlatform("platform", {}), monkeypatch)
    made = recording.one("StorageClass", "platform-storage-class").inputs
    assert made["metadata"]["name"] == "gp3"
    assert made["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert made["parameters"]["type"] == "gp3"
    assert made["provisioner"] == "ebs.csi.aws.com"
    assert made["reclaimPolicy"] == "Delete"


def test_the_outputs_name_what_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = recorded(lambda: ClusterPlatform("platform", {}), monkeypatch)
    assert recording.outputs["ClusterPlatform:platform"] == {
        "images": {"nvidia-device-plugin": "nvcr.io/nvidia/k8s-device-plugin:v0.19.3"}
    }


@pytest.mark.parametrize(
    ("args", "where"),
    [
        ({"device_plugins": {}}, "device_plugins"),
        ({"device_plugin": {"on": True}}, "device_plugin.on"),
        ({"device_plugin": True}, "device_plugin"),
        ({"device_plugin": {"enabled": "yes"}}, "device_plugin.enabled"),
        ({"device_plugin": {"version": "latest"}}, "device_plugin.version"),
        ({"device_plugin": {"version": ""}}, "device_plugin.version"),
        ({"device_plugin": {"namespace": "Kube"}}, "device_plugin.namespace"),
        ({"device_plugin": {"mig_strategy": "all"}}, "device_plugin.mig_strategy"),
        ({"storage_class": {"name": "G P"}}, "storage_class.name"),
        ({"storage_class": {"reclaim_policy": "Keep"}}, "storage_class.reclaim_policy"),
        ({"storage_class": {"default": "yes"}}, "storage_class.default"),
        ({"image_registry": "https://r.example.com"}, "image_registry"),
        ({"image_registry": "r.example.com/"}, "image_registry"),
        ({"image_pull_secrets": "x"}, "image_pull_secrets"),
        ({"image_pull_secrets": ["A"]}, "image_pull_secrets[0]"),
    ],
)
def test_wrong_arguments_are_named_and_nothing_is_registered(args: dict[str, Any], where: str) -> None:
    assert f"\n  {where}:" in refused(lambda: ClusterPlatform("platform", args))


def test_every_add_on_is_pinned() -> None:
    for addon in ADDONS:
        assert addon.version not in ("", "latest")
        assert image_reference(addon, image_registry="m/x") == f"m/x/{addon.image}:{addon.version}"
