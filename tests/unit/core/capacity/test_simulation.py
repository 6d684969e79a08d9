"""The simulation against the closed forms, and what no closed form covers: front ends, retries, lag. All seeded."""

import pytest

from core.capacity.pooling import Pooling
from core.capacity.routing import Routing, refusal
from core.capacity.scaling_plan import plan_scaling
from core.capacity.scenario import Policy, Retries, Scaling, Scenario, ServiceLaw
from core.capacity.simulation import simulate

LOR, RANDOM, TWO = Policy.LEAST_OUTSTANDING_REQUESTS, Policy.RANDOM, Policy.POWER_OF_TWO


def steady(policy, **fields):
    base = {"instances": 4, "slots": 4, "load": 9.6, "seconds": 30_000.0, "warm_up_seconds": 200.0}
    return Scenario(policy=policy, **{**base, **fields})


@pytest.mark.parametrize("policy", [RANDOM, LOR])
@pytest.mark.parametrize(("instances", "slots", "ratio"), [(4, 4, 0.6), (4, 4, 0.5), (2, 8, 0.7), (1, 4, 0.9)])
@pytest.mark.parametrize("law", list(ServiceLaw))
def test_agrees_with_the_closed_form_whatever_the_service_law(policy, instances, slots, ratio, law):
    scenario = steady(policy, instances=instances, slots=slots, load=ratio * instances * slots, law=law)
    outcome = simulate(scenario, seed=7)
    expected = refusal(Routing(policy.value), instances=instances, slots=slots, load_ratio=ratio)
    assert outcome.standard_error > 0
    assert abs(outcome.refusal_ratio - expected) <= 3 * outcome.standard_error
    # Little's law ties the slots held to what was let in.
    assert outcome.mean_busy == pytest.approx(scenario.load * (1 - expected), rel=0.06)


def test_power_of_two_lies_between():
    refused = {policy: simulate(steady(policy), seed=3).refusal_ratio for policy in Policy}
    assert refused[LOR] < refused[TWO] < refused[RANDOM]
    assert refused[TWO] == pytest.approx(0.037, abs=0.006)


def test_front_ends_that_count_for_themselves_cost_lor_its_edge():
    one = simulate(steady(LOR), seed=5).refusal_ratio
    four = simulate(steady(LOR, front_ends=4), seed=5).refusal_ratio
    assert one < four < simulate(steady(RANDOM), seed=5).refusal_ratio


def test_the_same_seed_repeats_and_another_differs():
    scenario = steady(TWO, seconds=3000.0, law=ServiceLaw.HEAVY)
    assert simulate(scenario, seed=1) == simulate(scenario, seed=1)
    assert simulate(scenario, seed=1) != simulate(scenario, seed=2)


def test_retries_turn_refusals_into_load_and_save_requests():
    once = simulate(steady(LOR), seed=11)
    thrice = simulate(steady(LOR, retries=Retries(attempts=4, first_delay_seconds=2.0)), seed=11)
    assert once.lost == once.refusals
    assert thrice.loss_ratio < once.loss_ratio
    assert thrice.attempts > thrice.requests
    assert thrice.mean_busy > once.mean_busy


def test_slow_instances_lose_what_a_step_in_traffic_brings():
    plan = plan_scaling(slots=4, refusal_budget=0.01, min_instances=4, pooling=Pooling.ONE_ROUTER)
    lost = []
    for start in (30.0, 600.0):
        scaling = Scaling(target=plan.target_concurrency, min_instances=4, max_instances=20, start_seconds=start)
        step = steady(LOR, load=8.0, changes=((2000.0, 24.0),), seconds=6000.0, scaling=scaling)
        lost.append(simulate(step, seed=2).lost)
    assert lost[0] * 3 < lost[1]


def test_after_the_lag_the_planned_target_keeps_the_budget():
    plan = plan_scaling(slots=4, refusal_budget=0.01, min_instances=2, pooling=Pooling.ONE_ROUTER)
    scaling = Scaling(target=plan.target_concurrency, min_instances=2, max_instances=40, start_seconds=60.0)
    scenario = steady(LOR, instances=2, load=24.0, seconds=20_000.0, warm_up_seconds=2000.0, scaling=scaling)
    outcome = simulate(scenario, seed=4)
    assert outcome.refusal_ratio <= 0.01
    assert 10 <= outcome.peak_instances <= 40


def test_the_fleet_shrinks_after_its_hold_and_not_before():
    scaling = Scaling(target=2.0, min_instances=2, max_instances=20, start_seconds=30.0)
    quiet = {"load": 30.0, "changes": ((1500.0, 2.0),), "warm_up_seconds": 0.0, "scaling": scaling, "instances": 15}
    short = simulate(steady(LOR, seconds=2300.0, **quiet), seed=6)
    long = simulate(steady(LOR, seconds=6000.0, **quiet), seed=6)
    paid_later = (long.instance_seconds - short.instance_seconds) / (6000 - 2300)
    assert short.instance_seconds / 2300 > 14
    assert paid_later < 7


def test_no_traffic_and_full_traffic():
    none = simulate(steady(LOR, load=0.0, seconds=500.0), seed=1)
    assert (none.requests, none.refusal_ratio, none.loss_ratio, none.mean_busy) == (0, 0.0, 0.0, 0.0)
    flood = simulate(steady(RANDOM, load=1600.0, seconds=400.0), seed=1)
    assert flood.refusal_ratio == pytest.approx(0.99, abs=0.005)


def test_a_scenario_names_every_broken_rule_at_once():
    with pytest.raises(
        ValueError, match=r"instances and slots.*loads.*warm_up.*mean_service.*front_ends.*order.*scaling"
    ):
        Scenario(
            policy=LOR,
            instances=0,
            slots=4,
            load=-1.0,
            changes=((5.0, 1.0), (3.0, 1.0)),
            seconds=1.0,
            warm_up_seconds=2.0,
            mean_service_seconds=0.0,
            front_ends=0,
            scaling=Scaling(target=0.0, min_instances=1, max_instances=1),
        )


@pytest.mark.parametrize("in_periods", [1, 5, 30])
def test_an_idle_fleet_shrinks_after_exactly_its_hold(in_periods):
    scaling = Scaling(target=2.0, min_instances=2, max_instances=20, period_seconds=10.0, in_periods=in_periods)
    idle = steady(LOR, instances=6, load=0.0, seconds=1000.0, warm_up_seconds=0.0, scaling=scaling)
    shrinks_at = 10.0 * in_periods
    assert simulate(idle, seed=1).instance_seconds == pytest.approx(6 * shrinks_at + 2 * (1000 - shrinks_at))
