"""Ask for speech over a route.

Owns a call as the user sees it: attempts until the first audio, one deadline over all of them, figures at the end.
Thread-safe: one client serves as many threads as its pool has connections.
"""

import contextlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from core.voice.events import Chunk, Event
from core.voice.speech_request import SpeechRequest
from toolkit.voice.deadline import Guard, Watch
from toolkit.voice.errors import BadRequestError, DeadlineExceededError, VoiceError
from toolkit.voice.retry import RetryBudget, RetryPolicy
from toolkit.voice.route import Attempt, Route
from toolkit.voice.speech import Speech, SpeechMetrics, SpeechStream

__all__ = ["VoiceClient"]

DEFAULT_DEADLINE_SECONDS = 60.0


@dataclass(slots=True)
class _Started:
    """An attempt whose first audio has arrived."""

    attempt: Attempt
    events: Iterator[Event]
    first: list[Event]
    """Events up to the first audio."""


class VoiceClient:
    """Speech from one model.

    Args:
        route: The way there; closed with the client.
        retry: How attempts are repeated.
        budget: Shared by all requests; give one budget to several clients of one model.
        rng: Draws the waits.
    """

    def __init__(
        self,
        route: Route,
        *,
        retry: RetryPolicy | None = None,
        budget: RetryBudget | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._route = route
        self._retry = retry or RetryPolicy()
        self._budget = budget or RetryBudget()
        self._rng = rng or random.Random()  # noqa: S311 - spreads waits, keeps no secret
        self._watch = Watch()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._watch.close()
        self._route.close()

    def speak(self, request: SpeechRequest, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS) -> Speech:
        """The whole speech.

        Raises:
            VoiceError: As `stream`; `audio_seconds` says how much had arrived.
        """
        with self.stream(request, deadline_seconds) as stream:
            events = list(stream)
            return Speech(stream.request, tuple(events), stream.metrics())

    @contextlib.contextmanager
    def stream(
        self, request: SpeechRequest, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    ) -> Iterator[SpeechStream]:
        """Events as they come; the block begins when the first audio is there, and its end frees the connection.

        Args:
            request: What to speak.
            deadline_seconds: For everything: attempts, waits between them, the stream, the caller's own work in the
                block. Only a name lookup that hangs is not covered.

        Raises:
            VoiceError: No attempt got to audio (on entering), or the stream broke off (while iterating).
        """
        began = time.monotonic()
        with self._watch.guard(deadline_seconds) as guard:
            metrics = SpeechMetrics()
            started, sent = self._start(request, guard, metrics)
            stream = SpeechStream(sent, started.events, started.first, began, started.attempt, metrics)
            try:
                yield stream
            finally:
                started.attempt.close()
            if stream.complete:
                self._budget.succeeded()

    def _start(self, request: SpeechRequest, guard: Guard, metrics: SpeechMetrics) -> tuple[_Started, SpeechRequest]:
        """Attempts until one gives audio."""
        while True:
            metrics.attempts += 1
            try:
                return self._attempt(request, guard), request
            except BadRequestError:
                other = self._route.rephrase(request)
                if other is None:
                    raise
                request = other
            except VoiceError as error:
                metrics.failed_attempts.append(error.kind)
                self._wait(error, guard, metrics.attempts)

    def _attempt(self, request: SpeechRequest, guard: Guard) -> _Started:
        attempt = self._route.attempt(request, guard)
        try:
            events = attempt.events()
            first = []
            for event in events:
                first.append(event)
                if isinstance(event, Chunk) and event.audio:
                    break
        except BaseException:
            attempt.close()
            raise
        return _Started(attempt, events, first)

    def _wait(self, error: VoiceError, guard: Guard, attempts: int) -> None:
        """Sleep before the next attempt, or raise `error` where there is none."""
        if not error.retryable or attempts >= self._retry.max_attempts:
            raise error
        wait = self._retry.wait_seconds(attempts, self._rng)
        if wait >= guard.remaining:
            raise DeadlineExceededError(f"the deadline leaves no time for another attempt after: {error}") from error
        if not self._budget.take():
            raise error
        time.sleep(wait)
