"""One attempt at one request: send it, read its stream as typed events, leave no connection behind.

Owns a single invocation. Leaves alone retries, deadlines and figures (`toolkit/voice/client.py`).
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

from core.voice.events import Event
from core.voice.speech_request import SpeechRequest
from toolkit.voice.deadline import Guard
from toolkit.voice.errors import DeadlineExceededError, VoiceError
from toolkit.voice.reading import EventReader
from toolkit.voice.routes.sagemaker.classify import FOREIGN_ERRORS, classify

__all__ = ["SageMakerAttempt"]

_DRAIN_SECONDS = 0.2
"""How long the end of the response may take after `done`: longer, and the connection is not worth keeping."""


class SageMakerAttempt:
    """One invocation; a `toolkit.voice.route.Attempt`."""

    def __init__(self, runtime: Any, target: Mapping[str, str], request: SpeechRequest, guard: Guard) -> None:
        self._runtime = runtime
        self._target = target
        self._request = request
        self._guard = guard
        self._body: Any = None
        self._reader = EventReader()
        self.began = time.monotonic()
        self.variant: str | None = None
        """Production variant that answers."""

    @property
    def wire_bytes(self) -> int:
        """Bytes of the container's response, base64 and JSON included."""
        return self._reader.wire_bytes

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
            **self._target,
            ContentType="application/json",
            Accept="text/event-stream",
            Body=self._request.body(),
        )
        self._body = response["Body"]
        self.variant = response.get("InvokedProductionVariant")
        messages = iter(self._body)
        for message in messages:
            yield from self._reader.feed(message.get("PayloadPart", {}).get("Bytes", b""))
            self._reader.check()
            if self._reader.complete:
                self._drain(messages)
                return
        yield from self._reader.close()
        self._reader.check()

    def _drain(self, messages: Iterator[Any]) -> None:
        self._guard.shorten(_DRAIN_SECONDS)
        with contextlib.suppress(*FOREIGN_ERRORS):
            for _ in messages:
                pass

    def _typed(self, error: Exception) -> VoiceError:
        if self._guard.expired:
            return DeadlineExceededError(f"the deadline passed; what was under way: {type(error).__name__}")
        return classify(error)
