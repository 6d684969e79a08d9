"""Machine types of Google Cloud that node pools may use: CPU, memory, GPUs, disks, and those that are refused and why.

One row a type. Prices, zones and quotas are not facts of a type and are not here; which zones have a GPU moves, and
settings say it.

source: skypilot-catalog v8 `gcp/vms.csv` (what the Compute API lists); Google Cloud documentation, "Accelerator-
optimized machine family" and "GPU machine types", as quoted by public pages; 2026-11-25. Accelerator types: cluster-
toolkit `machine_mappings.json` and container-engine-accelerators, 2026-11-25.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from catalog.machine import ARM64, GCP, X86_64, Machine

HYPERDISK = "hyperdisk-balanced"
PD = "pd-balanced"


@dataclass(frozen=True, slots=True)
class _Gpu:
    model: str
    memory_gib: int
    # (size, vCPUs, memory GB, GPUs, local SSDs that come with it)
    sizes: tuple[tuple[str, int, float, int, int], ...]
    disk_type: str = PD


# family: GPU and sizes. A type is `<family>-<size>`.
_GPU_FAMILIES: Mapping[str, _Gpu] = {
    "g2-standard": _Gpu(
        "L4",
        24,
        (
            ("4", 4, 16.0, 1, 0),
            ("8", 8, 32.0, 1, 0),
            ("12", 12, 48.0, 1, 0),
            ("16", 16, 64.0, 1, 0),
            ("32", 32, 128.0, 1, 0),
            ("24", 24, 96.0, 2, 0),
            ("48", 48, 192.0, 4, 0),
            ("96", 96, 384.0, 8, 0),
        ),
    ),
    "g4-standard": _Gpu(
        "RTX PRO 6000",
        96,
        (
            ("48", 48, 180.0, 1, 0),
            ("96", 96, 360.0, 2, 0),
            ("192", 192, 720.0, 4, 0),
            ("384", 384, 1440.0, 8, 0),
        ),
        HYPERDISK,
    ),
    "a2-highgpu": _Gpu(
        "A100",
        40,
        (
            ("1g", 12, 85.0, 1, 0),
            ("2g", 24, 170.0, 2, 0),
            ("4g", 48, 340.0, 4, 0),
            ("8g", 96, 680.0, 8, 0),
        ),
    ),
    "a2-megagpu": _Gpu("A100", 40, (("16g", 96, 1360.0, 16, 0),)),
    "a2-ultragpu": _Gpu(
        "A100",
        80,
        (
            ("1g", 12, 170.0, 1, 1),
            ("2g", 24, 340.0, 2, 2),
            ("4g", 48, 680.0, 4, 4),
            ("8g", 96, 1360.0, 8, 8),
        ),
    ),
    "a3-highgpu": _Gpu(
        "H100",
        80,
        (
            ("1g", 26, 234.0, 1, 2),
            ("2g", 52, 468.0, 2, 4),
            ("4g", 104, 936.0, 4, 8),
            ("8g", 208, 1872.0, 8, 16),
        ),
    ),
    "a3-edgegpu": _Gpu("H100", 80, (("8g", 208, 1872.0, 8, 16),)),
    "a3-megagpu": _Gpu("H100", 80, (("8g", 208, 1872.0, 8, 16),)),
    "a3-ultragpu": _Gpu("H200", 141, (("8g", 224, 2952.0, 8, 32),), HYPERDISK),
    "a4-highgpu": _Gpu("B200", 180, (("8g", 224, 3968.0, 8, 32),), HYPERDISK),
}

# Slices of one RTX PRO 6000 by vGPU, which GKE counts as one GPU each: (size, vCPUs, memory GB, GPU memory).
_SLICES = (("12", 12, 45.0, 24), ("24", 24, 90.0, 48))

_UP_TO_32 = (2, 4, 8, 16, 32)
# family: (GB of memory per vCPU, sizes, architecture, kind of boot disk)
_CPU_FAMILIES: Mapping[str, tuple[float, tuple[int, ...], str, str]] = {
    "e2-standard": (4, _UP_TO_32, X86_64, PD),
    "n2-standard": (4, (*_UP_TO_32, 48, 64, 80, 96, 128), X86_64, PD),
    "n2d-standard": (4, (*_UP_TO_32, 48, 64, 80, 96, 128, 224), X86_64, PD),
    "n2-highcpu": (1, (*_UP_TO_32, 48, 64, 80, 96), X86_64, PD),
    "n2-highmem": (8, (*_UP_TO_32, 48, 64, 80, 96), X86_64, PD),
    "c3-standard": (4, (4, 8, 22, 44, 88, 176), X86_64, PD),
    "c4-standard": (3.75, (2, 4, 8, 16, 32, 48, 96, 192), X86_64, HYPERDISK),
    "n4-standard": (4, (*_UP_TO_32, 48, 64, 80), X86_64, HYPERDISK),
    "t2a-standard": (4, (1, 2, 4, 8, 16, 32, 48), ARM64, PD),
    "c4a-standard": (4, (1, 2, 4, 8, 16, 32, 48, 64, 72), ARM64, HYPERDISK),
}


def _rows() -> Iterable[Machine]:
    for family, gpu in _GPU_FAMILIES.items():
        for size, vcpus, memory, count, ssds in gpu.sizes:
            yield Machine(
                cloud=GCP,
                name=f"{family}-{size}",
                family=family,
                vcpus=vcpus,
                memory_gib=memory,
                gpus=count,
                gpu=gpu.model,
                gpu_memory_gib=gpu.memory_gib,
                arch=X86_64,
                local_ssds=ssds,
                disk_type=gpu.disk_type,
            )
    for size, vcpus, memory, gpu_memory in _SLICES:
        yield Machine(
            cloud=GCP,
            name=f"g4-standard-{size}",
            family="g4-standard",
            vcpus=vcpus,
            memory_gib=memory,
            gpus=1,
            gpu="RTX PRO 6000",
            gpu_memory_gib=gpu_memory,
            arch=X86_64,
            disk_type=HYPERDISK,
        )
    for family, (ratio, cpu_sizes, arch, disk_type) in _CPU_FAMILIES.items():
        for cpus in cpu_sizes:
            # C4 has 3.75 GB a vCPU but rounds: 7, 15, 30, 60 and so on.
            yield Machine(
                cloud=GCP,
                name=f"{family}-{cpus}",
                family=family,
                vcpus=cpus,
                memory_gib=float(int(cpus * ratio)),
                gpus=0,
                gpu=None,
                gpu_memory_gib=None,
                arch=arch,
                disk_type=disk_type,
            )


MACHINE_TYPES: Mapping[str, Machine] = MappingProxyType({row.name: row for row in _rows()})
"""Every known machine type by its API name."""

REFUSED_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "g4-standard-6": "it has an eighth of an RTX PRO 6000 with 12 GB, below the 24 GB a worker needs",
        "a4x-highgpu-4g": "its host is Arm (GB200), for which the vendor documents no image",
        "a4x-maxgpu-4g-metal": "its host is Arm (GB300), for which the vendor documents no image",
    }
)
"""Types with GPUs no worker runs on, with the reason. source: vendor hardware page (GPU rule), read 2026-11-21."""

ACCELERATORS: Mapping[tuple[str, int], str] = MappingProxyType(
    {
        ("L4", 24): "nvidia-l4",
        ("RTX PRO 6000", 96): "nvidia-rtx-pro-6000",
        ("RTX PRO 6000", 48): "nvidia-rtx-pro-6000",
        ("RTX PRO 6000", 24): "nvidia-rtx-pro-6000",
        ("A100", 40): "nvidia-tesla-a100",
        ("A100", 80): "nvidia-a100-80gb",
        ("H100", 80): "nvidia-h100-80gb",
        ("H200", 141): "nvidia-h200-141gb",
        ("B200", 180): "nvidia-b200",
    }
)
"""Accelerator type, by which GKE, quotas and the autoscaler's limits name a GPU: by model and GB of memory."""

