"""EC2 instance types node groups may use: CPU, memory and GPUs of each, and the families that are refused and why.

One row a type. Components pick images and taints from it, the sandbox gives its nodes these sizes, policies and
capacity planning count GPUs with it. Prices, regional offers and quotas are not facts of a type and are not here.

source: EC2 `DescribeInstanceTypes`, us-east-1, as captured by moto 5.2 (a test compares each row), 2026-11-21; p3: its
product page, since EC2 no longer lists it there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from catalog.machine import ARM64, AWS, X86_64, Machine


@dataclass(frozen=True, slots=True)
class _Gpu:
    model: str
    memory_gib: int | None
    # (size, vCPUs, memory GiB, GPUs)
    sizes: tuple[tuple[str, int, float, int], ...]
    arch: str = X86_64


def _g_sizes(memory_per_vcpu: int) -> tuple[tuple[str, int, float, int], ...]:
    """The common G shape: one GPU up to 8xlarge and on 16xlarge, four on 12xlarge and 24xlarge, eight on 48xlarge."""
    shape = (
        ("xlarge", 4, 1),
        ("2xlarge", 8, 1),
        ("4xlarge", 16, 1),
        ("8xlarge", 32, 1),
        ("12xlarge", 48, 4),
        ("16xlarge", 64, 1),
        ("24xlarge", 96, 4),
        ("48xlarge", 192, 8),
    )
    return tuple((size, vcpus, float(vcpus * memory_per_vcpu), gpus) for size, vcpus, gpus in shape)


_GPU_FAMILIES: Mapping[str, _Gpu] = {
    "g5": _Gpu("A10G", 24, _g_sizes(4)),
    "g6": _Gpu("L4", 24, _g_sizes(4)),
    "gr6": _Gpu("L4", 24, (("4xlarge", 16, 128.0, 1), ("8xlarge", 32, 256.0, 1))),
    "g6e": _Gpu("L40S", 48, _g_sizes(8)),
    "g7": _Gpu(
        "RTX PRO 4500",
        32,
        (
            ("2xlarge", 8, 32.0, 1),
            ("4xlarge", 16, 64.0, 1),
            ("8xlarge", 32, 128.0, 1),
            ("12xlarge", 48, 192.0, 2),
            ("24xlarge", 96, 384.0, 4),
            ("48xlarge", 192, 768.0, 8),
        ),
    ),
    "g7e": _Gpu(
        "RTX PRO 6000",
        96,
        (
            ("2xlarge", 8, 64.0, 1),
            ("4xlarge", 16, 128.0, 1),
            ("8xlarge", 32, 256.0, 1),
            ("12xlarge", 48, 512.0, 2),
            ("24xlarge", 96, 1024.0, 4),
            ("48xlarge", 192, 2048.0, 8),
        ),
    ),
    "p4d": _Gpu("A100", 40, (("24xlarge", 96, 1152.0, 8),)),
    "p4de": _Gpu("A100", 80, (("24xlarge", 96, 1152.0, 8),)),
    "p5": _Gpu("H100", 80, (("4xlarge", 16, 256.0, 1), ("48xlarge", 192, 2048.0, 8))),
    "p5e": _Gpu("H200", 141, (("48xlarge", 192, 2048.0, 8),)),
    "p5en": _Gpu("H200", 141, (("48xlarge", 192, 2048.0, 8),)),
    "p6-b200": _Gpu("B200", 180, (("48xlarge", 192, 2048.0, 8),)),
    "p6-b300": _Gpu("B300", 288, (("48xlarge", 192, 4096.0, 8),)),
    # The refused ones are rows too, so that an error can say what they are.
    "g4dn": _Gpu(
        "T4",
        16,
        (
            ("xlarge", 4, 16.0, 1),
            ("2xlarge", 8, 32.0, 1),
            ("4xlarge", 16, 64.0, 1),
            ("8xlarge", 32, 128.0, 1),
            ("12xlarge", 48, 192.0, 4),
            ("16xlarge", 64, 256.0, 1),
            ("metal", 96, 384.0, 8),
        ),
    ),
    "g5g": _Gpu(
        "T4G",
        16,
        (
            ("xlarge", 4, 8.0, 1),
            ("2xlarge", 8, 16.0, 1),
            ("4xlarge", 16, 32.0, 1),
            ("8xlarge", 32, 64.0, 1),
            ("16xlarge", 64, 128.0, 2),
            ("metal", 64, 128.0, 2),
        ),
        ARM64,
    ),
    "g6f": _Gpu(
        "L4", None, (("large", 2, 8.0, 0), ("xlarge", 4, 16.0, 0), ("2xlarge", 8, 32.0, 0), ("4xlarge", 16, 64.0, 0))
    ),
    "gr6f": _Gpu("L4", None, (("4xlarge", 16, 128.0, 0),)),
    "p3": _Gpu("V100", 16, (("2xlarge", 8, 61.0, 1), ("8xlarge", 32, 244.0, 4), ("16xlarge", 64, 488.0, 8))),
    "p3dn": _Gpu("V100", 32, (("24xlarge", 96, 768.0, 8),)),
}

_VCPUS = {
    "large": 2,
    "xlarge": 4,
    "2xlarge": 8,
    "4xlarge": 16,
    "8xlarge": 32,
    "12xlarge": 48,
    "16xlarge": 64,
    "24xlarge": 96,
    "32xlarge": 128,
    "48xlarge": 192,
}
_UP_TO_16 = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_UP_TO_24 = (*_UP_TO_16, "24xlarge")
_UP_TO_32 = (*_UP_TO_24, "32xlarge")
_UP_TO_48 = (*_UP_TO_24, "48xlarge")
_ALL_SIZES = (*_UP_TO_32, "48xlarge")

# family: (GiB of memory per vCPU, sizes, architecture)
_CPU_FAMILIES: Mapping[str, tuple[int, tuple[str, ...], str]] = {
    "m5": (4, _UP_TO_24, X86_64),
    "m6a": (4, _ALL_SIZES, X86_64),
    "m6i": (4, _UP_TO_32, X86_64),
    "m7a": (4, _ALL_SIZES, X86_64),
    "m7i": (4, _UP_TO_48, X86_64),
    "m7g": (4, ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"), ARM64),
    "c6i": (2, _UP_TO_32, X86_64),
    "c7a": (2, _ALL_SIZES, X86_64),
    "c7i": (2, _UP_TO_48, X86_64),
    "c7g": (2, _UP_TO_16, ARM64),
    "r6i": (8, _UP_TO_32, X86_64),
    "r7a": (8, _ALL_SIZES, X86_64),
    "r7i": (8, _UP_TO_48, X86_64),
}

# Burstable types do not follow a ratio. (size, vCPUs, memory GiB)
_T3_SIZES: tuple[tuple[str, int, float], ...] = (
    ("medium", 2, 4.0),
    ("large", 2, 8.0),
    ("xlarge", 4, 16.0),
    ("2xlarge", 8, 32.0),
)


def _cpu(family: str, size: str, vcpus: int, memory_gib: float, arch: str) -> Machine:
    return Machine(
        cloud=AWS,
        name=f"{family}.{size}",
        family=family,
        vcpus=vcpus,
        memory_gib=memory_gib,
        gpus=0,
        gpu=None,
        gpu_memory_gib=None,
        arch=arch,
    )


def _rows() -> Iterable[Machine]:
    for family, gpu in _GPU_FAMILIES.items():
        for size, vcpus, memory, count in gpu.sizes:
            yield Machine(
                cloud=AWS,
                name=f"{family}.{size}",
                family=family,
                vcpus=vcpus,
                memory_gib=memory,
                gpus=count,
                gpu=gpu.model,
                gpu_memory_gib=gpu.memory_gib,
                arch=gpu.arch,
            )
    for family, (ratio, sizes, arch) in _CPU_FAMILIES.items():
        for size in sizes:
            yield _cpu(family, size, _VCPUS[size], float(_VCPUS[size] * ratio), arch)
    for size, vcpus, memory in _T3_SIZES:
        yield _cpu("t3", size, vcpus, memory, X86_64)


INSTANCES: Mapping[str, Machine] = MappingProxyType({row.name: row for row in _rows()})
"""Every known instance type by its API name."""

REFUSED_FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "g4dn": "T4 is older than Ampere and has 16 GB; the workers need Ampere or newer with at least 24 GB",
        "g4ad": "its GPU is AMD; the workers need NVIDIA",
        "g5g": "T4G is older than Ampere, has 16 GB and the host is Arm; it only looks like g5",
        "g6f": "it has a slice of an L4, below the 24 GB a worker needs",
        "gr6f": "it has a slice of an L4, below the 24 GB a worker needs",
        "g3": "M60 is older than Ampere and has 8 GB",
        "g3s": "M60 is older than Ampere and has 8 GB",
        "p2": "K80 is older than Ampere and has 12 GB",
        "p3": "V100 is older than Ampere; the workers need Ampere or newer",
        "p3dn": "V100 is older than Ampere; the workers need Ampere or newer",
        "p6e-gb200": "its host is Arm, for which the vendor documents no image",
    }
)
"""GPU families no worker runs on, with the reason. source: vendor hardware page (GPU rule), read 2026-11-21."""

CAPACITY_BLOCK_FAMILIES: frozenset[str] = frozenset({"p4d", "p4de", "p5", "p5e", "p5en", "p6-b200", "p6-b300"})
"""NVIDIA families sold in capacity blocks. source: EC2 user guide, "Capacity Blocks for ML", 2026-11-21."""


def family_of(instance_type: str) -> str:
    """The whole word before the dot, which is how a family is told: `g5g.xlarge` is `g5g`, never `g5`."""
    return instance_type.partition(".")[0]


def refusal_of(instance_type: str) -> str | None:
    """Why no worker runs on this type, or None. Known for a refused family even where the size is not in the table."""
    return REFUSED_FAMILIES.get(family_of(instance_type))
