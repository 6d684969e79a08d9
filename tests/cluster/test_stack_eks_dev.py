"""The main job as a user runs it: up, no changes, another release tag and back, a pool too small, destroy.

One world for all tests, in the order of the file: each test starts from where the one before left off, as a user does.
The first up and the destroy are the blocks of docs/first-day.md.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.reference.cluster_changes import ROWS, Change
from tests.support.first_day import COSTS, EKS_DOWN, EKS_LOOK, EKS_UP, played
from tests.support.node_changes import plan_of, plan_said
from tests.support.stack_world import StackWorld

pytestmark = [pytest.mark.cluster, pytest.mark.engine]

NEXT_TAG = "sonic-20260601"
FIRST_TAG = "sonic-20260503"
RELEASE_ONLY = {"update": ["voice-release", "voice-release-release"]}
"""The component, which shows the tag among its arguments, and the Helm release in it."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackWorld]:
    with StackWorld(tmp_path_factory.mktemp("eks-dev")).up() as made:
        said = paste(made, EKS_UP)
        assert "to create" in said  # the preview, before the update
        yield made


def paste(world: StackWorld, text: str, kubeconfig: Path = Path("/dev/null")) -> str:
    """Run a block of the page with the values that its reader puts into the first one."""
    script = f'export KUBECONFIG="$1"\n{played(text)}'
    given = {"STACK": "eks-dev", "PULUMI_SKIP_CONFIRMATIONS": "true"}
    return world.inside("bash", "-euc", script, "bash", str(kubeconfig), **given).stdout


def images(world: StackWorld) -> set[str]:
    pods = world.kube().list("v1", "Pod", namespace="cartesia")
    return {container["image"].rsplit(":", 1)[-1] for pod in pods for container in pod["spec"]["containers"]}


def recorded(world: StackWorld) -> list[tuple[str, str | None, str | None]]:
    """What the state knows, by URN, id and the time it was last changed; secrets are encrypted again by each export."""
    return [(each["urn"], each.get("id"), each.get("modified")) for each in world.state()["resources"]]


def test_the_first_day_goes_on_with_a_look_at_the_pods(world: StackWorld, tmp_path: Path) -> None:
    said = paste(world, EKS_LOOK, tmp_path / "kubeconfig")
    assert len(re.findall(r"^cartesia-\S+ +1/1 +Running ", said, re.MULTILINE)) >= 4


def test_the_first_day_counts_what_costs(world: StackWorld) -> None:
    said = paste(world, COSTS)
    assert re.search(r"^g6e.2xlarge or g6e.4xlarge +2 +3$", said, re.MULTILINE)
    assert re.search(r"^nat-gateway +1 +1$", said, re.MULTILINE)


def test_a_first_up_leaves_every_pod_running_and_says_where_the_gpus_are(world: StackWorld) -> None:
    shown = world.infra("sandbox", "status", "--stack", "eks-dev").stdout
    assert "releaseStatus  deployed" in shown
    pods = world.kube().list("v1", "Pod", namespace="cartesia")
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    workers = [pod for pod in pods if "azure-disco" in pod["metadata"]["name"]]
    node = world.kube().get("v1", "Node", workers[0]["spec"]["nodeName"])
    assert node is not None
    assert node["metadata"]["labels"]["nvidia.com/gpu.present"] == "true"
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "1"
    outputs = world.outputs()
    assert set(outputs) == {
        "apiEndpoint",
        "clusterName",
        "endpoint",
        "gpuPools",
        "kubeconfig",
        "namespace",
        "releaseName",
        "releaseStatus",
        "releaseTag",
    }
    assert "get-token" in outputs["kubeconfig"]


def test_status_asks_the_cluster_by_the_outputs_of_the_stack(world: StackWorld) -> None:
    said = json.loads(world.inside("cartesia-infra", "status", "--stack", "eks-dev", "--json").stdout)
    assert said["fine"] is True, said["findings"]
    assert {row["nodeGroup"].split("-")[2] for row in said["nodes"]} == {"default", "gpu"}
    assert sum(row["total"] for row in said["gpus"]) == 2
    assert (said["release"]["status"], said["release"]["revision"]) == ("deployed", 1)
    assert "license proxy ready" in said["license"]
    assert all(pod["ready"] for pod in said["pods"])
    assert said["furtherNode"]["parts"][0]["name"] == "launch"


def test_a_second_preview_finds_nothing_to_do(world: StackWorld) -> None:
    assert world.preview() == {}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_change_of_nodes_plans_what_the_table_says(world: StackWorld, row: Change) -> None:
    assert plan_of(world, "eks-dev", "eks", row.on_aws) == plan_said(row.on_aws)


def test_nothing_drifts_on_refresh(world: StackWorld) -> None:
    refreshed = world.pulumi("refresh", "--yes", "--skip-preview").stdout
    assert re.search(r"Resources:\n    \d+ unchanged\n", refreshed), refreshed
    assert world.preview() == {}


