"""Regions and their zones, as far as the stand-in needs them."""

from typing import Final

_LETTERS: Final = {"us-east-1": "abcdef", "us-west-1": "ac", "us-west-2": "abcd", "ap-northeast-1": "acd"}
_SHORT: Final = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c", "northeast": "ne"}
_SHORT_MORE: Final = {"southeast": "se", "northwest": "nw", "southwest": "sw"}


def zones(region: str) -> list[str]:
    """Availability zones of a region; three, a to c, where it is not one of the odd ones."""
    return [f"{region}{letter}" for letter in _LETTERS.get(region, "abc")]


def zone_id(zone: str) -> str:
    """Zone id, e.g. `use1-az1` for `us-east-1a`; in AWS the mapping differs from account to account."""
    region, letter = zone[:-1], zone[-1]
    area, *direction, number = region.split("-")
    short = {**_SHORT, **_SHORT_MORE}
    code = area + "".join(short.get(word, word[:1]) for word in direction) + number
    return f"{code}-az{zones(region).index(zone) + 1 if zone in zones(region) else ord(letter) - 96}"


def host_domain(region: str) -> str:
    """Domain of private host names."""
    return "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
