"""A stand-in without an engine: the calls the engine makes, in its order, and inputs that go through."""

import copy
import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from sandbox.providers import base
from sandbox.providers.aws.provider import AwsProvider
from sandbox.providers.aws.services import RESOURCES

REGION = "us-west-2"


def trust(service, *actions):
    row = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions or ["sts:AssumeRole"])}
    return json.dumps({"Version": "2012-10-17", "Statement": [row]})


READ = json.dumps(
    {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}], "Version": "2012-10-17"}
)


class FakePlanes:
    """Stands where `sandbox.planes` does."""

    def __init__(self):
        self.claimed = {}

    def claim_plane(self, world_dir, name):
        plane = SimpleNamespace(server="https://127.0.0.1:6443", kubeconfig=Path("unused"), ca_pem="PEM " + name)
        return self.claimed.setdefault(name, plane)

    def plane_of(self, world_dir, name):
        return self.claimed.get(name)

    def release_plane(self, world_dir, name):
        self.claimed.pop(name, None)


@dataclass
class FakeNodes:
    """Stands where `nodes` does and remembers what it was asked for."""

    calls: list = field(default_factory=list)

    def reconcile(self, group, plane):
        self.calls.append(("reconcile", group["nodeGroupName"], group["scalingConfig"]["desiredSize"]))

    def remove(self, group, plane):
        self.calls.append(("remove", group["nodeGroupName"]))


class CheckFailed(AssertionError):
    """Inputs were refused."""

    def __init__(self, failures):
        self.failures = failures
        super().__init__("; ".join(f"{f.path}: {f.reason}" for f in failures))


@dataclass
class Resource:
    type: str
    name: str
    id: str
    inputs: dict
    outputs: dict

    @property
    def urn(self):
        return f"urn:pulumi:dev::test::{self.type}::{self.name}"


class Engine:
    """As much of the engine as a provider sees."""

    def __init__(self, world, region=REGION, tags=None, **options):
        self.planes, self.nodes, self.log = FakePlanes(), FakeNodes(), []
        self.provider = AwsProvider(world, planes=self.planes, nodes=self.nodes, **options)
        self.provider.log = lambda severity, message, urn="": self.log.append((severity, message, urn))
        settings = {"region": region, **({"defaultTags": json.dumps({"tags": tags})} if tags else {})}
        self.provider.configure(base.ConfigureRequest(inputs=settings, urn="urn:provider"))

    def identity(self, type_, name):
        return {"urn": f"urn:pulumi:dev::test::{type_}::{name}", "type": type_, "name": name}

    def failures(self, type_, inputs, name="thing", olds=None):
        request = base.CheckRequest(olds=olds or {}, news=inputs, seed=b"seed", **self.identity(type_, name))
        return self.provider.check(request).failures

    def check(self, type_, name, inputs, olds=None, seed=b"seed"):
        request = base.CheckRequest(olds=olds or {}, news=inputs, seed=seed, **self.identity(type_, name))
        result = self.provider.check(request)
        if result.failures:
            raise CheckFailed(result.failures)
        return result.inputs

    def create(self, type_, name, inputs):
        checked = self.check(type_, name, inputs)
        made = self.provider.create(base.CreateRequest(inputs=checked, preview=False, **self.identity(type_, name)))
        return Resource(type_, name, made.id, checked, made.outputs)

    def preview(self, type_, name, inputs):
        checked = self.check(type_, name, inputs)
        request = base.CreateRequest(inputs=checked, preview=True, **self.identity(type_, name))
        return self.provider.create(request).outputs

    def diff(self, resource, inputs):
        checked = self.check(resource.type, resource.name, inputs, resource.inputs)
        return self.provider.diff(
            base.DiffRequest(
                id=resource.id,
                old_inputs=resource.inputs,
                state=resource.outputs,
                news=checked,
                **self.identity(resource.type, resource.name),
            )
        )

    def update(self, resource, inputs, preview=False):
        checked = self.check(resource.type, resource.name, inputs, resource.inputs)
        outputs = self.provider.update(
            base.UpdateRequest(
                id=resource.id,
                old_inputs=resource.inputs,
                state=resource.outputs,
                inputs=checked,
                preview=preview,
                **self.identity(resource.type, resource.name),
            )
        )
        return Resource(resource.type, resource.name, resource.id, checked, outputs)

    def read(self, type_, name, object_id, inputs=None, state=None):
        return self.provider.read(
            base.ReadRequest(id=object_id, inputs=inputs or {}, state=state or {}, **self.identity(type_, name))
        )

    def refresh(self, resource):
        return self.read(resource.type, resource.name, resource.id, resource.inputs, resource.outputs)

    def delete(self, resource):
        self.provider.delete(
            base.DeleteRequest(
                id=resource.id,
                old_inputs=resource.inputs,
                state=resource.outputs,
                **self.identity(resource.type, resource.name),
            )
        )


