"""Address plans: how one VPC block is cut into subnets.

The plan depends on zone names only, never on a zone's place in a list: a zone's letter is its slot. So adding, removing
or re-ordering zones moves no other subnet, and a subnet that moved would be replaced with every node in it.

    lower half   8 private slots, one a zone letter      /20 each in a /16
    upper half   first sixteenth of the block: 8 public slots, /23 each in a /16; the rest stays free for others
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.net.blocks import parse_cidr

__all__ = ["SubnetPair", "plan_subnets", "zone_letter"]

SLOTS = 8
"""Zones a plan has room for: letters a to h. The largest region has six."""
_LETTERS = "abcdefgh"
_PRIVATE_BITS = 4  # sixteen parts of the block; the lower eight are the private slots
_PUBLIC_BITS = 7  # 128 parts; eight of the upper half are the public slots


@dataclass(frozen=True, slots=True)
class SubnetPair:
    """The two subnets of one zone."""

    private: str
    """Block for nodes and pods."""
    public: str
    """Block for the NAT gateway and load balancers."""


def zone_letter(zone: str) -> str | None:
    """The letter of a zone name (`us-west-2b` -> `b`), or None where it has none in a plan."""
    letter = zone[-1:]
    return letter if letter in _LETTERS and letter else None


def plan_subnets(vpc_cidr: str, zones: Iterable[str]) -> Mapping[str, SubnetPair]:
    """The subnets of each zone.

    Args:
        vpc_cidr: Block of the VPC, at most /21 so that every subnet is one AWS allows (/28).
        zones: Zone names of one region, ending in a to h.

    Returns:
        By zone name, in the order given.

    Raises:
        ValueError: A block or zone does not fit.
    """
    block = parse_cidr(vpc_cidr)
    if block.prefixlen > 28 - _PUBLIC_BITS:
        raise ValueError(f"{vpc_cidr} is too small to cut")
    private = list(block.subnets(prefixlen_diff=_PRIVATE_BITS))[:SLOTS]
    upper = list(block.subnets(prefixlen_diff=1))[1]
    public = list(upper.subnets(prefixlen_diff=_PUBLIC_BITS - 1))[:SLOTS]
    plan: dict[str, SubnetPair] = {}
    for zone in zones:
        letter = zone_letter(zone)
        if letter is None:
            raise ValueError(f"{zone} does not end in a letter a to h")
        slot = _LETTERS.index(letter)
        plan[zone] = SubnetPair(private=str(private[slot]), public=str(public[slot]))
    return plan
