"""Rules for the network arguments of `EksCluster`: zones, blocks, NAT and given subnets."""

from collections.abc import Mapping
from ipaddress import IPv4Network

from components.eks.args import EksNetworkArgs
from components.eks.spec import NetworkSpec
from core.aws.cidrs import plan_subnets, zone_letter
from core.aws.ids import SUBNET, VPC, is_id
from core.input.problems import Problems
from core.input.reader import Reader
from core.net.blocks import SHARED_ADDRESSES, in_private_range, read_block

DEFAULT_VPC_CIDR = "10.0.0.0/16"
DEFAULT_SERVICE_CIDR = "172.20.0.0/16"


def resolve_zones(read: Reader, region: str) -> tuple[str, ...]:
    """The zones that are right."""
    key, problems = "availability_zones", read.problems
    read.required(key, "name at least two zones of the region")
    zones = read.texts(key)
    good: list[str] = []
    for index, zone in enumerate(zones):
        where = f"{key}[{index}]"
        if region and zone[:-1] != region:
            fix = f"name zones such as {region}a; local and wavelength zones cannot hold a control plane"
            problems.add(where, f"must be a zone of {region}", got=zone, fix=fix)
        elif zone_letter(zone) is None:
            problems.add(where, "must end in a letter a to h", got=zone, fix="choose another zone")
        else:
            good.append(zone)
    if len(zones) < 2 and read.has(key):
        fix = "add a zone; EKS puts its control plane in two"
        problems.add(key, "must name at least two different zones", got=zones, fix=fix)
    return tuple(good)


def resolve_control_plane_zones(read: Reader, zones: tuple[str, ...]) -> tuple[str, ...]:
    """The zones the control plane reaches into."""
    key, problems = "control_plane_zones", read.problems
    if not read.has(key):
        return zones
    wanted = read.texts(key)
    for index, zone in enumerate(wanted):
        if zone not in zones:
            fix = "choose among " + ", ".join(zones)
            rule = "must be in availability_zones"
            problems.add(f"{key}[{index}]", rule, got=zone, fix=fix, needs=("availability_zones",))
    if len(wanted) < 2:
        fix = "name those the cluster was made with"
        problems.add(key, "must name at least two different zones", got=wanted, fix=fix)
    return tuple(zone for zone in wanted if zone in zones)


def resolve_network(
    read: Reader, zones: tuple[str, ...], service_cidr: IPv4Network | None, retention: int
) -> NetworkSpec:
    """The network to make or use. Problems are added to the reader's."""
    problems = read.problems
    net = read.block("network", EksNetworkArgs)
    flow_logs = read.flag("flow_logs", True)
    if net.has("vpc_id") or net.has("private_subnet_ids"):
        _check_given(net, zones)
        return NetworkSpec(
            zones=zones, cidr=None, subnets={}, nat_per_zone=False, flow_logs=False, log_retention_days=retention
        )
    nat = net.choice("nat", ("one", "per-zone"), "per-zone")
    cidr = net.text("cidr", DEFAULT_VPC_CIDR)
    block = read_block(problems, "network.cidr", cidr)
    usable = block is not None and _check_vpc_block(problems, block, service_cidr)
    return NetworkSpec(
        zones=zones,
        cidr=cidr,
        subnets=plan_subnets(cidr, zones) if usable else {},
        nat_per_zone=nat == "per-zone",
        flow_logs=flow_logs,
        log_retention_days=retention,
    )


def _check_vpc_block(problems: Problems, block: IPv4Network, service: IPv4Network | None) -> bool:
    """Whether subnets can be planned in the block."""
    if not (in_private_range(block) or block.subnet_of(SHARED_ADDRESSES)):
        fix = "choose a block in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10"
        problems.add("network.cidr", "must be a private block", got=str(block), fix=fix)
    if service is not None and block.overlaps(service):
        fix = "choose another block for one of the two"
        problems.add(
            "network.cidr",
            f"must not overlap service_cidr ({service})",
            got=str(block),
            fix=fix,
            needs=("service_cidr",),
        )
    if 16 <= block.prefixlen <= 20:
        return True
    rule = "must be a /16 to /20: AWS allows no larger VPC, and pods would run out of addresses in a smaller one"
    problems.add("network.cidr", rule, got=str(block), fix=f"use {block.network_address}/16 or another block")
    return False


def _check_given(net: Reader, zones: tuple[str, ...]) -> None:
    problems = net.problems
    for key in ("cidr", "nat"):
        if net.has(key):
            rule = "must not stand beside vpc_id: the given network is used as it is"
            problems.add(net.at(key), rule, got=net.value(key), fix=f"remove {key}, or remove vpc_id")
    net.required("vpc_id", "give the VPC of private_subnet_ids")
    net.required("private_subnet_ids", "give one private subnet for each zone")
    vpc_id = net.value("vpc_id")
    if isinstance(vpc_id, str) and not is_id(vpc_id, VPC):
        problems.add(net.at("vpc_id"), "must be a VPC id", got=vpc_id, fix="write it as vpc-0123456789abcdef0")
    subnets = net.mapping("private_subnet_ids")
    if net.has("private_subnet_ids"):
        _check_subnets(net, subnets, zones)


def _check_subnets(net: Reader, subnets: Mapping[str, object], zones: tuple[str, ...]) -> None:
    problems, path = net.problems, net.at("private_subnet_ids")
    for zone in sorted(set(zones) - set(subnets)):
        problems.add(f"{path}.{zone}", "is missing", fix="give its subnet, or drop the zone from availability_zones")
    seen: dict[str, str] = {}
    for zone, subnet in subnets.items():
        where = f"{path}.{zone}"
        if zone not in zones:
            rule, fix = "must be a zone of availability_zones", "add the zone there, or drop the subnet"
            problems.add(where, rule, fix=fix, needs=("availability_zones",))
        if not isinstance(subnet, str):
            continue  # an output of another resource: known only while deploying
        if not is_id(subnet, SUBNET):
            problems.add(where, "must be a subnet id", got=subnet, fix="write it as subnet-0123456789abcdef0")
        elif subnet in seen:
            problems.add(where, f"must differ from that of {seen[subnet]}", got=subnet, fix="give each zone its own")
        seen.setdefault(subnet, zone)


def resolve_service_cidr(read: Reader) -> tuple[str, IPv4Network | None]:
    """The service block as text, and parsed where it is right."""
    text = read.text("service_cidr", DEFAULT_SERVICE_CIDR)
    block = read_block(read.problems, "service_cidr", text)
    if block is None:
        return text, None
    if not in_private_range(block):
        fix = "choose a block in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
        read.problems.add("service_cidr", "must be a private block", got=text, fix=fix)
    if not 12 <= block.prefixlen <= 24:
        read.problems.add("service_cidr", "must be a /12 to /24", got=text, fix="use e.g. 172.20.0.0/16")
    return text, block
