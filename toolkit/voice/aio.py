"""Ask for speech over a route, from an event loop. `toolkit/voice/client.py` is the same for threads.

Owns the waiting. What is tried again, and how, is decided in `toolkit/voice/call.py`; what is a failure, in
`toolkit/voice/reading.py`.

A caller who is interrupted stops paying at once: cancel the task, leave the block, or call `cancel()` of the stream,
and the connection is closed before anything else happens.
"""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from core.voice.events import Chunk, Event
from core.voice.speech_request import SpeechRequest
from toolkit.voice.async_guard import AsyncGuard
from toolkit.voice.call import Call, Caller
from toolkit.voice.client import DEFAULT_DEADLINE_SECONDS
from toolkit.voice.errors import VoiceError
from toolkit.voice.retry import RetryBudget, RetryPolicy
from toolkit.voice.route import AsyncAttempt, AsyncRoute
from toolkit.voice.speech import CountedSpeech, Speech, SpeechMetrics

__all__ = ["AsyncSpeechStream", "AsyncVoiceClient"]


class AsyncSpeechStream(CountedSpeech):
    """Iterate it once with `async for`; `metrics()` and `cancel()` at any time."""

    def __init__(
        self,
        request: SpeechRequest,
        first: list[Event],
        began: float,
        attempt: AsyncAttempt,
        metrics: SpeechMetrics,
        guard: AsyncGuard,
    ) -> None:
        super().__init__(request, first, began, attempt, metrics)
        self._reading = attempt
        self._guard = guard
        self._pending: deque[Event] = deque(first)

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled; then iterating ends without an error, and `complete` is False."""
        return self._guard.cancelled

    def cancel(self) -> None:
        """Stop: the connection is closed at once, and nothing more is paid for. What was handed out stays good.

        Call it in the loop's own thread; from another one by `loop.call_soon_threadsafe(stream.cancel)`.
        """
        self._guard.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._pending:
            if self.cancelled or not await self._more():
                raise StopAsyncIteration
        if self.cancelled:
            raise StopAsyncIteration
        return self._pending.popleft()

    async def _more(self) -> bool:
        try:
            events = await self._reading.read()
        except VoiceError as error:
            if self.cancelled:
                return False
            error.audio_seconds = self.metrics().audio_seconds
            raise
        for event in events:
            self._count(event)
        self._pending.extend(events)
        return bool(events)


class AsyncVoiceClient:
    """Speech from one model, in one event loop.

    Args:
        route: The way there; closed with the client.
        retry: How attempts are repeated.
        budget: Shared by all requests; give one budget to several clients of one model.
        rng: Draws the waits.
    """

    def __init__(
        self,
        route: AsyncRoute,
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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._route.close()

    async def speak(self, request: SpeechRequest, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS) -> Speech:
        """The whole speech.

        Raises:
            VoiceError: As `stream`; `audio_seconds` says how much had arrived.
        """
        async with self.stream(request, deadline_seconds) as stream:
            events = [event async for event in stream]
            return Speech(stream.request, tuple(events), stream.metrics())

    @contextlib.asynccontextmanager
    async def stream(
        self, request: SpeechRequest, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    ) -> AsyncIterator[AsyncSpeechStream]:
        """Events as they come; the block begins when the first audio is there, and its end frees the connection.

        Args:
            request: What to speak.
            deadline_seconds: For everything: attempts, waits between them, the stream. The caller's own work in the
                block is not interrupted, but the next event is refused.

        Raises:
            VoiceError: No attempt got to audio (on entering), or the stream broke off (while iterating).
        """
        began = time.monotonic()
        guard = AsyncGuard(deadline_seconds)
        try:
            call = Call(self._caller, request)
            attempt, first = await self._start(call, guard)
            stream = AsyncSpeechStream(call.request, first, began, attempt, call.metrics, guard)
            try:
                yield stream
            finally:
                attempt.close()
            if stream.complete:
                call.succeeded()
        finally:
            guard.end()

    async def _start(self, call: Call, guard: AsyncGuard) -> tuple[AsyncAttempt, list[Event]]:
        """Attempts until one gives audio."""
        while True:
            try:
                started = await self._attempt(call.attempt(), guard)
            except VoiceError as error:
                await asyncio.sleep(call.after(error, guard.remaining))
            else:
                call.heard()
                return started

    async def _attempt(self, request: SpeechRequest, guard: AsyncGuard) -> tuple[AsyncAttempt, list[Event]]:
        attempt = self._route.attempt(request, guard)
        try:
            await attempt.start()
            first: list[Event] = []
            while not any(isinstance(event, Chunk) and event.audio for event in first):
                first += await attempt.read()
        except BaseException:
            attempt.close()
            raise
        return attempt, first
