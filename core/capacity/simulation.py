"""Play a fleet of refusing instances forward in time: routing, autoscaling that lags, clients that retry.

Owns the discrete-event simulation for what `core.capacity.routing` has no closed form for. Leaves alone real traffic:
arrivals are Poisson and instances equal. Every run is determined by its seed.
"""

import heapq
import math
import random

from core.capacity.scenario import Outcome, Policy, Scaling, Scenario, ServiceLaw

__all__ = ["simulate"]

_BATCHES = 40
_DEPARTURE, _ARRIVAL, _TICK, _READY = range(4)


def simulate(scenario: Scenario, *, seed: int) -> Outcome:
    """Play `scenario` once. The same seed gives the same outcome."""
    return _Run(scenario, seed).play()


class _Run:
    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.s = scenario
        self.rng = random.Random(seed)  # noqa: S311 - a simulation must repeat, not surprise
        self.events: list[tuple[float, int, int, int, int]] = []  # time, order, kind, instance or attempt, front end
        self.order = 0
        self.now = 0.0
        self.busy = [0] * scenario.instances  # per instance, ever made
        self.seen = [list(self.busy) for _ in range(scenario.front_ends)]  # per front end, per instance
        self.live = list(range(scenario.instances))
        self.starting = 0
        self.total_busy = 0
        self.requests = self.lost = self.refusals = self.attempts = 0
        self.peak = scenario.instances
        self.area = self.instance_seconds = 0.0
        self.period_area = 0.0
        self.above = self.below = 0
        self.batch_length = (scenario.seconds - scenario.warm_up_seconds) / _BATCHES
        self.batches = [[0, 0] for _ in range(_BATCHES)]

    def play(self) -> Outcome:
        s = self.s
        rates = [(0.0, s.load), *s.changes, (math.inf, 0.0)]
        step = 0
        rate = rates[0][1] / s.mean_service_seconds
        arrival = self._gap(rate)
        if s.scaling:
            self._push(s.scaling.period_seconds, _TICK)
        while True:
            boundary = rates[step + 1][0]
            if arrival > boundary:  # exponential gaps forget, so a new one may start at the change
                step += 1
                rate = rates[step][1] / s.mean_service_seconds
                arrival = boundary + self._gap(rate)
                continue
            if self.events and self.events[0][0] < arrival:
                time, _, kind, number, front_end = heapq.heappop(self.events)
                if time >= s.seconds:
                    break
                self._advance(time)
                self._handle(kind, number, front_end)
            else:
                if arrival >= s.seconds:
                    break
                self._advance(arrival)
                arrival += self._gap(rate)
                if self.now >= s.warm_up_seconds:
                    self.requests += 1
                self._try(1)
        self._advance(s.seconds)
        return self._outcome()

    def _handle(self, kind: int, number: int, front_end: int) -> None:
        if kind == _DEPARTURE:
            self.busy[number] -= 1
            self.seen[front_end][number] -= 1
            self.total_busy -= 1
        elif kind == _ARRIVAL:
            self._try(number)
        elif kind == _READY:
            self.starting -= 1
            self.live.append(len(self.busy))
            self.busy.append(0)
            for counts in self.seen:
                counts.append(0)
            self.peak = max(self.peak, len(self.live))
        elif self.s.scaling:
            self._tick(self.s.scaling)

    def _try(self, attempt: int) -> None:
        front_end = self.rng.randrange(self.s.front_ends) if self.s.front_ends > 1 else 0
        instance = self._choose(self.seen[front_end])
        refused = self.busy[instance] >= self.s.slots
        if self.now >= self.s.warm_up_seconds:
            batch = self.batches[min(int((self.now - self.s.warm_up_seconds) / self.batch_length), _BATCHES - 1)]
            batch[0] += 1
            batch[1] += refused
        if not refused:
            self.busy[instance] += 1
            self.seen[front_end][instance] += 1
            self.total_busy += 1
            self._push(self.now + self._service(), _DEPARTURE, instance, front_end)
        elif attempt < self.s.retries.attempts:
            longest = self.s.retries.first_delay_seconds * 2 ** (attempt - 1)
            self._push(self.now + self.rng.random() * longest, _ARRIVAL, attempt + 1)
        elif self.now >= self.s.warm_up_seconds:
            self.lost += 1

    def _choose(self, seen: list[int]) -> int:
        live, rng = self.live, self.rng
        if self.s.policy is Policy.LEAST_OUTSTANDING_REQUESTS:
            fewest = min([seen[i] for i in live])
            ties = [i for i in live if seen[i] == fewest]
            return ties[0] if len(ties) == 1 else ties[int(rng.random() * len(ties))]
        first = live[int(rng.random() * len(live))]
        if self.s.policy is Policy.RANDOM or len(live) == 1:
            return first
        second = first
        while second == first:
            second = live[int(rng.random() * len(live))]
        return second if seen[second] < seen[first] else first

    def _tick(self, scaling: Scaling) -> None:
        average = self.period_area / scaling.period_seconds / len(self.live)
        self.period_area = 0.0
        self.above = self.above + 1 if average > scaling.target else 0
        self.below = self.below + 1 if average < 0.9 * scaling.target else 0
        fleet = len(self.live) + self.starting
        wanted = min(
            max(math.ceil(len(self.live) * average / scaling.target), scaling.min_instances), scaling.max_instances
        )
        if self.above >= scaling.out_periods and wanted > fleet:
            for _ in range(wanted - fleet):
                self.starting += 1
                self._push(self.now + scaling.start_seconds, _READY)
        elif self.below >= scaling.in_periods and wanted < len(self.live):
            del self.live[wanted:]  # they take no new requests and finish what they have
            self.below = 0
        self._push(self.now + scaling.period_seconds, _TICK)

    def _advance(self, time: float) -> None:
        passed = time - self.now
        self.period_area += passed * self.total_busy
        counted = time - max(self.now, self.s.warm_up_seconds)
        if counted > 0:
            self.area += counted * self.total_busy
            self.instance_seconds += counted * (len(self.live) + self.starting)
        self.now = time

    def _push(self, time: float, kind: int, number: int = 0, front_end: int = 0) -> None:
        self.order += 1
        heapq.heappush(self.events, (time, self.order, kind, number, front_end))

    def _gap(self, rate: float) -> float:
        return self.rng.expovariate(rate) if rate > 0 else math.inf

    def _service(self) -> float:
        mean = self.s.mean_service_seconds
        if self.s.law is ServiceLaw.FIXED:
            return mean
        if self.s.law is ServiceLaw.HEAVY:  # nine in ten a quarter as long, the tenth makes up for them
            mean *= 0.25 if self.rng.random() < 0.9 else 7.75
        return self.rng.expovariate(1.0 / mean)

    def _outcome(self) -> Outcome:
        attempts = sum(batch[0] for batch in self.batches)
        refusals = sum(batch[1] for batch in self.batches)
        ratio = refusals / attempts if attempts else 0.0
        # Ratio estimator: the deviation of each stretch from what its attempts should have refused.
        spread = sum((refused - ratio * tried) ** 2 for tried, refused in self.batches)
        error = math.sqrt(spread * _BATCHES / (_BATCHES - 1)) / attempts if attempts else 0.0
        return Outcome(
            requests=self.requests,
            attempts=attempts,
            refusals=refusals,
            lost=self.lost,
            standard_error=error,
            mean_busy=self.area / (self.s.seconds - self.s.warm_up_seconds),
            instance_seconds=self.instance_seconds,
            peak_instances=self.peak,
        )
