"""Regions in which EC2 offers GPU families, as of one day: for a word of warning, since AWS adds regions at any time.

source: EC2 `DescribeInstanceTypeOfferings` of each region, as captured by moto 5.2 (a test compares each row),
2026-11-25. Zones are not in here: their names mean other places in other accounts.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["GPU_REGIONS", "OFFERS_ASKED_OF"]

_REGIONS: Mapping[str, str] = {
    "g5": (
        "ap-east-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-2 ap-southeast-3 ca-central-1 "
        "eu-central-1 eu-north-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 "
        "sa-east-1 us-east-1 us-east-2 us-west-2"
    ),
    "g6": (
        "ap-northeast-1 ap-northeast-2 ap-south-1 ap-south-2 ap-southeast-2 ap-southeast-5 ca-central-1 "
        "eu-central-1 eu-central-2 eu-north-1 eu-south-2 eu-west-2 eu-west-3 me-central-1 sa-east-1 "
        "us-east-1 us-east-2 us-west-2"
    ),
    "g6e": (
        "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 eu-central-1 eu-north-1 "
        "eu-south-2 me-central-1 us-east-1 us-east-2 us-west-2"
    ),
    "g7": "eu-central-1 eu-north-1 eu-south-2 us-east-1 us-east-2 us-west-2",
    "g7e": (
        "ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-3 eu-central-1 eu-north-1 eu-south-2 "
        "eu-west-2 us-east-1 us-east-2 us-west-2"
    ),
    "gr6": (
        "ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-2 ap-southeast-5 ca-central-1 "
        "eu-central-1 eu-central-2 eu-north-1 eu-south-2 eu-west-2 eu-west-3 sa-east-1 us-east-1 "
        "us-east-2 us-west-2"
    ),
    "p4d": (
        "ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 "
        "eu-west-1 eu-west-2 sa-east-1 us-east-1 us-east-2 us-west-2"
    ),
    "p4de": "ap-northeast-1 ap-southeast-1 eu-central-1 il-central-1 us-east-1 us-west-2",
    "p5": (
        "ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-2 ap-southeast-3 ca-central-1 eu-north-1 "
        "eu-west-2 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2"
    ),
    "p5e": "ap-southeast-2 ap-southeast-3 eu-north-1 eu-west-2 sa-east-1 us-east-2 us-west-2",
    "p5en": (
        "ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-3 eu-north-1 eu-south-2 me-central-1 "
        "us-east-1 us-east-2 us-west-1 us-west-2"
    ),
    "p6-b200": "ap-south-1 ap-south-2 eu-north-1 eu-west-3 us-east-1 us-east-2 us-west-2",
    "p6-b300": "ap-northeast-2 ap-south-2 ap-southeast-3 sa-east-1 us-east-1 us-west-2",
}

GPU_REGIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {family: frozenset(regions.split()) for family, regions in _REGIONS.items()}
)
"""By family. A region is in here where at least one size was offered."""

_ASKED = (
    "af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 "
    "ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ca-central-1 ca-west-1 "
    "eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 "
    "il-central-1 me-central-1 me-south-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2"
)

OFFERS_ASKED_OF = frozenset(_ASKED.split())
"""Regions that were asked. Nothing is known of any other."""
