"""Failures in the words of Google's APIs and of the provider that passes them on."""

from typing import Final

from sandbox.providers.base import ProviderError
from sandbox.providers.cloud.definition import Failed

_STATUS: Final = {
    "alreadyExists": 409,
    "failedPrecondition": 400,
    "invalid": 400,
    "badRequest": 400,
    "forbidden": 403,
    "notFound": 404,
    "resourceInUseByAnotherResource": 400,
    "quotaExceeded": 403,
    "rateLimitExceeded": 429,
    "backendError": 503,
}
_GERUNDS: Final = {"create": "creating", "read": "reading", "update": "updating", "delete": "deleting"}
PROVIDER: Final = "provider"
"""Code of what the provider itself refuses, without a call."""


def word(failed: Failed) -> ProviderError:
    """The provider's text for a failed call."""
    error = failed.error
    if error.code == PROVIDER:
        return ProviderError(error.message)
    status = _STATUS.get(error.code)
    told = f"googleapi: Error {status}: {error.message}, {error.code}" if status else f"{error.code}: {error.message}"
    return ProviderError(f"error {_GERUNDS[failed.operation]} {failed.row.noun} {failed.label!r}: {told}")
