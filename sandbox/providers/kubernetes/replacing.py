"""Which properties of a kind cannot change in place.

source: pulumi-kubernetes provider/pkg/provider/diff.go (2026-11); what it leaves out, the API server's dry run finds.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sandbox.providers.base import UNKNOWN, ChangeKind
from sandbox.providers.kubernetes.settings import Settings

_ALWAYS: Final = frozenset({"apiVersion", "kind", "metadata.name", "metadata.generateName", "metadata.namespace"})
_BINDING: Final = frozenset({"roleRef"})

REPLACES: Final[Mapping[str, frozenset[str]]] = {
    "ClusterRoleBinding": _BINDING,
    "ConfigMap": frozenset({"data", "binaryData", "immutable"}),
    "DaemonSet": frozenset({"spec.selector"}),
    "Deployment": frozenset({"spec.selector"}),
    "Job": frozenset({"spec.completions", "spec.parallelism", "spec.selector", "spec.template"}),
    "PersistentVolumeClaim": frozenset(
        {
            "spec.accessModes",
            "spec.selector",
            "spec.storageClassName",
            "spec.volumeName",
            "spec.resources",
            "spec.volumeMode",
            "spec.dataSource",
        }
    ),
    "Pod": frozenset({"spec"}),
    "ResourceQuota": frozenset({"spec.scopes"}),
    "RoleBinding": _BINDING,
    "Secret": frozenset({"type", "data", "stringData", "immutable"}),
    "Service": frozenset({"spec.clusterIP"}),
    "StatefulSet": frozenset(
        {"spec.podManagementPolicy", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"}
    ),
    "StorageClass": frozenset({"parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"}),
}
"""By kind, beyond name, namespace, apiVersion and kind themselves."""

_CONTENT: Final = frozenset({"data", "stringData", "binaryData", "immutable"})


def replacing_paths(kind: str, old_inputs: Mapping[str, Any], settings: Settings) -> frozenset[str]:
    """Paths whose change replaces the object.

    Content of a ConfigMap or Secret replaces it unless the provider was told that they may be mutated, and always if
    the existing one is `immutable`: so that pods which name it start again with the new content.
    """
    paths = REPLACES.get(kind, frozenset())
    mutable = (kind == "Secret" and settings.enable_secret_mutable) or (
        kind == "ConfigMap" and settings.enable_config_map_mutable
    )
    if mutable and old_inputs.get("immutable") is not True:
        paths -= _CONTENT
    return _ALWAYS | paths


def replacing_unknowns(inputs: Mapping[str, Any], paths: Collection[str]) -> dict[str, ChangeKind]:
    """Properties of which nothing is known while a part of them cannot change in place: they replace the object.

    So asks the engine what has to go before something else goes (`delete before replace`). The released provider then
    sees every part of the property deleted.
    """
    unknown = [key for key, value in inputs.items() if value is UNKNOWN]
    return {key: "update-replace" for key in unknown if any(path.startswith(f"{key}.") for path in paths)}


def replace_under(changes: Mapping[str, ChangeKind], fields: Sequence[str]) -> dict[str, ChangeKind]:
    """The changes, with those at, below or above the fields that the server called immutable made replacements.

    If no change touches such a field (defaulted ones can be behind it), all of them replace.
    """
    touched = {path for path in changes if any(_related(path, field) for field in fields)} or set(changes)
    return {path: _REPLACING.get(kind, kind) if path in touched else kind for path, kind in changes.items()}


_REPLACING: Final[Mapping[str, ChangeKind]] = {
    "add": "add-replace",
    "delete": "delete-replace",
    "update": "update-replace",
}


def _related(path: str, field: str) -> bool:
    return bool(field) and (path.startswith(field) or field.startswith(path))
