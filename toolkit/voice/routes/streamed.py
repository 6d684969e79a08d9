"""What attempts over an HTTP response in asyncio have in common: the order of start, reading, draining and closing.

Leaves alone what a route sends, how it reads its bytes and what its errors mean.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import aiohttp

from core.voice.events import Event
from core.voice.speech_request import SpeechRequest
from toolkit.voice.async_guard import AsyncGuard
from toolkit.voice.errors import DeadlineExceededError, VoiceError
from toolkit.voice.reading import EventReader

__all__ = ["StreamedAttempt"]

_DRAIN_SECONDS = 0.2
"""How long the end of the response may take after `done`: longer, and the connection is not worth keeping."""


class StreamedAttempt:
    """One call whose answer arrives piece by piece; the base of a `toolkit.voice.route.AsyncAttempt`."""

    foreign: tuple[type[Exception], ...]
    """What the libraries below raise."""

    def __init__(self, request: SpeechRequest, guard: AsyncGuard) -> None:
        self._request = request
        self._guard = guard
        self._response: aiohttp.ClientResponse | None = None
        self._reader = EventReader()
        self.began = time.monotonic()
        self.variant: str | None = None
        """Production variant that answers, where there are several."""

    async def start(self) -> None:
        """Send the request; returns with the head of the answer."""
        try:
            async with asyncio.timeout_at(self._guard.expires_at):
                self._response = await self._send()
        except self.foreign as error:
            raise self._typed(error) from error
        self._guard.attach(self.close)

    async def read(self) -> Sequence[Event]:
        """The next events, at least one; none after `done`."""
        while not self._reader.complete:
            self._check()
            try:
                events = await self._more()
            except self.foreign as error:
                raise self._typed(error) from error
            if events:
                return events
        await self._drain()
        return ()

    def close(self) -> None:
        """Close the connection at once; one whose response was read to its end is back in the pool already."""
        if self._response is not None:
            self._response.close()

    async def _send(self) -> aiohttp.ClientResponse:
        raise NotImplementedError

    async def _more(self) -> Sequence[Event]:
        raise NotImplementedError

    def _check(self) -> None:
        self._reader.check()

    def _classify(self, error: Exception) -> VoiceError:
        raise NotImplementedError

    @property
    def _opened(self) -> aiohttp.ClientResponse:
        if self._response is None:
            raise RuntimeError("start the attempt before it is read")
        return self._response

    async def _drain(self) -> None:
        content = self._opened.content
        if content.at_eof():
            return
        with contextlib.suppress(*self.foreign):
            async with asyncio.timeout(min(_DRAIN_SECONDS, max(0.0, self._guard.remaining))):
                while not content.at_eof():
                    await content.readany()

    def _typed(self, error: Exception) -> VoiceError:
        if self._guard.expired:
            return DeadlineExceededError(f"the deadline passed; what was under way: {type(error).__name__}")
        return self._classify(error)
