"""The planner: the published table, a grid against an independent formula, and what follows for autoscaling."""

import math
from fractions import Fraction

import pytest

from core.capacity.routing import (
    Routing,
    capacity,
    instances_for,
    max_load_ratio,
    refusal,
    split_capacity,
)

RANDOM, LOR = Routing.RANDOM, Routing.LEAST_OUTSTANDING_REQUESTS

# (instances, slots, load over slots) -> percent refused under RANDOM and LOR.
REFUSED = [
    (4, 4, 0.60, 13.87, 1.72),
    (4, 8, 0.70, 10.02, 1.17),
    (8, 4, 0.60, 13.87, 0.20),
    (8, 8, 0.70, 10.02, 0.13),
    (8, 10, 0.80, 12.17, 0.72),
]
# (budget in percent, slots) -> highest load in percent: RANDOM, then LOR with 2, 4, 8, 16 instances.
CARRIED = [
    (1.0, 4, 21.7, [39.1, 55.5, 68.9, 79.1]),
    (1.0, 8, 39.1, [55.5, 68.9, 79.1, 86.4]),
    (1.0, 10, 44.6, [60.2, 72.5, 81.7, 88.2]),
    (0.1, 4, 11.0, [25.6, 42.0, 56.9, 69.0]),
    (0.1, 8, 25.6, [42.0, 56.9, 69.0, 78.2]),
]


@pytest.mark.parametrize(("instances", "slots", "load", "random", "lor"), REFUSED)
def test_the_table_of_refusals(instances, slots, load, random, lor):
    fleet = {"instances": instances, "slots": slots, "load_ratio": load}
    assert 100 * refusal(RANDOM, **fleet) == pytest.approx(random, abs=0.005)
    assert 100 * refusal(LOR, **fleet) == pytest.approx(lor, abs=0.005)


@pytest.mark.parametrize(("budget", "slots", "random", "lor"), CARRIED)
def test_the_table_of_highest_loads(budget, slots, random, lor):
    assert len(lor) == 4
    for instances, expected in zip([2, 4, 8, 16], lor, strict=True):
        fleet = {"instances": instances, "slots": slots, "refusal_budget": budget / 100}
        assert 100 * max_load_ratio(RANDOM, **fleet) == pytest.approx(random, abs=0.05)
        assert 100 * max_load_ratio(LOR, **fleet) == pytest.approx(expected, abs=0.05)


def erlang_exact(servers, load):
    terms = [Fraction(load) ** k / math.factorial(k) for k in range(servers + 1)]
    return float(terms[-1] / sum(terms))


@pytest.mark.parametrize("instances", [1, 2, 3, 4, 8, 16])
@pytest.mark.parametrize("slots", [1, 2, 4, 8, 10])
@pytest.mark.parametrize("load", [0.05, 0.25, 0.5, 0.75, 1.0, 1.5])
def test_refusals_equal_erlang_b_on_a_grid(instances, slots, load):
    fleet = {"instances": instances, "slots": slots, "load_ratio": load}
    assert refusal(RANDOM, **fleet) == pytest.approx(erlang_exact(slots, slots * load), abs=1e-9)
    servers = instances * slots
    assert refusal(LOR, **fleet) == pytest.approx(erlang_exact(servers, servers * load), abs=1e-9)


@pytest.mark.parametrize("slots", [1, 4, 8, 10])
@pytest.mark.parametrize("budget", [0.1, 0.01, 0.001, 1e-6])
@pytest.mark.parametrize("wanted", [0.5, 3.0, 17.5, 100.0])
@pytest.mark.parametrize("routing", list(Routing))
def test_instances_for_is_the_smallest_fleet_that_fits(routing, slots, budget, wanted):
    count = instances_for(routing, concurrent=wanted, slots=slots, refusal_budget=budget)
    assert capacity(routing, instances=count, slots=slots, refusal_budget=budget) >= wanted * (1 - 1e-12)
    if count > 1:
        assert capacity(routing, instances=count - 1, slots=slots, refusal_budget=budget) < wanted


def test_lor_never_carries_less_than_random():
    for instances in (1, 2, 4, 16):
        fleet = {"instances": instances, "slots": 4, "refusal_budget": 0.01}
        assert capacity(LOR, **fleet) >= capacity(RANDOM, **fleet)
    assert capacity(LOR, instances=1, slots=4, refusal_budget=0.01) == capacity(
        RANDOM, instances=1, slots=4, refusal_budget=0.01
    )


def test_variants_split_by_weight_do_not_pool_their_slots():
    alone = capacity(LOR, instances=8, slots=4, refusal_budget=0.01)
    halves = split_capacity(LOR, fleets=[(4, 4, 1.0), (4, 4, 1.0)], refusal_budget=0.01)
    assert halves == pytest.approx(2 * capacity(LOR, instances=4, slots=4, refusal_budget=0.01))
    assert halves < alone
    # A variant of weight 0 takes no traffic, so it adds nothing; a small one bounds the whole.
    assert split_capacity(LOR, fleets=[(8, 4, 1.0), (8, 4, 0.0)], refusal_budget=0.01) == pytest.approx(alone)
    assert split_capacity(LOR, fleets=[(8, 4, 0.5), (1, 4, 0.5)], refusal_budget=0.01) == pytest.approx(
        1.7388, abs=1e-3
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: refusal(LOR, instances=0, slots=4, load_ratio=0.5),
        lambda: refusal(LOR, instances=1, slots=0, load_ratio=0.5),
        lambda: refusal(LOR, instances=1, slots=4, load_ratio=-0.5),
        lambda: capacity(RANDOM, instances=1, slots=4, refusal_budget=1.0),
        lambda: split_capacity(LOR, fleets=[], refusal_budget=0.01),
        lambda: split_capacity(LOR, fleets=[(1, 4, 0.0)], refusal_budget=0.01),
    ],
)
def test_refuses_arguments_out_of_range(call):
    with pytest.raises(ValueError, match="; got "):
        call()
