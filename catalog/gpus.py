"""GPUs: which ones a voice worker runs on, what each carries, how it is cut into slices, and how nodes with it look.

One worker runs on one GPU (or slice), so streams per GPU are streams per worker. Where the vendor gives no figure the
cell is None, and whoever sizes with it must ask the user (it is never guessed). Machines are in `catalog.aws.instances`
and `catalog.gcp.machines`, both clouds' GPU nodes in one table in `catalog.gpu_nodes`.

source: vendor hardware page (self-hosted/hardware-selection), read 2026-11-21; architectures by NVIDIA's product pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

GPU_LABEL = "nvidia.com/gpu.present"
"""Node label (value `true`) that the vendor's AWS example puts on GPU nodes. source: its tfvars example, 2026-11-21."""
ACCELERATOR_LABEL = "k8s.amazonaws.com/accelerator"
"""Label by which cluster autoscaler on AWS knows a node whose GPUs are not offered yet, and does not start another.

source: cluster-autoscaler, cloudprovider/aws/README.md, 2026-11-21.
"""
GPU_TAINT = "nvidia.com/gpu"
"""Taint key (NoSchedule) that keeps other pods off the costly nodes. The device plugin tolerates it."""
GPU_RESOURCE = "nvidia.com/gpu"
"""Extended resource by which pods ask for GPUs and the device plugin offers them."""
MIN_GPU_MEMORY_GIB = 24
"""Least memory of one GPU. source: vendor hardware page (Ampere or newer, at least 24 GB), 2026-11-21."""
MIN_GPU_DISK_GIB = 100
"""Least root disk of a GPU node, GiB. source: vendor tfvars example (`disk_size = 100`), 2026-11-21."""

ARCHITECTURES = ("Ampere", "Ada Lovelace", "Hopper", "Blackwell")
"""NVIDIA architectures that a worker runs on, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuModel:
    """One GPU and how many concurrent streams a worker on it takes. None: the vendor gives no figure."""

    name: str
    """As machine types name it."""
    architecture: str
    """One of `ARCHITECTURES`."""
    sonic_streams: int | None = None
    """Concurrent Sonic requests of a worker, newest model revision."""
    sonic_streams_older: int | None = None
    """The same for the older model revision."""
    ink_streams: int | None = None
    """Concurrent Ink 2 streams of a worker."""
    sonic_streams_slice: int | None = None
    """Concurrent Sonic requests of a worker on a MIG slice."""
    ink_streams_slice: int | None = None
    """Concurrent Ink 2 streams of a worker on a MIG slice."""


GPU_MODELS: Mapping[str, GpuModel] = MappingProxyType(
    {
        row.name: row
        for row in (
            GpuModel(name="A10G", architecture="Ampere", sonic_streams=4, sonic_streams_older=4),
            GpuModel(name="L40S", architecture="Ada Lovelace", sonic_streams=8, sonic_streams_older=4, ink_streams=128),
            GpuModel(name="A100", architecture="Ampere", sonic_streams=8, sonic_streams_older=4),
            GpuModel(
                name="H100",
                architecture="Hopper",
                sonic_streams=16,
                sonic_streams_older=8,
                ink_streams=256,
                sonic_streams_slice=8,
                ink_streams_slice=128,
            ),
            # No figure is published for these: sizing needs one from the user.
            GpuModel(name="L4", architecture="Ada Lovelace"),
            GpuModel(name="H200", architecture="Hopper"),
            GpuModel(name="B200", architecture="Blackwell"),
            GpuModel(name="B300", architecture="Blackwell"),
            GpuModel(name="RTX PRO 4500", architecture="Blackwell"),
            GpuModel(name="RTX PRO 6000", architecture="Blackwell"),
        )
    }
)
"""Every usable GPU by model name."""

OLD_GPUS: Mapping[str, str] = MappingProxyType(
    {
        "K520": "Kepler",
        "K80": "Kepler",
        "M60": "Maxwell",
        "P4": "Pascal",
        "P40": "Pascal",
        "P100": "Pascal",
        "V100": "Volta",
        "T4": "Turing",
        "T4G": "Turing",
    }
)
"""GPUs that clouds offer and that are older than Ampere, with their architecture. No worker runs on them."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One way to cut a GPU by MIG."""

    size: str
    """As NVIDIA and GKE write it, e.g. `3g.40gb`."""
    count: int
    """Slices of this size that one GPU gives."""

    @property
    def memory_gib(self) -> int:
        """Memory of one slice, as its name tells it."""
        return int(self.size.partition(".")[2].removesuffix("gb"))


def _slices(**counts: int) -> tuple[Slice, ...]:
    return tuple(Slice(size.replace("_", ".").lstrip("x"), count) for size, count in counts.items())


_EIGHTY = _slices(x1g_10gb=7, x2g_20gb=3, x3g_40gb=2, x4g_40gb=1, x7g_80gb=1)

MIG_SLICES: Mapping[tuple[str, int], tuple[Slice, ...]] = MappingProxyType(
    {
        ("A100", 40): _slices(x1g_5gb=7, x2g_10gb=3, x3g_20gb=2, x4g_20gb=1, x7g_40gb=1),
        ("A100", 80): _EIGHTY,
        ("H100", 80): (*_EIGHTY, Slice("1g.20gb", 4)),
        ("H200", 141): _slices(x1g_18gb=7, x1g_35gb=4, x2g_35gb=3, x3g_71gb=2, x4g_71gb=1, x7g_141gb=1),
        ("B200", 180): _slices(x1g_23gb=7, x1g_45gb=4, x2g_45gb=3, x3g_90gb=2, x4g_90gb=1, x7g_180gb=1),
        ("RTX PRO 6000", 96): _slices(x1g_24gb=4, x2g_48gb=2, x4g_96gb=1),
    }
)
"""Ways to cut a GPU, by model and GB of memory. What is not here cannot be cut.

source: GoogleCloudPlatform/container-engine-accelerators, partition_gpu/partition_gpu.go, 2026-11-25. NVIDIA lists
`1g.20gb` for the A100 with 80 GB too; GKE's partitioner takes it for the H100 alone.
"""


def usable_slices(model: str, memory_gib: int) -> tuple[Slice, ...]:
    """The ways to cut a GPU whose slices have enough memory for a worker."""
    return tuple(one for one in MIG_SLICES.get((model, memory_gib), ()) if one.memory_gib >= MIN_GPU_MEMORY_GIB)


def refusal_of_gpu(model: str, memory_gib: int | None) -> str | None:
    """Why no worker runs on a GPU, or None. A model that nobody knows here is judged by its memory alone."""
    if model in OLD_GPUS:
        return f"{model} ({OLD_GPUS[model]}) is older than Ampere; the workers need Ampere or newer"
    if memory_gib is not None and memory_gib < MIN_GPU_MEMORY_GIB:
        return f"{memory_gib} GB a GPU are too few; the workers need at least {MIN_GPU_MEMORY_GIB} GB"
    return None
