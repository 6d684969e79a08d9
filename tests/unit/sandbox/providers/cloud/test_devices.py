"""A node offers GPUs only while a device plugin is ready on it, and one without devices makes a plugin crash."""

from typing import Any

import pytest

from sandbox.providers.cloud.nodes.devices import DEVICES_ANNOTATION, follow, is_plugin, offers

SOCKETS = "/var/lib/kubelet/device-plugins"


class FakeKube:
    """As much of a cluster as is followed."""

    def __init__(self, devices: int | None, *pods: dict[str, Any], offered: str | None = None) -> None:
        notes = {} if devices is None else {DEVICES_ANNOTATION: str(devices)}
        status = {"allocatable": {"cpu": "8", **({"nvidia.com/gpu": offered} if offered else {})}}
        self.node = {"metadata": {"name": "n", "annotations": notes}, "status": status}
        self.pods, self.written = list(pods), []

    def list(self, api_version: str, kind: str, field_selector: str | None = None) -> list[dict[str, Any]]:
        assert kind == "Node" or field_selector == "spec.nodeName=n"
        return [self.node] if kind == "Node" else self.pods

    def patch_status(self, api_version: str, kind: str, name: str, status: dict[str, Any], namespace: Any) -> None:
        self.written.append((kind, name, status))


def pod(*, ready: bool = True, path: str = SOCKETS, fails: str = "true", leaving: bool = False) -> dict[str, Any]:
    metadata = {"name": "plugin", "namespace": "kube-system", **({"deletionTimestamp": "now"} if leaving else {})}
    container = {"name": "c", "image": "i", "env": [{"name": "FAIL_ON_INIT_ERROR", "value": fails}]}
    return {
        "metadata": metadata,
        "spec": {"volumes": [{"hostPath": {"path": path}}], "containers": [container]},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def written(*found: Any, **kwargs: Any) -> list[Any]:
    kube = FakeKube(*found, **kwargs)
    follow(kube)  # type: ignore[arg-type]  # as much of a client as is used
    return kube.written


def gpus(count: str | None) -> tuple[str, str, dict[str, Any]]:
    told = {"nvidia.com/gpu": count}
    return ("Node", "n", {"capacity": told, "allocatable": told})


def test_a_ready_plugin_offers_what_is_built_in() -> None:
    assert written(4, pod()) == [gpus("4")]
    assert written(4, pod(), offered="4") == []


@pytest.mark.parametrize("gone", [[], [pod(ready=False)], [pod(leaving=True)], [pod(path="/var/log")]])
def test_without_one_nothing_is_offered_and_what_was_is_taken_back(gone: list[dict[str, Any]]) -> None:
    assert written(4, *gone) == []
    assert written(4, *gone, offered="4") == [gpus(None)]


def test_a_node_without_working_devices_makes_a_plugin_crash_that_was_told_to() -> None:
    ((kind, name, status),) = written(0, pod())
    assert (kind, name) == ("Pod", "plugin")
    (container,) = status["containerStatuses"]
    assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert "no devices found" in container["lastState"]["terminated"]["message"]
    assert written(0, pod(fails="false")) == [], "told not to, it waits in silence"


def test_a_node_without_gpus_is_nobodys_business() -> None:
    assert written(None, pod()) == []
    assert offers(FakeKube(None).node)
    assert offers(FakeKube(0).node)
    assert not offers(FakeKube(2).node)
    assert is_plugin(pod())
