"""A response as a list of timed steps: what is sent when, with the fault of the day worked in.

Owns the lines of a response and every way a fault changes them; pure, so that each fault can be tested without a
socket. Leaves alone sending (`sandbox/voice/runtime.py`).
"""

import base64
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from catalog.speech import CHUNK_SECONDS
from core.voice.speech_request import SpeechRequest
from sandbox.voice.eventstream import exception_frame, payload_part
from sandbox.voice.signal import speak
from sandbox.voice.spec import Fault

__all__ = ["SAGEMAKER", "Act", "Step", "Wire", "lines_of", "steps_of"]


class Act(Enum):
    """What a step does instead of sending a frame."""

    STALL = "stall"
    CUT = "cut"
    TRICKLE = "trickle"
    """Send what follows one byte at a time."""


@dataclass(frozen=True, slots=True)
class Step:
    """At `at` seconds after the response began, send `frame` or act."""

    at: float
    frame: bytes | Act


def lines_of(request: SpeechRequest, audio_seconds: float, *, tells_rate: bool = True) -> list[bytes]:
    """The events of a response in order, a line each; `done` is the last.

    Args:
        request: What is spoken.
        audio_seconds: Its duration; 0 for what the transcript takes.
        tells_rate: Whether chunks carry `sampling_rate`, as those of SageMaker do.
    """
    form = request.output_format
    config = request.generation_config
    audio = speak(
        request.transcript,
        form,
        speed=float(config.get("speed", 1.0)),
        volume=float(config.get("volume", 1.0)),
        seconds=audio_seconds or None,
    )
    size = math.ceil(CHUNK_SECONDS * form.sample_rate) * form.bytes_per_sample
    common = {"context_id": request.context_id, "status_code": 206, "done": False}
    lines = []
    for start in range(0, len(audio), size):
        data = base64.b64encode(audio[start : start + size]).decode()
        fields = {"type": "chunk", **common, "data": data, "step_time": 0.005}
        if tells_rate:
            fields["sampling_rate"] = form.sample_rate
        lines.append(_line(fields))
    seconds = len(audio) / form.bytes_per_sample / form.sample_rate
    if request.flags.get("add_timestamps"):
        stamps = _stamps("words", request.transcript.split(), seconds)
        lines.insert(1, _line({"type": "timestamps", **common, "word_timestamps": stamps}))
    if request.flags.get("add_phoneme_timestamps"):
        phonemes = [letter for letter in request.transcript if letter.isalpha()]
        stamps = _stamps("phonemes", phonemes, seconds)
        lines.insert(1, _line({"type": "phoneme_timestamps", **common, "phoneme_timestamps": stamps}))
    done = {"type": "done", "context_id": request.context_id, "status_code": 200, "done": True}
    return [*lines, _line(done)]


def _stamps(name: str, pieces: list[str], seconds: float) -> dict[str, Any]:
    width = seconds / max(1, len(pieces))
    start = [round(i * width, 4) for i in range(len(pieces))]
    return {name: pieces, "start": start, "end": [round(s + width, 4) for s in start]}


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Wire:
    """How a protocol carries events."""

    event: Callable[[bytes], bytes]
    """A line as the bytes of its event."""
    part: Callable[[bytes], bytes]
    """A piece of such bytes as it is sent."""
    failure: Callable[[str, Mapping[str, str]], bytes]
    """A failure of the service by its name, ready to send."""


SAGEMAKER = Wire(event=bytes, part=payload_part, failure=exception_frame)


def steps_of(
    lines: list[bytes], law: str, service_seconds: float, fault: Fault | None, wire: Wire = SAGEMAKER
) -> list[Step]:
    """The response to send.

    Args:
        lines: The events.
        law: `realtime` sends a line each 20 ms; `instant` everything at once; otherwise `done` waits.
        service_seconds: When `done` is sent under `fixed` and `exponential`.
        fault: What goes wrong, if anything.
        wire: The protocol.
    """
    times = [0.0] * len(lines)
    if law == "realtime":
        times = [i * CHUNK_SECONDS for i in range(len(lines))]
    elif law != "instant":
        times[-1] = service_seconds
    timed = list(zip(times, lines, strict=True))
    if fault is not None and fault.kind in _CHANGES:
        timed = _CHANGES[fault.kind](timed, fault)
    events = [(at, wire.event(line)) for at, line in timed]
    if fault is None or fault.kind in _CHANGES:
        return [Step(at, wire.part(event)) for at, event in events]
    if fault.kind in _CUTS:
        return [Step(at, wire.part(part)) for at, part in _CUTS[fault.kind](events, fault)]
    if fault.kind == "trickle":
        return [Step(0.0, Act.TRICKLE), *(Step(at, wire.part(event)) for at, event in events)]
    return _broken(events, fault, wire)


_Timed = list[tuple[float, bytes]]


def _coalesce(timed: _Timed, fault: Fault) -> Iterator[tuple[float, bytes]]:
    for start in range(0, len(timed), fault.count):
        group = timed[start : start + fault.count]
        yield group[-1][0], b"".join(line for _, line in group)


