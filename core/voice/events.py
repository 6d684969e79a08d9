"""The typed events of a speech stream, and how one plain line becomes one of them.

Owns what the events are. Leaves alone lines that are not plain (`core/voice/careful.py`), where lines end
(`core/voice/ndjson.py`) and streams (`core/voice/decoder.py`).

A stream is one JSON object a line; `type` says which. Source: docs.cartesia.ai/self-hosted/cloud-service-provisioning,
read 2026-11-21. Only `type == "done"` ends a stream: `done: true` on a chunk means different things in two documents.

Strict where a mistake could be heard, in `type` and in the audio. Lenient in everything else, for the same page says
that metadata may vary: a field that is not as documented is kept as it was sent, in `odd`.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import msgspec

__all__ = [
    "Chunk",
    "Done",
    "ErrorEvent",
    "Event",
    "PhonemeTimestamps",
    "PlainEvent",
    "Timestamps",
    "Unknown",
    "quick_event",
]

_ODD = "(odd)"
"""Key under which a line could set `odd`, which only `core/voice/careful.py` fills: one that no server sends."""


class Chunk(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="type", tag="chunk"):
    """A piece of audio, at most 20 ms."""

    audio: bytes = msgspec.field(name="data")
    """Empty only where the server sent no audio with its last chunk."""
    sampling_rate: int | None = None
    """Hz."""
    step_time: float | None = None
    """As sent. Its unit differs between documents, so nothing here computes with it."""
    status_code: int | None = None
    done: bool = False
    context_id: str | None = None
    odd: Mapping[str, Any] | None = msgspec.field(default=None, name=_ODD)
    """Fields that are not as documented, as they were sent; None where all are."""
    type: ClassVar[str] = "chunk"


class Timestamps(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="timestamps"):
    """Word timestamps, in the shape the server chose (usually `words`, `start`, `end`)."""

    word_timestamps: Mapping[str, Any]
    """Empty where the server sent something that is not an object; then it is in `odd`."""
    status_code: int | None = None
    done: bool = False
    context_id: str | None = None
    odd: Mapping[str, Any] | None = msgspec.field(default=None, name=_ODD)
    """As `Chunk.odd`."""
    type: ClassVar[str] = "timestamps"


class PhonemeTimestamps(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="phoneme_timestamps"):
    """Phoneme timestamps, in the shape the server chose."""

    phoneme_timestamps: Mapping[str, Any]
    """Empty where the server sent something that is not an object; then it is in `odd`."""
    status_code: int | None = None
    done: bool = False
    context_id: str | None = None
    odd: Mapping[str, Any] | None = msgspec.field(default=None, name=_ODD)
    """As `Chunk.odd`."""
    type: ClassVar[str] = "phoneme_timestamps"


class Done(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="done"):
    """The only sign that the stream is complete."""

    status_code: int | None = None
    done: bool = True
    context_id: str | None = None
    odd: Mapping[str, Any] | None = msgspec.field(default=None, name=_ODD)
    """As `Chunk.odd`."""
    type: ClassVar[str] = "done"


class ErrorEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The model failed after the stream had opened."""

    message: str
    """The first of `message`, `error`, `data`, `title` that is text. Else the fields as JSON."""
    fields: Mapping[str, Any]
    """Every field as sent: the vendor does not document the form."""
    status_code: int | None = None
    context_id: str | None = None
    odd: Mapping[str, Any] | None = None
    """As `Chunk.odd`."""
    type: ClassVar[str] = "error"


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a type this code does not know. Kept, so that a newer server is not an error."""

    type: str
    fields: Mapping[str, Any]
    """Every field as sent."""
    status_code: int | None = None
    odd: Mapping[str, Any] | None = None
    """As `Chunk.odd`."""


PlainEvent = Chunk | Timestamps | PhonemeTimestamps | Done
Event = PlainEvent | ErrorEvent | Unknown

_decode: Callable[[bytes], PlainEvent] = msgspec.json.Decoder(PlainEvent).decode


def quick_event(line: bytes) -> PlainEvent:
    """One plain line as an event, in one pass of compiled code, audio decoded. Stricter than `careful_event`.

    Raises:
        ValueError: It is not plain. The text says nothing of use: ask `core.voice.careful.parse_event`.
    """
    if not line.isascii():
        line.decode()  # the pass below does not look at the characters of fields that it skips
    return _decode(line)
