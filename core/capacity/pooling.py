"""How far the instances of a fleet help each other out, when the router is not perfect.

AWS says of LEAST_OUTSTANDING_REQUESTS only that it prefers instances with more capacity left. One router that knows
every request makes the fleet one loss system. Several that each count their own, or one that compares two instances,
refuse more at the same load. There is no closed form for those, so their figures were measured
(`core.capacity.pooling_figures`), and lie here between measured fleets.

source: SageMaker API reference, ProductionVariant, RoutingConfig; M. Mitzenmacher, "The Power of Two Choices in
Randomized Load Balancing", 2001; 2026-11-25.
"""

import math
from bisect import bisect_right
from enum import StrEnum

from core.capacity.erlang import erlang_b, max_load_for_budget
from core.capacity.pooling_figures import BUDGETS, EFFICIENCY, INSTANCES, SLOTS

__all__ = ["DEFAULT_POOLING", "Pooling", "pooled_load", "pooled_refusal"]


class Pooling(StrEnum):
    """What a planner believes of the router, from best to worst."""

    ONE_ROUTER = "one_router"
    """It knows every request: the best case."""
    POWER_OF_TWO = "power_of_two"
    """It takes the emptier of two random instances."""
    THREE_ROUTERS = "three_routers"
    """Three, each of which counts only what it sent itself."""
    EIGHT_ROUTERS = "eight_routers"
    """Eight of them."""


DEFAULT_POOLING = Pooling.POWER_OF_TWO
"""How many routers AWS runs is not published. This is the usual way to route without shared counts."""


def pooled_load(pooling: Pooling, *, instances: int, slots: int, refusal_budget: float) -> float:
    """The highest offered load, in erlangs, that keeps the share refused within the budget.

    Fleets above the largest measured one carry the same share of their slots as that one, which is on the safe side.

    Args:
        pooling: What is believed of the router.
        instances: Instances in service, at least 1.
        slots: Requests one instance serves at once, at least 1.
        refusal_budget: Share of requests that may be refused, above 0 and below 1.

    Raises:
        ValueError: An argument out of range.
    """
    _check(instances, slots)
    if pooling is Pooling.ONE_ROUTER or instances == 1:
        return max_load_for_budget(instances * slots, refusal_budget)
    measured = min(instances, INSTANCES[-1])
    perfect = max_load_for_budget(measured * slots, refusal_budget)
    alone = measured * max_load_for_budget(slots, refusal_budget)
    # No router is worse than instances that know nothing of each other.
    load = max(perfect * _efficiency(pooling, measured, slots, refusal_budget), alone)
    return load * instances / measured


def pooled_refusal(pooling: Pooling, *, instances: int, slots: int, load: float) -> float:
    """Share of requests refused at an offered load in erlangs: the budget that the load just keeps."""
    _check(instances, slots)
    if pooling is Pooling.ONE_ROUTER or instances == 1:
        return erlang_b(instances * slots, load)
    if load <= 0:
        return 0.0
    low, high = math.log(1e-12), math.log(1 - 1e-9)
    for _ in range(60):
        middle = (low + high) / 2.0
        fits = pooled_load(pooling, instances=instances, slots=slots, refusal_budget=math.exp(middle)) <= load
        low, high = (middle, high) if fits else (low, middle)
    return math.exp(high)


def _efficiency(pooling: Pooling, instances: int, slots: int, budget: float) -> float:
    """Load over that of perfect pooling, between the measured figures by the logarithm of each axis."""
    figures = EFFICIENCY[pooling.value]
    (n0, n1, fleet), (c0, c1, slot), (b0, b1, share) = (
        _between((1, *INSTANCES), instances),
        _between(SLOTS, slots),
        _between(BUDGETS, budget),
    )

    def at(n: int, c: int) -> float:
        if n == 0:  # one instance needs no router
            return 1.0
        row = figures[n - 1][c]
        return _mix(row[b0], row[b1], share)

    few = _mix(at(n0, c0), at(n0, c1), slot)
    many = _mix(at(n1, c0), at(n1, c1), slot)
    return _mix(few, many, fleet)


def _between(axis: tuple[float, ...], value: float) -> tuple[int, int, float]:
    """The two neighbours of a value on an axis and how far it is from the first; the end of the axis beyond it."""
    if value <= axis[0]:
        return 0, 0, 0.0
    if value >= axis[-1]:
        return len(axis) - 1, len(axis) - 1, 0.0
    right = bisect_right(axis, value)
    low, high = math.log(axis[right - 1]), math.log(axis[right])
    return right - 1, right, (math.log(value) - low) / (high - low)


def _mix(first: float, second: float, share: float) -> float:
    return first + (second - first) * share


def _check(instances: int, slots: int) -> None:
    if instances < 1 or slots < 1:
        raise ValueError(f"a fleet needs at least 1 instance of 1 slot; got {instances} x {slots}; give both")
