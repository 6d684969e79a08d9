"""Every rule on a speech request to Cartesia's own API, and the body that is sent.

Owns what differs from a SageMaker endpoint (`core/voice/sagemaker_request.py`): the model is named in the body, any
model id may be right, and there are fields of its own.
source: docs.cartesia.ai, page `api-reference/tts/sse`, read 2026-11-21.
"""

import json
from collections.abc import Mapping
from typing import Any

from catalog.speech import SPEECH_MODELS
from core.input.problems import InvalidInput, Problems
from core.voice.sagemaker_request import DEFAULT_MODEL, resolve_speech_request
from core.voice.speech_request import SpeechRequest

__all__ = ["direct_body", "resolve_direct_request"]

_OWN = ("normalization", "pronunciation_dict_id", "speed", "duration", "locale")
"""Fields of this API that a SageMaker endpoint does not have. Their values are the server's to judge."""


def resolve_direct_request(
    args: Mapping[str, Any], model: str = DEFAULT_MODEL, *, passthrough: bool = False
) -> SpeechRequest:
    """Check a request as a whole.

    Args:
        args: The request in the shape of `SpeechRequestArgs`, with the fields that only this API has.
        model: Id sent as `model_id`; which ids a cluster takes is its own to say.
        passthrough: As `resolve_speech_request`.

    Raises:
        InvalidInput: At least one rule is broken.
    """
    problems = Problems()
    if not model.strip() or not model.isprintable():
        problems.add("model", "must be the id of a model", got=model, fix='e.g. "sonic-3.5"')
        raise InvalidInput("SpeechRequest", problems)
    if "pronunciation_map" in args:
        problems.add("pronunciation_map", "is not a field of this API", fix="use `pronunciation_dict_id`")
        raise InvalidInput("SpeechRequest", problems)
    own = {key: args[key] for key in _OWN if key in args}
    known = {key: value for key, value in args.items() if key not in own}
    facts = next((name for name in SPEECH_MODELS if model == name or model.startswith(f"{name}-")), DEFAULT_MODEL)
    request = resolve_speech_request(known, facts, passthrough=passthrough)
    return request.for_model(model, own)


def direct_body(request: SpeechRequest) -> bytes:
    """The bytes to send."""
    fields = {"model_id": request.model, **request.fields()}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
