"""Zones of AWS that offer GPU instance types, by zone id: names of zones differ from account to account.

A family has the same zones for all its sizes, but for a few young ones that are listed where any size is offered. What
AWS adds later is missing here, so whoever reads this warns and does not refuse.

source: EC2 `DescribeInstanceTypeOfferings` by availability-zone-id, as captured by moto 5.2 (a test compares each row),
2026-11-25.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["GPU_ZONES", "REGION_PREFIXES", "offers"]

REGION_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "af-south-1": "afs1",
        "ap-east-1": "ape1",
        "ap-northeast-1": "apne1",
        "ap-northeast-2": "apne2",
        "ap-northeast-3": "apne3",
        "ap-south-1": "aps1",
        "ap-south-2": "aps2",
        "ap-southeast-1": "apse1",
        "ap-southeast-2": "apse2",
        "ap-southeast-3": "apse3",
        "ap-southeast-4": "apse4",
        "ap-southeast-5": "apse5",
        "ca-central-1": "cac1",
        "ca-west-1": "caw1",
        "eu-central-1": "euc1",
        "eu-central-2": "euc2",
        "eu-north-1": "eun1",
        "eu-south-1": "eus1",
        "eu-south-2": "eus2",
        "eu-west-1": "euw1",
        "eu-west-2": "euw2",
        "eu-west-3": "euw3",
        "il-central-1": "ilc1",
        "me-central-1": "mec1",
        "me-south-1": "mes1",
        "sa-east-1": "sae1",
        "us-east-1": "use1",
        "us-east-2": "use2",
        "us-west-1": "usw1",
        "us-west-2": "usw2",
    }
)
"""How zone ids of a region begin, by the region's name."""

# family: prefix of a region and the numbers of its zones
_OFFERED = {
    "g5": (
        "ape1:12 apne1:14 apne2:134 aps1:13 apse2:12 apse3:13 cac1:12 euc1:123 eun1:23 eus2:123 euw1:123 "
        "euw2:23 euw3:123 ilc1:123 mec1:12 sae1:12 use1:12456 use2:123 usw2:123"
    ),
    "g6": (
        "apne1:14 apne2:134 aps1:13 aps2:12 apse2:123 apse5:12 cac1:124 euc1:123 euc2:23 eun1:12 eus2:123 "
        "euw2:123 euw3:23 mec1:12 sae1:12 use1:12456 use2:123 usw2:1234"
    ),
    "g6e": ("apne1:14 apne2:12 apne3:12 aps1:13 aps2:12 euc1:123 eun1:12 eus2:23 mec1:12 use1:1246 use2:123 usw2:1234"),
    "g7": "euc1:12 eun1:12 eus2:12 use1:1246 use2:123 usw2:1234",
    "g7e": "apne1:14 apne2:12 aps1:13 apse3:2 euc1:23 eun1:13 eus2:12 euw2:12 use1:26 use2:123 usw2:1234",
    "gr6": (
        "apne1:14 apne2:14 aps1:13 apse2:12 apse5:12 cac1:12 euc1:23 euc2:23 eun1:12 eus2:123 euw2:23 "
        "euw3:23 sae1:12 use1:1246 use2:123 usw2:1234"
    ),
    "p4d": (
        "apne1:14 apne2:24 aps1:123 apse2:12 cac1:12 euc1:123 eun1:3 euw1:2 euw2:23 sae1:13 use1:1246 "
        "use2:123 usw2:1234"
    ),
    "p4de": "apne1:14 apse1:23 euc1:12 ilc1:123 use1:46 usw2:123",
    "p5": (
        "apne1:14 apne2:1 aps1:123 apse2:123 apse3:1 cac1:4 eun1:123 euw2:123 sae1:3 use1:123456 use2:123 "
        "usw1:13 usw2:1234"
    ),
    "p5e": "apse2:3 apse3:13 eun1:1 euw2:2 sae1:23 use2:123 usw2:3",
    "p5en": "apne1:4 apne2:1 aps1:13 apse3:23 eun1:13 eus2:12 mec1:13 use1:26 use2:123 usw1:3 usw2:234",
    "p6-b200": "aps1:2 aps2:2 eun1:2 euw3:1 use1:6 use2:123 usw2:124",
    "p6-b300": "apne2:3 aps2:13 apse3:123 sae1:23 use1:26 usw2:12",
}


def _zones(offered: str) -> frozenset[str]:
    parts = (part.split(":") for part in offered.split())
    return frozenset(f"{prefix}-az{number}" for prefix, numbers in parts for number in numbers)


GPU_ZONES: Mapping[str, frozenset[str]] = MappingProxyType({name: _zones(text) for name, text in _OFFERED.items()})
"""Ids of the zones that offer each family of GPU types."""


def offers(instance_type: str, zone: str) -> bool | None:
    """Whether a zone offers a type.

    Args:
        instance_type: As `g6e.2xlarge`.
        zone: Id as `usw2-az1`, or a region's name: whether any of its zones does.

    Returns:
        None where the table does not know the family or the region.
    """
    zones = GPU_ZONES.get(instance_type.partition(".")[0])
    if zones is None:
        return None
    prefix = REGION_PREFIXES.get(zone)
    if prefix is not None:
        return any(each.startswith(f"{prefix}-") for each in zones)
    return zone in zones if zone.partition("-")[0] in REGION_PREFIXES.values() else None
