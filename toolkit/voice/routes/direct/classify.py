"""What the API answers and what aiohttp raises -> one `VoiceError`.

Owns the table of statuses. source: docs.cartesia.ai, page `use-the-api/api-errors`, read 2026-11-21.
"""

from collections.abc import Mapping

import aiohttp

from core.voice.api_error import ApiError
from toolkit.voice.errors import (
    AccessError,
    BadRequestError,
    ConnectionFailedError,
    EndpointError,
    ModelTimeoutError,
    RefusedError,
    UnavailableError,
    VoiceError,
)

__all__ = ["FOREIGN_ERRORS", "of_answer", "of_failure"]

FOREIGN_ERRORS = (aiohttp.ClientError, OSError)
"""What a call and its stream can raise; time-outs are an `OSError`."""


def of_answer(status: int, error: ApiError, meanings: Mapping[int, type[VoiceError]]) -> VoiceError:
    """The typed form of an answer that is not a success.

    Args:
        status: Its HTTP status.
        error: What it says.
        meanings: Statuses that mean something else than to the API itself, as a gateway's own do.
    """
    said = f"the API answered {status}: {error}"
    if status in meanings:
        return meanings[status](said, status=status)
    if status in (400, 413, 422):
        return BadRequestError(said, status=status)
    if status in (401, 402, 403):
        return AccessError(said, status=status)
    if status == 429:
        return RefusedError(said, status=status)
    if status in (408, 504):
        return ModelTimeoutError(said, status=status)
    if status >= 500:
        return UnavailableError(said, status=status)
    if status == 404 and "model" in f"{error.code} {error.message}".lower():
        # The path is right then. What the API answers to a model that it does not have is not published.
        return BadRequestError(said, status=status)
    return EndpointError(said, status=status)


def of_failure(error: Exception) -> VoiceError:
    """The typed form of an error of `FOREIGN_ERRORS`."""
    if isinstance(error, aiohttp.InvalidURL):
        return EndpointError(f"not a URL: {error}")
    return ConnectionFailedError(f"{type(error).__name__}: {error}"[:500])
