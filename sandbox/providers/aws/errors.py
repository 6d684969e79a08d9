"""Failures in the words of the AWS API and of the provider that passes them on."""

import uuid
from typing import Final

from sandbox.providers.base import ProviderError
from sandbox.providers.cloud.definition import Failed

_STATUS: Final = {
    "AccessDeniedException": 403,
    "InsufficientInstanceCapacity": 500,
    "InternalFailure": 500,
    "InvalidParameterException": 400,
    "NoSuchEntity": 404,
    "ResourceInUseException": 409,
    "ResourceNotFoundException": 404,
    "ServerException": 500,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
}
_WANTED: Final = {"delete": ""}
_GERUNDS: Final = {"create": "creating", "read": "reading", "update": "updating", "delete": "deleting"}
_VERBS: Final = {"create": "Create", "read": "Describe", "update": "Modify", "delete": "Delete"}


def call_of(failed: Failed) -> str:
    """The API operation: what the row says, or `<Verb><Class>`."""
    verb, class_ = _VERBS[failed.operation], failed.row.token.rsplit(":", 1)[-1]
    return failed.row.calls.get(failed.operation) or verb + class_


def word(failed: Failed) -> ProviderError:
    """The provider's text for a failed call."""
    error, service = failed.error, failed.row.service
    if failed.status:
        return ProviderError(
            f"waiting for {failed.row.noun} ({failed.label}) {failed.operation}: unexpected state '{failed.status}', "
            f"wanted target '{_WANTED.get(failed.operation, 'ACTIVE')}'. last error: {error.code}: {error.message}"
        )
    # EC2 errors are not modelled in the SDK, so it marks them as plain API errors.
    mark = "api error " if service == "EC2" else ""
    return ProviderError(
        f"{_GERUNDS[failed.operation]} {failed.row.noun} ({failed.label}): operation error {service}: "
        f"{call_of(failed)}, https response error StatusCode: {_STATUS.get(error.code, 400)}, "
        f"RequestID: {uuid.uuid4()}, {mark}{error.code}: {error.message}"
    )
