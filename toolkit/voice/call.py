"""One call as its caller sees it: which attempt is worth another, how long to wait, in which spelling to ask.

Owns those decisions for threads and asyncio alike. Does no input or output and reads no clock.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from core.voice.speech_request import SpeechRequest
from toolkit.voice.errors import BadRequestError, DeadlineExceededError, VoiceError
from toolkit.voice.retry import RetryBudget, RetryPolicy
from toolkit.voice.speech import SpeechMetrics

__all__ = ["Call", "Caller", "Negotiation"]

Rephrase = Callable[[SpeechRequest], SpeechRequest | None]


class Negotiation:
    """Which spelling of model and encoding is taken: asked once for each client, not once for each call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: dict[tuple[str, str], tuple[str, str]] = {}

    def spell(self, request: SpeechRequest) -> SpeechRequest:
        """The request in the spelling that worked last."""
        works = self._works.get(_spelling(request))
        if works is None:
            return request
        model, encoding = works
        return request.for_model(model).with_encoding(encoding)

    def learn(self, asked: SpeechRequest, sent: SpeechRequest) -> None:
        """What was `asked` got audio as it was `sent`."""
        with self._lock:
            self._works[_spelling(asked)] = _spelling(sent)

    def forget(self, asked: SpeechRequest) -> None:
        """No spelling is known to work; the package may have changed."""
        with self._lock:
            self._works.pop(_spelling(asked), None)


def _spelling(request: SpeechRequest) -> tuple[str, str]:
    return request.model, request.output_format.encoding


@dataclass(slots=True)
class Caller:
    """What all calls of one client share."""

    rephrase: Rephrase
    """As `toolkit.voice.route.Route.rephrase`."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    budget: RetryBudget = field(default_factory=RetryBudget)
    rng: random.Random = field(default_factory=random.Random)
    negotiation: Negotiation = field(default_factory=Negotiation)


class Call:
    """One call. Before each attempt `attempt()`, after a failed one `after()`, after the first audio `heard()`.

    Attributes:
        request: As the next attempt sends it; its encoding may differ from what was asked.
        metrics: The figures so far.
    """

    def __init__(self, caller: Caller, request: SpeechRequest) -> None:
        self.request = caller.negotiation.spell(request)
        self.metrics = SpeechMetrics()
        self._caller = caller
        self._asked = request
        self._tried = {_spelling(self.request)}
        self._refusal: BadRequestError | None = None
        self._repeats = 0

    def attempt(self) -> SpeechRequest:
        """One more attempt; what it sends."""
        self.metrics.attempts += 1
        return self.request

    def heard(self) -> None:
        """The first audio is there."""
        self._caller.negotiation.learn(self._asked, self.request)

    def succeeded(self) -> None:
        """The stream is complete."""
        self._caller.budget.succeeded()

    def after(self, error: VoiceError, remaining: float) -> float:
        """Seconds to wait before the next attempt.

        Args:
            error: Why the last one failed before audio.
            remaining: Seconds to the deadline.

        Raises:
            VoiceError: There is no next one. Where another spelling was refused too, the first refusal: the second one
                speaks of a spelling that nobody asked for.
        """
        if isinstance(error, BadRequestError):
            return self._ask_otherwise(error)
        self._repeats += 1
        if not error.retryable or self._repeats >= self._caller.retry.max_attempts:
            raise error
        wait = self._caller.retry.wait_seconds(self._repeats, self._caller.rng)
        if wait >= remaining:
            raise DeadlineExceededError(f"the deadline leaves no time for another attempt after: {error}") from error
        if not self._caller.budget.take():
            raise error
        self.metrics.failed_attempts.append(error.kind)
        return wait

    def _ask_otherwise(self, error: BadRequestError) -> float:
        self._caller.negotiation.forget(self._asked)
        self._refusal = self._refusal or error
        other = self._caller.rephrase(self.request)
        if other is None or _spelling(other) in self._tried:
            raise self._refusal
        self.request = other
        self._tried.add(_spelling(other))
        self.metrics.failed_attempts.append(error.kind)
        return 0.0
