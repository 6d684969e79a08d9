"""GKE as a user runs it: production up, the same above the cluster as on EKS, recovered after a kill, and taken away.

One world for all tests, in the order of the file: each test starts from where the one before left off, as a user does.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from docs.reference.cluster_changes import ROWS, Change
from sandbox.planes.claims import plane_of
from tests.support.above_the_cluster import DIFFERENCES, differences, resources_above
from tests.support.node_changes import plan_of, plan_said
from tests.support.stack_world import StackWorld

pytestmark = [pytest.mark.cluster, pytest.mark.engine]

PROD, DEV = "gke-prod", "gke-dev"
PLANE = "gke_example-voice_us-central1_cartesia-prod"
POOL = "gcp:container/nodePool:NodePool"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackWorld]:
    with StackWorld(tmp_path_factory.mktemp("gke")).up() as made:
        yield made


def planned(world: StackWorld, stack: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads(world.pulumi("preview", "--json", stack=stack).stdout)["steps"]
    return [step["newState"] for step in steps if step.get("newState")]


def fault(world: StackWorld, **row: Any) -> None:
    path = world.layout.root / "gcp" / "faults.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([{"times": 1, **row}]))


def test_what_is_planned_above_the_cluster_is_what_eks_plans(world: StackWorld) -> None:
    eks, gke = (resources_above(planned(world, stack)) for stack in ("eks-prod", PROD))
    assert len(gke) == 5
    assert differences(eks, gke) == set(DIFFERENCES)
    assert all(DIFFERENCES.values()), "every difference has its reason"


def test_a_machine_that_cannot_be_had_fails_the_update_and_the_next_one_goes_on(world: StackWorld) -> None:
    fault(world, type=POOL, name="voice-cluster-gpu", when="after", error="GCE_STOCKOUT: Try a different location")
    refused = world.up_stack(PROD, check=False)
    assert refused.returncode
    assert "GCE_STOCKOUT" in refused.stdout


def test_a_killed_update_is_recovered_by_the_one_code_path(world: StackWorld) -> None:
    fault(world, type=POOL, name="voice-cluster-default", when="killed")
    killed = world.up_stack(DEV, check=False)
    assert killed.returncode
    recovered = world.inside("cartesia-infra", "recover", "--stack", DEV, "--take-lock", "--up")
    assert "take over" in recovered.stdout
    assert world.preview(DEV) == {}
    pods = world.kube("gke_example-voice_us-central1-a_cartesia-dev").list("v1", "Pod", namespace="cartesia")
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_change_of_nodes_plans_what_the_table_says(world: StackWorld, row: Change) -> None:
    assert plan_of(world, DEV, "gke", row.on_gcp) == plan_said(row.on_gcp)


def test_a_destroyed_stack_leaves_nothing_but_names_of_keys(world: StackWorld) -> None:
    world.pulumi("destroy", "--yes", stack=DEV)
    left = {path.parent.name for path in (world.layout.root / "gcp" / "example-voice").glob("*/*.json")}
    prod = {each["type"].split(":")[1].replace("/", "_") for each in world.state(PROD)["resources"]}
    assert left <= prod | {"kms_forgotten"}


def test_production_goes_up_and_stays(world: StackWorld) -> None:
    world.up_stack(PROD)
    assert world.preview(PROD) == {}
    pods = world.kube(PLANE).list("v1", "Pod", namespace="cartesia")
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    on_gpus = {pod["spec"]["nodeName"] for pod in pods if "sonic" in pod["metadata"]["name"]}
    assert all(name.startswith("gke-cartesia-prod-gpu-") for name in on_gpus)
    [claim] = world.kube(PLANE).list("v1", "PersistentVolumeClaim", namespace="cartesia")
    assert (claim["status"]["phase"], claim["spec"]["storageClassName"]) == ("Bound", "standard-rwo")
    assert "cannot be deleted" in world.pulumi("destroy", "--yes", stack=PROD, check=False).stdout
    assert world.kube(PLANE).list("v1", "Pod", namespace="cartesia"), "a refused destroy takes nothing"


def test_a_release_goes_onto_a_cluster_of_another_stack_and_leaves_it_as_it_was(world: StackWorld) -> None:
    before = {node["metadata"]["uid"] for node in world.kube(PLANE).list("v1", "Node")}
    cluster = {"clusterName": "cartesia-prod", "project": "example-voice", "location": "us-central1"}
    pools = {"gpu": {"gpu": "L4", "gpusPerNode": 1, "maxNodes": 6}}
    with world.settings("existing").changed(existing={"gkeCluster": cluster, "gpuPools": pools}):
        world.up_stack("existing")
        assert world.preview("existing") == {}
        pods = world.kube(PLANE).list("v1", "Pod", namespace="cartesia-second")
        assert {pod["status"]["phase"] for pod in pods} == {"Running"}
        types = {each["type"] for each in world.state("existing")["resources"]}
        assert not any(name.startswith("gcp:") for name in types), "nothing of the cluster is in the state"
        world.pulumi("destroy", "--yes", stack="existing")
    assert {node["metadata"]["uid"] for node in world.kube(PLANE).list("v1", "Node")} == before
    assert len(world.kube(PLANE).list("v1", "Pod", namespace="cartesia")) == 6
    assert world.kube(PLANE).list("v1", "Pod", namespace="cartesia-second") == []


def test_a_cluster_that_lacks_something_is_refused(world: StackWorld) -> None:
    kubeconfig = world.layout.root / "admin.yaml"
    plane = plane_of(world.layout.root, PLANE)
    assert plane is not None
    kubeconfig.write_text(plane.kubeconfig.read_text())
    wanted = {"storageClasses": ["gp9"], "customResources": ["scaledobjects.keda.sh"]}
    pools = {"gpu": {"gpu": "L4", "gpusPerNode": 8, "maxNodes": 6}}
    section = {"kubeconfig": {"file": str(kubeconfig)}, "gpuPools": pools, "requires": wanted}
    with world.settings("existing").changed(existing=section):
        refused = world.pulumi("preview", stack="existing", check=False)
    assert refused.returncode
    said = f"{refused.stdout}{refused.stderr}"
    assert "BEGIN" not in said, "no key of the kubeconfig is shown"


def test_people_enter_with_the_kubeconfig_of_the_stack_and_no_secret_is_in_it(world: StackWorld) -> None:
    kubeconfig = world.layout.root / "shared.yaml"
    kubeconfig.write_text(world.outputs(PROD)["kubeconfig"])
    nodes = world.inside("kubectl", "--kubeconfig", str(kubeconfig), "get", "nodes", "--output", "name").stdout
    assert nodes.count("node/gke-cartesia-prod-gpu-") == 6
    assert not {"token", "client-key-data"} & set(kubeconfig.read_text().replace(":", " ").split())
