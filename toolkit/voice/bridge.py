"""A route for threads made of one for event loops: a loop on a thread of its own does what the callers wait for.

Owns the crossing between the two. A guard that fires, at the deadline or on an interruption, closes the connection in
the loop; the caller that waits for it wakes at once.
"""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from core.voice.events import Event
from core.voice.speech_request import SpeechRequest
from toolkit.voice.async_guard import AsyncGuard
from toolkit.voice.deadline import Guard
from toolkit.voice.errors import ConnectionFailedError, DeadlineExceededError
from toolkit.voice.route import AsyncAttempt, AsyncRoute

__all__ = ["ThreadRoute"]

_Made = TypeVar("_Made")


class ThreadRoute:
    """A `toolkit.voice.route.Route` over an `AsyncRoute`.

    Args:
        make: Makes the route; called in the loop.

    Raises:
        Exception: What `make` raises.
    """

    def __init__(self, make: Callable[[], AsyncRoute]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="voice-loop", daemon=True)
        self._thread.start()
        try:
            self._route = self.do(_made(make)).result()
        except BaseException:
            self._end()
            raise

    def attempt(self, request: SpeechRequest, guard: Guard) -> "ThreadAttempt":
        """One call."""
        return ThreadAttempt(self, self._route, request, guard)

    def rephrase(self, request: SpeechRequest) -> SpeechRequest | None:
        """As the route it is made of."""
        return self._route.rephrase(request)

    def close(self) -> None:
        """Close every connection, and end the thread."""
        if not self._loop.is_closed():
            self.do(self._route.close()).result()
            self._end()

    def do(self, work: Coroutine[Any, Any, _Made]) -> "concurrent.futures.Future[_Made]":
        """Have the loop do something."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def soon(self, work: Callable[[], object]) -> None:
        """Have the loop do something small, and wait for nothing."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


async def _made(make: Callable[[], AsyncRoute]) -> AsyncRoute:
    return make()


class ThreadAttempt:
    """One call; a `toolkit.voice.route.Attempt`. To its guard it is a connection that can be shut down."""

    guard: Guard | None = None

    def __init__(self, bridge: ThreadRoute, route: AsyncRoute, request: SpeechRequest, guard: Guard) -> None:
        self._bridge = bridge
        self._route = route
        self._request = request
        self._guard = guard
        self._inner: AsyncAttempt | None = None
        self._inner_guard: AsyncGuard | None = None
        self._waiting: concurrent.futures.Future[Any] | None = None
        self._began = time.monotonic()

    @property
    def began(self) -> float:
        """When it was made, of `time.monotonic()`."""
        return self._began

    @property
    def wire_bytes(self) -> int:
        """Bytes of the response so far."""
        return 0 if self._inner is None else self._inner.wire_bytes

    @property
    def variant(self) -> str | None:
        """As that of the attempt it is made of."""
        return None if self._inner is None else self._inner.variant

    @property
    def sock(self) -> "ThreadAttempt":
        """What the guard shuts down."""
        return self

    def shutdown(self, _how: int) -> None:
        """End what is under way; from any thread."""
        waiting = self._waiting
        if waiting is not None:
            waiting.cancel()
        self._bridge.soon(self._abort)

    def events(self) -> Iterator[Event]:
        """Events up to and with `done`."""
        try:
            self._guard.take(self)
        except TimeoutError as error:
            raise DeadlineExceededError(str(error)) from error
        self._wait(self._start())
        inner = self._inner
        while inner is not None and (events := self._wait(inner.read())):
            yield from events

    def close(self) -> None:
        """Give the connection up, or back for reuse where the response was read to its end."""
        self._bridge.soon(self._end)

    async def _start(self) -> None:
        self._inner_guard = AsyncGuard(self._guard.remaining)
        self._inner = self._route.attempt(self._request, self._inner_guard)
        await self._inner.start()

    def _wait(self, work: Coroutine[Any, Any, _Made]) -> _Made:
        waiting = self._bridge.do(work)
        self._waiting = waiting
        if self._guard.cancelled or self._guard.expired:  # it fired before it could see what to cancel
            waiting.cancel()
        try:
            return waiting.result()
        except concurrent.futures.CancelledError:
            if self._guard.expired:
                raise DeadlineExceededError("the deadline passed") from None
            raise ConnectionFailedError("the call was given up") from None

    def _abort(self) -> None:
        if self._inner_guard is not None:
            self._inner_guard.cancel()

    def _end(self) -> None:
        if self._inner_guard is not None:
            self._inner_guard.end()
        if self._inner is not None:
            self._inner.close()
