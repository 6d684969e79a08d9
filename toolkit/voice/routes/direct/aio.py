"""Speech from Cartesia's own API as an event stream (`POST /tts/sse`), from an event loop.

The official SDK was looked at first. It sends its key as `Authorization: Bearer` only, retries calls by itself, and has
no way to close its connection from outside, which an interruption and a deadline need. So aiohttp sends.
"""

from collections.abc import Sequence
from typing import Self

import aiohttp

from core.voice.api_error import read_api_error
from core.voice.direct_request import direct_body
from core.voice.events import Event
from core.voice.speech_request import SpeechRequest
from core.voice.sse import SseReader
from toolkit.voice.async_guard import AsyncGuard
from toolkit.voice.errors import MalformedStreamError, VoiceError
from toolkit.voice.routes.direct.address import Address
from toolkit.voice.routes.direct.classify import FOREIGN_ERRORS, of_answer, of_failure
from toolkit.voice.routes.streamed import StreamedAttempt

__all__ = ["AsyncDirectRoute"]

_CONNECT_SECONDS = 3.0
_SILENCE_SECONDS = 15.0
_LONGEST_REFUSAL_BYTES = 64 * 1024

_OTHER_IDS = {"sonic-3.5": "azure-disco", "azure-disco": "sonic-3.5"}
"""Two names of one model: the vendor's examples and its changelog differ."""


class AsyncDirectRoute:
    """A `toolkit.voice.route.AsyncRoute` to one API; make it inside the running event loop that uses it.

    Args:
        address: The API.
        session: Open connections.
    """

    def __init__(self, address: Address, session: aiohttp.ClientSession) -> None:
        self._address = address
        self._session = session

    @classmethod
    def connect(cls, address: Address, concurrency: int = 10) -> Self:
        """A route with a pool of its own for that many requests at once."""
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=concurrency, ttl_dns_cache=30),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=True,
            headers=address.headers,
        )
        return cls(address, session)

    def attempt(self, request: SpeechRequest, guard: AsyncGuard) -> "AsyncDirectAttempt":
        """One call."""
        return AsyncDirectAttempt(self, request, guard)

    def rephrase(self, request: SpeechRequest) -> SpeechRequest | None:
        """The other id of the same model, where it has two."""
        other = _OTHER_IDS.get(request.model)
        return None if other is None else request.for_model(other)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def send(self, body: bytes) -> aiohttp.ClientResponse:
        """The head of a successful answer.

        Raises:
            VoiceError: The API refused it.
        """
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        # A redirect would carry the key elsewhere.
        response = await self._session.post(
            self._address.at("tts/sse"), data=body, headers=headers, allow_redirects=False
        )
        if response.status == 200:
            return response
        try:
            said = await response.content.read(_LONGEST_REFUSAL_BYTES)
            raise of_answer(response.status, read_api_error(said), self._address.meanings)
        finally:
            response.release()


class AsyncDirectAttempt(StreamedAttempt):
    """One call; a `toolkit.voice.route.AsyncAttempt`."""

    foreign = FOREIGN_ERRORS

    def __init__(self, route: AsyncDirectRoute, request: SpeechRequest, guard: AsyncGuard) -> None:
        super().__init__(request, guard)
        self._route = route
        self._stream = SseReader()
        self.wire_bytes = 0
        """Bytes of the response, base64, JSON and framing included."""

    async def _send(self) -> aiohttp.ClientResponse:
        return await self._route.send(direct_body(self._request))

    async def _more(self) -> Sequence[Event]:
        content = self._opened.content
        data = await content.readany()
        if not data and content.at_eof():
            rest = self._stream.close()
            return self._reader.feed(b"".join(rest)) if rest else self._reader.close()
        self.wire_bytes += len(data)
        return self._reader.feed(b"".join(self._stream.feed(data)))

    def _check(self) -> None:
        self._reader.check()
        if self._stream.failure is not None:
            raise MalformedStreamError(str(self._stream.failure))

    def _classify(self, error: Exception) -> VoiceError:
        return of_failure(error)
