"""Ids of EC2 objects: a prefix that names the type, and hex digits.

source: Amazon EC2 user guide, "Resource IDs" (8 characters, later 17), 2026-11-25.
"""

import re

__all__ = ["RESERVATION", "SECURITY_GROUP", "SUBNET", "VPC", "is_id"]

VPC = "vpc-"
SUBNET = "subnet-"
SECURITY_GROUP = "sg-"
RESERVATION = "cr-"


def is_id(text: str, prefix: str) -> bool:
    """Whether the text is an id of the type that the prefix names."""
    return re.fullmatch(re.escape(prefix) + r"[0-9a-f]{8,17}", text) is not None
