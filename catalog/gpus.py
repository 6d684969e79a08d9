"""GPUs the voice workers run on, what each carries, and profiles a node group may name instead of types.

One worker runs on one GPU, so streams per GPU are streams per worker. Where the vendor gives no figure the cell is
None, and whoever sizes with it must ask the user (it is never guessed).

source: vendor hardware page (self-hosted/hardware-selection), read 2026-11-21; AWS families by EC2 documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from catalog.aws.instances import INSTANCES, REFUSED_FAMILIES

GPU_LABEL = "nvidia.com/gpu.present"
"""Node label (value `true`) that the vendor's AWS example puts on GPU nodes. source: its tfvars example, 2026-11-21."""
ACCELERATOR_LABEL = "k8s.amazonaws.com/accelerator"
"""Label by which cluster autoscaler on AWS knows a node whose GPUs are not offered yet, and does not start another.

source: cluster-autoscaler, cloudprovider/aws/README.md, 2026-11-21.
"""
GPU_TAINT = "nvidia.com/gpu"
"""Taint key (value `true`, NoSchedule) that keeps other pods off the costly nodes. The device plugin tolerates it."""
GPU_RESOURCE = "nvidia.com/gpu"
"""Extended resource by which pods ask for GPUs and the device plugin offers them."""
MIN_GPU_MEMORY_GIB = 24
"""Least memory of one GPU. source: vendor hardware page (Ampere or newer, at least 24 GB), 2026-11-21."""
MIN_GPU_DISK_GIB = 100
"""Least root disk of a GPU node, GiB. source: vendor tfvars example (`disk_size = 100`), 2026-11-21."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuModel:
    """One GPU and how many concurrent streams a worker on it takes. None: the vendor gives no figure."""

    name: str
    """As `catalog.aws.instances` names it."""
    sonic_streams: int | None
    """Concurrent Sonic requests of a worker, newest model revision."""
    sonic_streams_older: int | None
    """The same for the older model revision."""
    ink_streams: int | None
    """Concurrent Ink 2 streams of a worker."""


GPU_MODELS: Mapping[str, GpuModel] = MappingProxyType(
    {
        row.name: row
        for row in (
            GpuModel(name="A10G", sonic_streams=4, sonic_streams_older=4, ink_streams=None),
            GpuModel(name="L40S", sonic_streams=8, sonic_streams_older=4, ink_streams=128),
            GpuModel(name="A100", sonic_streams=8, sonic_streams_older=4, ink_streams=None),
            GpuModel(name="H100", sonic_streams=16, sonic_streams_older=8, ink_streams=256),
            # No figure is published for these: sizing needs one from the user.
            GpuModel(name="L4", sonic_streams=None, sonic_streams_older=None, ink_streams=None),
            GpuModel(name="H200", sonic_streams=None, sonic_streams_older=None, ink_streams=None),
            GpuModel(name="B200", sonic_streams=None, sonic_streams_older=None, ink_streams=None),
            GpuModel(name="RTX PRO 6000", sonic_streams=None, sonic_streams_older=None, ink_streams=None),
        )
    }
)
"""Every usable GPU by model name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuProfile:
    """A name for a sensible GPU node group. All its types have the same GPU and the same number of them."""

    name: str
    """What settings write, e.g. `l40s`."""
    gpu: str
    """Key of `GPU_MODELS`."""
    gpus_per_node: int
    """GPUs of one node."""
    instance_types: tuple[str, ...]
    """EC2 types in order of preference."""
    note: str
    """Why these types."""

    @property
    def model(self) -> GpuModel:
        """The GPU's row."""
        return GPU_MODELS[self.gpu]


GPU_PROFILES: Mapping[str, GpuProfile] = MappingProxyType(
    {
        row.name: row
        for row in (
            GpuProfile(
                name="a10g",
                gpu="A10G",
                gpus_per_node=1,
                instance_types=("g5.2xlarge", "g5.4xlarge"),
                note="the vendor's own AWS example",
            ),
            GpuProfile(
                name="l4",
                gpu="L4",
                gpus_per_node=1,
                instance_types=("g6.2xlarge", "g6.4xlarge"),
                note="sizes as in the vendor's g5 example; concurrency must come from the user",
            ),
            GpuProfile(
                name="l40s",
                gpu="L40S",
                gpus_per_node=1,
                instance_types=("g6e.2xlarge", "g6e.4xlarge"),
                note="sizes as in the vendor's g5 example; twice the streams of A10G, and Ink 2",
            ),
            GpuProfile(
                name="a100",
                gpu="A100",
                gpus_per_node=8,
                instance_types=("p4d.24xlarge",),
                note="A100 comes in eights on EC2; 40 GB each",
            ),
            GpuProfile(
                name="a100-80gb",
                gpu="A100",
                gpus_per_node=8,
                instance_types=("p4de.24xlarge",),
                note="A100 comes in eights on EC2; 80 GB each",
            ),
            GpuProfile(
                name="h100",
                gpu="H100",
                gpus_per_node=8,
                instance_types=("p5.48xlarge",),
                note="often only to be had as a capacity block",
            ),
            GpuProfile(
                name="h100-1gpu",
                gpu="H100",
                gpus_per_node=1,
                instance_types=("p5.4xlarge",),
                note="the one-GPU size of p5",
            ),
            GpuProfile(
                name="h200",
                gpu="H200",
                gpus_per_node=8,
                instance_types=("p5e.48xlarge", "p5en.48xlarge"),
                note="named by the vendor, without a figure: concurrency must come from the user",
            ),
        )
    }
)
"""Every GPU profile by name."""


def gpu_instance_types() -> tuple[str, ...]:
    """Every type with a GPU a worker runs on, sorted."""
    return tuple(sorted(i.name for i in INSTANCES.values() if i.gpus and i.family not in REFUSED_FAMILIES))
