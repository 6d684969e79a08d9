"""Rules for the machine of a node pool of `GkeCluster`: profile, type, GPUs, driver, slices, sharing and disks."""

from dataclasses import dataclass
from typing import Final

from catalog.gcp.gke import GPU_DRIVERS, GPU_SHARED_CLIENTS
from catalog.gcp.machines import HYPERDISK, MACHINE_TYPES, OLD_ACCELERATORS
from catalog.gpu_nodes import GPU_NODES, GpuNode, refusal_of_type
from catalog.gpu_profiles import GpuProfile
from catalog.gpus import MIN_GPU_DISK_GIB, MIN_GPU_MEMORY_GIB, refusal_of_gpu
from catalog.machine import ARM64, GCP, Machine
from components.gke.spec import AcceleratorSpec
from components.pools.gpus import read_profile, read_unlisted
from core.input.problems import nearest
from core.input.reader import Reader

__all__ = ["MachineSpec", "resolve_machine"]

DEFAULT_MACHINE_TYPE: Final = "n2-standard-8"
DISK_TYPES: Final = (
    "pd-balanced",
    "pd-ssd",
    "pd-standard",
    "hyperdisk-balanced",
    "hyperdisk-balanced-high-availability",
)
_GPU_KEYS: Final = ("driver", "partition", "shared_clients", "sharing")
_MIN_CPU_DISK_GIB: Final = 20
_MAX_DISK_GIB: Final = 65536
_MOST_LOCAL_SSDS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSpec:
    """What a node of the pool is."""

    type: str
    node: GpuNode | None
    """Row of the GPU catalogue. None on CPU types."""
    row: Machine | None
    """Row of the machine types. None where the catalogue does not know the type."""
    accelerator: AcceleratorSpec | None
    disk_gib: int
    disk_type: str
    local_ssds: int


def resolve_machine(read: Reader) -> MachineSpec:
    """The machine of a pool. Problems are added to the reader's."""
    name, node = _type(read)
    row = MACHINE_TYPES.get(name)
    if node is None:
        for key in _GPU_KEYS:
            if read.has(key):
                rule = f"has no meaning without GPUs: {name} has none"
                read.problems.add(read.at(key), rule, fix="remove it, or choose a type with GPUs", needs=_kinds(read))
    return MachineSpec(
        type=name,
        node=node,
        row=row,
        accelerator=_accelerator(read, node) if node else None,
        disk_gib=_disk_gib(read, node is not None),
        disk_type=_disk_type(read, name, row),
        local_ssds=_local_ssds(read, row),
    )


def _kinds(read: Reader) -> tuple[str, ...]:
    """Paths of what says which machine the pool has."""
    return read.at("profile"), read.at("machine_type"), read.at("unlisted_gpu")


def _type(read: Reader) -> tuple[str, GpuNode | None]:
    profile = read_profile(read, GCP)
    name = read.text("machine_type")
    if read.has("unlisted_gpu"):
        return _unlisted(read, name)
    if name and not _usable(read, name):
        name = ""
    if profile is not None and name:
        _check_of_profile(read, name, profile)
    name = name or (profile.types_on(GCP)[0] if profile else DEFAULT_MACHINE_TYPE)
    return name, GPU_NODES.get((GCP, name))


def _unlisted(read: Reader, name: str) -> tuple[str, GpuNode]:
    where = read.at("machine_type")
    read.required("machine_type", "name the type, or remove unlisted_gpu")
    if name in MACHINE_TYPES:
        fix = "remove unlisted_gpu"
        read.problems.add(where, "must not be described by unlisted_gpu: the catalogue has it", got=name, fix=fix)
    elif refusal_of_type(GCP, name):
        rule = f"must not be described by unlisted_gpu: {refusal_of_type(GCP, name)}"
        read.problems.add(where, rule, got=name, fix="use another type")
    return name, read_unlisted(read, GCP, name)


def _usable(read: Reader, name: str) -> bool:
    where, problems = read.at("machine_type"), read.problems
    refusal = refusal_of_type(GCP, name)
    if refusal is None and name in OLD_ACCELERATORS:
        refusal = refusal_of_gpu(OLD_ACCELERATORS[name], None)
    if refusal is not None:
        fix = "use g2-standard (L4), a2-highgpu (A100) or a3-highgpu (H100)"
        problems.add(where, f"cannot run a voice worker: {refusal}", got=name, fix=fix)
    elif name not in MACHINE_TYPES:
        near = nearest(name, MACHINE_TYPES)
        fix = near if len(near) < 60 else "check the name; of a GPU type newer than this release say unlisted_gpu"
        problems.add(where, "must be a machine type of catalog/gcp/machines.py", got=name, fix=fix)
    elif MACHINE_TYPES[name].arch == ARM64:
        fix = "use an x86_64 type such as n2-standard-8"
        problems.add(where, "must be x86_64: no Arm image of the vendor is documented", got=name, fix=fix)
    else:
        return True
    return False


