"""The shape of a speech request to a SageMaker endpoint, and the body that is sent.

Owns no rule: `core/voice/sagemaker_request.py` checks and makes a `SpeechRequest`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NotRequired, TypedDict

from core.voice.audio_format import AudioFormat

__all__ = ["BLOCKS", "GenerationConfigArgs", "OutputFormatArgs", "SpeechRequest", "SpeechRequestArgs", "VoiceArgs"]


class OutputFormatArgs(TypedDict):
    """How the audio is encoded."""

    container: str
    """Only `raw`."""
    encoding: str
    """`pcm_s16le`, `pcm_f32le`, `pcm_mulaw` or `pcm_alaw`. Sonic 3 also takes `pcm`."""
    sample_rate: int
    """Hz: 8000, 16000, 22050, 24000, 44100 or 48000."""


class VoiceArgs(TypedDict):
    """Which voice speaks."""

    mode: str
    """Only `id`."""
    id: str
    """Id of a voice of the model package."""


class GenerationConfigArgs(TypedDict):
    """How it is spoken."""

    volume: NotRequired[float]
    """A factor, 0.5 to 2.0."""
    speed: NotRequired[float]
    """A factor, 0.6 to 1.5."""
    emotion: NotRequired[str]
    """Name of an emotion."""


class SpeechRequestArgs(TypedDict):
    """The request as the vendor documents it."""

    context_id: str
    """Any unique string. The server's request id ends with it."""
    transcript: str
    """What is spoken. `<speed ratio='1.5'/>`, `<volume ratio='0.5'/>` and `<emotion value='...'/>` may stand in it."""
    language: NotRequired[str]
    """A language code. Required by Sonic 3, best always sent."""
    output_format: OutputFormatArgs
    """How the audio is encoded."""
    voice: VoiceArgs
    """Which voice speaks."""
    generation_config: NotRequired[GenerationConfigArgs]
    """How it is spoken."""
    add_timestamps: NotRequired[bool]
    """Also send word timestamps."""
    add_phoneme_timestamps: NotRequired[bool]
    """Also send phoneme timestamps."""
    use_normalized_timestamps: NotRequired[bool]
    """Documents disagree on what this does. It is passed through."""
    pronunciation_map: NotRequired[dict[str, str]]
    """Word -> plain respelling; Sonic 3.5 only; keys and values together at most 16 KB of UTF-8."""


BLOCKS: Mapping[str, type] = {
    "output_format": OutputFormatArgs,
    "voice": VoiceArgs,
    "generation_config": GenerationConfigArgs,
}
"""Fields that are objects, with their shapes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """A request that breaks no rule. Made by `resolve_speech_request`."""

    model: str
    """Model the endpoint runs. Not sent."""
    context_id: str
    transcript: str
    language: str | None
    output_format: AudioFormat
    voice_id: str
    generation_config: Mapping[str, float | str] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    """The timestamp flags that were given."""
    pronunciation_map: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Fields that no table names, sent as they are: only where the caller asked for it."""

    def fields(self) -> dict[str, Any]:
        """The request as the endpoint takes it. What was not given is left out."""
        found: dict[str, Any] = {
            "context_id": self.context_id,
            "transcript": self.transcript,
            "language": self.language,
            "output_format": {
                "container": "raw",
                "encoding": self.output_format.encoding,
                "sample_rate": self.output_format.sample_rate,
            },
            "voice": {"mode": "id", "id": self.voice_id},
            "generation_config": dict(self.generation_config) or None,
            **self.flags,
            "pronunciation_map": dict(self.pronunciation_map) or None,
        }
        return _merged({key: value for key, value in found.items() if value is not None}, self.extra)

    @property
    def unchecked(self) -> tuple[str, ...]:
        """Paths of the fields in `extra`, for a warning."""
        return tuple(sorted(path for key, value in self.extra.items() for path in _paths(key, value)))

    def body(self) -> bytes:
        """The bytes to send."""
        return json.dumps(self.fields(), ensure_ascii=False, separators=(",", ":")).encode()

    def with_encoding(self, encoding: str) -> "SpeechRequest":
        """The same request for another encoding."""
        return replace(self, output_format=replace(self.output_format, encoding=encoding))

    def for_model(self, model: str, more: Mapping[str, Any] | None = None) -> "SpeechRequest":
        """The same request for another model id, with `more` fields."""
        return replace(self, model=model, extra={**self.extra, **(more or {})})


def _merged(fields: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(fields)
    for key, value in more.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, Mapping) else value
    return merged


def _paths(key: str, value: Any) -> tuple[str, ...]:
    if key in BLOCKS and isinstance(value, Mapping):
        return tuple(f"{key}.{inner}" for inner in value)
    return (key,)
