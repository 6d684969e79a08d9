"""Responses on the wire, and the ways a connection fails under them: a reset, a cut inside a chunk, silence.

Owns what is written when. HTTP/1.1, keep-alive, chunks and limits are aiohttp's, which was chosen for being one
dependency that serves HTTP, event streams and WebSockets, and lets a handler at its transport, without which no
connection could be broken halfway; servers behind ASGI hide it.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping

from aiohttp import web

from sandbox.voice.eventstream import payload_part
from sandbox.voice.script import Act, Step

__all__ = ["drop", "send"]

_HALF_A_FRAME = payload_part(b"the rest of this never comes")[:40]
"""What a cut leaves behind: the beginning of a good frame."""
_MOST_HELD_BYTES = 64 * 1024
"""Frames that are due are sent in one chunk, up to this size."""


def drop(request: web.BaseRequest) -> web.StreamResponse:
    """Break the connection now. What it gives is nowhere to be sent, but a handler must give something."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def send(
    request: web.Request, headers: Mapping[str, str], steps: Iterable[Step], trickle_seconds: float
) -> web.StreamResponse:
    """A chunked response.

    Args:
        request: What is answered.
        headers: Headers of the response.
        steps: What is sent when.
        trickle_seconds: Between two bytes, after a step says that they trickle.
    """
    response = web.StreamResponse(headers=headers)
    response.enable_chunked_encoding()
    try:
        await response.prepare(request)
        await _Outlet(request, response, trickle_seconds).play(steps)
    except ConnectionError:
        pass  # the client went away: nobody is left to tell
    return response


class _Outlet:
    """The body of one response."""

    def __init__(self, request: web.Request, response: web.StreamResponse, trickle_seconds: float) -> None:
        self._request = request
        self._response = response
        self._trickle_seconds = trickle_seconds
        self._trickles = False
        self._held = bytearray()

    async def play(self, steps: Iterable[Step]) -> None:
        """All steps, then the end of the response, unless a step breaks it off."""
        began = time.monotonic()
        for step in steps:
            wait = began + step.at - time.monotonic()
            if wait > 0 or len(self._held) > _MOST_HELD_BYTES:
                await self._flush()
                await asyncio.sleep(max(0.0, wait))
            if isinstance(step.frame, bytes):
                self._held += step.frame
            elif not await self._act(step.frame):
                return
        if self._trickles:
            await self._flush()
        await self._response.write_eof(bytes(self._held))

    async def _act(self, act: Act) -> bool:
        """Whether the response goes on."""
        await self._flush()
        if act is Act.TRICKLE:
            self._trickles = True
            return True
        if act is Act.STALL:
            await asyncio.Event().wait()  # until the client leaves, which cancels this handler
        if self._request.transport is not None:
            self._request.transport.write(b"ffff\r\n" + _HALF_A_FRAME)
        drop(self._request)
        return False

    async def _flush(self) -> None:
        """Send what is held; the first time also the headers, even if nothing is."""
        data = bytes(self._held)
        self._held.clear()
        if not self._trickles:
            await self._response.write(data)
            return
        for byte in data:
            await self._response.write(bytes([byte]))
            await asyncio.sleep(self._trickle_seconds)
