"""Every rule on a speech request to a SageMaker endpoint, all told at once.

Owns what may be asked of which model. Leaves alone the shape (`core/voice/speech_request.py`), sending
(`toolkit/voice`) and the tables of languages, encodings and limits (`catalog/speech.py`). The endpoint knows its model,
so the model is an argument of the check and never sent.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from catalog.speech import (
    LANGUAGES,
    MAX_BODY_BYTES,
    MAX_PRONUNCIATION_BYTES,
    SAMPLE_RATES,
    SPEECH_MODELS,
    SPEED_RANGE,
    VOLUME_RANGE,
    SpeechModel,
)
from core.input.problems import InvalidInput, Problems, nearest
from core.input.reader import Reader
from core.voice.audio_format import AudioFormat
from core.voice.speech_request import (
    BLOCKS,
    GenerationConfigArgs,
    OutputFormatArgs,
    SpeechRequest,
    SpeechRequestArgs,
    VoiceArgs,
)

__all__ = ["DEFAULT_MODEL", "resolve_speech_request"]

DEFAULT_MODEL = "sonic-3.5"
"""Model assumed where nobody says which one the endpoint runs."""

_FLAGS = ("add_timestamps", "add_phoneme_timestamps", "use_normalized_timestamps")

_KEYS = {
    "voice_id": 'write `voice: {"mode": "id", "id": ...}`',
    "model_id": "leave it out: the endpoint runs one model",
    "model": "leave it out: the endpoint runs one model",
    "locale": "use `language`",
}
"""Keys of other Cartesia APIs, with what to write here instead."""


def resolve_speech_request(
    args: Mapping[str, Any], model: str = DEFAULT_MODEL, *, passthrough: bool = False
) -> SpeechRequest:
    """Check a request as a whole.

    Args:
        args: The request in the shape of `SpeechRequestArgs`.
        model: Key of `catalog.speech.SPEECH_MODELS`: the model the endpoint runs.
        passthrough: Whether fields that no table names are sent as they are, for a package newer than the table;
            `SpeechRequest.unchecked` names them. A field of another Cartesia API is refused all the same.

    Raises:
        InvalidInput: At least one rule is broken; it names them all with the path of each field.
    """
    problems = Problems()
    if model not in SPEECH_MODELS:
        problems.add(
            "model", "is not a model of a SageMaker endpoint", got=model, fix=nearest(str(model), SPEECH_MODELS)
        )
        raise InvalidInput("SpeechRequest", problems)
    facts = SPEECH_MODELS[model]
    rest = args
    if isinstance(args, Mapping):
        for key in sorted(_KEYS.keys() & args.keys()):
            problems.add(key, "is not a field of this API", fix=_KEYS[key])
        rest = {key: value for key, value in args.items() if key not in _KEYS}
    rest, extra = _split(rest, problems) if passthrough and isinstance(rest, Mapping) else (rest, {})
    top = Reader(rest, SpeechRequestArgs.__annotations__, "", problems)
    request = SpeechRequest(
        model=model,
        context_id=_context_id(top),
        transcript=_transcript(top),
        language=_language(top, model, facts),
        output_format=_output_format(top, facts),
        voice_id=_voice(top),
        generation_config=_generation_config(top),
        flags={key: top.flag(key, False) for key in _FLAGS if top.has(key)},
        pronunciation_map=_pronunciation_map(top, model, facts),
        extra=extra,
    )
    if not problems and (size := len(request.body())) > MAX_BODY_BYTES:
        problems.add("transcript", f"makes a body above {MAX_BODY_BYTES} bytes", got=size, fix="split the text")
    if problems:
        raise InvalidInput("SpeechRequest", problems)
    return request


def _split(args: Mapping[str, Any], problems: Problems) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the tables name, and what they do not, at the top and in its objects."""
    known: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in args.items():
        if key in BLOCKS and isinstance(value, Mapping):
            names = BLOCKS[key].__annotations__
            known[key] = {name: item for name, item in value.items() if name in names}
            if more := {name: item for name, item in value.items() if name not in names}:
                extra[key] = more
        else:
            (known if key in SpeechRequestArgs.__annotations__ else extra)[key] = value
    try:
        json.dumps(extra, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        problems.add(", ".join(map(str, extra)), "must be JSON", got=str(error), fix="send values that JSON can hold")
        extra = {}
    return known, extra


def _context_id(top: Reader) -> str:
    if not top.required("context_id", "give a string that is unique to this request, e.g. a UUID"):
        return ""
    value = _sendable(top, "context_id")
    if value and not value.isprintable():
        top.problems.add("context_id", "must be printable", got=value, fix="use letters, digits and dashes")
    return value


def _transcript(top: Reader) -> str:
    if not top.required("transcript", "give the text to speak"):
        return ""
    value = _sendable(top, "transcript")
    if value and not value.strip():
        top.problems.add("transcript", "must say something", got=value, fix="give the text to speak")
    return value


def _sendable(reader: Reader, key: str) -> str:
    """Text that UTF-8 can carry."""
    value = reader.text(key)
    if _is_utf8(value):
        return value
    reader.problems.add(
        reader.at(key), "must be valid Unicode", got=ascii(value), fix="remove the lone surrogates (half an emoji)"
    )
    return ""


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _language(top: Reader, model: str, facts: SpeechModel) -> str | None:
    if not top.has("language"):
        if facts.language_required:
            top.required("language", f'set it, e.g. "en"; {model} does not guess')
        return None
    value = top.text("language")
    if not value or value in facts.languages:
        return value or None
    base = value.replace("_", "-").split("-")[0].lower()
    fix = f'use "{base}"' if base in LANGUAGES else nearest(value, facts.languages)
    top.problems.add("language", f"must be a language of {model}", got=value, fix=fix)
    return None


def _output_format(top: Reader, facts: SpeechModel) -> AudioFormat:
    nothing = AudioFormat(encoding="pcm_s16le", sample_rate=SAMPLE_RATES[-1])
    example = 'e.g. {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 44100}'
    if not top.required("output_format", f"give an object, {example}"):
        return nothing
    given = top.value("output_format")
    if not isinstance(given, Mapping):
        top.problems.add("output_format", "must be an object", got=given, fix=f"write {example}")
        return nothing
    inner = top.block("output_format", OutputFormatArgs)
    if inner.required("container", 'set "raw"'):
        inner.choice("container", ["raw"], "raw")
    encoding = nothing.encoding
    if inner.required("encoding", 'set it, e.g. "pcm_s16le"'):
        encoding = inner.choice("encoding", facts.encodings, encoding)
    rate = nothing.sample_rate
    if inner.required("sample_rate", "set it in Hz, e.g. 44100"):
        rate = inner.whole("sample_rate", rate, low=SAMPLE_RATES[0], high=SAMPLE_RATES[-1])
        if rate not in SAMPLE_RATES:
            near = min(SAMPLE_RATES, key=lambda known: abs(known - rate))
            known = ", ".join(map(str, SAMPLE_RATES))
            inner.problems.add(inner.at("sample_rate"), f"must be one of {known}", got=rate, fix=f"use {near}")
    return AudioFormat(encoding=encoding, sample_rate=rate)


def _voice(top: Reader) -> str:
    example = '{"mode": "id", "id": "<voice id>"}'
    if not top.required("voice", f"give {example}"):
        return ""
    given = top.value("voice")
    if not isinstance(given, Mapping):
        top.problems.add("voice", "must be an object", got=given, fix=f"write {example}")
        return ""
    inner = top.block("voice", VoiceArgs)
    if inner.required("mode", 'set "id"'):
        inner.choice("mode", ["id"], "id")
    if not inner.required("id", "set the id of a voice"):
        return ""
    value = _sendable(inner, "id")
    if value and (value != value.strip() or not value.isprintable()):
        inner.problems.add(inner.at("id"), "must be an id without blanks around it", got=value, fix="copy the id alone")
    return value


def _generation_config(top: Reader) -> dict[str, float | str]:
    if not top.has("generation_config"):
        return {}
    inner = top.block("generation_config", GenerationConfigArgs)
    found: dict[str, float | str] = {}
    for key, (low, high) in (("volume", VOLUME_RANGE), ("speed", SPEED_RANGE)):
        if inner.has(key):
            found[key] = _factor(inner, key, low, high)
    if inner.has("emotion"):
        found["emotion"] = _sendable(inner, "emotion")
    return found


def _factor(reader: Reader, key: str, low: float, high: float) -> float:
    value = reader.value(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        reader.problems.add(reader.at(key), "must be a number", got=value, fix=f"give {low} to {high}")
        return 1.0
    if not low <= value <= high:
        fix = f"raise it to {low}" if value < low else f"lower it to {high}"
        reader.problems.add(reader.at(key), f"must be {low} to {high}", got=value, fix=fix)
    return value


def _pronunciation_map(top: Reader, model: str, facts: SpeechModel) -> dict[str, str]:
    if not top.has("pronunciation_map"):
        return {}
    if not facts.pronunciation_map:
        top.problems.add(
            "pronunciation_map", f"is not a field of {model}", fix="leave it out, or run sonic-3.5 on the endpoint"
        )
        return {}
    found = top.text_map("pronunciation_map")
    for word, said in found.items():
        path = f"pronunciation_map.{word}" if word.isprintable() else "pronunciation_map"
        if not word.strip() or not said.strip():
            top.problems.add(path, "must map a word to how it is said", got=said, fix="remove it or fill it in")
        elif not (_is_utf8(word) and _is_utf8(said)):
            top.problems.add(
                "pronunciation_map", "must be valid Unicode", got=ascii(word), fix="remove lone surrogates"
            )
    size = sum(len(text.encode("utf-8", "surrogatepass")) for pair in found.items() for text in pair)
    if size > MAX_PRONUNCIATION_BYTES:
        top.problems.add(
            "pronunciation_map",
            f"must be at most {MAX_PRONUNCIATION_BYTES} bytes of UTF-8, keys and values together",
            got=size,
            fix="send only the words of this transcript",
        )
    return found
