"""Raw audio: WAV around it, and what can be said about it without ears: duration, level, silence, pitch.

Owns the reading of samples in the four encodings the API sends. Judges nothing: `core/voice/audio_checks.py` does.
"""

import array
import math
import operator
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from core.voice.audio_format import AudioFormat

__all__ = ["SILENCE_DBFS", "AudioFacts", "duration_seconds", "measure", "pitch_hz", "samples", "wav"]

SILENCE_DBFS = -50.0
"""A window below this level counts as silent, dB against full scale. Speech sits at -30 to -12."""

WINDOW_SECONDS = 0.02
"""Length of the windows whose level is measured."""

_WAVE_TAGS = {"pcm_s16le": 1, "pcm": 1, "pcm_f32le": 3, "pcm_alaw": 6, "pcm_mulaw": 7}
"""Format tags. source: Microsoft, mmreg.h, WAVE_FORMAT_*."""

_LARGEST_WAV_DATA = 0xFFFF_FFFF - 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """What was measured of one piece of audio."""

    bytes: int
    whole_samples: bool
    """False where the bytes are not a whole number of samples."""
    seconds: float
    finite: bool
    """False where float audio holds a NaN or an infinity. Then the levels below mean nothing."""
    level_dbfs: float
    """Root mean square over everything, dB against full scale; -inf for silence."""
    peak: float
    """Largest absolute sample, 0 to 1. Above 1 for float audio that clips."""
    silent_share: float
    """Share of 20 ms windows below `SILENCE_DBFS`; 1.0 for no audio."""
    leading_silence_seconds: float
    longest_silence_seconds: float


def wav(audio: bytes, form: AudioFormat) -> bytes:
    """`audio` as a mono WAV file.

    Raises:
        ValueError: The bytes are not a whole number of samples, or more than a WAV file can hold.
    """
    width = form.bytes_per_sample
    if len(audio) % width:
        raise ValueError(f"{len(audio)} bytes are not a whole number of {width}-byte samples; the audio is cut")
    if len(audio) > _LARGEST_WAV_DATA:
        raise ValueError(f"{len(audio)} bytes do not fit into a WAV file; write raw audio")
    tag = _WAVE_TAGS[form.encoding]
    head = struct.pack("<HHIIHH", tag, 1, form.sample_rate, form.sample_rate * width, width, 8 * width)
    chunks = [(b"fmt ", head if tag == 1 else head + struct.pack("<H", 0))]
    if tag != 1:
        chunks.append((b"fact", struct.pack("<I", len(audio) // width)))  # required where the tag is not PCM
    chunks.append((b"data", audio))
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def duration_seconds(audio: bytes, form: AudioFormat) -> float:
    """Playing time, seconds."""
    return len(audio) / (form.bytes_per_sample * form.sample_rate)


def samples(audio: bytes, form: AudioFormat) -> Sequence[float]:
    """Samples from -1 to 1. A cut sample at the end is left out."""
    width = form.bytes_per_sample
    whole = audio[: len(audio) // width * width]
    if form.encoding == "pcm_f32le":
        return _little_endian("f", whole)
    if form.encoding in ("pcm_mulaw", "pcm_alaw"):
        table = _MULAW if form.encoding == "pcm_mulaw" else _ALAW
        return [table[byte] for byte in whole]
    return [value / 32768.0 for value in _little_endian("h", whole)]


def measure(audio: bytes, form: AudioFormat) -> AudioFacts:
    """Everything `AudioFacts` holds, in one pass. About 10 ms for a second of audio."""
    values = samples(audio, form)
    window = max(1, round(WINDOW_SECONDS * form.sample_rate))
    powers = [_power(values[start : start + window]) for start in range(0, len(values), window)]
    silent = [power < 10 ** (SILENCE_DBFS / 10) for power in powers]
    mean = _power(values)
    return AudioFacts(
        bytes=len(audio),
        whole_samples=len(audio) % form.bytes_per_sample == 0,
        seconds=duration_seconds(audio, form),
        finite=math.isfinite(mean),
        level_dbfs=10 * math.log10(mean) if mean > 0 else -math.inf,
        peak=max(map(abs, values), default=0.0),
        silent_share=sum(silent) / len(silent) if silent else 1.0,
        leading_silence_seconds=(silent.index(False) if False in silent else len(silent)) * WINDOW_SECONDS,
        longest_silence_seconds=_longest_run(silent) * WINDOW_SECONDS,
    )


def pitch_hz(audio: bytes, form: AudioFormat, *, low: float = 70.0, high: float = 400.0) -> float | None:
    """Fundamental of the loudest 80 ms by autocorrelation, or None where nothing repeats (silence, noise).

    Args:
        audio: Raw audio.
        form: What its bytes mean.
        low: Lowest pitch looked for, Hz.
        high: Highest pitch looked for, Hz; the figure is exact to about `high / sample_rate`.
    """
    values = samples(audio, form)
    rate = form.sample_rate
    size = round(0.08 * rate)
    shortest, longest = max(2, int(rate / high)), int(rate / low) + 1
    if len(values) < size or longest >= size:
        return None
    starts = range(0, len(values) - size + 1, max(1, size // 4))
    start = max(starts, key=lambda at: _power(values[at : at + size]))
    window = values[start : start + size]
    span = size - longest
    scores = [_likeness(window, lag, span) for lag in range(shortest - 1, longest + 1)]
    best = max(scores[1:-1])
    if best < 0.5:
        return None
    # Every multiple of the period fits as well as the period itself; the first peak near the best is the pitch.
    for i in range(1, len(scores) - 1):
        if scores[i] >= 0.9 * best and scores[i - 1] <= scores[i] >= scores[i + 1]:
            return rate / (shortest - 1 + i + _vertex(scores[i - 1], scores[i], scores[i + 1]))
    return None


def _likeness(window: Sequence[float], lag: int, span: int) -> float:
    """Normalised correlation of the window with itself `lag` samples later, -1 to 1."""
    first, second = window[:span], window[lag : lag + span]
    energy = math.sqrt(_dot(first, first) * _dot(second, second))
    return _dot(first, second) / energy if energy > 0 else 0.0


def _vertex(before: float, at: float, after: float) -> float:
    """Where between three points the top of their parabola lies, -0.5 to 0.5."""
    bend = before - 2 * at + after
    return (before - after) / (2 * bend) if bend else 0.0


def _power(values: Sequence[float]) -> float:
    return _dot(values, values) / len(values) if values else 0.0


def _dot(first: Sequence[float], second: Sequence[float]) -> float:
    product: float = sum(map(operator.mul, first, second))
    return product


def _longest_run(flags: Sequence[bool]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


def _little_endian(code: str, data: bytes) -> array.array:  # type: ignore[type-arg] # the code decides the type
    values = array.array(code, data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _mulaw(byte: int) -> float:
    """source: ITU-T G.711, mu-law."""
    byte = ~byte & 0xFF
    size = ((((byte & 0x0F) << 3) + 0x84) << ((byte & 0x70) >> 4)) - 0x84
    return (-size if byte & 0x80 else size) / 32768.0


def _alaw(byte: int) -> float:
    """source: ITU-T G.711, A-law."""
    byte ^= 0x55
    exponent, size = (byte & 0x70) >> 4, (byte & 0x0F) << 4
    size = size + 8 if exponent == 0 else (size + 0x108) << (exponent - 1)
    return (size if byte & 0x80 else -size) / 32768.0


_MULAW = tuple(_mulaw(byte) for byte in range(256))
_ALAW = tuple(_alaw(byte) for byte in range(256))
