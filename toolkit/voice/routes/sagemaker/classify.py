"""What botocore, urllib3 and the decoder raise -> one `VoiceError`.

Owns the table of AWS error codes. source: the service model `sagemaker-runtime` in botocore 1.44 and the vendor's page
`cloud-service-provisioning`, read 2026-11-21.
"""

from collections.abc import Mapping
from typing import Any

from botocore.eventstream import ParserError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError
from urllib3.exceptions import HTTPError

from core.voice.decoder import TruncatedStreamError
from core.voice.ndjson import DecodeError
from toolkit.voice.errors import (
    AccessError,
    BadRequestError,
    ConnectionFailedError,
    EndpointError,
    MalformedStreamError,
    ModelFailedError,
    RefusedError,
    StreamBrokenError,
    ThrottledError,
    TruncatedSpeechError,
    UnavailableError,
    VoiceError,
)

__all__ = ["FOREIGN_ERRORS", "classify"]

FOREIGN_ERRORS = (ClientError, BotoCoreError, HTTPError, ParserError, DecodeError, OSError)
"""What a call and its stream can raise; nothing else is expected of them."""

_LONGEST_MESSAGE = 500

_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "SlowDown",
    }
)
_UNAVAILABLE = frozenset(
    {
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "InternalFailure",
        "InternalServerException",
        "InternalServerError",
        "InternalDependencyException",
        "ModelNotReadyException",
    }
)
_ACCESS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


def classify(error: Exception) -> VoiceError:
    """The typed form of an error of `FOREIGN_ERRORS`."""
    if isinstance(error, ClientError):
        return _of_response(error.response)
    if isinstance(error, TruncatedStreamError):
        return TruncatedSpeechError(str(error))
    if isinstance(error, (DecodeError, ParserError)):
        return MalformedStreamError(str(error))
    if isinstance(error, (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)):
        return AccessError(f"{error}; give a profile, a role or AWS_ACCESS_KEY_ID")
    if isinstance(error, (BotoConnectionError, HTTPClientError, HTTPError, OSError)):
        # Here are also urllib3's errors, which botocore lets through once a stream is open.
        return ConnectionFailedError(_short(f"{type(error).__name__}: {error}"))
    return EndpointError(_short(str(error)))


def _of_response(response: Mapping[str, Any]) -> VoiceError:
    error: Mapping[str, Any] = response.get("Error", {})
    code, message = str(error.get("Code", "")), _short(str(error.get("Message", "")))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code == "ModelError":
        return _of_model(response, message)
    if code == "InternalStreamFailure":
        return StreamBrokenError(f"InternalStreamFailure: {message}", retryable=True)
    if code == "ModelStreamError":
        # botocore drops the ErrorCode; ModelInvocationTimeExceeded takes minutes, so before audio it cannot be that.
        return StreamBrokenError(f"ModelStreamError: {message}", retryable=True)
    if code in _THROTTLED or status == 429:
        return ThrottledError(f"{code}: {message}")
    if code in _UNAVAILABLE or (isinstance(status, int) and status >= 500):
        return UnavailableError(f"{code}: {message}")
    if code in _ACCESS or status in (401, 403):
        return AccessError(f"{code}: {message}")
    return EndpointError(f"{code}: {message}")


def _of_model(response: Mapping[str, Any], message: str) -> VoiceError:
    status = response.get("OriginalStatusCode")
    said = _short(str(response.get("OriginalMessage") or message))
    if status == 429:
        return RefusedError(f"the chosen instance has no free slot: {said}", status=429)
    if status == 422:
        return BadRequestError(f"the container refused the request: {said}", status=422)
    retryable = isinstance(status, int) and status >= 500
    return ModelFailedError(f"the container answered {status}: {said}", status=status, retryable=retryable)


def _short(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…"
