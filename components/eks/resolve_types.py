"""Rules for the machines of a node group of `EksCluster`: profile, instance types, and types nobody knows yet."""

from catalog.aws.instances import INSTANCES, refusal_of
from catalog.gpu_nodes import GpuNode
from catalog.gpu_profiles import GpuProfile
from catalog.machine import ARM64, AWS, Machine
from components.pools.gpus import read_profile, read_unlisted
from core.input.problems import nearest
from core.input.reader import Reader

__all__ = ["DEFAULT_INSTANCE_TYPES", "resolve_types"]

DEFAULT_INSTANCE_TYPES = ("m7a.4xlarge",)  # source: vendor tfvars example, 2026-11-21


def resolve_types(read: Reader) -> tuple[tuple[str, ...], GpuNode | None]:
    """The types of the group, and their row where settings say what they are."""
    profile = read_profile(read, AWS)
    types = read.texts("instance_types")
    if read.value("instance_types") == []:
        read.problems.add(read.at("instance_types"), "must not be empty", fix="name a type, or remove the key")
    if read.has("unlisted_gpu"):
        return _unlisted(read, types)
    good = [name for index, name in enumerate(types) if _usable(read, index, name)]
    if profile is None:
        _check_alike(read, good)
        return tuple(good) or DEFAULT_INSTANCE_TYPES, None
    _check_of_profile(read, good, profile)
    return tuple(good) or profile.instance_types, None


def _unlisted(read: Reader, types: list[str]) -> tuple[tuple[str, ...], GpuNode | None]:
    if not read.has("instance_types"):
        fix = "name the types, or remove unlisted_gpu"
        read.problems.add(read.at("instance_types"), "is required with unlisted_gpu", fix=fix)
    for index, name in enumerate(types):
        if name in INSTANCES or refusal_of(name):
            known = refusal_of(name) or "the catalogue has it"
            fix = "remove unlisted_gpu" if name in INSTANCES else "use another type"
            where = f"{read.at('instance_types')}[{index}]"
            read.problems.add(where, f"must not be described by unlisted_gpu: {known}", got=name, fix=fix)
    return tuple(types) or DEFAULT_INSTANCE_TYPES, read_unlisted(read, AWS, types[0] if types else "")


def _check_of_profile(read: Reader, types: list[str], profile: GpuProfile) -> None:
    for name in types:
        row = INSTANCES[name]
        if (row.gpu, row.gpus) != (profile.gpu, profile.gpus_per_node):
            rule = f"must have what profile {profile.name} has ({profile.gpus_per_node} x {profile.gpu})"
            fix = "choose among " + ", ".join(profile.instance_types) + " or their like, or drop the profile"
            read.problems.add(read.at("instance_types"), rule, got=name, fix=fix)


def _usable(read: Reader, index: int, name: str) -> bool:
    where = f"{read.at('instance_types')}[{index}]"
    refusal = refusal_of(name)
    if refusal is not None:
        fix = "use g5 (A10G), g6e (L40S), p4d (A100) or p5 (H100)"
        read.problems.add(where, f"cannot run a voice worker: {refusal}", got=name, fix=fix)
    elif name not in INSTANCES:
        near = nearest(name, INSTANCES)
        fix = near if len(near) < 60 else "check the name; of a type newer than this release say unlisted_gpu"
        read.problems.add(where, "must be an instance type of catalog/aws/instances.py", got=name, fix=fix)
    elif INSTANCES[name].arch == ARM64:
        fix = "use an x86_64 type such as m7a.4xlarge"
        read.problems.add(where, "must be x86_64: no Arm image of the vendor is documented", got=name, fix=fix)
    else:
        return True
    return False


def _check_alike(read: Reader, types: list[str]) -> None:
    kinds = {(INSTANCES[name].gpu, INSTANCES[name].gpus) for name in types}
    if len(kinds) > 1:
        shown = ", ".join(sorted(f"{name}: {_kind(INSTANCES[name])}" for name in types))
        rule = "must all have the same GPU and the same number of them, or an autoscaler miscounts the group"
        read.problems.add(read.at("instance_types"), rule, got=shown, fix="make one node group for each kind")


def _kind(row: Machine) -> str:
    return f"{row.gpus} x {row.gpu}" if row.gpu else "no GPU"