def test_another_release_tag_changes_the_release_and_nothing_else(world: StackWorld) -> None:
    with world.settings().changed(release__releaseTag=NEXT_TAG):
        assert world.preview() == RELEASE_ONLY
        world.up_stack()
        assert NEXT_TAG in images(world)
        assert FIRST_TAG not in images(world)
        assert world.outputs()["releaseTag"] == NEXT_TAG
    assert world.preview() == RELEASE_ONLY
    world.up_stack()
    assert FIRST_TAG in images(world)
    assert NEXT_TAG not in images(world)


def test_a_pool_one_gpu_too_small_fails_with_the_schedulers_words_and_goes_through_once_mended(
    world: StackWorld,
) -> None:
    workers = {"model": "sonic-3.5", "minReplicas": 3}
    stuck: dict[str, Any] = {
        "release__workers": {"cartesia-sonic-azure-disco": workers},
        "release__timeoutSeconds": 10,
        "release__rollout": {"allowStall": True},
    }
    with world.settings().changed(**stuck):
        failed = world.up_stack(check=False)
        assert failed.returncode != 0
        said = failed.stdout + failed.stderr
        assert "Insufficient nvidia.com/gpu" in said
        assert "nodes are available" in said
        shown = world.infra("sandbox", "status", "--stack", "eks-dev", check=False)
        assert shown.returncode == 1
        asked = world.inside("cartesia-infra", "status", "--stack", "eks-dev", check=False)
        assert asked.returncode == 1
        assert "scheduler: " in asked.stdout
        assert "Insufficient nvidia.com/gpu" in asked.stdout
        assert "Helm release cartesia: failed (revision " in asked.stdout
        assert "releaseStatus  failed (revision " in shown.stdout
        world.settings().set(eks__nodeGroups__gpu__desiredNodes=3)
        world.up_stack()
        assert "FREE" in world.infra("sandbox", "status", "--stack", "eks-dev").stdout
    world.up_stack()


def test_a_taint_that_no_worker_tolerates_is_refused_and_where_it_is_wanted_the_update_fails(
    world: StackWorld,
) -> None:
    taints = [{"key": "maintenance", "effect": "NoExecute"}]
    with world.settings().changed(eks__nodeGroups__gpu__taints=taints):
        before = recorded(world)
        refused = world.up_stack(check=False)
        assert refused.returncode != 0
        assert "cartesia:eks.nodeGroups.gpu.taints: keeps every worker away" in refused.stdout + refused.stderr
        assert recorded(world) == before
        world.settings().set(release__rollout={"allowStall": True}, release__timeoutSeconds=10)
        failed = world.up_stack(check=False)
        assert failed.returncode != 0
        assert "untolerated taint" in failed.stdout + failed.stderr
    pods = {pod["metadata"]["uid"] for pod in world.kube().list("v1", "Pod", namespace="cartesia")}
    world.up_stack()
    after = world.kube().list("v1", "Pod", namespace="cartesia")
    assert {pod["status"]["phase"] for pod in after} == {"Running"}
    assert pods == {pod["metadata"]["uid"] for pod in after}


def test_bad_settings_change_nothing(world: StackWorld) -> None:
    before = recorded(world)
    with world.settings().changed(eks__nodeGroups__gpu__maxNodes="three", eks__region="mars-1"):
        failed = world.up_stack(check=False)
    said = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert 'cartesia:eks.nodeGroups.gpu.maxNodes: must be a whole number; got "three"' in said
    assert "Traceback" not in said
    assert recorded(world) == before


def namespace_id(world: StackWorld) -> str:
    found = world.kube().get("v1", "Namespace", "cartesia")
    assert found is not None
    return str(found["metadata"]["uid"])


def test_another_network_takes_the_cluster_along_and_all_is_made_again(world: StackWorld) -> None:
    before = namespace_id(world)
    world.settings().set(eks__network__cidr="10.60.0.0/16")
    said = world.up_stack().stdout
    gone = [line.split()[2] for line in said.splitlines() if " deleted original" in line]
    order = ["voice-release-release", "voice-release-namespace", "voice-cluster-gpu", "voice-cluster-cluster"]
    assert sorted([*order, "voice-cluster-vpc"], key=gone.index) == [*order, "voice-cluster-vpc"]
    assert not [each for each in world.state()["resources"] if each.get("delete")]
    kinds = [each["type"] for each in world.inventory()]
    assert kinds.count("aws:ec2/vpc:Vpc") == kinds.count("aws:eks/cluster:Cluster") == 1
    assert namespace_id(world) != before
    assert FIRST_TAG in images(world)
    assert world.preview() == {}


def test_destroy_leaves_nothing_in_the_account(world: StackWorld) -> None:
    paste(world, EKS_DOWN)
    assert world.inventory() == []
    assert world.state().get("resources", []) == []
