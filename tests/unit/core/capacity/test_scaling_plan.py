"""Targets of the autoscaler: the budget holds at every size, for the statistic they are computed for."""

import math

import pytest

from core.capacity.pooling import Pooling
from core.capacity.routing import Routing, refusal
from core.capacity.scaling_plan import ScalingPlan, Statistic, plan_scaling

RANDOM, LOR = Routing.RANDOM, Routing.LEAST_OUTSTANDING_REQUESTS
CASES = [(RANDOM, Pooling.ONE_ROUTER), *((LOR, pooling) for pooling in Pooling)]


def plan(**fields: object) -> ScalingPlan:
    return plan_scaling(**{"slots": 4, "refusal_budget": 0.01, "min_instances": 4, **fields})  # type: ignore[arg-type]


def offered(held: float, slots: int, budget: float) -> float:
    """The offered load over all slots that leaves `held` requests in an instance."""
    return held / slots / (1 - budget)


@pytest.mark.parametrize("slots", [1, 4, 8])
@pytest.mark.parametrize("budget", [0.05, 0.01, 0.001])
@pytest.mark.parametrize("smallest", [1, 2, 4, 8])
@pytest.mark.parametrize(("routing", "pooling"), CASES)
def test_the_target_keeps_the_budget_at_every_fleet_size(slots, budget, smallest, routing, pooling):
    made = plan(slots=slots, refusal_budget=budget, min_instances=smallest, routing=routing, pooling=pooling)
    assert 0 < made.target_concurrency < made.spike_concurrency < slots
    assert made.refusal_at_target <= budget * (1 + 1e-6)
    for instances in range(smallest, smallest + 12):
        load = offered(made.target_concurrency, slots, budget)
        share = refusal(routing, instances=instances, slots=slots, load_ratio=load, pooling=pooling)
        assert share <= budget * (1 + 1e-4), instances


def test_a_plan_says_which_statistic_it_is_computed_for():
    assert plan().statistic is Statistic.AVERAGE
    assert [each.value for each in Statistic] == ["Average"]


def test_growth_while_an_instance_starts_lowers_the_target():
    still = plan(pooling=Pooling.ONE_ROUTER)
    grown = plan(pooling=Pooling.ONE_ROUTER, growth_while_starting=0.25)
    assert still.target_concurrency == pytest.approx(2.197, abs=0.001)
    assert grown.load_ratio_at_target * 1.25 == pytest.approx(still.load_ratio_at_target)
    assert grown.refusal_at_target < still.refusal_at_target


def test_the_worse_the_router_the_lower_the_target():
    targets = [plan(pooling=pooling).target_concurrency for pooling in Pooling]
    assert targets == sorted(targets, reverse=True)
    assert plan().pooling is Pooling.POWER_OF_TWO
    assert plan().target_concurrency < 0.9 * targets[0]


@pytest.mark.parametrize("budget", [0.3, 0.45])
def test_a_large_budget_still_gives_an_ordered_plan(budget):
    made = plan(refusal_budget=budget, min_instances=2)
    assert 2.5 < made.target_concurrency < made.spike_concurrency < 4


@pytest.mark.parametrize("smallest", [1, 2, 4, 9])
@pytest.mark.parametrize("pooling", list(Pooling))
def test_a_fleet_with_an_instance_to_spare_holds_its_target_without_it(smallest, pooling):
    made = plan(min_instances=smallest, pooling=pooling)
    sizes = range(smallest + 1, smallest + 30)
    assert sizes
    for instances in sizes:
        rest = made.spare_concurrency * instances / (instances - 1)
        assert rest <= 0.9 * made.target_concurrency + 1e-3


@pytest.mark.parametrize("smallest", [1, 2, 4, 8])
@pytest.mark.parametrize("most", [9, 40, 200])
@pytest.mark.parametrize("pooling", list(Pooling))
def test_a_growing_target_keeps_the_budget_at_every_fleet_size(smallest, most, pooling):
    made = plan(min_instances=smallest, pooling=pooling)
    growing = made.growing(most)
    assert growing.at(smallest) == pytest.approx(made.target_concurrency, abs=3e-4, rel=2e-3)
    assert growing.at(most) >= made.target_value
    assert pooling is Pooling.EIGHT_ROUTERS or most < 40 or growing.at(most) > 1.02 * made.target_concurrency
    for instances in range(smallest, most + 1):
        assert growing.at(instances) <= made.carried(instances) * 1.002, instances


def test_one_target_over_a_wide_range_is_dear_and_a_growing_one_is_not():
    """Forty instances held for what fourteen serve: min 1 makes every instance of a large fleet idle."""
    wide = plan(min_instances=1, pooling=Pooling.ONE_ROUTER)
    assert wide.target_concurrency == pytest.approx(0.861, abs=0.001)
    assert wide.overspend(47) == pytest.approx(47 / 14, rel=0.05)
    assert plan(min_instances=4, pooling=Pooling.ONE_ROUTER).overspend(19) == pytest.approx(19 / 14, rel=0.1)
    assert plan().overspend(4) == 1.0
    growing = wide.growing(47)
    held = next(count for count in range(1, 48) if count * growing.at(count) >= 40)
    assert held < 25


@pytest.mark.parametrize("fields", [{"min_instances": 0}, {"growth_while_starting": -1.0}, {"refusal_budget": 1.0}])
def test_nonsense_is_refused(fields):
    with pytest.raises(ValueError, match=r"must|needs"):
        plan(**fields)


def test_the_value_that_is_set_is_never_above_the_plan():
    for smallest in range(1, 20):
        made = plan(min_instances=smallest)
        assert made.target_value <= made.target_concurrency < made.target_value + 1.1e-4
        assert math.isclose(made.target_value, round(made.target_value, 4))
