"""What a call gives: a stream of events with figures, or the whole speech.

Owns measuring. All times are the client's own: `step_time` of the protocol has no agreed unit.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from core.voice.audio import wav
from core.voice.events import Chunk, Done, Event
from core.voice.speech_request import SpeechRequest
from toolkit.voice.errors import VoiceError
from toolkit.voice.route import Attempt

__all__ = ["Speech", "SpeechMetrics", "SpeechStream"]


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

    @property
    def real_time_factor(self) -> float | None:
        """Seconds of work for a second of audio, of the last attempt; None without audio."""
        return self.audio_end_seconds / self.audio_seconds if self.audio_seconds else None


class SpeechStream:
    """Iterate it once; `metrics()` at any time."""

    def __init__(
        self,
        request: SpeechRequest,
        events: Iterator[Event],
        first: list[Event],
        began: float,
        attempt: Attempt,
        metrics: SpeechMetrics,
    ) -> None:
        self.request = request
        """As it was sent; its encoding may differ from what was asked (`pcm` of Sonic 3)."""
        self.complete = False
        """True once `done` was seen."""
        self._events = events
        self._first = first
        self._began = began
        self._attempt = attempt
        self._metrics = metrics
        for event in first:
            self._count(event)

    def __iter__(self) -> Iterator[Event]:
        yield from self._first
        self._first = []
        try:
            for event in self._events:
                self._count(event)
                yield event
        except VoiceError as error:
            error.audio_seconds = self.metrics().audio_seconds
            raise

    def metrics(self) -> SpeechMetrics:
        """Figures so far."""
        form = self.request.output_format
        seconds = self._metrics.audio_bytes / (form.bytes_per_sample * form.sample_rate)
        return replace(self._metrics, audio_seconds=seconds, wire_bytes=self._attempt.wire_bytes)

    def _count(self, event: Event) -> None:
        now = time.monotonic()
        figures = self._metrics
        figures.total_seconds = now - self._began
        if isinstance(event, Chunk):
            figures.chunks += 1
            figures.audio_bytes += len(event.audio)
            figures.audio_end_seconds = now - self._attempt.began
            if figures.ttfa_seconds is None and event.audio:
                figures.ttfa_seconds = figures.total_seconds
                figures.attempt_ttfa_seconds = figures.audio_end_seconds
        elif isinstance(event, Done):
            self.complete = True


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
