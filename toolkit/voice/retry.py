"""When a failed attempt is worth another, and how long to wait before it.

Owns the arithmetic; sleeps and clocks belong to the client. Retries are dear under overload: a refused request that is
tried again at once is refused again, so waits are fully jittered and all requests of a client share one budget.
source of both: AWS Builders' Library, "Timeouts, retries and backoff with jitter".
"""

import random
import threading
from dataclasses import dataclass

__all__ = ["RetryBudget", "RetryPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how soon."""

    max_attempts: int = 4
    """Attempts in all, at least 1."""
    base_seconds: float = 0.1
    """Longest wait before the second attempt; it doubles from then on."""
    cap_seconds: float = 2.0
    """Longest wait of all."""

    def wait_seconds(self, attempts: int, rng: random.Random) -> float:
        """A wait after `attempts` attempts: anything from nothing to the limit."""
        return rng.uniform(0.0, min(self.cap_seconds, self.base_seconds * 2.0 ** (attempts - 1)))


class RetryBudget:
    """Tokens that all requests of a client share: a retry takes one, a success gives back a part of one.

    So in a long outage retries add `refund` of the traffic at most, after the first `capacity` of them.
    """

    def __init__(self, capacity: float = 20.0, refund: float = 0.1) -> None:
        self._capacity = capacity
        self._refund = refund
        self._tokens = capacity
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether one more retry is allowed; takes its token."""
        with self._lock:
            if self._tokens < 1.0:
                return False
            self._tokens -= 1.0
            return True

    def succeeded(self) -> None:
        """A request ended well."""
        with self._lock:
            self._tokens = min(self._capacity, self._tokens + self._refund)