def _check_of_profile(read: Reader, name: str, profile: GpuProfile) -> None:
    row = MACHINE_TYPES[name]
    if (row.gpu, row.gpus) != (profile.gpu, profile.gpus_per_node):
        rule = f"must have what profile {profile.name} has ({profile.gpus_per_node} x {profile.gpu})"
        fix = f"use {profile.types_on(GCP)[0]} or its like, or drop the profile"
        read.problems.add(read.at("machine_type"), rule, got=name, fix=fix)


def _accelerator(read: Reader, node: GpuNode) -> AcceleratorSpec:
    partition, slices, memory = _partition(read, node)
    clients = _shared_clients(read, memory)
    driver = read.choice("driver", tuple(map(str.lower, GPU_DRIVERS)), node.driver.lower())
    return AcceleratorSpec(
        type=node.accelerator,
        model=str(node.machine.gpu),
        count=node.machine.gpus,
        driver=driver.upper(),
        partition=partition,
        slices=slices,
        shared_clients=clients,
        sharing=read.choice("sharing", ("time_sharing", "mps"), "time_sharing").upper(),
    )


def _partition(read: Reader, node: GpuNode) -> tuple[str, int, int]:
    """Slice, how many of it a GPU gives, and the memory of one."""
    whole = int(node.machine.gpu_memory_gib or MIN_GPU_MEMORY_GIB)
    wanted = read.text("partition")
    if not wanted:
        return "", 1, whole
    found = next((one for one in node.slices if one.size == wanted), None)
    if found is None:
        sizes = ", ".join(one.size for one in node.slices)
        rule = f"must be a slice of {node.machine.gpu} with at least {MIN_GPU_MEMORY_GIB} GB"
        fix = f"use one of {sizes}" if sizes else "remove it: this GPU cannot be cut so"
        read.problems.add(read.at("partition"), rule, got=wanted, fix=fix, needs=_kinds(read))
        return "", 1, whole
    return found.size, found.count, found.memory_gib


def _shared_clients(read: Reader, memory: int) -> int:
    low, high = GPU_SHARED_CLIENTS
    if not read.has("shared_clients"):
        if read.has("sharing"):
            rule = "has no meaning without shared_clients"
            read.problems.add(read.at("sharing"), rule, fix="say how many pods share a GPU, or remove it")
        return 1
    clients = read.whole("shared_clients", low, low=low, high=high)
    if memory / clients < MIN_GPU_MEMORY_GIB:
        rule = f"must leave each pod {MIN_GPU_MEMORY_GIB} GB: {clients} share {memory} GB"
        fix = f"at most {memory // MIN_GPU_MEMORY_GIB} here" if memory >= 2 * MIN_GPU_MEMORY_GIB else "remove it"
        needs = (*_kinds(read), read.at("partition"))
        read.problems.add(read.at("shared_clients"), rule, got=clients, fix=fix, needs=needs)
    return clients


def _disk_gib(read: Reader, gpu: bool) -> int:
    if gpu:
        why = "images and weights of the workers"
        return read.whole("disk_gib", MIN_GPU_DISK_GIB, low=MIN_GPU_DISK_GIB, high=_MAX_DISK_GIB, why=why)
    return read.whole("disk_gib", 50, low=_MIN_CPU_DISK_GIB, high=_MAX_DISK_GIB)


def _disk_type(read: Reader, name: str, row: Machine | None) -> str:
    wanted = read.choice("disk_type", DISK_TYPES, row.disk_type if row else HYPERDISK)
    if row is not None and row.disk_type == HYPERDISK and wanted.startswith("pd-"):
        rule = f"must be a Hyperdisk: {name} takes no persistent disk"
        read.problems.add(read.at("disk_type"), rule, got=wanted, fix=f"use {HYPERDISK}", needs=_kinds(read))
    return wanted


def _local_ssds(read: Reader, row: Machine | None) -> int:
    bundled = row.local_ssds if row else 0
    asked = read.whole("local_ssds", bundled, low=0, high=32 if bundled else _MOST_LOCAL_SSDS)
    if bundled and asked != bundled:
        rule = f"must be {bundled}: so many are bundled with the type"
        read.problems.add(read.at("local_ssds"), rule, got=asked, fix="remove it", needs=_kinds(read))
        return bundled
    return asked
