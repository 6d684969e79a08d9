"""One attempt at one request: send it, read its stream as typed events, leave no connection behind.

Owns a single invocation. Leaves alone retries, deadlines and figures (`toolkit/voice/client.py`).
"""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from core.voice.decoder import EventDecoder
from core.voice.events import Done, ErrorEvent, Event
from core.voice.speech_request import SpeechRequest
from toolkit.voice.deadline import Guard
from toolkit.voice.errors import DeadlineExceededError, SpeechFailedError, VoiceError
from toolkit.voice.routes.sagemaker.classify import FOREIGN_ERRORS, classify

__all__ = ["SageMakerAttempt"]

_DRAIN_SECONDS = 0.2
"""How long the end of the response may take after `done`: longer, and the connection is not worth keeping."""


class SageMakerAttempt:
    """One invocation; a `toolkit.voice.route.Attempt`."""

    def __init__(self, runtime: Any, endpoint_name: str, request: SpeechRequest, guard: Guard) -> None:
        self._runtime = runtime
        self._endpoint_name = endpoint_name
        self._request = request
        self._guard = guard
        self._body: Any = None
        self.began = time.monotonic()
        self.wire_bytes = 0
        """Bytes of the container's response, base64 and JSON included."""

    def events(self) -> Iterator[Event]:
        """Events up to and with `done`.

        Raises:
            VoiceError: It did not get there.
        """
        try:
            yield from self._events()
        except FOREIGN_ERRORS as error:
            raise self._typed(error) from error

    def close(self) -> None:
        """Give the connection up; it is kept for reuse only where the response was read to its end."""
        if self._body is not None:
            with contextlib.suppress(*FOREIGN_ERRORS):
                self._body.close()

    def _events(self) -> Iterator[Event]:
        response = self._runtime.invoke_endpoint_with_response_stream(
            EndpointName=self._endpoint_name,
            ContentType="application/json",
            Accept="text/event-stream",
            Body=self._request.body(),
        )
        self._body = response["Body"]
        decoder = EventDecoder()
        messages = iter(self._body)
        for message in messages:
            part = message.get("PayloadPart", {}).get("Bytes", b"")
            self.wire_bytes += len(part)
            for event in decoder.feed(part):
                yield self._checked(event)
                if isinstance(event, Done):
                    self._drain(messages)
                    return
            decoder.check()
        for event in decoder.close():
            yield self._checked(event)
        decoder.check()

    def _checked(self, event: Event) -> Event:
        if isinstance(event, ErrorEvent):
            raise SpeechFailedError(f"the container reports: {event.message}", status=event.status_code)
        return event

    def _drain(self, messages: Iterator[Any]) -> None:
        self._guard.shorten(_DRAIN_SECONDS)
        with contextlib.suppress(*FOREIGN_ERRORS):
            for _ in messages:
                pass

    def _typed(self, error: Exception) -> VoiceError:
        if self._guard.expired:
            return DeadlineExceededError(f"the deadline passed; what was under way: {type(error).__name__}")
        return classify(error)
