"""How much traffic a fleet of equal instances carries under each routing strategy.

Owns what a fleet carries whose instances refuse work beyond their slots. Leaves alone retries and lag
(`core.capacity.simulation`), autoscaling (`core.capacity.scaling_plan`) and which figure of slots to believe
(`catalog.aws.sagemaker`).

RANDOM spreads requests blindly, so n instances of c slots are n separate loss systems. LEAST_OUTSTANDING_REQUESTS (LOR)
at its best refuses only when all n * c slots are busy, so the fleet is one loss system; `pooling` says how far it is
believed (`core.capacity.pooling`). All assume Poisson arrivals, equal instances and no retries.
"""

from enum import StrEnum

from core.capacity.erlang import erlang_b, max_load_for_budget, min_servers_for_budget
from core.capacity.pooling import Pooling, pooled_load, pooled_refusal

__all__ = [
    "Routing",
    "capacity",
    "instances_for",
    "max_load_ratio",
    "refusal",
    "split_capacity",
]


class Routing(StrEnum):
    """Strategies with a closed form, by the names AWS gives them."""

    RANDOM = "RANDOM"
    LEAST_OUTSTANDING_REQUESTS = "LEAST_OUTSTANDING_REQUESTS"


def refusal(
    routing: Routing, *, instances: int, slots: int, load_ratio: float, pooling: Pooling = Pooling.ONE_ROUTER
) -> float:
    """Share of requests refused.

    Args:
        routing: How requests reach instances.
        pooling: How well least-outstanding routing is believed to pool them. It has no meaning for RANDOM.
        instances: Instances in service, at least 1.
        slots: Requests one instance serves at once, at least 1.
        load_ratio: Offered load over all slots; 1.0 offers as many erlangs as there are slots.

    Raises:
        ValueError: An argument out of range.
    """
    _check_fleet(instances, slots)
    load = instances * slots * load_ratio
    if routing is Routing.RANDOM:
        return erlang_b(slots, load / instances)
    return pooled_refusal(pooling, instances=instances, slots=slots, load=load)


def max_load_ratio(
    routing: Routing, *, instances: int, slots: int, refusal_budget: float, pooling: Pooling = Pooling.ONE_ROUTER
) -> float:
    """The highest offered load over all slots that keeps refusals within the budget (0 to 1 of requests)."""
    _check_fleet(instances, slots)
    if routing is Routing.RANDOM:
        return max_load_for_budget(slots, refusal_budget) / slots
    load = pooled_load(pooling, instances=instances, slots=slots, refusal_budget=refusal_budget)
    return load / (instances * slots)


def capacity(
    routing: Routing, *, instances: int, slots: int, refusal_budget: float, pooling: Pooling = Pooling.ONE_ROUTER
) -> float:
    """Offered load in erlangs, that is streams wanted at once on average, that the fleet takes within the budget."""
    ratio = max_load_ratio(routing, instances=instances, slots=slots, refusal_budget=refusal_budget, pooling=pooling)
    return ratio * instances * slots


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


def instances_for(
    routing: Routing,
    *,
    concurrent: float,
    slots: int,
    refusal_budget: float,
    pooling: Pooling = Pooling.ONE_ROUTER,
) -> int:
    """The fewest instances that take `concurrent` offered erlangs within the budget. At least 1."""
    _check_fleet(1, slots)
    if routing is Routing.RANDOM:
        each = max_load_for_budget(slots, refusal_budget)
        return max(1, _ceil_div(concurrent, each))
    servers = min_servers_for_budget(concurrent, refusal_budget)
    count = max(1, -(-servers // slots))
    while pooled_load(pooling, instances=count, slots=slots, refusal_budget=refusal_budget) < concurrent * (1 - 1e-12):
        count += 1
    return count


def _ceil_div(amount: float, each: float) -> int:
    whole = int(amount // each)
    return whole if whole * each >= amount else whole + 1


def _check_fleet(instances: int, slots: int) -> None:
    if instances < 1 or slots < 1:
        raise ValueError(f"a fleet needs at least 1 instance of 1 slot; got {instances} x {slots}; give both")
