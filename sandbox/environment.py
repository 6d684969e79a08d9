"""The environment variables of everything that runs inside the sandbox.

Owns the border: nothing that runs inside finds a credential, a state or a cluster of the person outside. Programs look
for those in variables and in files of the home folder, so the first are removed and the second are pointed elsewhere.
"""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from core.input.examples import EXAMPLES_ALLOWED, EXAMPLES_VARIABLE
from core.secrets.table import SECRETS
from sandbox.host.errors import SandboxDown
from sandbox.host.layout import WORLD_VARIABLE, Layout
from sandbox.host.ports import HOST
from sandbox.host.records import read_json
from sandbox.secrets import secret_files
from sandbox.voice.record import recorded_voice, served_endpoints

PASSPHRASE = "sandbox"  # noqa: S105 - nothing outside the sandbox is encrypted with it
"""Encrypts the secrets of stacks in the sandbox's own backend."""

_NO_KEY = "sandbox"
"""Access key of the pretended account; no cloud knows it."""
_REGION = "us-east-2"
"""Region of AWS's SDKs until a SageMaker endpoint is there."""

FOREIGN_PREFIXES = ("AWS_", "GOOGLE_", "GCLOUD_", "GCE_", "CLOUDSDK_", "AZURE_", "ARM_", "HELM_", "KUBE", "FAKE_GCS_")
"""Variables of clouds, clusters and Helm: all of them name accounts, credentials or places outside."""

FOREIGN_NAMES = (
    "CARTESIA_API_KEY",
    "CARTESIA_BASE_URL",
    "CARTESIA_CUSTOM_HEADERS",
    "DOCKER_AUTH_CONFIG",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_API",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_CREDENTIALS_PATH",
    "PULUMI_DEBUG_LANGUAGES",
    "PULUMI_DEBUG_PROVIDERS",
    "PULUMI_IGNORE_AMBIENT_PLUGINS",
    "PULUMI_ORGANIZATION",
    "PULUMI_PROJECT",
    "PULUMI_STACK",
)
"""Variables that would send the engine to another backend, account or plugin; its other switches are left alone."""


def environment(world_dir: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment for a program inside the sandbox.

    Args:
        world_dir: The world, which must be up.
        base: Environment to start from; None takes that of this process.

    Raises:
        SandboxDown: The world is not up.
    """
    layout = Layout(world_dir.absolute())
    if layout.ending.exists():
        begun = "the sandbox is down or going down: a `sandbox down` was begun and has not ended"
        raise SandboxDown(f"{begun}; run it again, or start with `cartesia-infra sandbox up`")
    gcs = (read_json(layout.record) or {}).get("gcs")
    if not isinstance(gcs, dict):
        raise SandboxDown("the sandbox is down; start it with `cartesia-infra sandbox up`")
    outside = os.environ if base is None else base
    return without_foreign(outside) | _inside(layout, str(gcs["url"]), outside)


def without_foreign(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables without those that name things outside."""
    return {
        name: value
        for name, value in variables.items()
        if not name.startswith(FOREIGN_PREFIXES) and name not in FOREIGN_NAMES
    }


def _inside(layout: Layout, gcs_url: str, outside: Mapping[str, str]) -> dict[str, str]:
    """Variables the sandbox sets."""
    nowhere = layout.nothing
    return {
        WORLD_VARIABLE: str(layout.root),
        "PATH": _path(layout, outside.get("PATH", os.defpath)),
        "PULUMI_HOME": str(layout.pulumi_home),
        # Without metadata: the engine writes those files in place, and a kill would leave a state it cannot read.
        "PULUMI_BACKEND_URL": f"file://{layout.pulumi_state}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "STORAGE_EMULATOR_HOST": gcs_url,
        "KUBECONFIG": str(layout.kubeconfig),
        "HELM_CACHE_HOME": str(layout.helm / "cache"),
        "HELM_CONFIG_HOME": str(layout.helm / "config"),
        "HELM_DATA_HOME": str(layout.helm / "data"),
        "AWS_CONFIG_FILE": str(nowhere / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(nowhere / "aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        **_aws(layout),
        "CLOUDSDK_CONFIG": str(nowhere / "gcloud"),
        "DOCKER_CONFIG": str(nowhere / "docker"),
        # What `cartesia-infra recover` asks in place of AWS's own list of tagged objects.
        "CARTESIA_INVENTORY_COMMAND": shlex.join(
            [sys.executable, "-P", "-m", "sandbox.providers.aws.inventory", "--json"]
        ),
        # What `cartesia-infra versions` asks in place of AWS's own lists.
        "CARTESIA_VERSIONS_COMMAND": shlex.join([sys.executable, "-P", "-m", "sandbox.providers.aws.published"]),
        **{SECRETS[key].variable: str(path) for key, path in secret_files(layout).items()},
        # The pretended account is the one of AWS's documentation, and nothing in a world has an address outside of it.
        EXAMPLES_VARIABLE: EXAMPLES_ALLOWED,
        "CARTESIA_LOCK_FILE": str(layout.bundle_lock),
        "CARTESIA_BUNDLE_STORE": str(layout.bundles),
        **_no_proxy(outside),
    }


def _aws(layout: Layout) -> dict[str, str]:
    """What AWS's own SDKs need to sign, and the one place they may go to: the voice server, needed now or not."""
    voice = recorded_voice(layout)
    if voice is None:
        return {}
    regions = [endpoint.get("region") for endpoint in served_endpoints(layout).values()]
    return {
        "AWS_ACCESS_KEY_ID": _NO_KEY,
        "AWS_SECRET_ACCESS_KEY": _NO_KEY,
        "AWS_DEFAULT_REGION": next(filter(None, regions), _REGION),
        "AWS_ENDPOINT_URL": voice.url,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": voice.url,
        # The profile and the role of a stack file are of the account that the sandbox stands in for.
        "CARTESIA_AWS_CREDENTIALS": "environment",
    }


def _path(layout: Layout, path: str) -> str:
    """The sandbox's programs, then those of the Python environment, then the caller's."""
    first = [str(layout.bin), str(Path(sys.executable).parent)]
    return os.pathsep.join([*first, *(entry for entry in path.split(os.pathsep) if entry not in first)])


def _no_proxy(outside: Mapping[str, str]) -> dict[str, str]:
    """No proxy for loopback: programs differ in whether they assume it."""
    hosts = [host for host in outside.get("NO_PROXY", outside.get("no_proxy", "")).split(",") if host.strip()]
    value = ",".join(dict.fromkeys([*hosts, HOST, "localhost"]))
    return {"NO_PROXY": value, "no_proxy": value}
