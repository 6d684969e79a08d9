"""Rules for what says which GPUs a pool has: a profile, or a machine type that the catalogue does not know."""

from catalog.gpu_nodes import GpuNode, unlisted_node
from catalog.gpu_profiles import GPU_PROFILES, GpuProfile, profiles_of
from catalog.gpus import MIN_GPU_MEMORY_GIB, refusal_of_gpu
from components.pools.args import UnlistedGpuArgs
from core.input.problems import nearest
from core.input.reader import Reader

__all__ = ["read_profile", "read_unlisted"]

_MOST_GPUS = 16
_MOST_GPU_MEMORY_GIB = 1024


def read_profile(read: Reader, cloud: str) -> GpuProfile | None:
    """The profile that a pool names, if the cloud has machines for it."""
    name = read.text("profile")
    if not name:
        return None
    profile = GPU_PROFILES.get(name)
    if profile is None:
        fix = nearest(name, profiles_of(cloud))
        read.problems.add(read.at("profile"), "must be a GPU profile", got=name, fix=fix)
    elif not profile.types_on(cloud):
        fix = "use one of " + ", ".join(profiles_of(cloud))
        read.problems.add(read.at("profile"), f"has no machine on this cloud ({profile.gpu})", got=name, fix=fix)
        return None
    return profile


def read_unlisted(read: Reader, cloud: str, machine_type: str) -> GpuNode:
    """The row of an unlisted machine type. Problems are added to the reader's."""
    if read.has("profile"):
        rule = "must not stand beside profile, whose machines are all known"
        read.problems.add(read.at("unlisted_gpu"), rule, fix="keep one of the two")
    one = read.block("unlisted_gpu", UnlistedGpuArgs)
    one.required("gpu", "name the GPU model")
    one.required("count", "say how many GPUs a node has")
    one.required("memory_gib", "say how much memory a GPU has")
    gpu = one.text("gpu")
    memory = one.whole(
        "memory_gib",
        MIN_GPU_MEMORY_GIB,
        low=MIN_GPU_MEMORY_GIB,
        high=_MOST_GPU_MEMORY_GIB,
        why="the workers need at least 24 GB",
    )
    refusal = refusal_of_gpu(gpu, memory)
    if refusal is not None:
        fix = "use a type with an Ampere or newer GPU"
        read.problems.add(one.at("gpu"), f"cannot run a voice worker: {refusal}", got=gpu, fix=fix)
    return unlisted_node(
        cloud,
        machine_type,
        gpu=gpu,
        gpus=one.whole("count", 1, low=1, high=_MOST_GPUS),
        gpu_memory_gib=memory,
        accelerator=one.text("accelerator"),
    )
