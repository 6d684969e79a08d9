"""What of an endpoint is called, and which spellings it may want: the same for threads and asyncio."""

from core.voice.speech_request import SpeechRequest

__all__ = ["other_spelling", "target_of"]

_SPELLINGS = {"pcm_s16le": "pcm", "pcm": "pcm_s16le"}


def target_of(endpoint_name: str, variant: str | None) -> dict[str, str]:
    """The endpoint, and the variant where one must answer whatever the weights say, as the operation names them."""
    return {"EndpointName": endpoint_name} | ({"TargetVariant": variant} if variant else {})


def other_spelling(request: SpeechRequest) -> SpeechRequest | None:
    """Sonic 3 is documented with `pcm` and with `pcm_s16le`, for the same bytes."""
    other = _SPELLINGS.get(request.output_format.encoding)
    return request.with_encoding(other) if other is not None and request.model == "sonic-3" else None
