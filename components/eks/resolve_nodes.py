"""Rules for the node groups of `EksCluster`: image, sizes, disk, labels, taints, capacity and zones."""

import re
from collections.abc import Mapping

from catalog.aws import amis
from catalog.aws.instances import CAPACITY_BLOCK_FAMILIES, INSTANCES
from catalog.aws.versions import AMI_RELEASES
from catalog.gpu_nodes import GPU_NODES, GpuNode
from catalog.gpus import GPU_TAINT, MIN_GPU_DISK_GIB
from catalog.machine import AWS
from components.cluster import Taint
from components.eks.args import EksNodeGroupArgs, EksTaintArgs
from components.eks.resolve_speed import resolve_speed
from components.eks.resolve_types import resolve_types
from components.eks.resolve_updates import RESERVED_CAPACITIES, resolve_updates
from components.eks.spec import NodeGroupSpec
from components.names import check_entry_name
from core.aws.ids import RESERVATION, is_id
from core.input.problems import Problems
from core.input.reader import Reader

DEFAULT_GROUP = "default"
TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
CAPACITIES = ("on_demand", "spot", "capacity_reservation", "capacity_block")

_LONGEST_GROUP_NAME = 20  # short enough for every name made from it
_LABEL_NAME = re.compile(r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
# What a kubelet refuses to set on its own node, and with it to start; EKS keeps the last one for itself.
# source: Kubernetes documentation, "NodeRestriction"; EKS API ("Label cannot contain reserved prefixes"), 2026-11-21.
_RESERVED_LABEL = re.compile(
    r"(?!([^/]+\.)?(node|kubelet)\.kubernetes\.io/)([^/]+\.)?(kubernetes\.io|k8s\.io|eks\.amazonaws\.com)/.*"
)
_LONGEST_LABEL = 63  # EKS counts the prefix in, which Kubernetes does not
_MAX_NODES = 450  # source: EKS service quotas, "Nodes per managed node group", 2026-11-21
_MAX_DISK_GIB = 16384
_MIN_CPU_DISK_GIB = 20
_MAX_TAINTS = 50
_RELEASE = re.compile(r"1\.\d{2}\.\d{1,2}-\d{8}")


def resolve_node_groups(read: Reader, zones: tuple[str, ...], version: str) -> dict[str, NodeGroupSpec]:
    """Every node group. Problems are added to the reader's."""
    read.required("node_groups", "give at least the group default")
    if read.has("node_groups") and DEFAULT_GROUP not in read.mapping("node_groups"):
        fix = "add a group of that name without GPUs; cluster services and the API server run there"
        read.problems.add(f"node_groups.{DEFAULT_GROUP}", "is required and missing", fix=fix)
    groups = dict(read.blocks("node_groups", EksNodeGroupArgs))
    return {key: _resolve_group(groups[key], key, zones, version) for key in read.mapping("node_groups")}


def _resolve_group(read: Reader, key: str, zones: tuple[str, ...], version: str) -> NodeGroupSpec:
    problems = read.problems
    check_entry_name(key, read.path, problems, longest=_LONGEST_GROUP_NAME, fix="rename the group")
    types, unlisted = resolve_types(read)
    node = unlisted or next((GPU_NODES[AWS, name] for name in types if (AWS, name) in GPU_NODES), None)
    gpu = node is not None
    low, high, desired = _sizes(read, gpu)
    capacity = read.choice("capacity", CAPACITIES, "on_demand")
    group_zones = _zones(read, zones)
    ami = _ami(read, node, types)
    spec = NodeGroupSpec(
        key=key,
        instance_types=types,
        ami_type=ami,
        gpu=node.machine.gpu if node else None,
        gpus_per_node=node.machine.gpus if node else 0,
        unlisted=unlisted is not None,
        min_nodes=low,
        max_nodes=high,
        desired_nodes=desired,
        autoscaled=read.flag("autoscaled", False),
        disk_gib=_disk(read, gpu),
        **resolve_speed(read, gpu, types),
        release_version=_release(read, version, ami),
        labels=_labels(read, node),
        taints=_taints(read, node),
        capacity=capacity,
        capacity_reservation_id=_reservation(read, capacity, types, group_zones),
        zones=group_zones,
        updates=resolve_updates(read, capacity, high),
        metadata_hop_limit=read.whole("metadata_hop_limit", 1, low=1, high=2),
    )
    if key == DEFAULT_GROUP:
        _check_default(problems, spec, gpu)
    return spec


def _kinds(read: Reader) -> tuple[str, str]:
    """Paths of what says which machines the group has."""
    return read.at("profile"), read.at("instance_types")


def _ami(read: Reader, node: GpuNode | None, types: tuple[str, ...]) -> str:
    wanted = node.driver if node else amis.DEFAULT
    given = read.choice("ami_type", (amis.DEFAULT, amis.DEFAULT_GPU), wanted)
    if given != wanted:
        why = "have GPUs and need the driver in it" if node else "have no GPU"
        rule = f"must be {wanted}: {', '.join(types)} {why}"
        fix = "remove ami_type, or change the types"
        read.problems.add(read.at("ami_type"), rule, got=given, fix=fix, needs=_kinds(read))
    return wanted


def _release(read: Reader, version: str, ami: str) -> str | None:
    """The AMI release that is pinned, or the catalogue's."""
    known = AMI_RELEASES.get((version, ami))
    if not read.has("release_version"):
        return known
    given = read.text("release_version")
    example = known or f"{version}.0-20260911"
    if not _RELEASE.fullmatch(given):
        fix = f"write it like {example}; `cartesia-infra versions` shows the newest"
        read.problems.add(read.at("release_version"), "must be an AMI release", got=given, fix=fix)
    elif not given.startswith(f"{version}."):
        fix = "`cartesia-infra versions --write` takes the newest of the version"
        rule = f"must be of Kubernetes {version}"
        where, needs = read.at("release_version"), ("kubernetes_version",)
        read.problems.add(where, rule, got=given, fix=fix, needs=needs)
    return given


def _sizes(read: Reader, gpu: bool) -> tuple[int, int, int]:
    read.required("max_nodes", "set the upper bound of the group, in nodes")
    low = read.whole("min_nodes", 0 if gpu else 1, low=0, high=_MAX_NODES)
    high = read.whole("max_nodes", max(low, 1), low=1, high=_MAX_NODES)
    desired = read.whole("desired_nodes", low, low=0, high=_MAX_NODES)
    if low > high:
        fix = "raise max_nodes or lower min_nodes"
        rule = f"must be at least min_nodes ({low})"
        read.problems.add(read.at("max_nodes"), rule, got=high, fix=fix, needs=(read.at("min_nodes"),))
    elif not low <= desired <= high:
        rule = f"must be between min_nodes ({low}) and max_nodes ({high})"
        needs = (read.at("min_nodes"), read.at("max_nodes"))
        read.problems.add(read.at("desired_nodes"), rule, got=desired, fix="move it between the two", needs=needs)
    return low, high, desired


def _disk(read: Reader, gpu: bool) -> int:
    if gpu:
        why = "images and weights of the workers"
        return read.whole("disk_gib", MIN_GPU_DISK_GIB, low=MIN_GPU_DISK_GIB, high=_MAX_DISK_GIB, why=why)
    return read.whole("disk_gib", 50, low=_MIN_CPU_DISK_GIB, high=_MAX_DISK_GIB)


def _labels(read: Reader, node: GpuNode | None) -> dict[str, str]:
    labels = read.text_map("labels")
    for name, value in labels.items():
        where = f"{read.at('labels')}.{name}"
        _check_name(read.problems, where, name, "label")
        if _RESERVED_LABEL.fullmatch(name):
            fix = "use a prefix of your own or node.kubernetes.io/"
            read.problems.add(where, "has a prefix that no kubelet may set: its node would never join", fix=fix)
        if len(value) > _LONGEST_LABEL or not _LABEL_VALUE.fullmatch(value):
            rule = f"must have a value of 1-{_LONGEST_LABEL} letters, digits and inner -_."
            read.problems.add(where, rule, got=value, fix="change the value; EKS takes no empty one")
    ours = dict(node.labels) if node else {}
    for name, value in ours.items():
        if labels.get(name, value) != value:
            rule = f"must be {value} on this group"
            read.problems.add(f"{read.at('labels')}.{name}", rule, got=labels[name], fix="remove the label")
    return {**labels, **ours}


def _taints(read: Reader, node: GpuNode | None) -> tuple[Taint, ...]:
    taints = [Taint(key=key, value=value, effect=effect) for key, value, effect in ([node.taint] if node else [])]
    given = read.items("taints")
    if len(given) > _MAX_TAINTS:
        read.problems.add(read.at("taints"), f"must be at most {_MAX_TAINTS}", got=len(given), fix="drop some")
    for index, args in enumerate(given):
        one = Reader(args, EksTaintArgs.__annotations__, f"{read.at('taints')}[{index}]", read.problems)
        if not isinstance(args, Mapping):
            continue
        one.required("effect", "name NoSchedule, PreferNoSchedule or NoExecute")
        taint = Taint(
            key=one.text("key"),
            value=one.text("value"),
            effect=one.choice("effect", TAINT_EFFECTS, "NoSchedule"),
        )
        _check_name(read.problems, one.at("key"), taint.key, "taint")
        if len(taint.value) > _LONGEST_LABEL:
            rule = f"must be at most {_LONGEST_LABEL} characters"
            read.problems.add(one.at("value"), rule, got=len(taint.value), fix="shorten it")
        if any(taint.key == other.key for other in taints):
            fix = "remove it; GPU groups have the GPU taint already" if taint.key == GPU_TAINT else "remove one"
            read.problems.add(one.path, "must have a key of its own: the autoscaler reads one", got=taint.key, fix=fix)
        taints.append(taint)
    return tuple(taints)


def _check_name(problems: Problems, path: str, name: str, what: str) -> None:
    if len(name) > _LONGEST_LABEL or not _LABEL_NAME.fullmatch(name):
        rule = f"must be a {what} key of 1-{_LONGEST_LABEL} characters, [prefix/]name"
        problems.add(path, rule, got=name, fix="rename it")


def _zones(read: Reader, known: tuple[str, ...]) -> tuple[str, ...]:
    zones = read.texts("zones")
    if not read.has("zones"):
        return known
    if not zones:
        read.problems.add(read.at("zones"), "must name a zone", got=zones, fix="name one, or remove the key for all")
    for index, zone in enumerate(zones):
        if zone not in known:
            fix = "choose among " + ", ".join(known)
            where, rule = f"{read.at('zones')}[{index}]", "must be in availability_zones"
            read.problems.add(where, rule, got=zone, fix=fix, needs=("availability_zones",))
    return tuple(zone for zone in zones if zone in known)


def _reservation(read: Reader, capacity: str, types: tuple[str, ...], zones: tuple[str, ...]) -> str | None:
    key, problems = "capacity_reservation_id", read.problems
    where = read.at(key)
    given = read.text(key) or None
    if capacity not in RESERVED_CAPACITIES:
        if given:
            fix = "set capacity to capacity_reservation or capacity_block, or remove the id"
            rule = f"has no meaning with capacity {capacity}"
            problems.add(where, rule, got=given, fix=fix, needs=(read.at("capacity"),))
        return None
    if given is None:
        problems.add(where, f"is required with capacity {capacity}", fix="give the cr-... id of the reservation")
    elif not is_id(given, RESERVATION):
        problems.add(where, "must be a reservation id", got=given, fix="write it as cr-0123456789abcdef0")
    if len(types) != 1:
        rule = "must name exactly one type: a reservation holds one"
        fix = "name the type of the reservation"
        problems.add(read.at("instance_types"), rule, got=list(types), fix=fix, needs=_kinds(read))
    if len(zones) != 1:
        rule = "must name exactly one zone: a reservation lies in one"
        fix, needs = "name the zone of the reservation", ("availability_zones",)
        problems.add(read.at("zones"), rule, got=list(zones), fix=fix, needs=needs)
    if capacity == "capacity_block":
        for name in types:
            if name in INSTANCES and INSTANCES[name].family not in CAPACITY_BLOCK_FAMILIES:
                fix = "use one of " + ", ".join(sorted(CAPACITY_BLOCK_FAMILIES)) + ", or a capacity_reservation"
                where, rule = read.at("instance_types"), "is not sold in capacity blocks"
                problems.add(where, rule, got=name, fix=fix, needs=_kinds(read))
    return given


def _check_default(problems: Problems, spec: NodeGroupSpec, gpu: bool) -> None:
    path = f"node_groups.{DEFAULT_GROUP}"
    if gpu:
        fix = "give it CPU types and put GPUs into a group of another name"
        rule, needs = "must have no GPU: cluster services run there", (f"{path}.instance_types", f"{path}.profile")
        problems.add(path, rule, got=list(spec.instance_types), fix=fix, needs=needs)
    elif any(taint.effect != "PreferNoSchedule" for taint in spec.taints):
        fix = "move the taint to another group"
        problems.add(f"{path}.taints", "must not keep pods away: cluster services run there", fix=fix)
    if spec.desired_nodes < 1:
        fix = "set min_nodes or desired_nodes to 1 or more"
        rule, needs = "must be at least 1: cluster services run there", (f"{path}.min_nodes", f"{path}.max_nodes")
        problems.add(f"{path}.desired_nodes", rule, got=0, fix=fix, needs=needs)
    if spec.capacity == "capacity_block":
        fix = "use on_demand; a block ends on a fixed day"
        problems.add(f"{path}.capacity", "must last: cluster services run there", got=spec.capacity, fix=fix)
