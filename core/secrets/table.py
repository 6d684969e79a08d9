"""Every secret of a stack in one table, from which each room takes what it needs.

Owns the facts: the key in a stack file, the variable that names a file with it, the file in the sandbox, the arguments
of the release that take it, what it opens and which pods read it. Stack settings, components, sandbox and documentation
derive the rest. What a secret opens and who reads it is the vendor's documentation (docs.cartesia.ai/self-hosted, pages
`provisioned-resources`, `architecture` and `air-gapped`, read 2026-11-21); names of Kubernetes secrets and their keys
are ours, since the vendor documents neither.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from catalog.chart import API_DEPLOYMENT, LICENSE_PROXY_SERVICE
from core.gcp.key_text import service_account_text
from core.secrets.checks import (
    SecretCheck,
    SecretText,
    api_key_problems,
    api_key_text,
    license_problems,
    license_text,
    password_problems,
    password_text,
    service_account_problems,
)

__all__ = ["SECRETS", "Secret", "SecretArgument", "argument_of", "arguments"]

NODES = "nodes"
"""Reader of registry logins: the kubelet, at each pull."""
WORKERS = "workers"
"""Reader that stands for the Deployments of all model workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretArgument:
    """One argument of the release that takes a secret, and the Kubernetes secret it becomes."""

    path: tuple[str, ...]
    """Keys from the release's arguments down to the value, in the spelling of Python."""
    readers: tuple[str, ...]
    """What reads it once it is in the cluster: Deployments by name, `WORKERS` or `NODES`. Pods read it at their start,
    and a new value needs a restart of theirs; nodes read it again at each pull."""
    role: str
    """Role in `key_paths` that tells the chart the Kubernetes secret's name."""
    holds: str
    """What the path of that role takes, for messages."""
    secret_name: str
    """Default name of the Kubernetes secret."""
    data_key: str
    """Default key in it."""
    child: str
    """End of the logical name of what makes it. A change would replace the secret of every stack."""
    air_gapped: bool | None = None
    """True: taken by air-gapped releases only; False: by connected ones only; None: by both."""

    @property
    def block(self) -> str:
        """The argument that holds the value and the name of an existing secret, dotted: `license.seed`."""
        return ".".join(self.path[: 1 if self.path[0] == "pull_secret" else -1])

    @property
    def plain(self) -> bool:
        """Whether the block is a `ReleaseSecretArgs`. A registry login has a shape of its own."""
        return self.path[-1] == "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One secret that somebody hands to a stack."""

    key: str
    """Its key below `cartesia:` in a stack file."""
    variable: str
    """Environment variable that may hold the path of a file with it."""
    file: str
    """Name of the file that the sandbox makes up for it."""
    meaning: str
    """What it is, for messages and docs."""
    opens: str
    """What whoever has it can do."""
    text: SecretText
    """The value that is meant, without what editors and portals put around it."""
    check: SecretCheck
    """What is wrong with a value."""
    arguments: tuple[SecretArgument, ...]
    """Where the release takes it."""


_PULL_SECRET = "cartesia-registry"  # noqa: S105 - a name, not a secret
_DOCKER_CONFIG = ".dockerconfigjson"

_ROWS = (
    Secret(
        key="serviceAccountJson",
        variable="CARTESIA_SERVICE_ACCOUNT_FILE",
        file="service-account.json",
        meaning="the vendor's service-account JSON",
        opens="the vendor's image registry and your bucket of voices",
        text=service_account_text,
        check=service_account_problems,
        arguments=(
            SecretArgument(
                path=("pull_secret", "service_account_json"),
                readers=(NODES,),
                role="pull_secret",
                holds="name of the registry pull secret",
                secret_name=_PULL_SECRET,
                data_key=_DOCKER_CONFIG,
                child="pull",
            ),
            SecretArgument(
                path=("gcs_access", "value"),
                readers=(API_DEPLOYMENT, WORKERS),
                role="gcs_secret",
                holds="name of the secret with the vendor's key",
                secret_name="cartesia-gcs",  # noqa: S106 - a name
                data_key="service-account.json",
                child="gcs",
                air_gapped=False,
            ),
        ),
    ),
    Secret(
        key="apiKey",
        variable="CARTESIA_API_KEY_FILE",
        file="api-key",
        meaning="Cartesia API key",
        opens="the vendor's licence service and cloud API, in your account",
        text=api_key_text,
        check=api_key_problems,
        arguments=(
            SecretArgument(
                path=("api_key", "value"),
                readers=(LICENSE_PROXY_SERVICE,),
                role="api_key_secret",
                holds="name of the secret with the Cartesia API key",
                secret_name="cartesia-api-key",  # noqa: S106 - a name
                data_key="api-key",
                child="api-key",
                air_gapped=False,
            ),
        ),
    ),
    Secret(
        key="license",
        variable="CARTESIA_LICENSE_FILE",
        file="license.json",
        meaning="offline licence JSON",
        opens="an air-gapped release, until it ends",
        text=license_text,
        check=license_problems,
        arguments=(
            SecretArgument(
                path=("license", "seed", "value"),
                readers=(LICENSE_PROXY_SERVICE,),
                role="license_seed_secret",
                holds="name of the secret with the licence",
                secret_name="cartesia-license",  # noqa: S106 - a name
                data_key="license.json",
                child="license",
                air_gapped=True,
            ),
        ),
    ),
    Secret(
        key="mirrorPassword",
        variable="CARTESIA_MIRROR_PASSWORD_FILE",
        file="mirror-password",
        meaning="password of your image mirror",
        opens="your image mirror",
        text=password_text,
        check=password_problems,
        arguments=(
            SecretArgument(
                path=("pull_secret", "mirror", "password"),
                readers=(NODES,),
                role="pull_secret",
                holds="name of the registry pull secret",
                secret_name=_PULL_SECRET,
                data_key=_DOCKER_CONFIG,
                child="pull",
            ),
        ),
    ),
)

SECRETS: Mapping[str, Secret] = MappingProxyType({row.key: row for row in _ROWS})
"""Every secret by key."""


def arguments() -> Iterator[tuple[Secret, SecretArgument]]:
    """Every argument that takes a secret, with the secret, in the order of the table."""
    return ((secret, argument) for secret in SECRETS.values() for argument in secret.arguments)


def argument_of(block: str) -> SecretArgument:
    """The first argument in a block, by which the block's Kubernetes secret is named."""
    return next(argument for _, argument in arguments() if argument.block == block)
