"""What a play of a fleet is told and what it reports: plain data for `core.capacity.simulation`."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Outcome", "Policy", "Retries", "Scaling", "Scenario", "ServiceLaw"]


class Policy(StrEnum):
    """How a request finds its instance. POWER_OF_TWO takes the emptier of two random ones."""

    RANDOM = "RANDOM"
    LEAST_OUTSTANDING_REQUESTS = "LEAST_OUTSTANDING_REQUESTS"
    POWER_OF_TWO = "POWER_OF_TWO"


class ServiceLaw(StrEnum):
    """How long requests hold a slot around their mean: exponential, all equal, or mostly short with a long tail."""

    EXPONENTIAL = "exponential"
    FIXED = "fixed"
    HEAVY = "heavy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """What a client does after a refusal: full jitter over a delay that doubles."""

    attempts: int = 1
    """Tries for one request, the first included."""
    first_delay_seconds: float = 0.2
    """Longest wait before the second try. Each further one doubles it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Target tracking on the average requests in an instance, as Application Auto Scaling does it."""

    target: float
    """Average requests in one instance to hold."""
    min_instances: int
    """Lower bound of the fleet."""
    max_instances: int
    """Upper bound of the fleet."""
    start_seconds: float = 300.0
    """From the decision to the first request a new instance takes: machine, image, model load."""
    period_seconds: float = 10.0
    """Length of a metric period; 10 for the high-resolution metric."""
    out_periods: int = 3
    """Periods in a row above the target before growing."""
    in_periods: int = 90
    """Periods in a row below 90 % of the target before shrinking; 90 x 10 s are AWS's 15 minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing to play. Loads are in erlangs: requests wanted at once on average.

    Raises:
        ValueError: On construction, naming every rule that does not hold.
    """

    policy: Policy
    instances: int
    slots: int
    load: float
    """Offered load at the start."""
    changes: tuple[tuple[float, float], ...] = ()
    """`(second, load)`: the offered load from that second on, in order."""
    seconds: float = 10_000.0
    mean_service_seconds: float = 10.0
    law: ServiceLaw = ServiceLaw.EXPONENTIAL
    warm_up_seconds: float = 0.0
    """Start of the run that is played but not counted."""
    front_ends: int = 1
    """Routers that each count only their own outstanding requests."""
    retries: Retries = Retries()
    scaling: Scaling | None = None

    def __post_init__(self) -> None:
        times = [0.0, *(second for second, _ in self.changes)]
        scaling = self.scaling
        rules = {
            "instances and slots must be at least 1": self.instances >= 1 and self.slots >= 1,
            "loads must be at least 0": self.load >= 0 and all(load >= 0 for _, load in self.changes),
            "seconds must exceed warm_up_seconds": 0 <= self.warm_up_seconds < self.seconds,
            "mean_service_seconds must be above 0": self.mean_service_seconds > 0,
            "front_ends and attempts must be at least 1": self.front_ends >= 1 and self.retries.attempts >= 1,
            "changes must be in order of time": times == sorted(times),
            "scaling needs 1 <= min <= max and a target above 0": scaling is None
            or (1 <= scaling.min_instances <= scaling.max_instances and scaling.target > 0),
        }
        broken = [rule for rule, holds in rules.items() if not holds]
        if broken:
            raise ValueError(f"scenario: {'; '.join(broken)}; got {self}; correct these fields")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened after the warm-up."""

    requests: int
    """First tries."""
    attempts: int
    """All tries, retries included."""
    refusals: int
    """Tries that met a full instance."""
    lost: int
    """Requests that gave up."""
    standard_error: float
    """Of `refusal_ratio`, from the spread over equal stretches of time (refusals come in clusters)."""
    mean_busy: float
    """Requests in service, averaged over time."""
    instance_seconds: float
    """Instances paid for, starting ones included."""
    peak_instances: int
    """Most instances in service at once."""

    @property
    def refusal_ratio(self) -> float:
        """Share of tries refused."""
        return self.refusals / self.attempts if self.attempts else 0.0

    @property
    def loss_ratio(self) -> float:
        """Share of requests that gave up."""
        return self.lost / self.requests if self.requests else 0.0
