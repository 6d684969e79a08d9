"""AWS regions: the form of a region's name, and the partition that its ARNs are in.

source: AWS general reference, "Amazon Resource Names (ARNs)" (partitions), 2026-11-25.
"""

import re

from core.input.reader import Reader

__all__ = ["partition_of", "read_region"]

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def read_region(read: Reader) -> str:
    """The required key `region`. Empty where it is wrong, after adding the problem."""
    if not read.required("region", "name the AWS region, e.g. us-west-2"):
        return ""
    region = read.text("region")
    if region and not _REGION.fullmatch(region):
        read.problems.add(
            read.at("region"), "must be the name of an AWS region", got=region, fix="write e.g. us-west-2"
        )
        return ""
    return region


def partition_of(region: str) -> str:
    """The partition in the ARNs of a region."""
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"
