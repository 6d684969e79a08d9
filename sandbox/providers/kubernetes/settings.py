"""The provider's own configuration: which keys there are, and one typed value of them.

Nothing ambient is read: without a kubeconfig the stand-in refuses to work, whatever KUBECONFIG says.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core.input.problems import nearest
from sandbox.providers.base import UNKNOWN, Failure, Properties, plain

_BOOLEANS: Final = {
    "deleteUnreachable": "delete_unreachable",
    "enableConfigMapMutable": "enable_config_map_mutable",
    "enablePatchForce": "enable_patch_force",
    "enableSecretMutable": "enable_secret_mutable",
    "skipUpdateUnreachable": "skip_update_unreachable",
    "upsertExistingObjects": "upsert_existing_objects",
}
_TEXTS: Final = {"cluster", "clusterIdentifier", "context", "kubeconfig", "namespace"}
_SILENCED: Final = {"suppressDeprecationWarnings", "suppressHelmHookWarnings"}
_OBJECTS: Final[Mapping[str, frozenset[str]]] = {
    "helmReleaseSettings": frozenset(
        {
            "driver",
            "pluginsPath",
            "registryConfigPath",
            "repositoryCache",
            "repositoryConfigPath",
            "suppressBetaWarning",
        }
    ),
    "kubeClientSettings": frozenset({"burst", "qps", "timeout"}),
}
UNSUPPORTED: Final[Mapping[str, str]] = {
    "renderYamlToDirectory": "renders files instead of using a cluster",
    "alwaysRender": "renders files instead of using a cluster",
}
"""Keys of the released provider that this stand-in refuses, with the reason."""

KEYS: Final = frozenset({*_BOOLEANS, *_TEXTS, *_SILENCED, *_OBJECTS, *UNSUPPORTED, "enableServerSideApply"})
"""All keys of the released provider."""

_ENGINE_KEYS: Final = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "parameterization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Configuration of one provider instance; `kubeconfig` None means that it is not known yet."""

    kubeconfig: str | None = field(default=None, repr=False)
    context: str | None = None
    cluster: str | None = None
    namespace: str | None = None
    delete_unreachable: bool = False
    skip_update_unreachable: bool = False
    enable_config_map_mutable: bool = False
    enable_secret_mutable: bool = False
    enable_patch_force: bool = False
    upsert_existing_objects: bool = False
    helm: Mapping[str, Any] = field(default_factory=dict)
    client_timeout_seconds: float = 30


def check_settings(inputs: Properties) -> list[Failure]:
    """Everything wrong with the provider's inputs."""
    failures = []
    for key in sorted(inputs.keys() - _ENGINE_KEYS):
        if key.startswith("__"):
            continue
        if key not in KEYS:
            failures.append(Failure(key, f"unknown provider setting; {nearest(key, KEYS)}"))
        elif key in UNSUPPORTED and inputs[key] not in (None, "", "false", False):
            failures.append(
                Failure(key, f"the sandbox's stand-in does not support it: it {UNSUPPORTED[key]}; remove it")
            )
    if inputs.get("kubeconfig") in (None, ""):
        failures.append(
            Failure("kubeconfig", "is required: the stand-in reads no KUBECONFIG; give the content or path of one")
        )
    for key in (*_BOOLEANS, "enableServerSideApply"):
        if inputs.get(key) is not UNKNOWN and _parsed(inputs.get(key)) not in (None, True, False):
            failures.append(Failure(key, "must be true or false"))
    if _parsed(inputs.get("enableServerSideApply")) is False:
        failures.append(Failure("enableServerSideApply", "the stand-in only applies server-side; remove it"))
    for key, known in _OBJECTS.items():
        failures += _check_keys(key, _parsed(inputs.get(key)), known)
    if _object(inputs.get("helmReleaseSettings")).get("driver") not in (None, "secret", "secrets"):
        failures.append(Failure("helmReleaseSettings.driver", 'the stand-in keeps releases as secrets; use "secret"'))
    return failures


def read_settings(inputs: Properties) -> Settings:
    """Typed settings of checked inputs; a kubeconfig that is a path is read now.

    Raises:
        OSError: The kubeconfig file cannot be read.
    """
    kubeconfig = plain(inputs.get("kubeconfig"))
    timeout = _object(inputs.get("kubeClientSettings")).get("timeout")
    return Settings(
        kubeconfig=None if kubeconfig is UNKNOWN or not kubeconfig else kubeconfig_text(str(kubeconfig)),
        context=_text(inputs.get("context")),
        cluster=_text(inputs.get("cluster")),
        namespace=_text(inputs.get("namespace")),
        helm=_object(inputs.get("helmReleaseSettings")),
        client_timeout_seconds=float(timeout) if timeout else 30,
        **{name: _parsed(inputs.get(key)) is True for key, name in _BOOLEANS.items()},
    )


def kubeconfig_text(value: str) -> str:
    """The content itself, or that of the file it names."""
    looks_like_path = "\n" not in value and not value.lstrip().startswith("{") and ":" not in value
    return Path(value).expanduser().read_text() if looks_like_path else value


def _check_keys(key: str, value: Any, known: frozenset[str]) -> list[Failure]:
    if value is None or value is UNKNOWN:
        return []
    if not isinstance(value, Mapping):
        return [Failure(key, "must be an object")]
    return [
        Failure(f"{key}.{name}", f"unknown provider setting; {nearest(name, known)}")
        for name in sorted(set(value) - known)
    ]


def _parsed(value: Any) -> Any:
    """The SDKs send everything but strings as JSON text."""
    value = plain(value)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _object(value: Any) -> dict[str, Any]:
    parsed = _parsed(value)
    return dict(parsed) if isinstance(parsed, Mapping) else {}


def _text(value: Any) -> str | None:
    value = plain(value)
    return None if value is UNKNOWN or not value else str(value)
