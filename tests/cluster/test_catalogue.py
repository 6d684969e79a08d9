"""Every usable row of the GPU catalogue as a node that its component asks for: the chart's worker runs there."""

import dataclasses
import subprocess
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import yaml

from catalog.gpu_nodes import GpuNode, gpu_nodes_of
from catalog.machine import AWS, GCP
from clients.kubernetes import KubeClient
from components.eks.resolve import resolve_eks_cluster
from components.gke.cluster import GkeCluster
from sandbox.host.layout import CHECKOUT
from sandbox.planes.claims import Plane, claim_plane
from sandbox.providers.aws.nodes import GroupShape, node_pool
from sandbox.providers.cloud.nodes.kwok import reconcile
from sandbox.providers.cloud.nodes.pool import NodePool, Place
from sandbox.world import World
from tests.support import aws_mocks, eks_cases, gke_cases

pytestmark = [pytest.mark.cluster]

ROWS = [row for cloud in (AWS, GCP) for row in gpu_nodes_of(cloud)]
NAMESPACE = "catalogue"
SECONDS = 60


class Keeping(gke_cases.GcpMocks):
    """Keeps the pools that the stand-in made of what the component registered."""

    pools: ClassVar[list[NodePool]] = []

    def __init__(self, recording: aws_mocks.Recording) -> None:
        super().__init__(recording)
        Keeping.pools = self.engine.nodes.pools


def of_aws(row: GpuNode) -> NodePool:
    group = {"instance_types": [row.machine.name], "max_nodes": 1, "desired_nodes": 1}
    args = {**eks_cases.SMALL, "node_groups": {**eks_cases.SMALL["node_groups"], "gpu": group}}
    spec = resolve_eks_cluster(args).node_groups["gpu"]
    effects = {"NoSchedule": "NO_SCHEDULE"}
    pool = node_pool(
        GroupShape(
            name=row.machine.name.replace(".", "-"),
            region="us-west-2",
            instance=spec.instance_types[0],
            ami_type=spec.ami_type,
            nvidia=spec.ami_type.endswith("NVIDIA"),
            capacity_type="ON_DEMAND",
            disk_gib=spec.disk_gib,
            desired=1,
            version="1.35",
            labels=spec.labels,
            taints=tuple({"key": t.key, "value": t.value, "effect": effects[t.effect]} for t in spec.taints),
            places=(Place(zone="us-west-2a", cidr="10.0.0.0/16"),),
        )
    )
    # As once the add-on's device plugin runs there, which tests of the stack show.
    return dataclasses.replace(pool, machine=dataclasses.replace(pool.machine, plugged=False))


def of_gcp(row: GpuNode) -> NodePool:
    capacity = "spot" if row.machine.family[:2] in ("a3", "a4") else "on_demand"
    spec: dict[str, Any] = {
        "machine_type": row.machine.name,
        "zones": ["us-central1-a"],
        "min_nodes": 1,
        "max_nodes": 1,
        "capacity": capacity,
    }
    name = row.machine.name[:20].rstrip("-")
    args: Any = {**gke_cases.SMALL, "node_pools": {"default": {"max_nodes": 3}, name: spec}}
    aws_mocks.record(lambda: GkeCluster("voice", args), cloud=Keeping)
    return Keeping.pools[-1]


def worker(helm: str) -> dict[str, Any]:
    """Pod template of a worker of the reference chart, as Helm renders it."""
    values = "workers.w.model=sonic-3.5,release.releaseTag=sonic-20260503"
    chart = str(CHECKOUT / "sandbox/chart/cartesia")
    done = subprocess.run([helm, "template", chart, "--set", values], capture_output=True, text=True, check=True)
    found = [
        each["spec"]["template"]
        for each in yaml.safe_load_all(done.stdout)
        if each and each["kind"] == "Deployment" and "nvidia.com/gpu" in str(each["spec"]["template"])
    ]
    template: dict[str, Any] = found[0]
    return template


def pod(template: dict[str, Any], name: str, selector: dict[str, str], **changes: Any) -> dict[str, Any]:
    spec = {**template["spec"], "nodeSelector": {**template["spec"].get("nodeSelector", {}), **selector}, **changes}
    spec.pop("serviceAccountName", None)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    }


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Name of each pod to the node it was given, or an empty text."""
    world = World.at(tmp_path_factory.mktemp("catalogue") / "world")
    world.up(progress=False)
    try:
        plane = claim_plane(world.layout.root, "catalogue")
        yield _run(plane, worker(str(world.layout.bin / "helm")))
    finally:
        world.down()


def _run(plane: Plane, template: dict[str, Any]) -> dict[str, str]:
    pools = {name_of(row): (of_aws if row.machine.cloud == AWS else of_gcp)(row) for row in ROWS}
    with KubeClient.from_kubeconfig(plane.kubeconfig.read_text()) as client:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        client.apply(namespace, field_manager="test")
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": NAMESPACE},
        }
        client.apply(account, field_manager="test")
        for name, pool in pools.items():
            reconcile(pool, plane)
            selector = dict(pool.selector)
            client.create(pod(template, name, selector), field_manager="test")
            client.create(pod(template, f"{name}-bare", selector, tolerations=[]), field_manager="test")
        return _placed(client, set(pools))


def _placed(client: KubeClient, wanted: set[str]) -> dict[str, str]:
    end = time.monotonic() + SECONDS
    while True:
        pods = client.list("v1", "Pod", namespace=NAMESPACE)
        found = {each["metadata"]["name"]: each["spec"].get("nodeName", "") for each in pods}
        judged = all((each.get("status") or {}).get("conditions") for each in pods)
        if (all(found.get(name) for name in wanted) and judged) or time.monotonic() > end:
            return found
        time.sleep(0.2)


def name_of(row: GpuNode) -> str:
    return f"{row.machine.cloud}-{row.machine.name}".replace(".", "-")


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_worker_runs_on_every_machine_and_only_with_its_toleration(row: GpuNode, scheduled: dict[str, str]) -> None:
    assert scheduled[name_of(row)], "the worker has no node"
    assert scheduled[f"{name_of(row)}-bare"] == "", "a pod without the toleration must stay off"
