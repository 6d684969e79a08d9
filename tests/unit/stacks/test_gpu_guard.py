"""A pool of GPU nodes that offers nothing is named with its reason before Helm begins to wait."""

from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from stacks.guards.gpus import RELEASE, GpuGuard, NoGpusError, silent_pools, wait_for_gpus, why_silent
from tests.support.aws_mocks import record


def node(name: str, kind: str = "nvidia-l40s", **offers: str) -> dict[str, Any]:
    labels = {"k8s.amazonaws.com/accelerator": kind, "nvidia.com/gpu.present": "true"}
    return {
        "metadata": {"name": name, "labels": labels},
        "status": {"allocatable": {key.replace("__", "/"): value for key, value in offers.items()}},
    }


def plugin(**status: Any) -> dict[str, Any]:
    volumes = [{"hostPath": {"path": "/var/lib/kubelet/device-plugins"}}]
    metadata = {"name": "plugin-x", "namespace": "kube-system"}
    return {"metadata": metadata, "spec": {"volumes": volumes}, "status": status}


class FakeKube:
    """Nodes as they are at each look, the last for ever, and the pods of every node."""

    def __init__(self, *looks: list[dict[str, Any]], pods: tuple[dict[str, Any], ...] = ()) -> None:
        self.looks, self.pods, self.asked = list(looks), list(pods), []

    def list(self, api_version: str, kind: str, **selectors: Any) -> list[dict[str, Any]]:
        self.asked.append((kind, *selectors.values()))
        if kind == "Pod":
            return self.pods
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


def test_one_node_of_each_kind_is_enough() -> None:
    nodes = [node("a", nvidia__gpu="0"), node("b", nvidia__gpu="1"), node("c", "nvidia-h100")]
    nodes[0]["status"]["allocatable"] = {"nvidia.com/gpu": "0"}
    nodes[1]["status"]["allocatable"] = {"nvidia.com/gpu": "1"}
    assert silent_pools(nodes) == {"nvidia-h100": ["c"]}


def test_slices_count_as_gpus() -> None:
    cut = node("a")
    cut["status"]["allocatable"] = {"nvidia.com/mig-1g.10gb": "7"}
    assert silent_pools([cut]) == {}


def test_it_waits_until_they_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", told.append)
    monkeypatch.setattr("stacks.guards.gpus.time.sleep", lambda seconds: None)
    there = node("a")
    there["status"]["allocatable"] = {"nvidia.com/gpu": "1"}
    kube = FakeKube([node("a")], [node("a")], [there])
    wait_for_gpus(kube, 60)
    assert kube.asked == [("Node", "nvidia.com/gpu.present=true")] * 3
    assert told == ["waiting for GPUs: nvidia-l40s offers none yet (60 s at most)"]


def test_a_cluster_without_gpu_nodes_has_none_to_wait_for() -> None:
    wait_for_gpus(FakeKube([]), 0)


@pytest.mark.parametrize(
    ("pods", "words"),
    [
        ((), "a: no device plugin runs there; switch addons.devicePlugin on"),
        (
            (
                plugin(
                    containerStatuses=[
                        {
                            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
                            "lastState": {"terminated": {"message": "starting\nno devices found; check the driver"}},
                        }
                    ]
                ),
            ),
            "a: device plugin plugin-x is in CrashLoopBackOff: no devices found; check the driver",
        ),
        (
            (plugin(containerStatuses=[{"state": {"running": {}}, "ready": True}]),),
            "is ready and offers nothing; read its log: kubectl logs -n kube-system plugin-x",
        ),
        ((plugin(phase="Pending"),), "device plugin plugin-x is Pending, not ready"),
    ],
)
def test_the_reason_is_named(pods: tuple[dict[str, Any], ...], words: str) -> None:
    with pytest.raises(NoGpusError) as caught:
        wait_for_gpus(FakeKube([node("a")], pods=pods), 0)
    assert str(caught.value).startswith("no node with nvidia-l40s offers nvidia.com/gpu:\n")
    assert words in str(caught.value)


def test_many_nodes_are_not_all_told() -> None:
    assert why_silent(FakeKube([]), "gpu", list("abcde"))[-1] == "  and 2 more"


def test_only_releases_are_guarded_and_a_target_without_a_cluster_asks_nobody() -> None:
    guard = GpuGuard()
    assert guard.attach(SimpleNamespace(type_="aws:ec2/vpc:Vpc")) is None  # type: ignore[arg-type]  # as much as is read

    def look() -> pulumi.Output[None]:
        async def run() -> None:
            await guard._look(SimpleNamespace())  # type: ignore[arg-type]  # nothing of it is read

        return pulumi.Output.from_input(run())

    record(look)
    assert RELEASE == "kubernetes:helm.sh/v3:Release"
