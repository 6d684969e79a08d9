"""What a speech request may say: models, languages, encodings, rates and limits, as the vendor publishes them.

source of every table: docs.cartesia.ai/self-hosted, page `cloud-service-provisioning`, and the README files of
github.com/cartesia-ai/cartesia-aws; encodings and rates: docs.cartesia.ai/2026-03-01, page `api-reference/tts/sse`;
all read 2026-11-21.
Leaves alone how a request is checked (`core/voice/sagemaker_request.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = [
    "CHUNK_SECONDS",
    "ENCODINGS",
    "EXAMPLE_VOICE_ID",
    "LANGUAGES",
    "LOCALES",
    "MAX_BODY_BYTES",
    "MAX_PRONUNCIATION_BYTES",
    "SAMPLE_RATES",
    "SPEECH_MODELS",
    "SPEED_RANGE",
    "VOLUME_RANGE",
    "SpeechModel",
]

# fmt: off
LANGUAGES: tuple[str, ...] = (
    "en", "fr", "de", "es", "pt", "zh", "ja", "hi", "it", "ko", "nl", "pl", "ru", "sv",
    "tr", "tl", "bg", "ro", "ar", "cs", "el", "fi", "hr", "ms", "sk", "da", "ta", "uk",
    "hu", "no", "vi", "bn", "th", "he", "ka", "id", "te", "gu", "kn", "ml", "mr", "pa",
)
# fmt: on
"""The 42 language codes both models take."""

LOCALES: tuple[str, ...] = (
    "en-US",
    "de-DE",
    "es-MX",
    "fr-FR",
    "hi-IN",
    "it-IT",
    "ja-JP",
    "nl-NL",
    "pt-BR",
)
"""Locales that only Sonic 3.5 takes beside the languages."""

ENCODINGS: Mapping[str, int] = MappingProxyType({"pcm_s16le": 2, "pcm_f32le": 4, "pcm_mulaw": 1, "pcm_alaw": 1})
"""Encoding of raw audio -> bytes a sample."""

SAMPLE_RATES: tuple[int, ...] = (8000, 16000, 22050, 24000, 44100, 48000)
"""Sample rates, Hz."""

VOLUME_RANGE: tuple[float, float] = (0.5, 2.0)
"""`generation_config.volume`, a factor."""

SPEED_RANGE: tuple[float, float] = (0.6, 1.5)
"""`generation_config.speed`, a factor."""

MAX_PRONUNCIATION_BYTES = 16 * 1024
"""Keys and values of `pronunciation_map` together, bytes of UTF-8."""

MAX_BODY_BYTES = 25 * 1024 * 1024
"""Payload of one real-time invocation, bytes. Source: AWS, SageMaker real-time inference limits."""

CHUNK_SECONDS = 0.02
"""Most audio one `chunk` event holds, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechModel:
    """What one model behind a SageMaker endpoint takes."""

    languages: tuple[str, ...]
    """Values of `language`."""
    language_required: bool
    """False: the model guesses where `language` is left out."""
    encodings: tuple[str, ...]
    """Values of `output_format.encoding`."""
    pronunciation_map: bool
    """True where the model takes `pronunciation_map`."""


SPEECH_MODELS: Mapping[str, SpeechModel] = MappingProxyType(
    {
        "sonic-3": SpeechModel(
            languages=LANGUAGES,
            language_required=True,
            # Its sample request says `pcm`, the page says it must match the SSE enumeration, which has no `pcm`.
            encodings=(*ENCODINGS, "pcm"),
            pronunciation_map=False,
        ),
        "sonic-3.5": SpeechModel(
            languages=(*LANGUAGES, *LOCALES),
            language_required=False,
            encodings=tuple(ENCODINGS),
            pronunciation_map=True,
        ),
    }
)
"""Models that run behind a SageMaker endpoint."""

EXAMPLE_VOICE_ID = "a0e99841-438c-4a64-b679-ae501e7d6091"
"""A voice of the vendor's own examples. No document promises that a given model package has it."""
