"""A stand-in without an engine: the calls the engine makes, in its order, and inputs that go through."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from sandbox.providers import base
from sandbox.providers.aws.inventory import inventory
from sandbox.providers.aws.provider import AwsProvider
from sandbox.providers.aws.services import RESOURCES

REGION = "us-west-2"


class FakePlanes:
    """Stands where `sandbox.planes.claims` does."""

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
    """Stands where `sandbox.providers.cloud.nodes.kwok` does and remembers what it was asked for."""

    calls: list = field(default_factory=list)

    def reconcile(self, pool, plane):
        self.calls.append(("reconcile", *pool.selector.values(), pool.desired))

    def remove(self, selector, plane):
        self.calls.append(("remove", *selector.values()))


@dataclass
class FakeVoices:
    """Stands where `sandbox.voice.service` does."""

    served: dict = field(default_factory=dict)

    def serve_endpoint(self, world_dir, name, settings):
        self.served[name] = settings

    def withdraw_endpoint(self, world_dir, name):
        self.served.pop(name, None)


class CheckFailedError(AssertionError):
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
        self.world = world
        self.planes, self.nodes, self.voices, self.log = FakePlanes(), FakeNodes(), FakeVoices(), []
        self.provider = AwsProvider(world, planes=self.planes, nodes=self.nodes, voices=self.voices, **options)
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
            raise CheckFailedError(result.failures)
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

    def record(self, type_, object_id):
        """An object as the account keeps it."""
        return next(row for row in inventory(self.world, type_=type_) if row.id == object_id)

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
    found = [name for name in RESOURCES if name.endswith(leaf)]
    exact = [name for name in found if name.split(":")[-1] == leaf] or found
    assert len(exact) == 1, (leaf, exact)
    return exact[0]


def cluster_types():
    """Types an EKS environment is made of; those of SageMaker and its alarms have tests of their own."""
    own = ("ec2", "vpc", "iam", "kms", "eks", "autoscaling", "cloudwatch/logGroup")
    return [name for name in RESOURCES if name.removeprefix("aws:").startswith(own)]
