"""The deadline of one call in an event loop, and its end on demand: the connection is closed in both cases.

Owns when. How a connection is closed is told by the attempt that holds it.
"""

import asyncio
from collections.abc import Callable

__all__ = ["AsyncGuard"]


class AsyncGuard:
    """The deadline of one call; make it inside a running event loop.

    Args:
        seconds: From now to the deadline.
    """

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.expires_at = self._loop.time() + seconds
        """Of the loop's clock."""
        self.cancelled = False
        """Whether `cancel` was called."""
        self._close: Callable[[], None] | None = None
        self._handle = self._loop.call_at(self.expires_at, self._fire)

    @property
    def remaining(self) -> float:
        """Seconds left; below 0 afterwards."""
        return self.expires_at - self._loop.time()

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return self.remaining <= 0

    def attach(self, close: Callable[[], None]) -> None:
        """`close` ends what now serves this call; at once, where the call is over already."""
        self._close = close
        if self.cancelled or self.expired:
            close()

    def cancel(self) -> None:
        """Stop what is under way; from the loop's own thread."""
        self.cancelled = True
        self._fire()

    def end(self) -> None:
        """The call is over."""
        self._close = None
        self._handle.cancel()

    def _fire(self) -> None:
        if self._close is not None:
            self._close()
