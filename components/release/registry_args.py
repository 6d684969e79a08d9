"""What a caller of `RegistryPullSecret` and `GcsAccess` writes: their Args. The rules are beside the components."""

from typing import NotRequired, TypedDict

import pulumi


class MirrorCredentialsArgs(TypedDict):
    """Login of a registry that mirrors the vendor's images."""

    registry: str
    """Host, with a port if it needs one, e.g. `registry.example.com:5000`. No scheme, no path. Change: in place."""
    username: pulumi.Input[str]
    """User name. Change: in place."""
    password: pulumi.Input[str]
    """Password or token, kept secret. Change: in place."""


class RegistryPullSecretArgs(TypedDict):
    """Arguments of `RegistryPullSecret`: one of `service_account_json` and `mirror`."""

    namespace: pulumi.Input[str]
    """Namespace of the pods that pull. Change: replaces the secret."""
    secret_name: NotRequired[str]
    """Name of the secret. Pods refer to it. Default `cartesia-registry`. Change: replaces the secret."""
    service_account_json: NotRequired[pulumi.Input[str]]
    """The vendor's service-account JSON key, for the vendor's registry. Kept secret. Change: in place."""
    mirror: NotRequired[MirrorCredentialsArgs]
    """Login of your own registry instead. Change: in place."""


class GcsAccessArgs(TypedDict):
    """Arguments of `GcsAccess`."""

    namespace: pulumi.Input[str]
    """Namespace of the API server and the workers. Change: replaces the secret."""
    service_account_json: pulumi.Input[str]
    """The vendor's service-account JSON key, kept secret. Change: in place; pods read it at their next start."""
    secret_name: NotRequired[str]
    """Name of the secret. Default `cartesia-gcs`. Change: replaces the secret."""
    data_key: NotRequired[str]
    """File name of the key inside the secret. Undocumented. Default `service-account.json`. Change: in place."""
