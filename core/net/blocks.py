"""IPv4 blocks: their form, and which are private."""

import re
from ipaddress import IPv4Network, ip_network

from core.input.problems import Problems

__all__ = ["PRIVATE_RANGES", "SHARED_ADDRESSES", "in_private_range", "parse_cidr", "read_block"]

PRIVATE_RANGES: tuple[IPv4Network, ...] = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
)
"""RFC 1918. EKS takes service addresses from these only."""
SHARED_ADDRESSES = IPv4Network("100.64.0.0/10")
"""RFC 6598, which clouds let networks use as private ones."""


def parse_cidr(text: str) -> IPv4Network:
    """An IPv4 block.

    Raises:
        ValueError: The text is not an IPv4 block, or has bits set to the right of its prefix; the message says which.
    """
    if not re.fullmatch(r"[0-9.]+/[0-9]{1,2}", text):
        raise ValueError("is not an IPv4 block such as 10.0.0.0/16")
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError("is not an IPv4 block such as 10.0.0.0/16") from None
    if not isinstance(network, IPv4Network):
        raise ValueError("is not an IPv4 block such as 10.0.0.0/16")
    if str(network) != text:
        raise ValueError(f"has address bits behind its prefix; the block is {network}")
    return network


def in_private_range(network: IPv4Network) -> bool:
    """Whether the block lies wholly in one RFC 1918 range."""
    return any(network.subnet_of(outer) for outer in PRIVATE_RANGES)


def read_block(problems: Problems, path: str, text: str) -> IPv4Network | None:
    """The block that a text says, or None after adding a problem."""
    try:
        return parse_cidr(text)
    except ValueError as wrong:
        problems.add(path, str(wrong), got=text, fix="write the block as address/prefix, e.g. 10.0.0.0/16")
        return None
