from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.aws.cidrs import plan_subnets, zone_letter
from core.net.blocks import in_private_range, parse_cidr

ZONES = [f"us-west-2{letter}" for letter in "abcdefgh"]
blocks = st.builds(
    lambda second, third, prefix: str(ip_network(f"10.{second}.{third}.0/{prefix}", strict=False)),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(16, 20),
)
zone_lists = st.lists(st.sampled_from(ZONES), min_size=1, unique=True)


def all_blocks(plan):
    return [ip_network(block) for pair in plan.values() for block in (pair.private, pair.public)]


@given(blocks, zone_lists)
def test_subnets_lie_inside_and_never_overlap(block, zones):
    found = all_blocks(plan_subnets(block, zones))
    assert all(one.subnet_of(ip_network(block)) for one in found)
    assert not any(a.overlaps(b) for i, a in enumerate(found) for b in found[i + 1 :])


@given(blocks, zone_lists, st.data())
def test_adding_dropping_or_reordering_zones_moves_no_subnet(block, zones, data):
    plan = plan_subnets(block, zones)
    others = data.draw(zone_lists)
    again = plan_subnets(block, others)
    assert all(again[zone] == plan[zone] for zone in zones if zone in again)


@given(blocks, zone_lists)
def test_a_private_subnet_has_room_for_pods_and_a_public_one_is_one_aws_allows(block, zones):
    assert list(plan_subnets(block, zones)) == list(zones)
    for pair in plan_subnets(block, zones).values():
        assert ip_network(pair.private).num_addresses >= 256
        assert ip_network(pair.public).prefixlen <= 28


def test_the_plan_of_a_sixteen_is_written_down():
    plan = plan_subnets("10.0.0.0/16", ["us-west-2a", "us-west-2b", "us-west-2c"])
    assert {zone: (pair.private, pair.public) for zone, pair in plan.items()} == {
        "us-west-2a": ("10.0.0.0/20", "10.0.128.0/23"),
        "us-west-2b": ("10.0.16.0/20", "10.0.130.0/23"),
        "us-west-2c": ("10.0.32.0/20", "10.0.132.0/23"),
    }


@pytest.mark.parametrize("text", ["10.0.0.0", "10.0.0/16", "10.0.0.0/33", "fd00::/48", "10.0.0.256/24", "", "a/16"])
def test_what_is_no_block_is_refused(text):
    with pytest.raises(ValueError, match="is not an IPv4 block"):
        parse_cidr(text)


def test_bits_behind_the_prefix_are_refused_with_the_right_block():
    with pytest.raises(ValueError, match=r"the block is 10\.0\.0\.0/16"):
        parse_cidr("10.0.3.0/16")


@pytest.mark.parametrize(("block", "inside"), [("10.1.0.0/16", True), ("172.32.0.0/16", False), ("8.8.8.0/24", False)])
def test_private_ranges(block, inside):
    assert in_private_range(parse_cidr(block)) is inside


def test_a_zone_without_a_slot_or_a_block_too_small_is_refused():
    assert zone_letter("us-west-2i") is None
    assert zone_letter("") is None
    with pytest.raises(ValueError, match="a to h"):
        plan_subnets("10.0.0.0/16", ["us-west-2i"])
    with pytest.raises(ValueError, match="too small"):
        plan_subnets("10.0.0.0/24", ["us-west-2a"])
