"""Local NVMe disks of EC2's GPU types: where a node keeps images and caches without loading them from a volume.

source: EC2 `DescribeInstanceTypes`, us-east-1, as captured by moto 5.2 (a test compares each row), 2026-11-25; for g5,
g6 and g6e also the types' product pages.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["LOCAL_STORAGE_GB"]

_FAMILIES: Mapping[str, str] = {
    "g5": "xlarge:250 2xlarge:450 4xlarge:600 8xlarge:900 12xlarge:3800 16xlarge:1900 24xlarge:3800 48xlarge:7600",
    "g6": "xlarge:250 2xlarge:450 4xlarge:600 8xlarge:900 12xlarge:3760 16xlarge:1880 24xlarge:3760 48xlarge:7520",
    "gr6": "4xlarge:600 8xlarge:900",
    "g6e": "xlarge:250 2xlarge:450 4xlarge:600 8xlarge:900 12xlarge:3800 16xlarge:1900 24xlarge:3800 48xlarge:7600",
    "g7": "2xlarge:440 4xlarge:875 8xlarge:930 12xlarge:1900 24xlarge:3800 48xlarge:7600",
    "g7e": "2xlarge:1900 4xlarge:1900 8xlarge:1900 12xlarge:3800 24xlarge:7600 48xlarge:15200",
    "p4d": "24xlarge:8000",
    "p4de": "24xlarge:8000",
    "p5": "4xlarge:3800 48xlarge:30400",
    "p5e": "48xlarge:30400",
    "p5en": "48xlarge:30400",
    "p6-b200": "48xlarge:30400",
    "p6-b300": "48xlarge:30400",
}
"""By family: size and GB of all its disks together."""

LOCAL_STORAGE_GB: Mapping[str, int] = MappingProxyType(
    {
        f"{family}.{size}": int(gigabytes)
        for family, cells in _FAMILIES.items()
        for size, _, gigabytes in (cell.partition(":") for cell in cells.split())
    }
)
"""All local disks of a type together, GB. A type that is not in here has none, or is not known."""
