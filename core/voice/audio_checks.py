"""Is this audio speech-like, complete and in the format that was asked? Findings, not opinions on its sound.

Owns the thresholds of a smoke test. Leaves alone measuring (`core/voice/audio.py`) and how the audio was got.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from core.voice.audio import AudioFacts, measure
from core.voice.audio_format import AudioFormat

__all__ = ["AudioLimits", "Finding", "check_audio"]


_TAG = re.compile(r"<[a-z]+ [^<>]*/>")
"""Inline tags (`<speed ratio='1.5'/>`) are not spoken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLimits:
    """Where audio stops being believable. Defaults are wide: they catch nothing, noise floors, cuts and wrong rates."""

    min_chars_per_second: float = 3.0
    """Slowest speech. A slower figure means padding or a wrong sample rate."""
    max_chars_per_second: float = 45.0
    """Fastest speech. A faster figure means that audio is missing."""
    grace_seconds: float = 2.0
    """Added to the longest believable duration, so that a short text may have pauses around it."""
    min_level_dbfs: float = -45.0
    max_silent_share: float = 0.8
    max_leading_silence_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with the audio."""

    check: str
    """`bytes`, `rate`, `duration`, `level`, `silence` or `clipping`."""
    message: str

    def __str__(self) -> str:
        return f"{self.check}: {self.message}"


def check_audio(
    audio: bytes,
    form: AudioFormat,
    transcript: str,
    reported_rates: Collection[int | None] = (),
    limits: AudioLimits | None = None,
) -> tuple[AudioFacts, list[Finding]]:
    """Measure `audio` and check it against what was asked.

    Args:
        audio: Everything that arrived, in order.
        form: The format that was asked for.
        transcript: What should have been spoken.
        reported_rates: Every `sampling_rate` the chunks carried; None for a chunk without one.
        limits: Thresholds, where the defaults do not fit.
    """
    limits = limits or AudioLimits()
    facts = measure(audio, form)
    if not audio:
        return facts, [Finding("bytes", "no audio arrived")]
    findings = []
    if not facts.whole_samples:
        findings.append(
            Finding("bytes", f"{facts.bytes} bytes are not a whole number of {form.bytes_per_sample}-byte samples")
        )
    wrong = sorted({rate for rate in reported_rates if rate is not None and rate != form.sample_rate})
    if wrong:
        said = ", ".join(map(str, wrong))
        findings.append(Finding("rate", f"chunks report {said} Hz; {form.sample_rate} Hz was asked"))
    findings.extend(_duration(facts, transcript, limits))
    findings.extend(_sound(facts, limits))
    return facts, findings


def _duration(facts: AudioFacts, transcript: str, limits: AudioLimits) -> list[Finding]:
    length = len(_TAG.sub("", transcript).strip())
    shortest = length / limits.max_chars_per_second
    longest = length / limits.min_chars_per_second + limits.grace_seconds
    if shortest <= facts.seconds <= longest:
        return []
    expected = f"{shortest:.2f} to {longest:.2f} s are believable for {length} characters"
    return [Finding("duration", f"{facts.seconds:.2f} s of audio; {expected}")]


def _sound(facts: AudioFacts, limits: AudioLimits) -> list[Finding]:
    if not facts.finite:
        return [Finding("level", "the audio holds samples that are not numbers")]
    findings = []
    if facts.level_dbfs < limits.min_level_dbfs:
        findings.append(
            Finding("level", f"{facts.level_dbfs:.1f} dBFS; speech is above {limits.min_level_dbfs:.0f} dBFS")
        )
    if facts.silent_share > limits.max_silent_share:
        findings.append(
            Finding(
                "silence", f"{facts.silent_share:.0%} of it is silent; at most {limits.max_silent_share:.0%} is fine"
            )
        )
    elif facts.leading_silence_seconds > limits.max_leading_silence_seconds:
        findings.append(Finding("silence", f"it starts with {facts.leading_silence_seconds:.2f} s of silence"))
    if facts.peak > 1.0:
        findings.append(Finding("clipping", f"the largest sample is {facts.peak:.2f} of full scale"))
    return findings
