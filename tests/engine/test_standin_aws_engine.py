"""The stand-in for AWS under the real engine, in a world of its own: a cluster with nodes, from nothing to nothing."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from clients.kubernetes import KubeClient
from sandbox.environment import environment
from sandbox.planes.claims import plane_of
from sandbox.providers.aws.inventory import inventory
from sandbox.world import World

pytestmark = [pytest.mark.engine, pytest.mark.cluster]

CHECKOUT = Path(__file__).parents[2]
PROGRAM = """
import json
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
region = "us-west-2"
opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region=region, default_tags={"tags": {"env": "engine"}}))

def trust(service):
    row = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [row]})

vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", tags={"canary": config.require_secret("canary")}, opts=opts)
subnets = [
    aws.ec2.Subnet(
        f"private-{zone}", vpc_id=vpc.id, cidr_block=f"10.0.{n}.0/24", availability_zone=region + zone, opts=opts
    )
    for n, zone in enumerate("ab")
]
roles = {
    name: aws.iam.Role(name, assume_role_policy=trust(f"{name}.amazonaws.com"), opts=opts) for name in ("eks", "ec2")
}
attached = [
    aws.iam.RolePolicyAttachment(
        policy, role=roles["ec2"].name, policy_arn=f"arn:aws:iam::aws:policy/{policy}", opts=opts
    )
    for policy in ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
]
cluster = aws.eks.Cluster(
    "cluster", name="voice", role_arn=roles["eks"].arn, version="1.35",
    vpc_config={"subnet_ids": [subnet.id for subnet in subnets]}, opts=opts,
)
group = aws.eks.NodeGroup(
    "gpu", cluster_name=cluster.name, node_group_name="gpu", node_role_arn=roles["ec2"].arn,
    subnet_ids=[subnet.id for subnet in subnets], ami_type="AL2023_x86_64_NVIDIA", instance_types=["g6e.12xlarge"],
    scaling_config={"min_size": 0, "max_size": 9, "desired_size": config.require_int("nodes")},
    labels={"pool": config.get("pool") or "first"},
    opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=attached)),
)
pulumi.export("endpoint", cluster.endpoint)
pulumi.export("zones", pulumi.Output.all(*[subnet.availability_zone_id for subnet in subnets]))
"""


class Project:
    """One stack of the program in one world."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: standin\nruntime: python\n")
        (folder / "__main__.py").write_text(PROGRAM)
        self.environment = {**environment(world.layout.root), "PYTHONPATH": str(CHECKOUT)}
        self.pulumi("stack", "init")
        self.pulumi("config", "set", "--secret", "canary", "canary-in-a-tag")
        self.set(nodes=3, **{"aws:region": "us-west-2"})  # the region of `pulumi import`

    def set(self, **config: object) -> None:
        for key, value in config.items():
            self.pulumi("config", "set", key, str(value))

    def start(self, *words: str, **more: str) -> subprocess.Popen:
        return subprocess.Popen(
            ["pulumi", *words, "--non-interactive", "--stack", "dev"],
            cwd=self.folder,
            env={**self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def pulumi(self, *words: str, fails: bool = False, **more: str) -> str:
        process = self.start(*words, **more)
        output, _ = process.communicate(timeout=240)
        assert (process.returncode != 0) == fails, output
        return output

    def nodes(self) -> list[dict]:
        plane = plane_of(self.world.layout.root, "voice")
        with KubeClient.from_kubeconfig(plane.kubeconfig.read_text()) as client:
            return client.list("v1", "Node")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("standin-aws")
    world = World.at(folder / "world")
    world.up()
    try:
        yield Project(world, folder / "program")
    finally:
        world.down()


def summary(output: str) -> str:
    return output.partition("Resources:")[2]


def test_a_cluster_goes_up_changes_drifts_and_goes(project):
    root = project.world.layout.root
    assert "11 to create" in summary(project.pulumi("preview"))
    assert inventory(root) == []

    up = project.pulumi("up", "--yes", "--skip-preview")
    assert "stand-in, not AWS" in up
    assert up.count("stand-in, not AWS") == up.count("stand-in, not AWS: account 123456789012, us-west-2")
    assert "11 created" in summary(up)
    assert len(project.nodes()) == 3
    assert all("nvidia.com/gpu" not in node["status"]["allocatable"] for node in project.nodes()), "without a plugin"

    assert "11 unchanged" in summary(project.pulumi("preview", "--expect-no-changes"))
    refreshed = project.pulumi("refresh", "--yes", "--expect-no-changes")
    assert "11 unchanged" in summary(refreshed)

    project.set(nodes=1, pool="second")
    assert "1 to update" in summary(project.pulumi("preview"))
    assert "1 updated" in summary(project.pulumi("up", "--yes", "--skip-preview"))
    (node,) = project.nodes()
    assert node["metadata"]["labels"]["pool"] == "second"

    state = project.pulumi("stack", "export")
    assert "canary-in-a-tag" not in state
    assert "canary-in-a-tag" not in refreshed + up
    assert not [path for path in root.rglob("*") if path.is_file() and b"canary-in-a-tag" in path.read_bytes()]

    assert "11 deleted" in summary(project.pulumi("destroy", "--yes", "--skip-preview"))
    assert inventory(root) == []
    assert plane_of(root, "voice") is None


def test_what_a_killed_engine_did_not_record_is_found_and_imported(project):
    root = project.world.layout.root
    process = project.start("up", "--yes", "--skip-preview", CARTESIA_SANDBOX_DELAY_SECONDS="20")
    deadline = time.monotonic() + 60
    while not (found := inventory(root)) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert found, "nothing was made"

    project.pulumi("cancel", "--yes")
    deployment = json.loads(project.pulumi("stack", "export"))["deployment"]
    pending = deployment.pop("pending_operations")
    assert {row["resource"]["type"] for row in pending} >= {"aws:ec2/vpc:Vpc"}
    recorded = {row.get("id") for row in deployment["resources"]}
    (vpc,) = inventory(root, type_="aws:ec2/vpc:Vpc", tags={"env": "engine"})
    assert vpc.id not in recorded
    imported = project.pulumi(
        *("import", "aws:ec2/vpc:Vpc", "found", vpc.id, "--yes", "--generate-code=false", "--protect=false"),
        "--skip-preview",
        fails=False,
    )
    assert "1 imported" in summary(imported)


def test_a_planned_failure_of_aws_reaches_the_user(project):
    faults = [{"type": "*:Subnet", "name": "private-b", "error": "InsufficientFreeAddressesInSubnet: full"}]
    path = project.world.layout.root / "aws" / "faults.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(faults))
    output = project.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert "creating EC2 Subnet (private-b): operation error EC2: CreateSubnet" in output
    assert "InsufficientFreeAddressesInSubnet: full" in output


def plan(project, **fault):
    (project.world.layout.root / "aws" / "faults.json").write_text(json.dumps([{"type": "*:NodeGroup", **fault}]))


def group_in_state(project):
    resources = json.loads(project.pulumi("stack", "export"))["deployment"]["resources"]
    return next((row for row in resources if row["type"] == "aws:eks/nodeGroup:NodeGroup"), None)


def test_a_half_made_object_is_recorded_and_a_second_run_reports_success(project):
    plan(project, when="after", error="AsgInstanceLaunchFailures: VcpuLimitExceeded")
    output = project.pulumi("up", "--yes", "--skip-preview", fails=True)
    assert "unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'" in output
    held = group_in_state(project)
    assert held["id"] == "voice:gpu"
    assert "VcpuLimitExceeded" in held["initErrors"][0]
    assert "status" not in held["outputs"]

    assert "1 updated" in summary(project.pulumi("up", "--yes", "--skip-preview"))
    held = group_in_state(project)
    assert "initErrors" not in held
    assert held["outputs"]["status"] == "CREATE_FAILED"
    assert project.nodes() == []


def test_a_fault_may_kill_the_engine_after_the_call_went_through(project):
    plan(project, operation="delete", when="killed")
    killed = project.start("destroy", "--yes", "--skip-preview", "--target-dependents", "--target", group_urn(project))
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert inventory(project.world.layout.root, type_="aws:eks/nodeGroup:NodeGroup") == []
    assert group_in_state(project) is not None
    project.pulumi("cancel", "--yes")
    project.pulumi("refresh", "--yes", "--skip-preview")
    assert group_in_state(project) is None


def group_urn(project):
    return group_in_state(project)["urn"]