def token(leaf):
    """`eks/cluster:Cluster` or just `Cluster`, as long as there is one."""
    found = [name for name in RESOURCES if name.endswith(leaf) or name.endswith(":" + leaf)]
    exact = [name for name in found if name.split(":")[-1] == leaf] or found
    assert len(exact) == 1, (leaf, exact)
    return exact[0]


class Stack:
    """Everything an EKS cluster needs, made in order; `recipes` are the inputs by logical name."""

    def __init__(self, engine):
        self.engine, self.made = engine, {}

    def add(self, leaf, name, /, **inputs):
        resource = self.engine.create(token(leaf), name, inputs)
        self.made[name] = resource
        return resource

    def id(self, name):
        return self.made[name].id

    def out(self, name, key):
        return self.made[name].outputs[key]

    def network(self):
        self.add("Vpc", "vpc", cidrBlock="10.0.0.0/16", enableDnsHostnames=True, tags={"Name": "net"})
        self.add("InternetGateway", "igw", vpcId=self.id("vpc"))
        for index, zone in enumerate("ab"):
            self.add(
                "Subnet",
                f"private-{zone}",
                vpcId=self.id("vpc"),
                cidrBlock=f"10.0.{index}.0/24",
                availabilityZone=f"{REGION}{zone}",
            )
        self.add("Eip", "eip", domain="vpc")
        self.add("NatGateway", "nat", subnetId=self.id("private-a"), allocationId=self.id("eip"))
        self.add("RouteTable", "routes", vpcId=self.id("vpc"))
        self.add(
            "ec2/route:Route",
            "egress",
            routeTableId=self.id("routes"),
            destinationCidrBlock="0.0.0.0/0",
            natGatewayId=self.id("nat"),
        )
        self.add("RouteTableAssociation", "routed", routeTableId=self.id("routes"), subnetId=self.id("private-a"))
        self.add("SecurityGroup", "group", vpcId=self.id("vpc"))
        return self

    def roles(self):
        self.add("Role", "cluster-role", assumeRolePolicy=trust("eks.amazonaws.com"))
        self.add("Role", "node-role", assumeRolePolicy=trust("ec2.amazonaws.com"))
        self.add(
            "Role", "pod-role", assumeRolePolicy=trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")
        )
        for policy in ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"):
            self.add(
                "RolePolicyAttachment",
                f"node-{policy}",
                role=self.out("node-role", "name"),
                policyArn=f"arn:aws:iam::aws:policy/{policy}",
            )
        return self

    def cluster_inputs(self, **more):
        inputs = {
            "name": "voice",
            "roleArn": self.out("cluster-role", "arn"),
            "version": "1.34",
            "vpcConfig": {"subnetIds": [self.id("private-a"), self.id("private-b")], "endpointPrivateAccess": True},
            "accessConfig": {"authenticationMode": "API"},
        }
        return {**inputs, **more}

    def cluster(self, **more):
        self.add("eks/cluster:Cluster", "cluster", **self.cluster_inputs(**more))
        return self

    def group_inputs(self, **more):
        inputs = {
            "clusterName": "voice",
            "nodeRoleArn": self.out("node-role", "arn"),
            "subnetIds": [self.id("private-a"), self.id("private-b")],
            "scalingConfig": {"minSize": 0, "desiredSize": 2, "maxSize": 5},
            "instanceTypes": ["m7a.4xlarge"],
            "amiType": "AL2023_x86_64_STANDARD",
        }
        return copy.deepcopy({**inputs, **more})

    def group(self, name="default", /, **more):
        return self.add("NodeGroup", name, **self.group_inputs(nodeGroupName=name, **more))


def full_stack(engine):
    """Network, roles and a cluster with one node group."""
    stack = Stack(engine).network().roles().cluster()
    stack.group()
    return stack
