"""What botocore, urllib3 and aiohttp raise -> one `VoiceError`.

Owns the table of AWS error codes. source: the service model `sagemaker-runtime` in botocore 1.44 and the vendor's page
`cloud-service-provisioning`, read 2026-11-21.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
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

from toolkit.voice.errors import (
    AccessError,
    BadRequestError,
    ConnectionFailedError,
    EndpointError,
    MalformedStreamError,
    ModelFailedError,
    ModelTimeoutError,
    RefusedError,
    StreamBrokenError,
    ThrottledError,
    UnavailableError,
    VoiceError,
)

__all__ = ["FOREIGN_ERRORS", "classify"]

FOREIGN_ERRORS = (ClientError, BotoCoreError, HTTPError, ParserError, OSError, aiohttp.ClientError)
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


_NO_ANSWER = (0, 504)
"""What AWS gives as the container's status where it gave none in time. source of 0: "Received server error (0) from
model ... invocation timed out", github.com/aws/amazon-sagemaker-examples, issue 799."""


def classify(error: Exception) -> VoiceError:
    """The typed form of an error of `FOREIGN_ERRORS`."""
    if isinstance(error, ClientError):
        return _of_response(error.response)
    if isinstance(error, ParserError):
        return MalformedStreamError(str(error))
    if isinstance(error, (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)):
        return AccessError(f"{error}; give a profile, a role or AWS_ACCESS_KEY_ID")
    if isinstance(error, aiohttp.InvalidURL):
        return EndpointError(_short(f"not a URL: {error}"))
    if isinstance(error, (BotoConnectionError, HTTPClientError, HTTPError, OSError, aiohttp.ClientError)):
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
        return _of_stream(response, message)
    # Codes before statuses: a model that is not ready yet is answered with 429, too.
    if code in _UNAVAILABLE:
        return UnavailableError(f"{code}: {message}")
    if code in _ACCESS:
        return AccessError(f"{code}: {message}")
    if code in _THROTTLED or status == 429:
        return ThrottledError(f"{code}: {message}")
    if isinstance(status, int) and status >= 500:
        return UnavailableError(f"{code}: {message}")
    if status in (401, 403):
        return AccessError(f"{code}: {message}")
    return EndpointError(f"{code}: {message}")


def _of_stream(response: Mapping[str, Any], message: str) -> VoiceError:
    # boto3 drops the ErrorCode, aiohttp's way keeps it.
    if response.get("ErrorCode") == "ModelInvocationTimeExceeded":
        return ModelTimeoutError(f"ModelStreamError: {message}")
    return StreamBrokenError(f"ModelStreamError: {message}", retryable=True)


def _of_model(response: Mapping[str, Any], message: str) -> VoiceError:
    status = response.get("OriginalStatusCode")
    said = _short(str(response.get("OriginalMessage") or message))
    if status == 429:
        return RefusedError(f"the chosen instance has no free slot: {said}", status=429)
    if status == 422:
        return BadRequestError(f"the container refused the request: {said}", status=422)
    if status in _NO_ANSWER:
        return ModelTimeoutError(f"the container did not answer in time: {said}", status=status)
    retryable = isinstance(status, int) and status >= 500
    return ModelFailedError(f"the container answered {status}: {said}", status=status, retryable=retryable)


def _short(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…"
