"""The route over a SageMaker endpoint from an event loop: aiohttp carries what botocore signs and reads.

boto3 has no asyncio. The library that gives it one, aiobotocore, takes a narrow range of botocore's versions, behind
those of boto3, and sends over aiohttp as well. So aiohttp, which is here already, is used directly: it closes a
connection at once when asked to, and botocore still owns every byte that AWS defines.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Self

import aiohttp
import boto3
from botocore.httpsession import where
from yarl import URL

from core.voice.events import Event
from core.voice.speech_request import SpeechRequest
from toolkit.voice.async_guard import AsyncGuard
from toolkit.voice.errors import VoiceError
from toolkit.voice.routes.sagemaker.classify import FOREIGN_ERRORS, classify
from toolkit.voice.routes.sagemaker.pool import ConnectionSettings
from toolkit.voice.routes.sagemaker.target import other_spelling, target_of
from toolkit.voice.routes.sagemaker.wire import Frames, Invocation, refusal
from toolkit.voice.routes.streamed import StreamedAttempt

__all__ = ["AsyncSageMakerRoute"]

_LONGEST_REFUSAL_BYTES = 64 * 1024


class AsyncSageMakerRoute:
    """A `toolkit.voice.route.AsyncRoute` to one endpoint; make it inside the running event loop that uses it.

    Args:
        session: Open connections.
        invocation: Signs requests.
        credentials: Of botocore; refreshed outside the loop when they need it. None where there are none.
        service_model: Of botocore, which says what errors look like.
    """

    def __init__(
        self, session: aiohttp.ClientSession, invocation: Invocation, credentials: Any, service_model: Any
    ) -> None:
        self._session = session
        self._invocation = invocation
        self._credentials = credentials
        self._service_model = service_model

    @classmethod
    def connect(
        cls,
        endpoint_name: str,
        *,
        session: boto3.session.Session | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        connections: ConnectionSettings | None = None,
        variant: str | None = None,
    ) -> Self:
        """A route with a pool of its own; credentials, address and CA bundle are found as boto3 finds them."""
        session = session or boto3.session.Session()
        settings = connections or ConnectionSettings()
        client = session.client("sagemaker-runtime", region_name=region, endpoint_url=endpoint_url)
        invocation = Invocation(
            endpoint_url=client.meta.endpoint_url,
            target=target_of(endpoint_name, variant),
            region=client.meta.region_name,
            signing_name=client.meta.service_model.signing_name,
        )
        client.close()
        return cls(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=settings.concurrency, ssl=_trusted(session), ttl_dns_cache=30),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=settings.connect_seconds, sock_read=settings.silence_seconds
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,  # proxies, as boto3
                auto_decompress=False,
            ),
            invocation,
            session.get_credentials(),
            client.meta.service_model,
        )

    def attempt(self, request: SpeechRequest, guard: AsyncGuard) -> "AsyncSageMakerAttempt":
        """One invocation."""
        return AsyncSageMakerAttempt(self, request, guard)

    def rephrase(self, request: SpeechRequest) -> SpeechRequest | None:
        """As `SageMakerRoute.rephrase`."""
        return other_spelling(request)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def send(self, body: bytes) -> aiohttp.ClientResponse:
        """The head of the answer to one signed request.

        Raises:
            ClientError: AWS refused it.
        """
        url, headers = self._invocation.signed(body, await self._frozen())
        response = await self._session.post(URL(url, encoded=True), data=body, headers=headers, allow_redirects=False)
        if response.status < 300:
            return response
        try:
            said = await response.content.read(_LONGEST_REFUSAL_BYTES)
            raise refusal(self._service_model, response.status, response.headers, said)
        finally:
            response.release()

    async def _frozen(self) -> Any:
        """Credentials that stay as they are while a request is signed; a refresh waits on another thread."""
        known = self._credentials
        if known is None:
            return None
        refresh: Callable[[], bool] | None = getattr(known, "refresh_needed", None)
        if refresh is not None and refresh():
            return await asyncio.to_thread(known.get_frozen_credentials)
        return known.get_frozen_credentials()


class AsyncSageMakerAttempt(StreamedAttempt):
    """One invocation; a `toolkit.voice.route.AsyncAttempt`."""

    foreign = FOREIGN_ERRORS

    def __init__(self, route: AsyncSageMakerRoute, request: SpeechRequest, guard: AsyncGuard) -> None:
        super().__init__(request, guard)
        self._route = route
        self._frames = Frames()
        self._failure: Exception | None = None

    @property
    def wire_bytes(self) -> int:
        """Bytes of the container's response, base64 and JSON included."""
        return self._reader.wire_bytes

    async def _send(self) -> aiohttp.ClientResponse:
        response = await self._route.send(self._request.body())
        self.variant = response.headers.get("x-Amzn-Invoked-Production-Variant")
        return response

    async def _more(self) -> Sequence[Event]:
        """Events of the next bytes, perhaps none; what goes wrong behind an event is kept for the next call."""
        content = self._opened.content
        data = await content.readany()
        if not data and content.at_eof():
            return self._reader.close()
        events: list[Event] = []
        try:
            for part in self._frames.feed(data):
                events += self._reader.feed(part)
                if self._reader.complete:
                    break
        except FOREIGN_ERRORS as error:
            self._failure = error
        return events

    def _check(self) -> None:
        self._reader.check()
        if self._failure is not None:
            raise self._typed(self._failure) from self._failure

    def _classify(self, error: Exception) -> VoiceError:
        return classify(error)


def _trusted(session: boto3.session.Session) -> ssl.SSLContext:
    """Certificates that boto3 trusts in this session."""
    bundle = session._session.get_config_variable("ca_bundle")  # botocore's session is not public, its method is
    return ssl.create_default_context(cafile=bundle or where())
