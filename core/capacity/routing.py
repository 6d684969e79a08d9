"""How much traffic a fleet of equal instances carries under each routing strategy, and what to scale it on.

Owns the closed forms over `core.capacity.erlang` for instances that refuse work beyond their slots, and the autoscaling
figures that follow from them. Leaves alone what has no closed form (power of two, retries, lag:
`core.capacity.simulation`) and which figure of slots to believe (`catalog.aws.sagemaker`).

RANDOM spreads requests blindly, so n instances of c slots are n separate loss systems. LEAST_OUTSTANDING_REQUESTS (LOR)
refuses only when all n * c slots are busy, so the fleet is one loss system. Both assume Poisson arrivals, equal
instances and no retries; a router with several front ends that count for themselves lies between the two.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.capacity.erlang import erlang_b, max_load_for_budget, min_servers_for_budget

__all__ = [
    "Routing",
    "ScalingPlan",
    "capacity",
    "instances_for",
    "max_load_ratio",
    "plan_scaling",
    "refusal",
    "split_capacity",
]

SPIKE_BUDGETS = 10.0
"""A load that spends this many times the refusal budget is a spike: waiting for target tracking is then too slow."""


class Routing(StrEnum):
    """Strategies with a closed form, by the names AWS gives them."""

    RANDOM = "RANDOM"
    LEAST_OUTSTANDING_REQUESTS = "LEAST_OUTSTANDING_REQUESTS"


def refusal(routing: Routing, *, instances: int, slots: int, load_ratio: float) -> float:
    """Share of requests refused.

    Args:
        routing: How requests reach instances.
        instances: Instances in service, at least 1.
        slots: Requests one instance serves at once, at least 1.
        load_ratio: Offered load over all slots; 1.0 offers as many erlangs as there are slots.

    Raises:
        ValueError: An argument out of range.
    """
    _check_fleet(instances, slots)
    groups, servers = _groups(routing, instances, slots)
    return erlang_b(servers, instances * slots * load_ratio / groups)


def max_load_ratio(routing: Routing, *, instances: int, slots: int, refusal_budget: float) -> float:
    """The highest offered load over all slots that keeps refusals within the budget (0 to 1 of requests)."""
    _check_fleet(instances, slots)
    _, servers = _groups(routing, instances, slots)
    return max_load_for_budget(servers, refusal_budget) / servers


def capacity(routing: Routing, *, instances: int, slots: int, refusal_budget: float) -> float:
    """Offered load in erlangs, that is streams wanted at once on average, that the fleet takes within the budget."""
    return max_load_ratio(routing, instances=instances, slots=slots, refusal_budget=refusal_budget) * instances * slots


def split_capacity(routing: Routing, *, fleets: list[tuple[int, int, float]], refusal_budget: float) -> float:
    """Offered erlangs an endpoint of several variants takes, when traffic is split between them by weight.

    A router picks the variant by weight before it looks at instances, so variants never help each other out, and the
    one that is tightest for its share bounds the endpoint.

    Args:
        routing: The strategy inside each variant.
        fleets: `(instances, slots, weight)` of each variant; a weight of 0 takes no traffic.
        refusal_budget: Share of requests that any variant may refuse.

    Raises:
        ValueError: No variant with a weight above 0, or a fleet out of range.
    """
    total = sum(weight for _, _, weight in fleets)
    if total <= 0:
        raise ValueError("fleets must hold a weight above 0; got none; give one variant a weight")
    return min(
        capacity(routing, instances=instances, slots=slots, refusal_budget=refusal_budget) * total / weight
        for instances, slots, weight in fleets
        if weight > 0
    )


def instances_for(routing: Routing, *, concurrent: float, slots: int, refusal_budget: float) -> int:
    """The fewest instances that take `concurrent` offered erlangs within the budget. At least 1."""
    _check_fleet(1, slots)
    if routing is Routing.RANDOM:
        each = max_load_for_budget(slots, refusal_budget)
        return max(1, _ceil_div(concurrent, each))
    servers = min_servers_for_budget(concurrent, refusal_budget)
    return max(1, -(-servers // slots))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingPlan:
    """What to set on an autoscaler that watches the average number of requests in each instance."""

    target_concurrency: float
    """Requests in one instance, averaged over the fleet, to hold: the budget is kept at every fleet size allowed."""
    spike_concurrency: float
    """Requests in one instance from which to add instances at once, above the target and at most `slots`."""
    refusal_at_target: float
    """Share refused when the smallest fleet stands at the target."""
    load_ratio_at_target: float
    """Offered load over all slots when the smallest fleet stands at the target."""

    @property
    def target_value(self) -> float:
        """`target_concurrency` as it is set and shown: four decimals, downwards, or the budget is overspent."""
        return math.floor(self.target_concurrency * 1e4) / 1e4


def plan_scaling(
    *,
    slots: int,
    refusal_budget: float,
    min_instances: int,
    routing: Routing = Routing.LEAST_OUTSTANDING_REQUESTS,
    growth_while_starting: float = 0.0,
) -> ScalingPlan:
    """The autoscaling target that keeps refusals within the budget, from slots and budget.

    One target serves every fleet size, and the smallest fleet is the tightest, so it decides. The metric sees requests
    that were taken, not those refused, so the target is the *carried* load.

    Args:
        slots: Requests one instance serves at once, at least 1.
        refusal_budget: Share of requests that may be refused.
        min_instances: The smallest fleet the autoscaler may leave, at least 1.
        routing: How requests reach instances.
        growth_while_starting: By which share traffic may grow while a new instance starts, e.g. 0.25; lowers the target
            so that the budget still holds at the end of that time.

    Raises:
        ValueError: An argument out of range.
    """
    if not 0 <= growth_while_starting < 100:
        raise ValueError(f"growth_while_starting must be at least 0; got {growth_while_starting}; e.g. 0.25 for 25 %")
    budgeted = max_load_ratio(routing, instances=min_instances, slots=slots, refusal_budget=refusal_budget)
    ratio = budgeted / (1.0 + growth_while_starting)
    refused = refusal(routing, instances=min_instances, slots=slots, load_ratio=ratio)
    most = min(refusal_budget * SPIKE_BUDGETS, (1.0 + refusal_budget) / 2.0)
    spike = max_load_ratio(routing, instances=min_instances, slots=slots, refusal_budget=most)
    return ScalingPlan(
        target_concurrency=ratio * (1.0 - refused) * slots,
        spike_concurrency=spike * (1.0 - most) * slots,
        refusal_at_target=refused,
        load_ratio_at_target=ratio,
    )


def _groups(routing: Routing, instances: int, slots: int) -> tuple[int, int]:
    """Into how many separate loss systems the fleet falls, and the servers of each."""
    return (instances, slots) if routing is Routing.RANDOM else (1, instances * slots)


def _ceil_div(amount: float, each: float) -> int:
    whole = int(amount // each)
    return whole if whole * each >= amount else whole + 1


def _check_fleet(instances: int, slots: int) -> None:
    if instances < 1 or slots < 1:
        raise ValueError(f"a fleet needs at least 1 instance of 1 slot; got {instances} x {slots}; give both")
