"""What to set on an autoscaler, from slots and a budget of refusals: targets with their statistic, and what they cost.

Owns the step from a fleet's capacity to a metric's target. The planned figure is a mean over instances and time, so a
plan says so in its type: a policy that compares another statistic with it scales wrongly. At the target of a fleet of
four, nearly every 10 s maximum is above the mean that is held.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.capacity.pooling import DEFAULT_POOLING, Pooling
from core.capacity.pooling_figures import INSTANCES
from core.capacity.routing import Routing, instances_for, max_load_ratio, refusal

__all__ = ["GrowingTarget", "ScalingPlan", "Statistic", "plan_scaling"]

SPIKE_BUDGETS = 10.0
"""A load that spends this many times the refusal budget is a spike: waiting for target tracking is then too slow."""

SPARE_SHARE = 0.9
"""How full of the target the fleet may be with one instance fewer, so that it does not come straight back."""


class Statistic(StrEnum):
    """Statistics of CloudWatch that a plan can be computed for, by their names there."""

    AVERAGE = "Average"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowingTarget:
    """A target that grows with the fleet: `top - drop / sqrt(instances)` requests in one instance.

    Larger fleets pool more, so each of their instances may hold more requests at the same share refused. The curve
    touches the planned target at the smallest fleet and stays below the plan of every larger one.
    """

    top: float
    drop: float

    def at(self, instances: int) -> float:
        """Requests in one instance to hold."""
        return self.top - self.drop / math.sqrt(instances)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingPlan:
    """What to set on an autoscaler that watches the requests in each instance."""

    target_concurrency: float
    """Requests in one instance to hold, by `statistic`: the budget is kept at every fleet size allowed."""
    spike_concurrency: float
    """Requests in one instance from which to add instances at once, above the target and at most `slots`."""
    refusal_at_target: float
    """Share refused when the smallest fleet stands at the target."""
    load_ratio_at_target: float
    """Offered load over all slots when the smallest fleet stands at the target."""
    min_instances: int
    """The smallest fleet, for which the target is computed."""
    slots: int
    refusal_budget: float
    growth_while_starting: float
    routing: Routing
    pooling: Pooling
    statistic: Statistic = Statistic.AVERAGE
    """What of the metric the figures are: its mean over all instances and samples of a period."""

    @property
    def target_value(self) -> float:
        """`target_concurrency` as it is set and shown: four decimals, downwards, or the budget is overspent."""
        return _down(self.target_concurrency)

    @property
    def spare_concurrency(self) -> float:
        """Requests in one instance below which one can go, whatever the fleet's size: the rest stays below target."""
        remaining = self.min_instances / (self.min_instances + 1)
        return _down(SPARE_SHARE * self.target_concurrency * remaining)

    def carried(self, instances: int) -> float:
        """Requests in one instance that a fleet of this size may hold within budget and growth."""
        return _carried(self._ratio(instances), self._refusal(instances), self.slots)

    def overspend(self, instances: int) -> float:
        """Instances that the one target holds, over those the load needs, for a fleet of this size. 1 is none."""
        load = instances * self.target_concurrency * (1.0 + self.growth_while_starting)
        needed = instances_for(
            self.routing,
            concurrent=load,
            slots=self.slots,
            refusal_budget=self.refusal_budget,
            pooling=self.pooling,
        )
        return instances / max(needed, self.min_instances)

    def growing(self, max_instances: int) -> GrowingTarget:
        """A target that grows with the fleet, up to `max_instances`."""
        here = self.target_concurrency
        start = 1.0 / math.sqrt(self.min_instances)
        slopes = [
            (self.carried(count) - here) / (start - 1.0 / math.sqrt(count))
            for count in _sizes(self.min_instances + 1, max_instances)
        ]
        drop = max(0.0, min(slopes, default=0.0))
        return GrowingTarget(top=_down(here + drop * start), drop=math.ceil(drop * 1e4) / 1e4)

    def _ratio(self, instances: int) -> float:
        budgeted = max_load_ratio(
            self.routing,
            instances=instances,
            slots=self.slots,
            refusal_budget=self.refusal_budget,
            pooling=self.pooling,
        )
        return budgeted / (1.0 + self.growth_while_starting)

    def _refusal(self, instances: int) -> float:
        ratio = self._ratio(instances)
        return refusal(self.routing, instances=instances, slots=self.slots, load_ratio=ratio, pooling=self.pooling)


def plan_scaling(
    *,
    slots: int,
    refusal_budget: float,
    min_instances: int,
    routing: Routing = Routing.LEAST_OUTSTANDING_REQUESTS,
    growth_while_starting: float = 0.0,
    pooling: Pooling = DEFAULT_POOLING,
) -> ScalingPlan:
    """The autoscaling target that keeps refusals within the budget, from slots and budget.

    One target serves every fleet size, and the tightest size decides. The metric sees requests
    that were taken, not those refused, so the target is the *carried* load.

    Args:
        slots: Requests one instance serves at once, at least 1.
        refusal_budget: Share of requests that may be refused.
        min_instances: The smallest fleet the autoscaler may leave, at least 1, schedules included.
        routing: How requests reach instances.
        growth_while_starting: By which share traffic may grow while a new instance starts, e.g. 0.25; lowers the target
            so that the budget still holds at the end of that time.
        pooling: How well least-outstanding routing is believed to pool the instances.

    Raises:
        ValueError: An argument out of range.
    """
    if not 0 <= growth_while_starting < 100:
        raise ValueError(f"growth_while_starting must be at least 0; got {growth_while_starting}; e.g. 0.25 for 25 %")

    def most(budget: float, instances: int = min_instances) -> float:
        return max_load_ratio(routing, instances=instances, slots=slots, refusal_budget=budget, pooling=pooling)

    # The smallest fleet is the tightest, but for routers that count for themselves: there a larger one may be.
    sizes = {min_instances} if pooling is Pooling.ONE_ROUTER else {min_instances, *_sizes(min_instances, INSTANCES[-1])}
    ratio = min(most(refusal_budget, count) for count in sizes) / (1.0 + growth_while_starting)
    refused = refusal(routing, instances=min_instances, slots=slots, load_ratio=ratio, pooling=pooling)
    spent = min(refusal_budget * SPIKE_BUDGETS, (1.0 + refusal_budget) / 2.0)
    return ScalingPlan(
        target_concurrency=_carried(ratio, refused, slots),
        spike_concurrency=_carried(most(spent), spent, slots),
        refusal_at_target=refused,
        load_ratio_at_target=ratio,
        min_instances=min_instances,
        slots=slots,
        refusal_budget=refusal_budget,
        growth_while_starting=growth_while_starting,
        routing=routing,
        pooling=pooling,
    )


def _carried(ratio: float, refused: float, slots: int) -> float:
    return ratio * (1.0 - refused) * slots


def _down(value: float) -> float:
    return math.floor(value * 1e4) / 1e4


def _sizes(low: int, high: int) -> Iterator[int]:
    """Fleets to look at: all small ones, then ever fewer, and the largest."""
    count = low
    while count < high:
        yield count
        count += max(1, count // 16)
    if low <= high:
        yield high
