"""The sound of the stand-in: a voice-like buzz whose pitch says which transcript it is, a burst a word.

Owns the signal, so that a test can tell complete audio from cut, doubled or swapped audio by measuring it. It is no
speech: nobody should mistake the stand-in for the model.
"""

import array
import bisect
import functools
import math
import re
import sys
import zlib

from core.voice.audio import samples
from core.voice.audio_format import AudioFormat

__all__ = ["CHARS_PER_SECOND", "encode", "pitch_of", "speak"]

CHARS_PER_SECOND = 15.0
"""Rate of speech, characters a second; English conversation."""

_TABLE = 2048
_HARMONICS = (1.0, 0.6, 0.4, 0.25, 0.15, 0.1)
_PEAK = 0.5
_TAG = re.compile(r"<[a-z]+ [^<>]*/>")
_LOWEST_HZ, _PITCHES = 90, 160
_GAP_SHARE = 0.2
"""Silence after each word, share of the word's time."""


def pitch_of(transcript: str) -> float:
    """Fundamental of the audio for `transcript`, 90 to 249 Hz."""
    return float(_LOWEST_HZ + zlib.crc32(transcript.encode()) % _PITCHES)


@functools.lru_cache(maxsize=64)
def speak(
    transcript: str, form: AudioFormat, *, speed: float = 1.0, volume: float = 1.0, seconds: float | None = None
) -> bytes:
    """Raw audio for `transcript`.

    Args:
        transcript: Inline tags are not spoken.
        form: Encoding and rate.
        speed: `generation_config.speed`.
        volume: `generation_config.volume`; above 1 it clips rather than wraps.
        seconds: Duration instead of the one that follows from the text.
    """
    words = _TAG.sub("", transcript).split() or ["."]
    if len(words) == 1 and len(words[0]) > 10:
        words = re.findall(r".{1,6}", words[0])  # text without blanks, e.g. Japanese, has syllables all the same
    letters = sum(len(word) + 1 for word in words)
    total = seconds if seconds is not None else max(0.2, letters / CHARS_PER_SECOND / speed)
    count = max(1, round(total * form.sample_rate))
    table, step = _wave(), pitch_of(transcript) * _TABLE / form.sample_rate
    gain = _PEAK * volume
    values: list[float] = []
    for i, word in enumerate(words):
        share = round(count * sum(len(w) + 1 for w in words[: i + 1]) / letters) - len(values)
        voiced = max(1, round(share * (1 - _GAP_SHARE))) if len(word) else share
        start = len(values)
        for n in range(min(voiced, share)):
            values.append(gain * _envelope(n, voiced) * table[int((start + n) * step) % _TABLE])
        values.extend([0.0] * (share - min(voiced, share)))
    return encode(values, form)


def _envelope(n: int, length: int) -> float:
    """Soft edges of one word: a tenth of its time each."""
    edge = max(1, length // 10)
    return min(1.0, (n + 1) / edge, (length - n) / edge)


@functools.cache
def _wave() -> tuple[float, ...]:
    """One period of the buzz, normalised to 1."""
    raw = [
        sum(a * math.sin(2 * math.pi * (k + 1) * i / _TABLE) for k, a in enumerate(_HARMONICS)) for i in range(_TABLE)
    ]
    peak = max(map(abs, raw))
    return tuple(value / peak for value in raw)


def encode(values: list[float], form: AudioFormat) -> bytes:
    """Samples from -1 to 1 as raw audio."""
    if form.encoding == "pcm_f32le":
        return _bytes(array.array("f", values))
    if form.encoding in ("pcm_mulaw", "pcm_alaw"):
        levels, codes = _levels(form.encoding)
        last = len(levels) - 1
        return bytes(codes[min(last, bisect.bisect_left(levels, value))] for value in values)
    return _bytes(array.array("h", [round(32767 * max(-1.0, min(1.0, value))) for value in values]))


@functools.cache
def _levels(encoding: str) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """The 256 levels of a companded encoding in order, and the byte of each."""
    decoded = samples(bytes(range(256)), AudioFormat(encoding=encoding, sample_rate=8000))
    order = sorted(range(256), key=lambda code: decoded[code])
    return tuple(decoded[code] for code in order), tuple(order)


def _bytes(values: "array.array[float] | array.array[int]") -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()
