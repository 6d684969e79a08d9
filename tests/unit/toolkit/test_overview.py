"""The overview counts what the scheduler sees: GPUs by node group, pods with the reason why one waits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.overview.cluster import GpuCount, ReleaseView, count_gpus, overview, pod_rows
from toolkit.overview.voice import voice_overview


def node(name: str, group: str, gpus: int) -> dict[str, Any]:
    labels = {"eks.amazonaws.com/nodegroup": group}
    allocatable = {"cpu": "8"} | ({"nvidia.com/gpu": str(gpus)} if gpus else {})
    return {"metadata": {"name": name, "labels": labels}, "status": {"allocatable": allocatable}}


def pod(
    name: str, *, on: str = "", gpus: int = 0, phase: str = "Running", namespace: str = "cartesia", why: str = ""
) -> dict[str, Any]:
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    conditions = [{"type": "Ready", "status": "True" if phase == "Running" else "False"}]
    if why:
        conditions.append({"type": "PodScheduled", "status": "False", "message": why})
    spec = {"containers": [{"resources": {"limits": limits}}]} | ({"nodeName": on} if on else {})
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
        "status": {"phase": phase, "conditions": conditions},
    }


OUTPUTS = {"clusterName": "c", "namespace": "cartesia", "releaseTag": "sonic-20260503", "gpuPools": []}


def test_gpus_are_counted_by_node_group_and_groups_without_any_are_left_out() -> None:
    nodes = [node("a", "gpu", 4), node("b", "gpu", 4), node("c", "default", 0), node("d", "spot", 1)]
    pods = [
        pod("w", on="a", gpus=2),
        pod("done", on="a", gpus=1, phase="Succeeded"),
        pod("other", on="b", gpus=1, namespace="x"),
    ]
    assert count_gpus(nodes, pods) == (GpuCount("gpu", 2, 8, 3), GpuCount("spot", 1, 1, 0))


def test_a_waiting_pod_shows_the_schedulers_words() -> None:
    rows = pod_rows([pod("w", phase="Pending", gpus=1, why="0/2 nodes are available: 2 Insufficient nvidia.com/gpu.")])
    assert rows[0].node == "0/2 nodes are available: 2 Insufficient nvidia.com/gpu."
    assert not rows[0].ready


def test_the_text_shows_outputs_pods_and_gpus() -> None:
    view = overview(
        "dev", OUTPUTS, [node("a", "gpu", 4)], [pod("worker", on="a", gpus=1), pod("elsewhere", on="a", namespace="x")]
    )
    assert view.as_text().splitlines() == [
        "OUTPUT       VALUE",
        "clusterName  c",
        "namespace    cartesia",
        "releaseTag   sonic-20260503",
        "",
        "POD     STATE    TAG  GPUS  NODE",
        "worker  Running  -    1     a",
        "",
        "NODE GROUP  NODES  GPUS  USED  FREE",
        "gpu         1      4     1     3",
    ]
    assert view.healthy


def test_a_stack_without_pods_or_with_a_waiting_one_is_not_healthy() -> None:
    assert not overview("dev", OUTPUTS, [], []).healthy
    assert not overview("dev", OUTPUTS, [], [pod("a"), pod("b", phase="Pending")]).healthy


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 8)), max_size=8),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=12),
)
def test_used_gpus_are_those_of_pods_on_known_gpu_nodes(
    groups: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    nodes = [node(f"n{index}", f"g{group}", gpus) for index, (group, gpus) in enumerate(groups)]
    pods = [pod(f"p{index}", on=f"n{at}", gpus=gpus) for index, (at, gpus) in enumerate(asked)]
    counts = count_gpus(nodes, pods)
    with_gpus = {f"n{index}" for index, (_, gpus) in enumerate(groups) if gpus}
    assert sum(count.total for count in counts) == sum(gpus for _, gpus in groups)
    assert sum(count.used for count in counts) == sum(gpus for at, gpus in asked if f"n{at}" in with_gpus)


SERVED = {
    "slots": 4,
    "variants": {
        "reserve": {"instances": 1, "routing": "RANDOM", "weight": 0},
        "main": {"instances": 3, "routing": "LEAST_OUTSTANDING_REQUESTS", "weight": 1.0},
    },
}


def test_a_sagemaker_stack_shows_outputs_and_the_fleet_that_answers() -> None:
    outputs = {"slotsNow": 16, "endpointName": "voice", "quotaNeeded": {"ml.g6e.xlarge": 2}}
    view = voice_overview("dev", outputs, SERVED)
    assert view.as_text().splitlines() == [
        "OUTPUT        VALUE",
        "endpointName  voice",
        "slotsNow      16",
        "",
        "VARIANT  INSTANCES  SLOTS  ROUTING                     WEIGHT",
        "main     3          12     LEAST_OUTSTANDING_REQUESTS  1",
        "reserve  1          4      RANDOM                      0",
    ]
    assert view.healthy
    assert [row["slots"] for row in view.as_data()["variants"]] == [12, 4]


def test_an_endpoint_nobody_speaks_for_is_not_healthy() -> None:
    view = voice_overview("dev", {"endpointName": "voice"}, None)
    assert not view.healthy
    assert view.as_text().endswith("nothing answers")


def imaged(name: str, *images: str) -> dict[str, Any]:
    made = pod(name, on="a")
    made["spec"]["containers"] = [{"image": image} for image in images]
    return made


@pytest.mark.parametrize(
    ("images", "tag"),
    [
        (["us-docker.pkg.dev/x/api:sonic-1"], "sonic-1"),
        (["r:5000/api:sonic-1", "r:5000/sidecar:sonic-1"], "sonic-1"),
        (["r/api:sonic-1", "r/log:2.0"], "sonic-1, 2.0"),
        (["r:5000/api"], "latest"),
        ([f"r/api@sha256:{'ab' * 32}"], "sha256:abababababab"),
        ([f"r/api:sonic-1@sha256:{'ab' * 32}"], "sonic-1"),
        ([], ""),
    ],
)
def test_each_pod_shows_the_tags_it_runs(images: list[str], tag: str) -> None:
    assert pod_rows([imaged("p", *images)])[0].tag == tag


@pytest.mark.parametrize("status", ["failed", "pending-upgrade", "absent", "unknown"])
def test_helms_word_stands_in_place_of_the_recorded_one_and_decides_health(status: str) -> None:
    outputs = OUTPUTS | {"releaseName": "cartesia", "releaseStatus": "deployed"}
    release = ReleaseView("cartesia", "cartesia", status, 3, "Upgrade failed: timed out")
    view = overview("dev", outputs, [], [imaged("old", "r/api:one"), imaged("new", "r/api:two")], release)
    assert not view.healthy
    text = view.as_text()
    assert f"releaseStatus  {status} (revision 3): Upgrade failed: timed out" in text
    assert [line.split()[2] for line in text.splitlines() if line.startswith(("old", "new"))] == ["two", "one"]
    assert view.as_data()["release"]["status"] == status
    assert overview("dev", outputs, [], [imaged("p")], ReleaseView("c", "c", "deployed", 1, "fine")).healthy


def test_an_empty_stack_says_so_in_one_line() -> None:
    assert (
        overview("dev", {}, [], [], note="stack dev is empty; deploy it").as_text() == "stack dev is empty; deploy it"
    )
