"""Rules for the node pools of `GkeCluster`: counts, zones, labels, taints, capacity and upgrades."""

import re
from collections.abc import Mapping
from typing import Final

from catalog.gcp.machines import RESERVED_ONLY_FAMILIES, SPOT_OR_FLEX_TYPES
from components.cluster import Taint
from components.gke.args import GkeNodePoolArgs, GkeTaintArgs
from components.gke.resolve_machine import MachineSpec, resolve_machine
from components.gke.spec import NodePoolSpec
from components.names import check_entry_name
from core.gcp.places import is_zone, region_of
from core.input.problems import Problems
from core.input.reader import Reader

DEFAULT_POOL: Final = "default"
TAINT_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
CAPACITIES: Final = ("on_demand", "spot", "reservation", "flex_start")
ZONES_OF_GKE: Final = 3
"""Zones that GKE takes where nobody names any. source: GKE documentation, "Regional clusters", 2026-11-25."""

_LONGEST_POOL_NAME: Final = 20  # the name in GKE has nine characters more, of 40
_LABEL_NAME: Final = re.compile(r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
_LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?")
_RESERVED_LABEL: Final = re.compile(r"([^/]+\.)?(kubernetes\.io|k8s\.io|gke\.io|cloud\.google\.com)/.*")
_LONGEST_LABEL: Final = 63
_MAX_NODES: Final = 1000  # source: GKE quotas, "Nodes per node pool zone", 2026-11-25
_RESERVATION: Final = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_CPU_PODS, _GPU_PODS = 110, 32


def resolve_node_pools(read: Reader, location: str, node_zones: tuple[str, ...]) -> dict[str, NodePoolSpec]:
    """Every node pool. Problems are added to the reader's."""
    read.required("node_pools", "give at least the pool default")
    if read.has("node_pools") and DEFAULT_POOL not in read.mapping("node_pools"):
        fix = "add a pool of that name without GPUs; cluster services and the API server run there"
        read.problems.add(f"node_pools.{DEFAULT_POOL}", "is required and missing", fix=fix)
    secure_boot = read.flag("secure_boot", True)
    pools = dict(read.blocks("node_pools", GkeNodePoolArgs))
    return {
        key: _resolve_pool(pools[key], key, location, node_zones, secure_boot) for key in read.mapping("node_pools")
    }


def _resolve_pool(
    read: Reader, key: str, location: str, node_zones: tuple[str, ...], secure_boot: bool
) -> NodePoolSpec:
    problems = read.problems
    check_entry_name(key, read.path, problems, longest=_LONGEST_POOL_NAME, fix="rename the pool")
    if key[:1].isdigit():
        problems.add(read.path, "must begin with a letter", got=key, fix="rename the pool")
    machine = resolve_machine(read)
    gpu = machine.node is not None
    capacity = read.choice("capacity", CAPACITIES, "on_demand")
    _check_offer(read, machine, capacity)
    zones = _zones(read, location, gpu)
    count = len(zones or node_zones) or (1 if is_zone(location) else ZONES_OF_GKE)
    low, high, desired = _counts(read, gpu, count)
    flex = capacity == "flex_start"
    autoscaled = read.flag("autoscaled", True)
    if flex and not autoscaled:
        rule = "must be true with capacity flex_start, which has no fixed count"
        problems.add(read.at("autoscaled"), rule, got=False, fix="remove it", needs=(read.at("capacity"),))
    surge, unavailable = _upgrade(read, gpu)
    spec = NodePoolSpec(
        key=key,
        machine_type=machine.type,
        vcpus=machine.row.vcpus if machine.row else 0,
        memory_gib=machine.row.memory_gib if machine.row else 0,
        accelerator=machine.accelerator,
        min_nodes=low,
        max_nodes=high,
        desired_nodes=desired,
        autoscaled=autoscaled,
        zones=zones,
        zone_count=count,
        disk_gib=machine.disk_gib,
        disk_type=machine.disk_type,
        local_ssds=machine.local_ssds,
        labels=_labels(read, machine),
        taints=_taints(read, machine),
        capacity=capacity,
        reservation=_reservation(read, capacity, zones),
        blue_green=read.choice("upgrade", ("surge", "blue_green"), "surge") == "blue_green",
        max_surge=surge,
        max_unavailable=unavailable,
        max_pods=read.whole("max_pods", _GPU_PODS if gpu else _CPU_PODS, low=8, high=256),
        secure_boot=secure_boot and not gpu,
        unlisted=machine.node is not None and not machine.node.listed,
    )
    if key == DEFAULT_POOL:
        _check_default(problems, spec)
    return spec


def _check_offer(read: Reader, machine: MachineSpec, capacity: str) -> None:
    needs = (read.at("capacity"), read.at("machine_type"), read.at("profile"))
    if machine.row is None or capacity != "on_demand":
        return
    if machine.type in SPOT_OR_FLEX_TYPES:
        fix = "set capacity to spot or flex_start, or use a3-highgpu-8g"
        rule = f"must be spot or flex_start: {machine.type} is offered no other way"
        read.problems.add(read.at("capacity"), rule, got=capacity, fix=fix, needs=needs)
    elif machine.row.family in RESERVED_ONLY_FAMILIES:
        fix = "set capacity to reservation, flex_start or spot"
        rule = f"must not be on_demand: {machine.type} has no such offer"
        read.problems.add(read.at("capacity"), rule, got=capacity, fix=fix, needs=needs)


def _zones(read: Reader, location: str, gpu: bool) -> tuple[str, ...]:
    zones = read.texts("zones")
    if not read.has("zones"):
        if gpu and location and not is_zone(location):
            fix = "name them; `gcloud compute accelerator-types list` shows which zones have the GPU"
            read.problems.add(read.at("zones"), "is required for GPUs of a regional cluster", fix=fix)
        return ()
    if not zones:
        read.problems.add(read.at("zones"), "must name a zone", got=zones, fix="name one, or remove the key")
    for index, zone in enumerate(zones):
        where = f"{read.at('zones')}[{index}]"
        if not is_zone(zone):
            fix = "write it like us-central1-a"
            read.problems.add(where, "must be a zone", got=zone, fix=fix)
        elif location and region_of(zone) != region_of(location):
            fix = f"choose among those of {region_of(location)}"
            rule = f"must be in {region_of(location)}, like the cluster"
            read.problems.add(where, rule, got=zone, fix=fix, needs=("location",))
    return tuple(sorted(zones))


def _counts(read: Reader, gpu: bool, zones: int) -> tuple[int, int, int]:
    read.required("max_nodes", "set the upper bound of the pool, in nodes")
    low = read.whole("min_nodes", 0 if gpu else 1, low=0, high=_MAX_NODES)
    high = read.whole("max_nodes", max(low, 1), low=1, high=_MAX_NODES)
    at_least = -(-low // zones) * zones
    desired = read.whole("desired_nodes", min(at_least, high), low=0, high=_MAX_NODES)
    needs = (read.at("min_nodes"), read.at("max_nodes"))
    if low > high:
        rule = f"must be at least min_nodes ({low})"
        read.problems.add(read.at("max_nodes"), rule, got=high, fix="raise it or lower min_nodes", needs=needs)
    elif not low <= desired <= high:
        rule = f"must be between min_nodes ({low}) and max_nodes ({high})"
        read.problems.add(read.at("desired_nodes"), rule, got=desired, fix="move it between the two", needs=needs)
    elif desired % zones:
        near = " or ".join(
            str(each) for each in (desired // zones * zones, -(-desired // zones) * zones) if low <= each <= high
        )
        rule = f"must be a multiple of {zones}: GKE begins with as many nodes in each of {zones} zones"
        fix = f"use {near}" if near else f"raise max_nodes to {-(-desired // zones) * zones}, or name fewer zones"
        where = read.at("desired_nodes")
        read.problems.add(where, rule, got=desired, fix=fix, needs=(*needs, read.at("zones"), "node_zones", "location"))
    return low, high, desired


def _labels(read: Reader, machine: MachineSpec) -> dict[str, str]:
    labels = read.text_map("labels")
    for name, value in labels.items():
        where = f"{read.at('labels')}.{name}"
        _check_name(read.problems, where, name, "label")
        if _RESERVED_LABEL.fullmatch(name):
            fix = "use a prefix of your own"
            read.problems.add(where, "has a prefix that Kubernetes and GKE keep for themselves", fix=fix)
        if len(value) > _LONGEST_LABEL or not _LABEL_VALUE.fullmatch(value):
            rule = f"must have a value of at most {_LONGEST_LABEL} letters, digits and inner -_."
            read.problems.add(where, rule, got=value, fix="change the value")
    ours = dict(machine.node.labels) if machine.node else {}
    for name, value in ours.items():
        if labels.get(name, value) != value:
            rule = f"must be {value} on this pool"
            read.problems.add(f"{read.at('labels')}.{name}", rule, got=labels[name], fix="remove the label")
    return {**labels, **ours}


def _taints(read: Reader, machine: MachineSpec) -> tuple[Taint, ...]:
    own = [machine.node.taint] if machine.node else []
    taints = [Taint(key=key, value=value, effect=effect) for key, value, effect in own]
    for index, args in enumerate(read.items("taints")):
        one = Reader(args, GkeTaintArgs.__annotations__, f"{read.at('taints')}[{index}]", read.problems)
        if not isinstance(args, Mapping):
            continue
        one.required("effect", "name NoSchedule, PreferNoSchedule or NoExecute")
        taint = Taint(
            key=one.text("key"), value=one.text("value"), effect=one.choice("effect", TAINT_EFFECTS, "NoSchedule")
        )
        _check_name(read.problems, one.at("key"), taint.key, "taint")
        if any(taint.key == other.key for other in taints):
            fix = "remove it; GPU pools have the GPU taint already" if own and taint.key == own[0][0] else "remove one"
            read.problems.add(one.path, "must have a key of its own", got=taint.key, fix=fix)
        taints.append(taint)
    return tuple(taints)


def _check_name(problems: Problems, path: str, name: str, what: str) -> None:
    if len(name) > _LONGEST_LABEL or not _LABEL_NAME.fullmatch(name):
        rule = f"must be a {what} key of 1-{_LONGEST_LABEL} characters, [prefix/]name"
        problems.add(path, rule, got=name, fix="rename it")


def _reservation(read: Reader, capacity: str, zones: tuple[str, ...]) -> str:
    name, where = read.text("reservation"), read.at("reservation")
    if capacity != "reservation":
        if name:
            fix, needs = "set capacity to reservation, or remove it", (read.at("capacity"),)
            read.problems.add(where, f"has no meaning with capacity {capacity}", got=name, fix=fix, needs=needs)
        return ""
    if not name:
        read.problems.add(where, "is required with capacity reservation", fix="give the reservation's name")
    elif not _RESERVATION.fullmatch(name):
        rule = "must be the name of a reservation (small letters, digits and inner dashes)"
        read.problems.add(where, rule, got=name, fix="see `gcloud compute reservations list`")
    if len(zones) != 1:
        rule, fix = "must name exactly one zone: a reservation lies in one", "name the zone of the reservation"
        read.problems.add(read.at("zones"), rule, got=list(zones), fix=fix)
    return name


def _upgrade(read: Reader, gpu: bool) -> tuple[int, int]:
    """Nodes added and nodes taken at once: by default no GPU more than the pool has is asked for."""
    surge = read.whole("max_surge", 0 if gpu else 1, low=0, high=20)
    unavailable = read.whole("max_unavailable", 1 if gpu else 0, low=0, high=20)
    if surge + unavailable == 0:
        rule = "must not be 0 together with max_unavailable: no upgrade would ever begin"
        needs = (read.at("max_unavailable"),)
        read.problems.add(read.at("max_surge"), rule, got=0, fix="raise one of the two", needs=needs)
    return surge, unavailable


def _check_default(problems: Problems, spec: NodePoolSpec) -> None:
    path = f"node_pools.{DEFAULT_POOL}"
    kinds = (f"{path}.machine_type", f"{path}.profile", f"{path}.unlisted_gpu")
    if spec.accelerator is not None:
        fix = "give it a CPU type and put GPUs into a pool of another name"
        problems.add(path, "must have no GPU: cluster services run there", got=spec.machine_type, fix=fix, needs=kinds)
    elif any(taint.effect != "PreferNoSchedule" for taint in spec.taints):
        fix = "move the taint to another pool"
        problems.add(f"{path}.taints", "must not keep pods away: cluster services run there", fix=fix)
    if spec.desired_nodes < 1:
        fix, needs = "set min_nodes or desired_nodes to 1 or more", (f"{path}.min_nodes", f"{path}.max_nodes")
        problems.add(
            f"{path}.desired_nodes", "must be at least 1: cluster services run there", got=0, fix=fix, needs=needs
        )
    if spec.capacity in ("spot", "flex_start"):
        fix = "use on_demand"
        problems.add(f"{path}.capacity", "must last: cluster services run there", got=spec.capacity, fix=fix)
