"""Type tokens, automatic names, ids and field managers of the objects a program declares."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
"""Type token of a Helm release, which is no Kubernetes object."""

AUTONAMED: Final = "pulumi.com/autonamed"
"""Annotation on objects whose name was made here, so that the next run keeps it and a replacement gets another."""

CLUSTER_KINDS: Final = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
"""Built-in kinds without a namespace, for previews before there is a cluster to ask. source: Kubernetes API 1.36"""

_BUILT_IN_GROUPS: Final = frozenset({"", "apps", "autoscaling", "batch", "extensions", "policy"})


def parse_token(token: str) -> tuple[str, str]:
    """apiVersion and kind of a type token, `kubernetes:core/v1:Pod` -> (`v1`, `Pod`).

    Raises:
        ValueError: The token names no single Kubernetes object.
    """
    parts = token.split(":")
    if len(parts) != 3 or "/" not in parts[1]:
        raise ValueError(f"type {token} is no Kubernetes object")
    version, kind = parts[1], parts[2]
    if kind.endswith("Patch") or (kind.endswith("List") and is_built_in(version)):
        raise ValueError(f"type {token}: the sandbox's stand-in has no Patch and List resources; declare the objects")
    return (version.removeprefix("core/"), kind) if version.startswith("core/") else (version, kind)


def is_built_in(api_version: str) -> bool:
    """Whether a group ships with Kubernetes itself."""
    group = api_version.split("/")[0] if "/" in api_version else ""
    return group in _BUILT_IN_GROUPS | {"core"} or group.endswith(".k8s.io")


def auto_name(logical: str, seed: bytes) -> str:
    """`<logical>-<8 hex digits>`; the same for the same seed."""
    digits = hashlib.sha256(seed + logical.encode()).hexdigest()[:8] if seed else secrets.token_hex(4)
    return f"{logical}-{digits}"


def field_manager(urn: str) -> str:
    """Name under which the API server records what this resource owns.

    The released provider draws it at random. Here it follows from the URN, so that an object made just before the
    engine was killed is known as ours by the next run.
    """
    return f"pulumi-kubernetes-{hashlib.sha256(urn.encode()).hexdigest()[:8]}"


def object_id(namespace: str | None, name: str) -> str:
    """`namespace/name`, or `name` for kinds without a namespace."""
    return f"{namespace}/{name}" if namespace else name


def id_of(obj: Mapping[str, Any]) -> str:
    """Resource id of a live object."""
    return object_id(obj["metadata"].get("namespace"), obj["metadata"]["name"])


def split_id(object_id_text: str) -> tuple[str | None, str]:
    """Namespace (None if the id has none) and name."""
    namespace, _, name = object_id_text.rpartition("/")
    return namespace or None, name
