"""`resolve_gke_cluster`: from what the caller wrote to a `GkeClusterSpec`, or one error that names every mistake."""

import re
from collections.abc import Mapping
from typing import Final

from catalog.gcp.gke import (
    AUTOSCALING_PROFILES,
    EXCLUSION_SCOPES,
    GKE_DEFAULT_CHANNEL,
    MAX_EXCLUSIONS,
    RELEASE_CHANNELS,
)
from components.args import ArgsError
from components.gke.args import (
    GkeClusterArgs,
    GkeCredentialsArgs,
    GkeMaintenanceArgs,
    GkeMaintenanceExclusionArgs,
)
from components.gke.resolve_network import check_room, resolve_network, resolve_public_access
from components.gke.resolve_pools import resolve_node_pools
from components.gke.spec import GkeClusterSpec, MaintenanceSpec, NodePoolSpec
from components.names import check_entry_name, check_logical_name
from core.gcp.labels import check_labels
from core.gcp.places import check_member, is_zone, read_location, read_project, region_of
from core.input.problems import Problems
from core.input.reader import Reader

COMPONENT: Final = "GkeCluster"
LONGEST_NAME: Final = 40
"""Longest logical name: names in Compute may have 63 characters, of which 11 are a role and 8 the engine's."""

_CLUSTER_NAME: Final = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
_NUMBER: Final = re.compile(r"\d{6,}")
_VERSION: Final = re.compile(r"1\.\d{2}")
_KEY: Final = re.compile(r"projects/[^/]+/locations/([^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+")
_TIME: Final = re.compile(r"\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
_RECURRENCE: Final = re.compile(r"FREQ=(DAILY|WEEKLY|MONTHLY)(;[A-Z]+=[A-Z0-9,+-]+)*")
_UNLISTED_VCPUS, _UNLISTED_MEMORY_GB = 256, 4096
"""What a node of a type that the catalogue does not know is counted with: more than any type has today."""
_EXCLUSION: Final = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


def resolve_gke_cluster(args: GkeClusterArgs, name: str = "cluster") -> GkeClusterSpec:
    """Check the arguments as a whole and fill in defaults.

    Args:
        args: What the caller wrote.
        name: Logical name of the component; names of objects are made from it.

    Returns:
        Everything that decides which resources exist and what is in them.

    Raises:
        ArgsError: At least one rule is broken; it names them all.
    """
    problems = Problems()
    read = Reader(args, GkeClusterArgs.__annotations__, "", problems)
    check_logical_name(name, LONGEST_NAME, problems)
    location = read_location(read)
    node_zones = _node_zones(read, location)
    network = resolve_network(read)
    pools = resolve_node_pools(read, location, node_zones)
    check_room(network, pools, problems)
    dns, connect = _endpoints(read)
    labels = read.text_map("labels")
    check_labels(labels, "labels", problems)
    spec = GkeClusterSpec(
        cluster_name=_cluster_name(read),
        project=read_project(read),
        project_number=_project_number(read),
        location=location,
        region=region_of(location),
        node_zones=node_zones,
        version=_version(read),
        release_channel=read.choice("release_channel", RELEASE_CHANNELS, GKE_DEFAULT_CHANNEL),
        network=network,
        public_access_cidrs=resolve_public_access(read),
        dns_endpoint=dns,
        connect_by_dns=connect,
        admins=_admins(read),
        own_key=_own_key(read, location),
        image_streaming=read.flag("image_streaming", False),
        logging=read.flag("logging", True),
        managed_prometheus=read.flag("managed_prometheus", True),
        maintenance=_maintenance(read),
        autoscaling_profile=read.choice("autoscaling_profile", AUTOSCALING_PROFILES, "BALANCED"),
        resource_limits=_limits(read, pools),
        application_default=read.block("credentials", GkeCredentialsArgs).flag("application_default", False),
        deletion_protection=read.flag("deletion_protection", False),
        labels=labels,
        node_pools=pools,
    )
    if problems:
        raise ArgsError(COMPONENT, problems)
    return spec


def _cluster_name(read: Reader) -> str:
    read.required("cluster_name", "name the cluster")
    name = read.text("cluster_name")
    if name and not _CLUSTER_NAME.fullmatch(name):
        rule = "must be 1-40 small letters, digits and inner dashes, a letter first"
        read.problems.add("cluster_name", rule, got=name, fix="rename the cluster")
    return name


def _project_number(read: Reader) -> str:
    number = read.text("project_number")
    if not number and not read.has("kms_key") and not read.has("project_number"):
        fix = "give it as text; `gcloud projects describe <project>` shows projectNumber"
        rule = "is required to let GKE use the key of the secrets"
        read.problems.add("project_number", rule, fix=fix, needs=("project_number", "kms_key"))
    elif number and not _NUMBER.fullmatch(number):
        fix = 'write it as text, e.g. "123456789012"'
        read.problems.add("project_number", "must be digits", got=number, fix=fix)
    return number


def _node_zones(read: Reader, location: str) -> tuple[str, ...]:
    zones = read.texts("node_zones")
    for index, zone in enumerate(zones):
        where = f"node_zones[{index}]"
        if not is_zone(zone):
            read.problems.add(where, "must be a zone", got=zone, fix="write it like us-central1-a")
        elif location and region_of(zone) != region_of(location):
            rule, fix = f"must be in {region_of(location)}, like the cluster", "choose another zone"
            read.problems.add(where, rule, got=zone, fix=fix, needs=("location",))
    if zones and is_zone(location):
        fix = "remove node_zones, or make the cluster regional"
        read.problems.add(
            "node_zones", "has no meaning for a cluster of one zone", got=zones, fix=fix, needs=("location",)
        )
    return tuple(sorted(zones))


def _version(read: Reader) -> str:
    version = read.text("kubernetes_version")
    if version and not _VERSION.fullmatch(version):
        fix = 'write it as text, e.g. "1.34"'
        read.problems.add("kubernetes_version", "must be a minor version such as 1.34", got=version, fix=fix)
    return version


def _endpoints(read: Reader) -> tuple[bool, bool]:
    dns = read.flag("dns_endpoint", False)
    connect = read.choice("connect", ("ip", "dns"), "ip")
    if connect == "dns" and not dns:
        rule, fix = "must not be dns while the DNS endpoint is closed", "set dns_endpoint to true"
        read.problems.add("connect", rule, got=connect, fix=fix, needs=("dns_endpoint",))
    return dns, connect == "dns"


def _admins(read: Reader) -> dict[str, str]:
    admins = read.text_map("admins")
    seen: dict[str, str] = {}
    for name, member in admins.items():
        where = f"admins.{name}"
        check_entry_name(name, where, read.problems, fix="rename the entry")
        check_member(member, where, read.problems)
        if member in seen:
            read.problems.add(where, f"must differ from that of {seen[member]}", got=member, fix="remove one")
        seen.setdefault(member, name)
    return admins


def _own_key(read: Reader, location: str) -> bool:
    key = read.value("kms_key")
    if isinstance(key, str):
        found = _KEY.fullmatch(key)
        if found is None:
            fix = "write projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>"
            read.problems.add("kms_key", "must be the id of a key", got=key, fix=fix)
        elif location and found[1] != region_of(location):
            rule, fix = f"must be in {region_of(location)}", "use a key of the cluster's region"
            read.problems.add("kms_key", rule, got=key, fix=fix, needs=("location",))
    return not read.has("kms_key")


def _maintenance(read: Reader) -> MaintenanceSpec:
    block = read.block("maintenance", GkeMaintenanceArgs)
    window = ("start_time", "end_time", "recurrence")
    if any(block.has(key) for key in window):
        for key in window:
            block.required(key, "give start_time, end_time and recurrence together")
    start, end = _time(block, "start_time"), _time(block, "end_time")
    _check_order(block, start, end)
    recurrence = block.text("recurrence")
    if recurrence and not _RECURRENCE.fullmatch(recurrence):
        rule, fix = "must be a rule of RFC 5545", "write it like FREQ=WEEKLY;BYDAY=SA,SU"
        block.problems.add(block.at("recurrence"), rule, got=recurrence, fix=fix)
    exclusions = dict(block.blocks("exclusions", GkeMaintenanceExclusionArgs))
    if len(exclusions) > MAX_EXCLUSIONS:
        rule = f"must be at most {MAX_EXCLUSIONS}"
        block.problems.add(block.at("exclusions"), rule, got=len(exclusions), fix="drop those that are over")
    return MaintenanceSpec(
        start_time=start,
        end_time=end,
        recurrence=recurrence,
        exclusions={name: _exclusion(one, name) for name, one in exclusions.items()},
    )


def _exclusion(read: Reader, name: str) -> tuple[str, str, str]:
    if not _EXCLUSION.fullmatch(name):
        rule = "must have a name of 1-63 small letters, digits and inner dashes"
        read.problems.add(read.path, rule, got=name, fix="rename it")
    read.required("start_time", "say when it begins")
    read.required("end_time", "say when it ends")
    start, end = _time(read, "start_time"), _time(read, "end_time")
    _check_order(read, start, end)
    return start, end, read.choice("scope", EXCLUSION_SCOPES, "NO_UPGRADES")


def _check_order(read: Reader, start: str, end: str) -> None:
    if start and end and end <= start:
        needs = (read.at("start_time"),)
        read.problems.add(read.at("end_time"), "must be after start_time", got=end, fix="move it", needs=needs)


def _time(read: Reader, key: str) -> str:
    value = read.text(key)
    if value and not _TIME.fullmatch(value):
        rule = "must be a time in UTC that ends in Z, or GKE shows a change at every preview"
        read.problems.add(read.at(key), rule, got=value, fix="write it like 2026-01-03T02:00:00Z")
        return ""
    return value


def _limits(read: Reader, pools: Mapping[str, NodePoolSpec]) -> dict[str, int]:
    """Most of each resource: what the pools at their largest take, or more where the caller says so."""
    needed = resources_of(pools)
    limits = dict(needed)
    for name in read.mapping("resource_limits"):
        where = f"resource_limits.{name}"
        if name not in needed:
            fix = "use one of " + ", ".join(needed)
            read.problems.add(where, "must be a resource that the pools have", got=name, fix=fix, needs=("node_pools",))
            continue
        block = Reader(read.mapping("resource_limits"), needed, "resource_limits", read.problems)
        limits[name] = block.whole(name, needed[name], low=1, high=10_000_000)
        if limits[name] < needed[name]:
            fix = "raise it, or lower max_nodes of the pools"
            rule = f"must be at least {needed[name]}, which the pools at their largest take: pods would stay pending"
            read.problems.add(where, rule, got=limits[name], fix=fix, needs=("node_pools",))
    return limits


def resources_of(pools: Mapping[str, NodePoolSpec]) -> dict[str, int]:
    """vCPUs, memory in GB and accelerators of all pools at their largest."""
    totals = {"cpu": 0, "memory": 0}
    for pool in pools.values():
        totals["cpu"] += pool.max_nodes * (pool.vcpus or _UNLISTED_VCPUS)
        totals["memory"] += int(pool.max_nodes * (pool.memory_gib or _UNLISTED_MEMORY_GB))
        if pool.accelerator is not None:
            kind = pool.accelerator.type
            totals[kind] = totals.get(kind, 0) + pool.max_nodes * pool.accelerator.count
    return totals
