"""What a call gives: a stream of events with figures, or the whole speech.

Owns measuring. All times are the client's own: `step_time` of the protocol has no agreed unit.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from core.voice.audio import wav
from core.voice.events import Chunk, Done, Event
from core.voice.speech_request import SpeechRequest
from toolkit.voice.deadline import Guard
from toolkit.voice.errors import VoiceError
from toolkit.voice.route import AsyncAttempt, Attempt

__all__ = ["CountedSpeech", "Speech", "SpeechMetrics", "SpeechStream"]


@dataclass(slots=True)
class SpeechMetrics:
    """Figures of one call."""

    attempts: int = 0
    failed_attempts: list[str] = field(default_factory=list)
    """Kinds of the errors that were retried."""
    ttfa_seconds: float | None = None
    """From the call to the first audio, retries and waits included; None before it."""
    attempt_ttfa_seconds: float | None = None
    """The same from the start of the last attempt: what the endpoint needed."""
    audio_end_seconds: float = 0.0
    """From the start of the last attempt to its last audio."""
    total_seconds: float = 0.0
    """From the call to the last event."""
    audio_bytes: int = 0
    audio_seconds: float = 0.0
    wire_bytes: int = 0
    """Bytes of the container's response."""
    chunks: int = 0
    variant: str | None = None
    """Which part of the endpoint answered, where the provider says so."""
    odd_metadata: dict[str, int] = field(default_factory=dict)
    """Field -> events in which it was not as documented; `odd` of the event has it as it was sent."""

    @property
    def real_time_factor(self) -> float | None:
        """Seconds of work for a second of audio, of the last attempt; None without audio."""
        return self.audio_end_seconds / self.audio_seconds if self.audio_seconds else None


class CountedSpeech:
    """What both kinds of streams share: the figures of one call, counted event by event."""

    def __init__(
        self,
        request: SpeechRequest,
        first: Iterable[Event],
        began: float,
        attempt: Attempt | AsyncAttempt,
        metrics: SpeechMetrics,
    ) -> None:
        self.request = request
        """As it was sent; its encoding may differ from what was asked (`pcm` of Sonic 3)."""
        self.complete = False
        """True once `done` was seen."""
        self._began = began
        self._attempt = attempt
        self._metrics = metrics
        for event in first:
            self._count(event)

    def metrics(self) -> SpeechMetrics:
        """Figures so far."""
        form = self.request.output_format
        seconds = self._metrics.audio_bytes / (form.bytes_per_sample * form.sample_rate)
        wire, variant = self._attempt.wire_bytes, self._attempt.variant
        return replace(self._metrics, audio_seconds=seconds, wire_bytes=wire, variant=variant)

    def _count(self, event: Event) -> None:
        now = time.monotonic()
        figures = self._metrics
        figures.total_seconds = now - self._began
        for name in event.odd or ():
            figures.odd_metadata[name] = figures.odd_metadata.get(name, 0) + 1
        if isinstance(event, Chunk):
            figures.chunks += 1
            figures.audio_bytes += len(event.audio)
            figures.audio_end_seconds = now - self._attempt.began
            if figures.ttfa_seconds is None and event.audio:
                figures.ttfa_seconds = figures.total_seconds
                figures.attempt_ttfa_seconds = figures.audio_end_seconds
        elif isinstance(event, Done):
            self.complete = True


class SpeechStream(CountedSpeech):
    """Iterate it once; `metrics()` at any time; `cancel()` from any thread."""

    def __init__(
        self,
        request: SpeechRequest,
        events: Iterator[Event],
        first: list[Event],
        began: float,
        attempt: Attempt,
        metrics: SpeechMetrics,
        guard: Guard,
    ) -> None:
        super().__init__(request, first, began, attempt, metrics)
        self._first = first
        self._events = events
        self._guard = guard

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled; then iterating ends without an error, and `complete` is False."""
        return self._guard.cancelled

    def cancel(self) -> None:
        """Stop: the connection is closed at once, and nothing more is paid for. What was handed out stays good."""
        self._guard.cancel()

    def __iter__(self) -> Iterator[Event]:
        first, self._first = self._first, []
        for event in first:
            if self.cancelled:
                return
            yield event
        try:
            for event in self._events:
                if self.cancelled:
                    return
                self._count(event)
                yield event
        except VoiceError as error:
            if self.cancelled:
                return
            error.audio_seconds = self.metrics().audio_seconds
            raise


@dataclass(frozen=True, slots=True)
class Speech:
    """A complete speech."""

    request: SpeechRequest
    events: tuple[Event, ...]
    metrics: SpeechMetrics

    @property
    def audio(self) -> bytes:
        """Raw audio, all chunks in order."""
        return b"".join(event.audio for event in self.events if isinstance(event, Chunk))

    @property
    def sampling_rates(self) -> set[int | None]:
        """Every rate the chunks reported."""
        return {event.sampling_rate for event in self.events if isinstance(event, Chunk)}

    def wav(self) -> bytes:
        """The audio as a WAV file."""
        return wav(self.audio, self.request.output_format)
