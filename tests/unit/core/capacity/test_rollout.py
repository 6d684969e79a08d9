"""GPUs of an update: the sum, the verdict, and that the verdict agrees with a rollout played step by step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.chart import WORKER_MAX_SURGE
from core.capacity.rollout import RolloutVerdict, WorkerReplicas, rollout_budget

FITS, SLOW, STALLS, SHORT = (
    RolloutVerdict.FITS,
    RolloutVerdict.SLOW,
    RolloutVerdict.STALLS,
    RolloutVerdict.SHORT,
)


def worker(low: int, high: int | None = None) -> WorkerReplicas:
    return WorkerReplicas("w", low, low if high is None else high)


@pytest.mark.parametrize(
    ("workers", "available", "max_unavailable", "verdict", "surge"),
    [
        ([worker(4)], 7, 0, FITS, 3),
        ([worker(4)], 6, 0, SLOW, 3),
        ([worker(4)], 5, 0, SLOW, 3),
        ([worker(4)], 4, 0, STALLS, 3),
        ([worker(4)], 4, 1, SLOW, 3),
        ([worker(4)], 3, 0, SHORT, 3),
        ([worker(4)], 3, 9, SHORT, 3),
        ([worker(1)], 2, 0, FITS, 1),
        ([worker(1)], 1, 0, STALLS, 1),
        ([worker(4), worker(4)], 14, 0, FITS, 6),
        ([worker(4), worker(4)], 13, 0, SLOW, 6),
        ([worker(0, 2)], 2, 0, STALLS, 2),
        ([worker(1, 8)], 6, 0, STALLS, 3),
        ([worker(1, 8)], 6, 1, SLOW, 3),
        ([], 0, 0, FITS, 0),
    ],
)
def test_verdicts(
    workers: list[WorkerReplicas], available: int, max_unavailable: int, verdict: RolloutVerdict, surge: int
) -> None:
    budget = rollout_budget(workers, available, max_unavailable)
    assert (budget.verdict, budget.surge) == (verdict, surge)


def finishes(replicas: list[int], available: int, max_unavailable: int) -> bool:
    """Play the Deployment controller: rounds of scaling up, scheduling and scaling down, all Deployments at once."""
    old = list(replicas)
    new_wanted = [0] * len(replicas)
    new_running = [0] * len(replicas)
    for _ in range(1000):
        before = (list(old), list(new_wanted), list(new_running))
        for i, count in enumerate(replicas):
            room = count + WORKER_MAX_SURGE - old[i] - new_wanted[i]
            new_wanted[i] = min(count, new_wanted[i] + max(0, room))
        free = available - sum(old) - sum(new_running)
        for i in range(len(replicas)):
            started = min(free, new_wanted[i] - new_running[i])
            new_running[i] += started
            free -= started
        for i, count in enumerate(replicas):
            spare = old[i] + new_running[i] - (count - max_unavailable)
            old[i] -= max(0, min(old[i], spare))
        if not any(old) and new_running == replicas:
            return True
        if (old, new_wanted, new_running) == before:
            return False
    raise AssertionError("neither done nor stuck")


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(0, 12),
    st.integers(0, 3),
)
def test_an_update_is_called_stuck_exactly_where_playing_it_gets_stuck(
    replicas: list[int], extra: int, max_unavailable: int
) -> None:
    available = sum(replicas) + extra
    verdict = rollout_budget([worker(count) for count in replicas], available, max_unavailable).verdict
    assert (verdict is STALLS) == (not finishes(replicas, available, max_unavailable))