MEGA_ACCELERATOR = "nvidia-h100-mega-80gb"
"""What the H100 of a3-megagpu-8g is called."""

OLD_ACCELERATORS: Mapping[str, str] = MappingProxyType(
    {
        "nvidia-tesla-k80": "K80",
        "nvidia-tesla-p4": "P4",
        "nvidia-tesla-p100": "P100",
        "nvidia-tesla-v100": "V100",
        "nvidia-tesla-t4": "T4",
    }
)
"""Accelerator types that can be attached to N1 machines, by GPU model. All are older than Ampere."""

RESERVED_ONLY_FAMILIES: frozenset[str] = frozenset({"a3-ultragpu", "a4-highgpu"})
"""Families that are had by reservation, flex-start or Spot. source: no list price in the catalogue read, 2026-11-25."""

SPOT_OR_FLEX_TYPES: frozenset[str] = frozenset({"a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g"})
"""Types offered as Spot or flex-start only. source: Google Cloud documentation, "GPU machine types", 2026-11-25."""


def accelerator_of(machine: Machine) -> str | None:
    """The accelerator type of a machine's GPUs; None without GPUs."""
    if machine.gpu is None or machine.gpu_memory_gib is None:
        return None
    if machine.family == "a3-megagpu":
        return MEGA_ACCELERATOR
    return ACCELERATORS[machine.gpu, machine.gpu_memory_gib]
