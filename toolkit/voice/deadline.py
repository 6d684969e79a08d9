"""A deadline that holds whatever the server does: silence, a byte a minute, headers that never end. And a way to stop.

A socket timeout bounds the wait for one byte, not for an answer. So a guard knows the connection that serves a call,
and at the deadline one watching thread shuts its socket down; the blocked read then fails at once.

A listener who interrupts is the same to a connection: `Cancellation` shuts the socket down at once.

Owns guards and the watching thread. Leaves to each route how a connection tells its guard which socket is its own.
"""

import contextlib
import heapq
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

__all__ = ["Cancellation", "Guard", "Watch", "current_guard"]

_lock = threading.Lock()
"""Over which guard owns which connection: a connection goes back to the pool before its call has noticed."""

_current = threading.local()


def current_guard() -> "Guard | None":
    """The guard over what this thread does now."""
    guard: Guard | None = getattr(_current, "guard", None)
    return guard


class Guard:
    """The deadline of one call.

    Args:
        expires_at: Of `time.monotonic()`.
        watch: Fires it.
    """

    def __init__(self, expires_at: float, watch: "Watch | None" = None) -> None:
        self.expires_at = expires_at
        """Of `time.monotonic()`."""
        self._watch = watch
        self._connection: Any = None
        self._ended = False
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Stop what is under way; from any thread, at any time."""
        self._cancelled.set()
        self.fire()

    def sleep(self, seconds: float) -> None:
        """Wait, unless the call is cancelled."""
        self._cancelled.wait(seconds)

    @property
    def remaining(self) -> float:
        """Seconds left; below 0 afterwards."""
        return self.expires_at - time.monotonic()

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return self.remaining <= 0

    def take(self, connection: Any) -> None:
        """`connection` now serves this call.

        Raises:
            TimeoutError: The deadline has passed, or the call was cancelled.
        """
        with _lock:
            connection.guard = self
            self._connection = connection
        if self.cancelled:
            raise TimeoutError("the call was cancelled")
        if self.expired:
            raise TimeoutError("the deadline has passed")

    def shorten(self, seconds: float) -> None:
        """Leave at most `seconds` from now on."""
        self.expires_at = min(self.expires_at, time.monotonic() + seconds)
        if self._watch is not None:
            self._watch.watch(self)

    def limit(self, timeout: float | None) -> float:
        """A socket timeout that does not outlast the deadline."""
        left = max(0.001, self.remaining)
        return left if timeout is None else min(timeout, left)

    def fire(self) -> None:
        """Shut the socket down, unless the call has ended or its connection serves another one by now."""
        with _lock:
            connection = self._connection
            if self._ended or connection is None or connection.guard is not self:
                return
            sock = connection.sock
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """The call is over."""
        with _lock:
            self._ended = True
            self._connection = None


class Cancellation:
    """A way to stop a call from another thread, before or after its first audio: give it to the call, then `cancel`.

    It stops every call it was given to, and those begun afterwards before they send anything.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._guards: set[Guard] = set()
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled

    def cancel(self) -> None:
        """Stop; the connection is closed at once, and nothing more is paid for."""
        with self._lock:
            self._cancelled = True
            guards = list(self._guards)
        for guard in guards:
            guard.cancel()

    @contextlib.contextmanager
    def over(self, guard: Guard) -> Iterator[None]:
        """`guard` can be cancelled by this inside the block."""
        with self._lock:
            self._guards.add(guard)
            cancelled = self._cancelled
        if cancelled:
            guard.cancel()
        try:
            yield
        finally:
            with self._lock:
                self._guards.discard(guard)


class Watch:
    """The thread that fires guards; starts with the first guard and ends with `close`."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Guard]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextlib.contextmanager
    def guard(self, seconds: float) -> Iterator[Guard]:
        """A guard over what this thread calls inside the block."""
        guard = Guard(time.monotonic() + seconds, self)
        self.watch(guard)
        before = current_guard()
        _current.guard = guard
        try:
            yield guard
        finally:
            _current.guard = before
            guard.end()

    def watch(self, guard: Guard) -> None:
        """Fire `guard` at its deadline; again, where that was moved."""
        with self._changed:
            if self._closed:
                raise RuntimeError("this client is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="voice-deadlines", daemon=True)
                self._thread.start()
            heapq.heappush(self._due, (guard.expires_at, next(self._order), guard))
            if self._due[0][2] is guard:
                self._changed.notify()

    def close(self) -> None:
        """End the thread; deadlines are no longer kept."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                guard = heapq.heappop(self._due)[2]
            guard.fire()
