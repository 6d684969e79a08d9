"""The GPU catalogue: for every machine type of both clouds what a node of it is, and whether a worker may run there.

One typed table over the machines of both clouds and the GPUs: driver, resource, labels, taint, device plugin, slices
and streams. A component picks everything about a GPU node from its row, so an image or driver that does not fit a GPU
cannot be written. A type that clouds launched after this release gets a row from what settings say of it
(`unlisted_node`), and is marked as unlisted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from catalog.aws import amis
from catalog.aws.instances import INSTANCES
from catalog.aws.instances import refusal_of as refusal_of_instance
from catalog.gcp.gke import GPU_DRIVER
from catalog.gcp.machines import ACCELERATORS, MACHINE_TYPES, REFUSED_TYPES, accelerator_of
from catalog.gpus import (
    ACCELERATOR_LABEL,
    GPU_LABEL,
    GPU_MODELS,
    GPU_RESOURCE,
    GPU_TAINT,
    GpuModel,
    Slice,
    refusal_of_gpu,
    usable_slices,
)
from catalog.machine import ARM64, AWS, GCP, X86_64, Machine

__all__ = ["GPU_NODES", "GpuNode", "gpu_nodes_of", "refusal_of_type", "unlisted_node"]

ADD_ON, BUILT_IN = "add-on", "built in"
"""Where the device plugin comes from: `components.addons` brings it, or the cloud runs one on every GPU node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuNode:
    """A node of one machine type with GPUs."""

    machine: Machine
    model: GpuModel | None
    """The GPU's row. None where the GPU is old, or newer than the catalogue."""
    driver: str
    """What brings the NVIDIA driver: AMI type on EKS, driver version that GKE installs."""
    accelerator: str
    """Name of the GPU in labels, limits and quotas of the cloud."""
    labels: Mapping[str, str]
    """Node labels that the pool must set. GKE sets labels of its own beside them."""
    taint: tuple[str, str, str]
    """Key, value and effect of the taint, as Kubernetes writes them."""
    device_plugin: str
    """`add-on` or `built in`."""
    slices: tuple[Slice, ...]
    """Usable ways to cut one GPU by MIG. On EKS slices are made by hand (GPU Operator)."""
    refusal: str | None
    """Why no worker runs there, or None."""
    listed: bool = True
    """False: settings said what it is, nobody checked it."""

    @property
    def resource(self) -> str:
        """Extended resource that the node offers."""
        return GPU_RESOURCE

    @property
    def sonic_streams(self) -> int | None:
        """Recommended concurrent Sonic requests of a GPU. None: not published."""
        return self.model.sonic_streams if self.model else None

    @property
    def ink_streams(self) -> int | None:
        """Recommended concurrent Ink 2 streams of a GPU. None: not published."""
        return self.model.ink_streams if self.model else None


# GKE gives its GPU nodes this value itself, EKS nodes take ours.
_TAINT_VALUES = {AWS: "true", GCP: "present"}
_DEVICE_PLUGINS = {AWS: ADD_ON, GCP: BUILT_IN}
_DRIVERS = {AWS: amis.DEFAULT_GPU, GCP: GPU_DRIVER}


def _node(machine: Machine, accelerator: str, *, refusal: str | None, listed: bool = True) -> GpuNode:
    gpu, memory = str(machine.gpu), machine.gpu_memory_gib
    own = {ACCELERATOR_LABEL: accelerator} if machine.cloud == AWS else {}
    return GpuNode(
        machine=machine,
        model=GPU_MODELS.get(gpu),
        driver=_DRIVERS[machine.cloud],
        accelerator=accelerator,
        labels=MappingProxyType({GPU_LABEL: "true", **own}),
        taint=(GPU_TAINT, _TAINT_VALUES[machine.cloud], "NoSchedule"),
        device_plugin=_DEVICE_PLUGINS[machine.cloud],
        slices=usable_slices(gpu, memory) if memory is not None else (),
        refusal=refusal,
        listed=listed,
    )


def _plain_name(gpu: str) -> str:
    return "nvidia-" + gpu.lower().replace(" ", "-")


def _rows() -> Iterable[GpuNode]:
    for machine in (*INSTANCES.values(), *MACHINE_TYPES.values()):
        if machine.gpu is not None:
            name = accelerator_of(machine) if machine.cloud == GCP else _plain_name(machine.gpu)
            yield _node(machine, str(name), refusal=_refusal(machine))


def _refusal(machine: Machine) -> str | None:
    told = refusal_of_type(machine.cloud, machine.name) or refusal_of_gpu(str(machine.gpu), machine.gpu_memory_gib)
    return told or ("its host is Arm" if machine.arch == ARM64 else None)


def refusal_of_type(cloud: str, name: str) -> str | None:
    """Why no worker runs on a machine type, by its name alone: known for types and families that are no rows too."""
    return refusal_of_instance(name) if cloud == AWS else REFUSED_TYPES.get(name)


GPU_NODES: Mapping[tuple[str, str], GpuNode] = MappingProxyType(
    {(row.machine.cloud, row.machine.name): row for row in _rows()}
)
"""Every GPU node by cloud and machine type. `refusal` says which ones carry no worker."""


def gpu_nodes_of(cloud: str) -> tuple[GpuNode, ...]:
    """The nodes of a cloud that a worker runs on, sorted by machine type."""
    return tuple(row for (of, _), row in sorted(GPU_NODES.items()) if of == cloud and row.refusal is None)


def unlisted_node(cloud: str, name: str, *, gpu: str, gpus: int, gpu_memory_gib: int, accelerator: str = "") -> GpuNode:
    """The row of a type that is not in the catalogue, from what somebody says of it.

    Args:
        cloud: `aws` or `gcp`.
        name: Machine type.
        gpu: GPU model; of a model that is not here either nothing but the memory is checked.
        gpus: GPUs of one node.
        gpu_memory_gib: Memory of one GPU.
        accelerator: Google Cloud's name of the GPU; made from model and memory where it is known.
    """
    machine = Machine(
        cloud=cloud,
        name=name,
        family=name.partition(".")[0] if cloud == AWS else name.rpartition("-")[0],
        vcpus=0,
        memory_gib=0,
        gpus=gpus,
        gpu=gpu,
        gpu_memory_gib=gpu_memory_gib,
        arch=X86_64,
    )
    named = ACCELERATORS.get((gpu, gpu_memory_gib), _plain_name(gpu)) if cloud == GCP else _plain_name(gpu)
    return _node(machine, accelerator or named, refusal=refusal_of_gpu(gpu, gpu_memory_gib), listed=False)