def _split(timed: _Timed, fault: Fault) -> Iterator[tuple[float, bytes]]:
    for at, line in timed:
        for start in range(0, len(line), fault.count):
            yield at, line[start : start + fault.count]


def _split_utf8(timed: _Timed, _fault: Fault) -> Iterator[tuple[float, bytes]]:
    for at, line in timed:
        inside = [i for i, byte in enumerate(line) if byte & 0xC0 == 0x80]
        yield from ((at, piece) for piece in _cut_at(line, inside))


def _split_base64(timed: _Timed, _fault: Fault) -> Iterator[tuple[float, bytes]]:
    for at, line in timed:
        key = line.find(b'"data": "')
        inside = [] if key < 0 else [key + 9 + 4 * group + 1 + group % 3 for group in (1, 2, 3)]
        yield from ((at, piece) for piece in _cut_at(line, [i for i in inside if i < len(line)]))


def _cut_at(line: bytes, places: Iterable[int]) -> Iterator[bytes]:
    start = 0
    for place in [*places, len(line)]:
        yield line[start:place]
        start = place


def _no_final_newline(timed: _Timed, _fault: Fault) -> _Timed:
    return [*timed[:-1], (timed[-1][0], timed[-1][1].rstrip(b"\n"))]


def _extra_event(timed: _Timed, fault: Fault) -> _Timed:
    return [*timed[: fault.after], (0.0, _line({"type": "from_the_future", "note": "日本語"})), *timed[fault.after :]]


def _odd_metadata(timed: _Timed, _fault: Fault) -> _Timed:
    """What the vendor's page leaves open: "may vary by implementation"."""
    odd = []
    for at, line in timed:
        fields = json.loads(line)
        fields["status_code"] = (
            float(fields["status_code"]) if fields["type"] == "chunk" else str(fields["status_code"])
        )
        if fields["type"] == "chunk":
            fields |= {"step_time": math.nan}
            if "sampling_rate" in fields:
                fields["sampling_rate"] = str(fields["sampling_rate"])
        if fields["type"] == "timestamps":
            fields["word_timestamps"] = list(fields["word_timestamps"].items())
        odd.append((at, _line(fields)))
    last = {"type": "chunk", "status_code": 206, "done": True, "data": None}
    return [*odd[:-1], (timed[-1][0], _line(last)), odd[-1]]


_CHANGES = {"extra_event": _extra_event, "odd_metadata": _odd_metadata}

_CUTS = {
    "coalesce": _coalesce,
    "split": _split,
    "split_utf8": _split_utf8,
    "split_base64": _split_base64,
    "no_final_newline": _no_final_newline,
}


def _broken(timed: _Timed, fault: Fault, wire: Wire) -> list[Step]:
    sent = [Step(at, wire.part(line)) for at, line in timed[: fault.after]]
    at = sent[-1].at if sent else 0.0
    rest = [Step(later, wire.part(line)) for later, line in timed[fault.after :]]
    message = {"Message": "the stand-in was told to fail"}
    if fault.kind == "stall":
        return [*sent, Step(at, Act.STALL)]
    if fault.kind == "cut":
        return [*sent, Step(at, Act.CUT)]
    if fault.kind == "error_event":
        error = {"type": "error", "status_code": 500, "done": True, "data": "the model failed"}
        return [*sent, Step(at, wire.part(wire.event(_line(error))))]
    if fault.kind == "bad_status":
        return [*sent, Step(at, wire.part(wire.event(_bad_status(fault)))), *rest]
    if fault.kind == "no_audio":
        return [Step(timed[-1][0], wire.part(timed[-1][1]))]
    if fault.kind == "garbage":
        return [*sent, Step(at, wire.part(wire.event(b"\xff\x00 this is no event\n"))), *rest]
    if fault.kind == "long_line":
        piece = wire.part(b"x" * 65536)
        return [*sent, *[Step(at, piece)] * math.ceil(fault.count / 65536)]
    if fault.kind == "corrupt_frame" and wire is not SAGEMAKER:
        return [*sent, Step(at, wire.part(b"data: {\x00\n\n")), *rest]
    if fault.kind == "corrupt_frame":
        good = wire.part(timed[-1][1])
        return [*sent, Step(at, good[:-1] + bytes([good[-1] ^ 0xFF])), *rest]
    if fault.kind == "model_stream_error":
        return [*sent, Step(at, wire.failure("ModelStreamError", message | {"ErrorCode": fault.code}))]
    if fault.kind == "internal_stream_failure":
        return [*sent, Step(at, wire.failure("InternalStreamFailure", message))]
    return sent  # end_early, and faults that show before the stream


def _bad_status(fault: Fault) -> bytes:
    kind = fault.code if fault.code != Fault(kind="").code else "chunk"
    fields: dict[str, Any] = {"type": kind, "status_code": fault.status, "done": kind == "done"}
    if kind == "chunk":
        fields["data"] = ""
    return _line(fields)
