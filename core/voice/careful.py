"""Any line of a speech stream -> its event, with a reason for every refusal and every oddity kept.

Owns what is refused and what is only odd; the authority where the quick way of `core/voice/events.py` gives up.
"""

import binascii
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.voice.events import (
    Chunk,
    Done,
    ErrorEvent,
    Event,
    PhonemeTimestamps,
    Timestamps,
    Unknown,
    quick_event,
)
from core.voice.ndjson import DecodeError, excerpt

__all__ = ["careful_event", "parse_event"]

_LONGEST_NUMBER = 4_000
"""Digits of a whole number that is still read as one; Python itself refuses 4,300."""


def parse_event(line: bytes, offset: int = 0) -> Event:
    """One line as a typed event.

    Args:
        line: The bytes of one JSON object, without a newline inside.
        offset: Where it starts in its stream, for the error.

    Raises:
        DecodeError: `line` is not UTF-8, not a JSON object, has no `type`, or carries audio that is malformed.
    """
    try:
        return quick_event(line)
    except ValueError:
        return careful_event(line, offset)  # an error, an unknown type, or something that is not as documented


def careful_event(line: bytes, offset: int = 0) -> Event:
    """What `parse_event` says, slowly."""
    fields = _object(line, offset)
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise DecodeError("no `type`", offset, excerpt(line))
    try:
        return _typed(kind, _Lenient(fields))
    except _MalformedAudio as e:
        raise DecodeError(f"malformed {kind} event: {e}", offset, excerpt(line)) from None


def _object(line: bytes, offset: int) -> dict[str, Any]:
    try:
        fields = json.loads(line.decode("utf-8"), parse_int=_whole)
    except UnicodeDecodeError as e:
        raise DecodeError(f"not UTF-8: {e.reason}", offset, excerpt(line)) from None
    except (ValueError, RecursionError) as e:
        reason = e.msg if isinstance(e, json.JSONDecodeError) else type(e).__name__
        raise DecodeError(f"not JSON: {reason}", offset, excerpt(line)) from None
    if not isinstance(fields, dict):
        raise DecodeError("not a JSON object", offset, excerpt(line))
    return fields


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else math.inf


class _MalformedAudio(Exception):  # noqa: N818 - never leaves this module
    """What is wrong with the audio of a chunk."""


@dataclass(slots=True)
class _Lenient:
    """Reads metadata: what is not as documented becomes what it most likely means, and is kept in `odd`."""

    fields: Mapping[str, Any]
    odd: dict[str, Any] = field(default_factory=dict)

    def integer(self, key: str) -> int | None:
        value = self.fields.get(key)
        if value is None or type(value) is int:
            return value
        self.odd[key] = value
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
            return int(value)
        return None

    def number(self, key: str) -> float | None:
        value = self.fields.get(key)
        if value is None:
            return None
        if type(value) in (int, float):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return number
        self.odd[key] = value
        return None

    def boolean(self, key: str, default: bool) -> bool:
        value = self.fields.get(key)
        if isinstance(value, bool):
            return value
        if value is not None:
            self.odd[key] = value
        return default

    def text(self, key: str) -> str | None:
        value = self.fields.get(key)
        if value is None or isinstance(value, str):
            return value
        self.odd[key] = value
        return None

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self.fields.get(key)
        if isinstance(value, dict):
            return value
        self.odd[key] = value
        return {}


def _typed(kind: str, read: _Lenient) -> Event:
    if kind == "error":
        return _error(read)
    if kind not in ("chunk", "timestamps", "phoneme_timestamps", "done"):
        return Unknown(type=kind, fields=read.fields, status_code=read.integer("status_code"), odd=read.odd or None)
    status, context = read.integer("status_code"), read.text("context_id")
    done = read.boolean("done", default=kind == "done")
    if kind == "chunk":
        return _chunk(read, status, context, done)
    if kind == "timestamps":
        stamps = read.mapping("word_timestamps")
        odd = read.odd or None
        return Timestamps(word_timestamps=stamps, status_code=status, done=done, context_id=context, odd=odd)
    if kind == "phoneme_timestamps":
        stamps = read.mapping("phoneme_timestamps")
        odd = read.odd or None
        return PhonemeTimestamps(phoneme_timestamps=stamps, status_code=status, done=done, context_id=context, odd=odd)
    return Done(status_code=status, done=done, context_id=context, odd=read.odd or None)


def _chunk(read: _Lenient, status: int | None, context: str | None, done: bool) -> Chunk:
    data = read.fields.get("data")
    if data is None and (done or (status is not None and status >= 400)):
        read.odd["data"] = data  # nothing was left to say; anywhere else audio is missing
        audio = b""
    else:
        audio = _audio(data)
    return Chunk(
        audio=audio,
        sampling_rate=read.integer("sampling_rate"),
        step_time=read.number("step_time"),
        status_code=status,
        done=done,
        context_id=context,
        odd=read.odd or None,
    )


def _error(read: _Lenient) -> ErrorEvent:
    # Undocumented, so nothing in it may be a reason to hide it behind another error.
    candidates = [read.fields.get(key) for key in ("message", "error", "data", "title")]
    texts = [text for text in candidates if isinstance(text, str) and text]
    return ErrorEvent(
        message=texts[0] if texts else json.dumps(read.fields, sort_keys=True),
        fields=read.fields,
        status_code=read.integer("status_code"),
        context_id=read.text("context_id"),
        odd=read.odd or None,
    )


def _audio(data: object) -> bytes:
    """Base64 text, either alphabet (never both), with or without its padding."""
    if not isinstance(data, str):
        raise _MalformedAudio("`data` is not base64 text")
    body = data.rstrip("=")
    if ("-" in body or "_" in body) and not ("+" in body or "/" in body):
        body = body.replace("-", "+").replace("_", "/")
    missing = -len(body) % 4
    if len(data) != len(body) and len(data) - len(body) != missing:
        raise _MalformedAudio("`data` has the wrong base64 padding")
    try:
        return binascii.a2b_base64((body + "=" * missing).encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise _MalformedAudio("`data` is not base64") from None
