"""Rules for the network arguments of `GkeCluster`: blocks, given networks, NAT and who may reach the endpoint."""

from ipaddress import IPv4Network
from itertools import combinations
from typing import Final

from catalog.gcp.gke import PODS_OF_A_NODE
from components.gke.args import GkeNetworkArgs
from components.gke.spec import NetworkSpec, NodePoolSpec
from core.input.problems import Problems
from core.input.reader import Reader
from core.net.blocks import SHARED_ADDRESSES, in_private_range, read_block

DEFAULT_CIDR: Final = "10.0.0.0/20"
DEFAULT_PODS_CIDR: Final = "10.64.0.0/14"
DEFAULT_SERVICES_CIDR: Final = "10.60.0.0/20"
PODS_RANGE, SERVICES_RANGE = "pods", "services"

# Sizes: (key, default, largest block, smallest block). source: GKE documentation, "VPC-native clusters", 2026-11-25.
_BLOCKS: Final = (
    ("cidr", DEFAULT_CIDR, 16, 26),
    ("pods_cidr", DEFAULT_PODS_CIDR, 9, 21),
    ("services_cidr", DEFAULT_SERVICES_CIDR, 16, 27),
)
_GIVEN: Final = ("network", "subnetwork", "pods_range", "services_range")
_RESERVED_ADDRESSES: Final = 4
"""Addresses that Google Cloud keeps in each primary range."""
_MOST_PUBLIC_CIDRS: Final = 50
"""source: GKE documentation, "Authorized networks", 2026-11-25."""


def resolve_network(read: Reader) -> NetworkSpec:
    """The network to make or use. Problems are added to the reader's."""
    net = read.block("network", GkeNetworkArgs)
    nat = net.flag("nat", True)
    if any(net.has(key) for key in _GIVEN):
        return _given(net)
    blocks: dict[str, IPv4Network] = {}
    for key, default, largest, smallest in _BLOCKS:
        block = read_block(net.problems, net.at(key), net.text(key, default))
        if block is not None:
            _check_block(net, key, block, largest, smallest)
            blocks[key] = block
    for (first, one), (second, other) in combinations(blocks.items(), 2):
        if one.overlaps(other):
            fix, needs = "choose another block for one of the two", (net.at(first),)
            net.problems.add(net.at(second), f"must not overlap {first} ({one})", got=str(other), fix=fix, needs=needs)
    return NetworkSpec(
        cidr=net.text("cidr", DEFAULT_CIDR),
        pods_cidr=net.text("pods_cidr", DEFAULT_PODS_CIDR),
        services_cidr=net.text("services_cidr", DEFAULT_SERVICES_CIDR),
        pods_range=PODS_RANGE,
        services_range=SERVICES_RANGE,
        nat=nat,
    )


def _check_block(net: Reader, key: str, block: IPv4Network, largest: int, smallest: int) -> None:
    if not (in_private_range(block) or block.subnet_of(SHARED_ADDRESSES)):
        fix = "choose a block in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10"
        net.problems.add(net.at(key), "must be a private block", got=str(block), fix=fix)
    if not largest <= block.prefixlen <= smallest:
        rule = f"must be a /{largest} to /{smallest}"
        net.problems.add(net.at(key), rule, got=str(block), fix=f"use e.g. {block.network_address}/{largest}")


def _given(net: Reader) -> NetworkSpec:
    for key, *_ in _BLOCKS:
        if net.has(key):
            rule = "must not stand beside network: the given network is used as it is"
            net.problems.add(net.at(key), rule, got=net.value(key), fix=f"remove {key}, or remove network")
    if net.has("nat"):
        rule = "has no meaning with a given network: whoever made it gives its nodes a way out"
        net.problems.add(net.at("nat"), rule, fix="remove it")
    for key in _GIVEN:
        net.required(key, "give network, subnetwork and the names of both secondary ranges")
    return NetworkSpec(
        cidr=None,
        pods_cidr="",
        services_cidr="",
        pods_range=net.text("pods_range", PODS_RANGE),
        services_range=net.text("services_range", SERVICES_RANGE),
        nat=False,
    )


def check_room(network: NetworkSpec, pools: dict[str, NodePoolSpec], problems: Problems) -> None:
    """Add problems where the blocks have too few addresses for the pools at their largest."""
    if not network.made:
        return
    blocks = {
        key: read_block(Problems(), "", text)
        for key, text in (("cidr", network.cidr or ""), ("pods_cidr", network.pods_cidr))
    }
    nodes = sum(pool.max_nodes for pool in pools.values())
    primary, pods = blocks["cidr"], blocks["pods_cidr"]
    needs = ("node_pools", "network.cidr", "network.pods_cidr")
    if primary is not None and primary.num_addresses - _RESERVED_ADDRESSES < nodes:
        rule = f"has room for {primary.num_addresses - _RESERVED_ADDRESSES} nodes, and the pools may have {nodes}"
        problems.add("network.cidr", rule, got=str(primary), fix="take a larger block", needs=needs)
    asked = sum(pool.max_nodes * 2 ** (32 - _prefix(pool.max_pods)) for pool in pools.values())
    if pods is not None and asked > pods.num_addresses:
        rule = f"has {pods.num_addresses} addresses, and the pools at their largest take {asked}"
        fix = "take a larger block, or lower max_pods or max_nodes of a pool"
        problems.add("network.pods_cidr", rule, got=str(pods), fix=fix, needs=needs)


def _prefix(max_pods: int) -> int:
    """Prefix of the block that a node with so many pods takes."""
    return next(prefix for most, prefix in PODS_OF_A_NODE if max_pods <= most)


def resolve_public_access(read: Reader) -> tuple[str, ...]:
    """The blocks that may reach the public endpoint."""
    key, problems = "public_access_cidrs", read.problems
    anywhere = read.flag("allow_public_access_from_anywhere", False)
    cidrs = read.texts(key)
    if len(cidrs) > _MOST_PUBLIC_CIDRS:
        problems.add(key, f"must be at most {_MOST_PUBLIC_CIDRS} blocks", got=len(cidrs), fix="merge neighbours")
    for index, cidr in enumerate(cidrs):
        where = f"{key}[{index}]"
        block = read_block(problems, where, cidr)
        if block is not None and block.prefixlen == 0 and not anywhere:
            rule = "opens the API endpoint to the whole internet"
            fix = "name your own blocks, or set allow_public_access_from_anywhere"
            problems.add(where, rule, got=cidr, fix=fix, needs=("allow_public_access_from_anywhere",))
    return tuple(cidrs)
