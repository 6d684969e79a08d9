"""Parts of a model's response -> events that mean success so far, for every route and every way to wait for parts.

Owns what makes a stream of speech a failure: a broken line, an `error` event, a status from 400 up on any event, `done`
without audio, an end without `done`. Does no input or output: who has parts feeds them.
"""

from collections.abc import Sequence

from core.voice.decoder import EventDecoder, TruncatedStreamError
from core.voice.events import Chunk, Done, ErrorEvent, Event
from core.voice.ndjson import DecodeError
from toolkit.voice.errors import (
    BadRequestError,
    EmptySpeechError,
    MalformedStreamError,
    RefusedError,
    SpeechFailedError,
    TruncatedSpeechError,
    VoiceError,
)

__all__ = ["EventReader"]


class EventReader:
    """Feed it parts, hand out what it gives, then `check()`; so events before a failure are not lost.

    Attributes:
        wire_bytes: Bytes of the model's response so far, base64 and JSON included.
        complete: True once `done` was handed out; nothing after it is looked at.
    """

    def __init__(self) -> None:
        self.wire_bytes = 0
        self.complete = False
        self._decoder = EventDecoder()
        self._failure: VoiceError | None = None
        self._heard = False

    def feed(self, part: bytes) -> Sequence[Event]:
        """Events whose last byte is in `part`, up to the first that means failure; none after it or after `done`."""
        if self._failure is not None or self.complete:
            return ()
        self.wire_bytes += len(part)
        try:
            events = self._decoder.feed(part)
        except DecodeError as error:
            self._fail(error)
            return ()
        return self._good(events)

    def close(self) -> Sequence[Event]:
        """Events of a last line without newline; after it `check()` raises, unless the stream is complete."""
        try:
            events = self._decoder.close()
        except DecodeError as error:
            self._fail(error)
            return ()
        return self._good(events)

    def check(self) -> None:
        """Raise what `feed` or `close` held back behind events.

        Raises:
            VoiceError: The stream is a failure.
        """
        if self._failure is not None:
            raise self._failure

    def _good(self, events: Sequence[Event]) -> Sequence[Event]:
        for i, event in enumerate(events):
            failure = self._failure_in(event)
            if failure is not None:
                self._failure = failure
                return events[:i]
            if type(event) is Done:
                self.complete = True
                return events[: i + 1]
        if self._decoder.failure is not None:
            self._fail(self._decoder.failure)
        return events

    def _failure_in(self, event: Event) -> VoiceError | None:
        kind = type(event)
        if kind is ErrorEvent:
            return _failed(event, f"the model reports: {event.message}")  # type: ignore[union-attr] # the line above
        if event.status_code is not None and event.status_code >= 400:
            return _failed(event, f"a {event.type} event carries status {event.status_code}")
        if kind is Chunk:
            self._heard = self._heard or bool(event.audio)  # type: ignore[union-attr] # the line above
        elif kind is Done and not self._heard:
            return EmptySpeechError("the stream ended well, but brought no audio", status=event.status_code)
        return None

    def _fail(self, error: DecodeError) -> None:
        if self.complete or self._failure is not None:
            return
        kind = TruncatedSpeechError if isinstance(error, TruncatedStreamError) else MalformedStreamError
        self._failure = kind(str(error))


def _failed(event: Event, said: str) -> VoiceError:
    """The same types as for an answer of that status before a stream."""
    status = event.status_code
    if status == 429:
        return RefusedError(said, status=status)
    if status == 422:
        return BadRequestError(said, status=status)
    return SpeechFailedError(said, status=status, retryable=status is not None and status >= 500)
