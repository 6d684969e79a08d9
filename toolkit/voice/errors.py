"""Every way a request for speech can fail, each with its own type.

Owns the types and what they mean to a caller. Leaves alone how a provider's error becomes one of them, which each route
knows, and whether it is worth another try (`toolkit/voice/retry.py` asks `retryable`).
"""

__all__ = [
    "AccessError",
    "BadRequestError",
    "CancelledSpeechError",
    "ConnectionFailedError",
    "DeadlineExceededError",
    "EmptySpeechError",
    "EndpointError",
    "MalformedStreamError",
    "ModelFailedError",
    "ModelTimeoutError",
    "NoKeyError",
    "QuotaError",
    "RefusedError",
    "SpeechFailedError",
    "StreamBrokenError",
    "ThrottledError",
    "TruncatedSpeechError",
    "UnavailableError",
    "UpstreamError",
    "VoiceError",
]


class VoiceError(Exception):
    """A request for speech failed.

    Attributes:
        kind: Stable name of the failure, for reports.
        retryable: True where the same request may succeed a moment later, if no audio was handed out yet.
        status: HTTP status the container answered, where it answered.
        audio_seconds: Audio handed out before the failure; above 0 the speech was cut off.
    """

    kind = "voice_error"
    retryable = False

    def __init__(self, message: str, *, status: int | None = None, retryable: bool | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.audio_seconds = 0.0
        if retryable is not None:
            self.retryable = retryable


class BadRequestError(VoiceError):
    """The container found the request malformed (422)."""

    kind = "bad_request"


class RefusedError(VoiceError):
    """Every slot of the instance that was chosen is busy (429); back off."""

    kind = "refused"
    retryable = True


class ModelFailedError(VoiceError):
    """The container answered another error; worth a retry from 500 up."""

    kind = "model_failed"


class ModelTimeoutError(VoiceError):
    """The model took longer than the provider waits for it."""

    kind = "model_timeout"
    retryable = True


class ThrottledError(VoiceError):
    """The provider limits the rate of calls of this account."""

    kind = "throttled"
    retryable = True


class QuotaError(VoiceError):
    """A gateway's own limit for this team is reached (429); whoever sets it can raise it."""

    kind = "quota"
    retryable = True


class NoKeyError(VoiceError):
    """A gateway has no provider key left for this team (503); its operator must add one, so asking again is no help."""

    kind = "no_key"


class UpstreamError(VoiceError):
    """A gateway did not get an answer from the provider behind it (502)."""

    kind = "upstream"
    retryable = True


class UnavailableError(VoiceError):
    """The provider itself failed, before the model was reached."""

    kind = "unavailable"
    retryable = True


class EndpointError(VoiceError):
    """There is no such endpoint, or it cannot be called like this."""

    kind = "endpoint"


class AccessError(VoiceError):
    """No credentials, wrong ones, or no right to call this endpoint."""

    kind = "access"


class ConnectionFailedError(VoiceError):
    """The connection could not be made, broke, or fell silent."""

    kind = "connection"
    retryable = True


class StreamBrokenError(VoiceError):
    """The provider ended the stream with an error of its own."""

    kind = "stream_broken"


class MalformedStreamError(VoiceError):
    """What arrived is not the protocol: a wrong checksum, a line that is not an event, a line without end."""

    kind = "malformed_stream"


class TruncatedSpeechError(VoiceError):
    """The stream ended in good order, but without `done`."""

    kind = "truncated"
    retryable = True


class EmptySpeechError(VoiceError):
    """The stream ended with `done` before it had brought any audio."""

    kind = "empty"
    retryable = True


class SpeechFailedError(VoiceError):
    """An event inside a stream that had opened well says failure: an `error`, or a status from 400 up on any other."""

    kind = "speech_failed"


class CancelledSpeechError(VoiceError):
    """The caller no longer wants it: `cancel` was called before the first audio."""

    kind = "cancelled"


class DeadlineExceededError(VoiceError):
    """The whole call, retries included, took longer than it was allowed to."""

    kind = "deadline"
