"""GPUs an update of the release needs beside the ones in use, and whether it can finish with the GPUs there are.

A tag change rolls every worker Deployment at once. Each may add `WORKER_MAX_SURGE` pods, but never more than its own
replica count, before it takes old pods away; with `max_unavailable` 0 it takes none away before a new one is ready. So
with all GPUs in use and none to add, no new pod ever starts: the rollout waits for ever. One spare GPU is enough to
finish, since every pod that becomes ready frees the GPU of an old one; fewer than the surge only makes it slower.

source: vendor page `upgrades-and-rollback` (surge 3, unavailable 0) and Kubernetes' Deployment controller, 2026-11-21.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from catalog.chart import GPUS_PER_WORKER, WORKER_MAX_SURGE


class RolloutVerdict(Enum):
    """What the GPUs there are mean for an update."""

    FITS = "fits"
    """Every surge pod finds a GPU at once."""
    SLOW = "slow"
    """The update finishes, with fewer new pods at a time than the Deployments would start."""
    STALLS = "stalls"
    """No GPU is free and no pod may go first: the update never finishes."""
    SHORT = "short"
    """Not even the lower bounds of the workers fit."""


@dataclass(frozen=True, slots=True)
class WorkerReplicas:
    """Bounds of one worker Deployment, pods."""

    name: str
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class RolloutBudget:
    """The sum, GPUs."""

    verdict: RolloutVerdict
    available: int
    """What the pools can give at most."""
    least: int
    """All workers at their lower bound."""
    most: int
    """All workers at their upper bound."""
    surge: int
    """Pods an update may add on top of `most`."""


def rollout_budget(workers: Iterable[WorkerReplicas], available: int, max_unavailable: int) -> RolloutBudget:
    """Judge an update with all workers at their upper bound, the worst moment for it.

    Args:
        workers: One entry a worker Deployment.
        available: GPUs the pools can give at most.
        max_unavailable: Pods of each Deployment an update may take away before their successors are ready.
    """
    counts = list(workers)
    least = GPUS_PER_WORKER * sum(worker.minimum for worker in counts)
    most = GPUS_PER_WORKER * sum(worker.maximum for worker in counts)
    surge = GPUS_PER_WORKER * sum(min(WORKER_MAX_SURGE, worker.maximum) for worker in counts)
    spare = available - most
    if least > available:
        verdict = RolloutVerdict.SHORT
    elif spare >= surge:
        verdict = RolloutVerdict.FITS
    elif spare >= GPUS_PER_WORKER or max_unavailable > 0:
        verdict = RolloutVerdict.SLOW
    else:
        verdict = RolloutVerdict.STALLS
    return RolloutBudget(verdict=verdict, available=available, least=least, most=most, surge=surge)
