"""AMI types of EKS node groups: operating system, architecture and whether the NVIDIA driver is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["AMI_TYPES", "CUSTOM", "DEFAULT", "DEFAULT_GPU", "AmiType"]


@dataclass(frozen=True, slots=True)
class AmiType:
    """Operating system and processor of a node of this AMI type, and whether its image has the NVIDIA driver."""

    os: str
    arch: str
    nvidia: bool


def _row(name: str) -> AmiType:
    return AmiType(
        os="windows" if name.startswith("WINDOWS") else "linux",
        arch="arm64" if "ARM" in name else "x86_64",
        nvidia=name.endswith(("_GPU", "_NVIDIA", "_FIPS_NVIDIA")),
    )


AMI_TYPES: Mapping[str, AmiType] = MappingProxyType(
    {
        name: _row(name)
        for name in (
            "AL2_x86_64",
            "AL2_x86_64_GPU",
            "AL2_ARM_64",
            "AL2023_x86_64_STANDARD",
            "AL2023_ARM_64_STANDARD",
            "AL2023_x86_64_NEURON",
            "AL2023_x86_64_NVIDIA",
            "AL2023_ARM_64_NVIDIA",
            "BOTTLEROCKET_x86_64",
            "BOTTLEROCKET_ARM_64",
            "BOTTLEROCKET_x86_64_NVIDIA",
            "BOTTLEROCKET_ARM_64_NVIDIA",
            "BOTTLEROCKET_x86_64_FIPS",
            "BOTTLEROCKET_ARM_64_FIPS",
            "WINDOWS_CORE_2022_x86_64",
            "WINDOWS_FULL_2022_x86_64",
        )
    }
)
"""By API name. source: EKS API reference, `Nodegroup.amiType`, 2026-11-21. `CUSTOM` is handled apart."""

CUSTOM = "CUSTOM"
"""An image of the user's own, named in the launch template."""
DEFAULT = "AL2023_x86_64_STANDARD"
"""EKS takes it when a group names none, and `EksCluster` gives it to groups without GPUs."""
DEFAULT_GPU = "AL2023_x86_64_NVIDIA"
"""What `EksCluster` gives to groups with NVIDIA GPUs: the same system, with the driver."""
