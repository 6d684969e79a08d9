"""The typed events of a speech stream, and how one line becomes one of them.

Owns what a line means. Leaves alone where lines end (`core/voice/ndjson.py`) and streams (`core/voice/decoder.py`).

A stream is one JSON object a line; `type` says which. Source: docs.cartesia.ai/self-hosted/cloud-service-provisioning,
read 2026-11-21. Only `type == "done"` ends a stream: `done: true` on a chunk means different things in two documents.
"""

import binascii
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic_core import SchemaValidator, ValidationError, core_schema

from core.voice.ndjson import DecodeError, excerpt

__all__ = [
    "Chunk",
    "Done",
    "ErrorEvent",
    "Event",
    "PhonemeTimestamps",
    "Timestamps",
    "Unknown",
    "careful_event",
    "parse_event",
    "quick_event",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of audio, at most 20 ms."""

    audio: bytes
    sampling_rate: int | None = None
    """Hz."""
    step_time: float | None = None
    """As sent. Its unit differs between documents, so nothing here computes with it."""
    status_code: int | None = None
    done: bool = False
    context_id: str | None = None
    type: ClassVar[str] = "chunk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamps:
    """Word timestamps, in the shape the server chose (usually `words`, `start`, `end`)."""

    word_timestamps: Mapping[str, Any]
    status_code: int | None = None
    done: bool = False
    context_id: str | None = None
    type: ClassVar[str] = "timestamps"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonemeTimestamps:
    """Phoneme timestamps, in the shape the server chose."""

    phoneme_timestamps: Mapping[str, Any]
    status_code: int | None = None
    done: bool = False
    context_id: str | None = None
    type: ClassVar[str] = "phoneme_timestamps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The only sign that the stream is complete."""

    status_code: int | None = None
    done: bool = True
    context_id: str | None = None
    type: ClassVar[str] = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEvent:
    """The model failed after the stream had opened."""

    message: str
    """The first of `message`, `error`, `data`, `title` that is text. Else the fields as JSON."""
    fields: Mapping[str, Any]
    """Every field as sent: the vendor does not document the form."""
    status_code: int | None = None
    context_id: str | None = None
    type: ClassVar[str] = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """An event of a type this code does not know. Kept, so that a newer server is not an error."""

    type: str
    fields: Mapping[str, Any]


Event = Chunk | Timestamps | PhonemeTimestamps | Done | ErrorEvent | Unknown


def _validator() -> SchemaValidator:
    """JSON bytes -> event in one pass of compiled code, audio decoded. Stricter than `_typed` below, never laxer."""

    def part(name: str, schema: core_schema.CoreSchema, alias: str | None = None) -> core_schema.DataclassField:
        return core_schema.dataclass_field(name, schema, validation_alias=alias, kw_only=True)

    def optional(schema: core_schema.CoreSchema, default: object = None) -> core_schema.CoreSchema:
        return core_schema.with_default_schema(schema, default=default)

    def event(kind: type, *parts: core_schema.DataclassField, done: bool = False) -> core_schema.CoreSchema:
        every = [
            *parts,
            part("status_code", optional(core_schema.int_schema(strict=True))),
            part("done", optional(core_schema.bool_schema(strict=True), done)),
            part("context_id", optional(core_schema.str_schema(strict=True))),
        ]
        arguments = core_schema.dataclass_args_schema(kind.__name__, every)
        names = [part["name"] for part in every]
        config = core_schema.CoreConfig(val_json_bytes="base64")
        return core_schema.dataclass_schema(kind, arguments, names, slots=True, config=config)

    stamps = core_schema.dict_schema(core_schema.str_schema(strict=True), core_schema.any_schema(), strict=True)
    kinds: dict[Any, core_schema.CoreSchema] = {
        Chunk.type: event(
            Chunk,
            part("audio", core_schema.bytes_schema(), "data"),
            part("sampling_rate", optional(core_schema.int_schema(strict=True))),
            part("step_time", optional(core_schema.float_schema(strict=True, allow_inf_nan=False))),
        ),
        Timestamps.type: event(Timestamps, part("word_timestamps", stamps)),
        PhonemeTimestamps.type: event(PhonemeTimestamps, part("phoneme_timestamps", stamps)),
        Done.type: event(Done, done=True),
    }
    return SchemaValidator(core_schema.tagged_union_schema(kinds, "type"))


quick_event: Callable[[bytes], Chunk | Timestamps | PhonemeTimestamps | Done] = _validator().validate_json
"""One plain line as an event, fast. Raises `pydantic_core.ValidationError`, which says nothing: ask `parse_event`."""


def parse_event(line: bytes, offset: int = 0) -> Event:
    """One line as a typed event.

    Args:
        line: The bytes of one JSON object, without a newline inside.
        offset: Where it starts in its stream, for the error.

    Raises:
        DecodeError: `line` is not UTF-8, not a JSON object, has no `type`, or a field of a known type is malformed.
    """
    try:
        return quick_event(line)
    except ValidationError:
        return careful_event(line, offset)  # an error, an unknown type, or something to complain about with care


def careful_event(line: bytes, offset: int = 0) -> Event:
    """What `parse_event` says, slowly and with a reason for every refusal. The authority on what an event is."""
    try:
        fields = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as e:
        raise DecodeError(f"not UTF-8: {e.reason}", offset, excerpt(line)) from None
    except (ValueError, RecursionError) as e:
        reason = e.msg if isinstance(e, json.JSONDecodeError) else type(e).__name__
        raise DecodeError(f"not JSON: {reason}", offset, excerpt(line)) from None
    if not isinstance(fields, dict):
        raise DecodeError("not a JSON object", offset, excerpt(line))
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise DecodeError("no `type`", offset, excerpt(line))
    try:
        return _typed(kind, fields)
    except _MalformedField as e:
        raise DecodeError(f"malformed {kind} event: {e}", offset, excerpt(line)) from None


class _MalformedField(Exception):  # noqa: N818 - never leaves this module
    """Which field of an event is wrong."""


def _typed(kind: str, fields: dict[str, Any]) -> Event:
    if kind == "chunk":
        return _chunk(fields)
    if kind in ("timestamps", "phoneme_timestamps"):
        return _timestamps(kind, fields)
    if kind == "done":
        return Done(
            status_code=_integer(fields, "status_code"),
            done=_boolean(fields, "done", default=True),
            context_id=_text(fields, "context_id"),
        )
    if kind == "error":
        return _error(fields)
    return Unknown(type=kind, fields=fields)


def _chunk(fields: Mapping[str, Any]) -> Chunk:
    return Chunk(
        audio=_audio(fields.get("data")),
        sampling_rate=_integer(fields, "sampling_rate"),
        step_time=_number(fields, "step_time"),
        status_code=_integer(fields, "status_code"),
        done=_boolean(fields, "done", default=False),
        context_id=_text(fields, "context_id"),
    )


def _timestamps(kind: str, fields: Mapping[str, Any]) -> Timestamps | PhonemeTimestamps:
    key = "word_timestamps" if kind == "timestamps" else kind
    stamps = fields.get(key)
    if not isinstance(stamps, dict):
        raise _MalformedField(f"`{key}` is not an object")
    status = _integer(fields, "status_code")
    done = _boolean(fields, "done", default=False)
    context = _text(fields, "context_id")
    if kind == "timestamps":
        return Timestamps(word_timestamps=stamps, status_code=status, done=done, context_id=context)
    return PhonemeTimestamps(phoneme_timestamps=stamps, status_code=status, done=done, context_id=context)


def _error(fields: Mapping[str, Any]) -> ErrorEvent:
    # Undocumented, so nothing in it may be a reason to hide it behind another error.
    candidates = [fields.get(key) for key in ("message", "error", "data", "title")]
    texts = [text for text in candidates if isinstance(text, str) and text]
    status, context = fields.get("status_code"), fields.get("context_id")
    return ErrorEvent(
        message=texts[0] if texts else json.dumps(fields, sort_keys=True),
        fields=fields,
        status_code=status if isinstance(status, int) and not isinstance(status, bool) else None,
        context_id=context if isinstance(context, str) else None,
    )


def _audio(data: object) -> bytes:
    """Base64 text, either alphabet (never both), with or without its padding."""
    if not isinstance(data, str):
        raise _MalformedField("`data` is not base64 text")
    body = data.rstrip("=")
    if ("-" in body or "_" in body) and not ("+" in body or "/" in body):
        body = body.replace("-", "+").replace("_", "/")
    missing = -len(body) % 4
    if len(data) != len(body) and len(data) - len(body) != missing:
        raise _MalformedField("`data` has the wrong base64 padding")
    try:
        return binascii.a2b_base64((body + "=" * missing).encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise _MalformedField("`data` is not base64") from None


def _integer(fields: Mapping[str, Any], key: str) -> int | None:
    value = fields.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise _MalformedField(f"`{key}` is not a whole number")


def _number(fields: Mapping[str, Any], key: str) -> float | None:
    value = fields.get(key)
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise _MalformedField(f"`{key}` is not a finite number")


def _boolean(fields: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = fields.get(key, default)
    if isinstance(value, bool):
        return value
    raise _MalformedField(f"`{key}` is not true or false")


def _text(fields: Mapping[str, Any], key: str) -> str | None:
    value = fields.get(key)
    if value is None or isinstance(value, str):
        return value
    raise _MalformedField(f"`{key}` is not text")
