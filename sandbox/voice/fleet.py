"""Instances with slots, and which of them a request goes to.

Owns admission and its counts. Knows no time but what it is told, so that a test can drive it without a server.
"""

import random
from dataclasses import dataclass, field

__all__ = ["ROUTINGS", "Fleet", "FleetCounts"]

ROUTINGS = ("RANDOM", "LEAST_OUTSTANDING_REQUESTS")
"""The strategies SageMaker offers for a container like this one."""


@dataclass(slots=True)
class FleetCounts:
    """What happened since the last reset."""

    arrivals: int = 0
    refused: int = 0
    finished: int = 0
    busy_seconds: float = 0.0
    """Sum over finished requests of the time each held its slot."""
    most_busy: int = 0
    """Most slots in use at once."""


@dataclass(slots=True)
class Fleet:
    """`instances` equal machines of `slots` each.

    A request goes to one instance and is refused there if it is full, even when another has room: so does SageMaker.
    """

    instances: int
    slots: int
    routing: str
    rng: random.Random
    counts: FleetCounts = field(default_factory=FleetCounts)
    _outstanding: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._outstanding = [0] * self.instances

    @property
    def in_flight(self) -> int:
        """Requests that hold a slot now."""
        return sum(self._outstanding)

    def admit(self) -> int | None:
        """The instance that took one more request, or None where the chosen one is full."""
        self.counts.arrivals += 1
        chosen = self._choose()
        if self._outstanding[chosen] >= self.slots:
            self.counts.refused += 1
            return None
        self._outstanding[chosen] += 1
        self.counts.most_busy = max(self.counts.most_busy, self.in_flight)
        return chosen

    def release(self, instance: int, held_seconds: float) -> None:
        """Free a slot that `admit` gave."""
        self._outstanding[instance] -= 1
        self.counts.finished += 1
        self.counts.busy_seconds += held_seconds

    def _choose(self) -> int:
        if self.routing == "RANDOM":
            return self.rng.randrange(self.instances)
        least = min(self._outstanding)
        return self.rng.choice([i for i, busy in enumerate(self._outstanding) if busy == least])
