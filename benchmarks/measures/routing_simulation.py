"""Requests a second that the routing simulation plays, held against the cheapest event loop there is in Python."""

import heapq
import random
import time

from benchmarks.record import Benchmark, Figure, Rounds
from core.capacity.scenario import Policy, Scenario
from core.capacity.simulation import simulate

_LOAD, _SERVICE_SECONDS, _SECONDS = 8.0, 10.0, 100_000.0


def _run(rounds: int) -> Rounds:
    for seed in range(rounds):
        speeds = {policy.value.lower(): _played(policy, seed) for policy in Policy}
        floor = _floor(seed)
        yield {**speeds, "floor": floor, "ratio": speeds["least_outstanding_requests"] / floor}


def _played(policy: Policy, seed: int) -> float:
    scenario = Scenario(
        policy=policy, instances=4, slots=4, load=_LOAD, seconds=_SECONDS, mean_service_seconds=_SERVICE_SECONDS
    )
    begin = time.perf_counter()
    requests = simulate(scenario, seed=seed).requests
    return requests / (time.perf_counter() - begin)


def _floor(seed: int) -> float:
    """Arrivals and departures through a heap, with nothing decided and nothing counted."""
    rng = random.Random(seed)
    events: list[float] = []
    requests, now, rate = 0, 0.0, _LOAD / _SERVICE_SECONDS
    begin = time.perf_counter()
    while now < _SECONDS:
        now += rng.expovariate(rate)
        while events and events[0] < now:
            heapq.heappop(events)
        heapq.heappush(events, now + rng.expovariate(1 / _SERVICE_SECONDS))
        requests += 1
    return requests / (time.perf_counter() - begin)


def _speed(key: str, what: str) -> Figure:
    return Figure(key=key, what=what, unit="requests/s", higher_is_better=True)


BENCHMARK = Benchmark(
    name="routing_simulation",
    what="Requests a second played by `core.capacity.simulation`: 4 instances of 4 slots at half load, no retries.",
    baseline="a heap of arrivals and departures that decides nothing",
    figures=(
        _speed("random", "RANDOM"),
        _speed("least_outstanding_requests", "LEAST_OUTSTANDING_REQUESTS"),
        _speed("power_of_two", "POWER_OF_TWO"),
        _speed("floor", "baseline: bare heap"),
        Figure(key="ratio", what="LEAST_OUTSTANDING / baseline", unit="x", higher_is_better=True),
    ),
    rounds=5,
    run=_run,
)
