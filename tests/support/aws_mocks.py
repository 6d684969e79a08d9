"""A recorder of everything a program registers, with answers shaped as AWS gives them.

Unlike `get_registered_resources()` it keeps the options too: parent, dependencies, protect, ignored fields, provider.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc

ACCOUNT = "111122223333"
REGION = "us-west-2"

ID_PREFIXES = {
    "Vpc": "vpc",
    "Subnet": "subnet",
    "InternetGateway": "igw",
    "RouteTable": "rtb",
    "Eip": "eipalloc",
    "NatGateway": "nat",
    "LaunchTemplate": "lt",
    "VpcEndpoint": "vpce",
}
ARNS = {
    "aws:iam/policy:Policy": "arn:aws:iam::{account}:policy/{name}",
    "aws:appautoscaling/policy:Policy": "arn:aws:autoscaling:{region}:{account}:scalingPolicy:1:policyName/{name}",
    "aws:sagemaker/endpoint:Endpoint": "arn:aws:sagemaker:{region}:{account}:endpoint/{name}",
    "aws:sns/topic:Topic": "arn:aws:sns:{region}:{account}:{name}",
}


@dataclass(frozen=True)
class Registered:
    """One registration as the engine would see it."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    dependencies: frozenset[str]
    protect: bool | None
    ignore_changes: tuple[str, ...]
    provider: str
    custom: bool
    delete_before_replace: bool = False
    replace_with: frozenset[str] = frozenset()
    replacement_trigger: Any = None
    property_dependencies: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass
class Recording:
    """All registrations of one program, by `Class:name`."""

    found: dict[str, Registered] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    invoked: list[str] = field(default_factory=list)
    result: Any = None

    def of(self, cls: str) -> dict[str, Registered]:
        """By name, every registration whose type ends in `cls`."""
        return {one.name: one for one in self.found.values() if one.type.rpartition(":")[2] == cls}

    def one(self, cls: str, name: str) -> Registered:
        return self.found[f"{cls}:{name}"]

    def before(self, key: str) -> set[str]:
        """Everything that is made before `key`, directly or through others."""
        seen: set[str] = set()
        todo = [key]
        while todo:
            for need in self.found[todo.pop()].dependencies:
                if need not in seen and need in self.found:
                    seen.add(need)
                    todo.append(need)
        return seen


def _hex(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:17]


class AwsMocks(mocks.Mocks):
    """Gives ids, ARNs and computed attributes in the forms that AWS gives them."""

    def __init__(self, recording: Recording, answers: Mapping[str, dict[str, Any]] | None = None) -> None:
        self.recording, self.answers = recording, answers or {}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        self.recording.invoked.append(args.token)
        return self.answers.get(args.token, {})

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        cls = args.typ.rpartition(":")[2]
        if args.resource_id:  # a read of what was made: it is as it was asked for
            made = next(one for one in self.recording.of(cls).values() if one.inputs.get("name") == args.resource_id)
            return args.resource_id, dict(made.inputs)
        out = {"name": f"{args.name}-0a1b2c3", **args.inputs}
        ident = f"{ID_PREFIXES[cls]}-{_hex(args.name)}" if cls in ID_PREFIXES else out["name"]
        if cls == "Cluster":
            issuer = f"https://oidc.eks.{REGION}.amazonaws.com/id/{_hex(args.name).upper()}"
            out |= {
                "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{out['name']}",
                "status": "ACTIVE",
                "endpoint": "https://0A1B2C3D.gr7.us-west-2.eks.amazonaws.com",
                "certificateAuthority": {"data": "Q0E="},
                "identities": [{"oidcs": [{"issuer": issuer}]}],
                "vpcConfig": {**args.inputs["vpcConfig"], "clusterSecurityGroupId": f"sg-{_hex('cluster')}"},
            }
        elif cls == "NodeGroup":
            out.setdefault("nodeGroupName", out["name"])
            out["status"] = "ACTIVE"
            out["resources"] = [{"autoscalingGroups": [{"name": f"eks-{args.name}-0a1b2c3"}]}]
        elif cls == "LaunchTemplate":
            out["latestVersion"] = 1
        elif cls == "Role":
            out["arn"] = f"arn:aws:iam::{ACCOUNT}:role/{out['name']}"
        elif cls == "Key":
            out["arn"] = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        elif cls == "LogGroup":
            out["arn"] = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{out['name']}"
        elif cls == "OpenIdConnectProvider":
            out["arn"] = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{str(out['url']).removeprefix('https://')}"
        elif args.typ in ARNS:
            out["arn"] = ARNS[args.typ].format(**{"region": REGION, "account": ACCOUNT, **out})
        return ident, out


class _Monitor(mocks.MockMonitor):
    def __init__(self, recording: Recording, answers: mocks.Mocks) -> None:
        super().__init__(answers)
        self.recording = recording
        self._names: dict[str, str] = {}
        self._lock = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - name of the wire protocol
        answer = super().RegisterResource(request)
        if request.type == "pulumi:pulumi:Stack":
            return answer
        with self._lock:
            key = f"{request.type.rpartition(':')[2]}:{request.name}"
            self._names[answer.urn] = key
            assert key not in self.recording.found, f"registered twice: {key}"
            self.recording.found[key] = Registered(
                type=request.type,
                name=request.name,
                inputs=rpc.deserialize_properties(request.object, keep_unknowns=True),
                parent=self._names.get(request.parent, ""),
                dependencies=frozenset(self._names.get(urn, urn) for urn in request.dependencies),
                protect=request.protect if request.HasField("protect") else None,
                ignore_changes=tuple(request.ignoreChanges),
                provider=request.provider,
                custom=request.custom,
                delete_before_replace=request.deleteBeforeReplace,
                replace_with=frozenset(self._names.get(urn, urn) for urn in request.replace_with),
                replacement_trigger=request.replacement_trigger.string_value,
                property_dependencies={
                    key: frozenset(self._names.get(urn, urn) for urn in needs.urns)
                    for key, needs in request.propertyDependencies.items()
                },
            )
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - name of the wire protocol
        with self._lock:
            self.recording.outputs[self._names.get(request.urn, request.urn)] = rpc.deserialize_properties(
                request.outputs, keep_unknowns=True
            )
        return super().RegisterResourceOutputs(request)


def record(
    program: Callable[[], Any],
    *,
    preview: bool = False,
    answers: Mapping[str, dict[str, Any]] | None = None,
    cloud: type[mocks.Mocks] | None = None,
) -> Recording:
    """Run `program` to its end against the mocks; what it raises is raised here. A returned output is `result`.

    Args:
        program: What registers resources.
        preview: Whether outputs that only the cloud knows are unknown.
        answers: By token, what functions of the provider answer; the others answer nothing.
        cloud: Who answers in place of AWS; the class takes the recording.
    """
    recording = Recording()
    told = cloud(recording) if cloud else AwsMocks(recording, answers)
    pulumi.runtime.set_mocks(told, preview=preview, monitor=_Monitor(recording, told))

    @pulumi.runtime.test
    def run() -> pulumi.Output[None]:
        return pulumi.Output.from_input(program()).apply(lambda found: setattr(recording, "result", found))

    run()
    return recording
