"""What the container behind an endpoint takes and what it refuses as malformed.

Owns the judgement of a request's body, by a table of its own: a stand-in that asked the client's own checks whether the
client's request is right would agree with every mistake in them. The table is tested with the requests of the vendor's
samples. source of every row: docs.cartesia.ai/self-hosted, page `cloud-service-provisioning`, and the README files and
notebooks of github.com/cartesia-ai/cartesia-aws, read 2026-11-21; languages, encodings, rates and limits come from
`catalog/speech.py`. Not published, and decided here: a field that no table names is refused, and so is a number where
text belongs; the wording of the refusal.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.speech import (
    MAX_PRONUNCIATION_BYTES,
    SAMPLE_RATES,
    SPEECH_MODELS,
    SPEED_RANGE,
    VOLUME_RANGE,
    SpeechModel,
)
from core.voice.audio_format import AudioFormat
from core.voice.speech_request import SpeechRequest

__all__ = ["FIELDS", "Field", "Malformed", "one_of", "read_request", "read_values", "speech_of", "spoken"]


class Malformed(Exception):  # noqa: N818 - reads as what it says at the raise site
    """The container answers 422; the text is what it says."""


Fits = Callable[[Any, SpeechModel], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the body."""

    fits: Fits
    """Whether a value is taken."""
    rule: str
    """What is taken, for the refusal."""
    required: Callable[[SpeechModel], bool] = lambda _model: False
    known: Callable[[SpeechModel], bool] = lambda _model: True
    """Whether the model has the field at all."""


def _always(_model: SpeechModel) -> bool:
    return True


def _text(value: Any, _model: SpeechModel) -> bool:
    """Text that UTF-8 can carry; JSON can also spell half a surrogate pair."""
    return isinstance(value, str) and value != "" and value == value.encode(errors="ignore").decode()


def spoken(value: Any, model: SpeechModel) -> bool:
    """Text with more than blanks in it."""
    return _text(value, model) and value.strip() != ""


def _object(value: Any, _model: SpeechModel) -> bool:
    return isinstance(value, dict)


def _flag(value: Any, _model: SpeechModel) -> bool:
    return isinstance(value, bool)


def one_of(*words: str) -> Fits:
    """One of these words."""
    return lambda value, _model: value in words


def _factor(bounds: tuple[float, float]) -> Fits:
    low, high = bounds
    return lambda value, _model: type(value) in (int, float) and low <= value <= high


def _respellings(value: Any, model: SpeechModel) -> bool:
    if not isinstance(value, dict) or not all(spoken(text, model) for pair in value.items() for text in pair):
        return False
    return sum(len(text.encode()) for pair in value.items() for text in pair) <= MAX_PRONUNCIATION_BYTES


FIELDS: Mapping[str, Field] = {
    "context_id": Field(fits=_text, rule="a string", required=_always),
    "transcript": Field(fits=spoken, rule="text to speak", required=_always),
    "language": Field(
        fits=lambda value, model: value in model.languages,
        rule="a language code of this model",
        required=lambda model: model.language_required,
    ),
    "output_format": Field(fits=_object, rule="an object", required=_always),
    "output_format.container": Field(fits=one_of("raw"), rule="raw", required=_always),
    "output_format.encoding": Field(
        fits=lambda value, model: value in model.encodings, rule="an encoding of raw audio", required=_always
    ),
    "output_format.sample_rate": Field(
        fits=lambda value, _model: type(value) is int and value in SAMPLE_RATES,
        rule="a documented rate in Hz",
        required=_always,
    ),
    "voice": Field(fits=_object, rule="an object", required=_always),
    "voice.mode": Field(fits=one_of("id"), rule="id", required=_always),
    "voice.id": Field(fits=spoken, rule="the id of a voice", required=_always),
    "generation_config": Field(fits=_object, rule="an object"),
    "generation_config.volume": Field(fits=_factor(VOLUME_RANGE), rule="0.5 to 2.0"),
    "generation_config.speed": Field(fits=_factor(SPEED_RANGE), rule="0.6 to 1.5"),
    "generation_config.emotion": Field(fits=_text, rule="the name of an emotion"),
    "add_timestamps": Field(fits=_flag, rule="true or false"),
    "add_phoneme_timestamps": Field(fits=_flag, rule="true or false"),
    "use_normalized_timestamps": Field(fits=_flag, rule="true or false"),
    "pronunciation_map": Field(
        fits=_respellings,
        rule="a map of words to respellings, 16 KB at most",
        known=lambda model: model.pronunciation_map,
    ),
}
"""Every field of a request, by its path."""

_OBJECTS = ("output_format", "voice", "generation_config")


def read_request(content_type: str, body: bytes, model: str) -> SpeechRequest:
    """What a request asks for.

    Args:
        content_type: Value of the `Content-Type` header.
        body: The body as it came.
        model: Key of `catalog.speech.SPEECH_MODELS`: the model the container runs.

    Raises:
        Malformed: The container does not take it.
    """
    values = read_values(content_type, body, model, FIELDS)
    return speech_of(values, model)


def read_values(content_type: str, body: bytes, model: str, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The values of a body by their paths, judged by a table.

    Raises:
        Malformed: The body is no JSON object, or a field breaks its rule.
    """
    values = _flat(_parsed(content_type, body))
    wrong = [*_unknown(values, SPEECH_MODELS[model], fields), *_unfit(values, SPEECH_MODELS[model], fields)]
    if wrong:
        raise Malformed("; ".join(wrong))
    return values


def speech_of(values: Mapping[str, Any], model: str) -> SpeechRequest:
    """What is to be spoken, from values that were judged."""
    return SpeechRequest(
        model=model,
        context_id=values["context_id"],
        transcript=values["transcript"],
        language=values.get("language"),
        output_format=AudioFormat(
            encoding=values["output_format.encoding"], sample_rate=values["output_format.sample_rate"]
        ),
        voice_id=values["voice.id"],
        generation_config=_inner(values, "generation_config."),
        flags={path: value for path, value in values.items() if path in FIELDS and FIELDS[path].fits is _flag},
        pronunciation_map=values.get("pronunciation_map") or {},
    )


def _parsed(content_type: str, body: bytes) -> dict[str, Any]:
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise Malformed(f"Content-Type must be application/json, not {content_type or 'absent'}")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(given, dict):
        raise Malformed("the body must be a JSON object")
    return given


def _flat(given: dict[str, Any]) -> dict[str, Any]:
    """Values by path; null is the same as absent, and a key that looks like a path is quoted."""
    flat: dict[str, Any] = {}
    for key, value in given.items():
        inner = value.items() if key in _OBJECTS and isinstance(value, dict) else ()
        flat |= {repr(key) if "." in key else key: value} | {f"{key}.{name}": item for name, item in inner}
    return {path: value for path, value in flat.items() if value is not None}


def _inner(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {path.removeprefix(prefix): value for path, value in values.items() if path.startswith(prefix)}


def _unknown(values: Mapping[str, Any], model: SpeechModel, fields: Mapping[str, Field]) -> list[str]:
    known = {path for path, field in fields.items() if field.known(model)}
    return [f"{path}: not a field of this model" for path in values if path not in known]


def _unfit(values: Mapping[str, Any], model: SpeechModel, fields: Mapping[str, Field]) -> list[str]:
    wrong = []
    for path, field in fields.items():
        parent = path.rpartition(".")[0]
        if path in values:
            if field.known(model) and not field.fits(values[path], model):
                wrong.append(f"{path}: must be {field.rule}")
        elif field.required(model) and (not parent or isinstance(values.get(parent), dict)):
            wrong.append(f"{path}: field required")
    return wrong
