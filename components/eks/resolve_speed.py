"""Rules for what makes a new node fast: throughput of its root volume, and its local disks for images."""

from typing import TypedDict

from catalog.aws.local_storage import LOCAL_STORAGE_GB
from core.input.reader import Reader

__all__ = ["DEFAULT_GPU_THROUGHPUT_MIBPS", "resolve_speed"]

DEFAULT_GPU_THROUGHPUT_MIBPS = 500
"""Of GPU nodes that load images onto their root volume: four times that of a plain gp3 volume, within its 3000 IOPS."""

# source: Amazon EBS user guide, "General Purpose SSD volumes" (gp3), 2026-11-25
_LOWEST_THROUGHPUT, _HIGHEST_THROUGHPUT = 125, 2000
_LOWEST_IOPS, _HIGHEST_IOPS = 3000, 80000
_IOPS_A_MIBPS = 4


class _Speed(TypedDict):
    disk_throughput_mibps: int | None
    disk_iops: int | None
    local_storage: bool


def resolve_speed(read: Reader, gpu: bool, types: tuple[str, ...]) -> _Speed:
    """Throughput, IOPS and local disks of a group. Problems are added to the reader's."""
    local = _local_storage(read, gpu, types)
    throughput, iops = "disk_throughput_mibps", "disk_iops"
    asked = read.optional_whole(throughput, _LOWEST_THROUGHPUT, _HIGHEST_THROUGHPUT)
    if asked is None and gpu and not local:
        asked = DEFAULT_GPU_THROUGHPUT_MIBPS
    given = read.optional_whole(iops, _LOWEST_IOPS, _HIGHEST_IOPS)
    least = _IOPS_A_MIBPS * (asked or _LOWEST_THROUGHPUT)
    if least > (given or _LOWEST_IOPS):
        rule = f"must be at least {least} for {asked} MiB/s: EBS gives {1 / _IOPS_A_MIBPS} MiB/s for each"
        fix = f"set it to {least}, or lower {throughput}"
        read.problems.add(read.at(iops), rule, got=given, fix=fix, needs=(read.at(throughput),))
    return {"disk_throughput_mibps": asked, "disk_iops": given, "local_storage": local}


def _local_storage(read: Reader, gpu: bool, types: tuple[str, ...]) -> bool:
    without = [name for name in types if name not in LOCAL_STORAGE_GB]
    default = "raid0" if gpu and not without else "none"
    wanted = read.choice("local_storage", ("raid0", "none"), default)
    if wanted == "raid0" and without:
        rule = f"must be none: {', '.join(without)} has no local disk, as far as the catalogue knows"
        fix = "remove it, or choose types with local NVMe, such as g6e"
        needs = (read.at("instance_types"), read.at("profile"))
        read.problems.add(read.at("local_storage"), rule, got=wanted, fix=fix, needs=needs)
    return wanted == "raid0"
