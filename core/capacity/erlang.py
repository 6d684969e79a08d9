"""Erlang's loss formula: the share of requests refused by slots that never queue.

Owns the mathematics of one group of servers: the share refused, the highest load within a budget, the fewest servers
for a load. Leaves alone how several groups share traffic (`core.capacity.routing`) and how many slots a machine has
(`catalog`).

The formula holds for Poisson arrivals, any service-time law, refusal at once when all servers are busy, and no retries.
Source: A. K. Erlang, 1917; that only the mean of the service time matters: B. A. Sevastyanov, 1957.
"""

import math

__all__ = ["erlang_b", "max_load_for_budget", "min_servers_for_budget"]

_INVERSE_LIMIT = 1e300
_MAX_SERVERS = 10_000_000
_MAX_STEPS = 100
_LONGEST_STEP = 20.0


def erlang_b(servers: int, load_erlangs: float) -> float:
    """Share of requests refused by `servers` slots under an offered load.

    Runs the recursion on 1/B. It only adds positive terms, so the relative error stays within about `servers` roundings
    (1e-12 at 10^4 servers), and no factorial or power can overflow.

    Args:
        servers: Slots of the group, at least 0.
        load_erlangs: Offered load: arrivals per second times the mean seconds a request holds a slot, at least 0.

    Returns:
        A probability in [0, 1]; 0.0 where the true value is below 1e-300.

    Raises:
        ValueError: A negative or non-finite argument.
    """
    _check_servers(servers)
    if not 0 <= load_erlangs < math.inf:
        raise ValueError(f"load_erlangs must be a finite number of at least 0; got {load_erlangs}; give the load")
    if servers == 0:
        return 1.0
    if load_erlangs == 0:
        return 0.0
    inverse = 1.0
    for count in range(1, servers + 1):
        inverse = 1.0 + inverse * (count / load_erlangs)
        if inverse > _INVERSE_LIMIT:  # more servers only make B smaller, so it stays below the limit
            return 0.0
    return 1.0 / inverse


def max_load_for_budget(servers: int, refusal_budget: float) -> float:
    """The highest offered load, in erlangs, that keeps the share refused within the budget.

    Newton's method on ln B over ln load. The slope there is the mean number of idle servers, which only falls as load
    grows; the curve is therefore concave, and every step but the first approaches the answer from the allowed side.

    Args:
        servers: Slots of the group, at least 0.
        refusal_budget: Share of requests that may be refused, above 0 and below 1.

    Returns:
        The highest load with `erlang_b(servers, load) <= refusal_budget`, to about 1e-13 relative; 0.0 for no servers.

    Raises:
        ValueError: `servers` negative, or a budget outside (0, 1).
    """
    _check_servers(servers)
    _check_budget(refusal_budget)
    if servers == 0:
        return 0.0
    load = before = float(servers)
    for _ in range(_MAX_STEPS):
        refused = erlang_b(servers, load)
        if refused == 0.0:  # the step fell off the end of the floats; half way back in powers is far enough
            load = math.sqrt(load * before)
            continue
        idle = servers - load * (1.0 - refused)
        step = math.log(refusal_budget / refused) / max(idle, 1e-12)
        before, load = load, load * math.exp(min(step, _LONGEST_STEP))
        if abs(step) < 1e-14:
            break
    shrink = 1e-15
    while erlang_b(servers, load) > refusal_budget:  # rounding may leave the last step a hair on the wrong side
        load *= 1.0 - shrink
        shrink *= 2.0
    return load


def min_servers_for_budget(load_erlangs: float, refusal_budget: float) -> int:
    """The fewest servers that keep the share refused within the budget.

    Args:
        load_erlangs: Offered load, at least 0.
        refusal_budget: Share of requests that may be refused, above 0 and below 1.

    Raises:
        ValueError: A load that is negative, not finite or above ten million erlangs, or a budget outside (0, 1).
    """
    _check_budget(refusal_budget)
    if not 0 <= load_erlangs <= _MAX_SERVERS:
        raise ValueError(f"load_erlangs must be between 0 and {_MAX_SERVERS}; got {load_erlangs}; give the load")
    if load_erlangs == 0:
        return 0
    inverse, count = 1.0, 0
    while inverse * refusal_budget < 1.0:
        count += 1
        inverse = 1.0 + inverse * (count / load_erlangs)
    return count


def _check_servers(servers: int) -> None:
    if servers < 0:
        raise ValueError(f"servers must be at least 0; got {servers}; give the number of slots")


def _check_budget(budget: float) -> None:
    if not 0 < budget < 1:
        raise ValueError(f"refusal_budget must lie between 0 and 1, both excluded; got {budget}; e.g. 0.01 for 1 %")
