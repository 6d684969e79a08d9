"""Failures in the words of the AWS API and of the provider that passes them on."""

import uuid
from typing import Final

from sandbox.providers.base import ProviderError

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


class AwsError(Exception):
    """What one call of the AWS API answered: its error code and message."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


def as_provider_error(error: AwsError, *, doing: str, service: str, call: str) -> ProviderError:
    """The provider's text for a failed call.

    Args:
        error: The answer of the API.
        doing: What the provider was about, e.g. `creating EKS Cluster (voice)`.
        service: As the SDK names it, e.g. `EKS`.
        call: API operation, e.g. `CreateCluster`.
    """
    status = _STATUS.get(error.code, 400)
    # EC2 errors are not modelled in the SDK, so it marks them as plain API errors.
    mark = "api error " if service == "EC2" else ""
    return ProviderError(
        f"{doing}: operation error {service}: {call}, https response error StatusCode: {status}, "
        f"RequestID: {uuid.uuid4()}, {mark}{error.code}: {error.message}"
    )
