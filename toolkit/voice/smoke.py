"""A smoke test: one request, and everything about the answer that can be checked without ears.

Owns the report. Leaves alone sound (`core/voice/audio_checks.py`), the request's rules and how a report is printed.
"""

import math
from dataclasses import dataclass
from typing import Any

from core.input.plain import plain
from core.voice.audio import AudioFacts
from core.voice.audio_checks import Finding, check_audio
from core.voice.speech_request import SpeechRequest
from toolkit.voice.client import VoiceClient
from toolkit.voice.errors import VoiceError
from toolkit.voice.speech import Speech

__all__ = ["SmokeLimits", "SmokeReport", "smoke_test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeLimits:
    """When a complete answer is still a finding."""

    ttfa_seconds: float = 2.0
    """Longest time to the first audio."""
    real_time_factor: float = 1.0
    """Above 1 a listener hears gaps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeReport:
    """What one smoke test found."""

    request: SpeechRequest
    findings: tuple[Finding, ...]
    speech: Speech | None = None
    audio: AudioFacts | None = None
    error: VoiceError | None = None

    @property
    def fine(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def as_data(self) -> dict[str, Any]:
        """The report as JSON: `fine`, `findings`, `error`, `audio`, `timing`, and what was asked."""
        form = self.request.output_format
        return {
            "fine": self.fine,
            "findings": plain(self.findings),
            "error": None if self.error is None else _error_data(self.error),
            "asked": {"transcript": self.request.transcript, "format": plain(form)},
            "audio": None if self.audio is None else _finite(plain(self.audio)),
            "timing": None if self.speech is None else _timing(self.speech),
        }


def smoke_test(
    client: VoiceClient, request: SpeechRequest, deadline_seconds: float, limits: SmokeLimits | None = None
) -> SmokeReport:
    """Speak once and check the answer; a failed call is a finding, too."""
    limits = limits or SmokeLimits()
    try:
        speech = client.speak(request, deadline_seconds)
    except VoiceError as error:
        return SmokeReport(request=request, findings=(Finding(error.kind, str(error)),), error=error)
    facts, findings = check_audio(speech.audio, speech.request.output_format, request.transcript, speech.sampling_rates)
    findings.extend(_slow(speech, limits))
    return SmokeReport(request=speech.request, findings=tuple(findings), speech=speech, audio=facts)


def _slow(speech: Speech, limits: SmokeLimits) -> list[Finding]:
    ttfa, factor = speech.metrics.ttfa_seconds, speech.metrics.real_time_factor
    findings = []
    if ttfa is not None and ttfa > limits.ttfa_seconds:
        findings.append(Finding("ttfa", f"the first audio took {ttfa:.3f} s; at most {limits.ttfa_seconds} s is fine"))
    if factor is not None and factor > limits.real_time_factor:
        findings.append(
            Finding("rtf", f"{factor:.2f} s of work for a second of audio; at most {limits.real_time_factor} is fine")
        )
    return findings


def _timing(speech: Speech) -> dict[str, Any]:
    figures: dict[str, Any] = plain(speech.metrics)
    return figures | {"realTimeFactor": speech.metrics.real_time_factor}


def _error_data(error: VoiceError) -> dict[str, Any]:
    return {
        "kind": error.kind,
        "message": str(error),
        "status": error.status,
        "retryable": error.retryable,
        "audioSeconds": error.audio_seconds,
    }


def _finite(fields: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinities; the level of silence is null."""
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in fields.items()}
