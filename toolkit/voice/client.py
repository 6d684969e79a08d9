"""Ask for speech over a route, from threads. `toolkit/voice/aio.py` is the same for asyncio.

Owns a call as the user sees it: attempts until the first audio, one deadline over all of them, figures at the end.
What is tried again, and how, is decided in `toolkit/voice/call.py`.
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
from toolkit.voice.call import Call, Caller
from toolkit.voice.deadline import Cancellation, Guard, Watch
from toolkit.voice.errors import CancelledSpeechError, VoiceError
from toolkit.voice.retry import RetryBudget, RetryPolicy
from toolkit.voice.route import Attempt, Route
from toolkit.voice.speech import Speech, SpeechStream

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
        self._caller = Caller(
            rephrase=route.rephrase,
            retry=retry or RetryPolicy(),
            budget=budget or RetryBudget(),
            rng=rng or random.Random(),  # noqa: S311 - spreads waits, keeps no secret
        )
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

    def speak(
        self,
        request: SpeechRequest,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
        *,
        cancellation: Cancellation | None = None,
    ) -> Speech:
        """The whole speech.

        Raises:
            VoiceError: As `stream`; `audio_seconds` says how much had arrived. `CancelledSpeechError` also after audio,
                for a part is not the whole.
        """
        with self.stream(request, deadline_seconds, cancellation=cancellation) as stream:
            events = list(stream)
            if stream.cancelled and not stream.complete:
                raise _cancelled(stream.metrics().audio_seconds)
            return Speech(stream.request, tuple(events), stream.metrics())

    @contextlib.contextmanager
    def stream(
        self,
        request: SpeechRequest,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
        *,
        cancellation: Cancellation | None = None,
    ) -> Iterator[SpeechStream]:
        """Events as they come; the block begins when the first audio is there, and its end frees the connection.

        Args:
            request: What to speak.
            deadline_seconds: For everything: attempts, waits between them, the stream, the caller's own work in the
                block. Only a name lookup that hangs is not covered.
            cancellation: Stops the call from another thread, also before the block begins.

        Raises:
            VoiceError: No attempt got to audio (on entering), or the stream broke off (while iterating).
        """
        began = time.monotonic()
        with self._watch.guard(deadline_seconds) as guard, _over(cancellation, guard):
            call = Call(self._caller, request)
            started = self._start(call, guard)
            stream = SpeechStream(
                call.request, started.events, started.first, began, started.attempt, call.metrics, guard
            )
            try:
                yield stream
            finally:
                started.attempt.close()
            if stream.complete:
                call.succeeded()

    def _start(self, call: Call, guard: Guard) -> _Started:
        """Attempts until one gives audio."""
        while True:
            _check(guard)
            try:
                started = self._attempt(call.attempt(), guard)
            except VoiceError as error:
                _check(guard)
                guard.sleep(call.after(error, guard.remaining))
            else:
                call.heard()
                return started

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


def _over(cancellation: Cancellation | None, guard: Guard) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext() if cancellation is None else cancellation.over(guard)


def _check(guard: Guard) -> None:
    if guard.cancelled:
        raise _cancelled(0.0)


def _cancelled(audio_seconds: float) -> CancelledSpeechError:
    error = CancelledSpeechError("the call was cancelled")
    error.audio_seconds = audio_seconds
    return error
