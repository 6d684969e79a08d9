"""Checks the inputs of a Kubernetes object and turns them into what is sent to the API server.

Owns names, namespaces and the secrecy of a v1 Secret; schema errors are left to the API server's own validation.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

from clients.kubernetes import KubeError
from sandbox.providers.base import (
    UNKNOWN,
    CheckRequest,
    CheckResult,
    Failure,
    Properties,
    ProviderError,
    Secret,
    plain,
)
from sandbox.providers.kubernetes import naming
from sandbox.providers.kubernetes.cluster import Cluster

SKIP_AWAIT: Final = "pulumi.com/skipAwait"
TIMEOUT: Final = "pulumi.com/timeoutSeconds"
PATCH_FORCE: Final = "pulumi.com/patchForce"
PROPAGATION: Final = "pulumi.com/deletionPropagationPolicy"
_UNSUPPORTED_ANNOTATIONS: Final = ("pulumi.com/waitFor", "pulumi.com/replaceUnready", "pulumi.com/patchFieldManager")
_SECRET_KEYS: Final = ("data", "stringData")


def check_object_inputs(request: CheckRequest, cluster: Cluster) -> CheckResult:
    """Inputs with apiVersion, kind, name and namespace filled in, and what can be said without the API server."""
    try:
        api_version, kind = naming.parse_token(request.type)
    except ValueError as error:
        return CheckResult(inputs=request.news, failures=[Failure("", str(error))])
    inputs = {"apiVersion": api_version, "kind": kind, **request.news}
    failures = _check_identity(inputs, api_version, kind)
    metadata, hidden = _open(inputs.get("metadata"))
    if not isinstance(metadata, Mapping):
        return CheckResult(inputs=inputs, failures=[*failures, Failure("metadata", "must be an object")])
    metadata = _named(dict(metadata), request)
    if kind not in naming.CLUSTER_KINDS and _is_namespaced(cluster, api_version, kind):
        metadata.setdefault("namespace", cluster.default_namespace)
    failures += _check_annotations(annotations_of({"metadata": metadata}))
    inputs["metadata"] = Secret(metadata) if hidden else metadata
    return CheckResult(inputs=hide_secret_content(inputs), failures=failures)


def hide_secret_content(inputs: Properties) -> Properties:
    """The content of a v1 Secret marked secret, whether or not the program did so."""
    if inputs.get("kind") != "Secret" or inputs.get("apiVersion") != "v1":
        return inputs
    return inputs | {
        key: Secret(plain(inputs[key]))
        for key in _SECRET_KEYS
        if inputs.get(key) is not None and not isinstance(inputs[key], Secret) and inputs[key] is not UNKNOWN
    }


def payload(inputs: Properties) -> dict[str, Any]:
    """The object to send: plain, without nulls, with `stringData` folded into `data`.

    `stringData` is write-only: the server would own its copy in `data` for us, and a key taken out of `stringData`
    would stay there.
    """
    obj: dict[str, Any] = without_nulls(
        {key: value for key, value in plain(inputs).items() if not key.startswith("__")}
    )
    texts = obj.pop("stringData", None) if obj.get("kind") == "Secret" else None
    if texts:
        encoded = {key: base64.b64encode(str(text).encode()).decode() for key, text in texts.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}
    return obj


def without_nulls(value: Any) -> Any:
    """The value without null members, which server-side apply would read as intent."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def annotations_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Known annotations of inputs or of a live object."""
    metadata = plain(inputs.get("metadata"))
    found = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def is_autonamed(inputs: Mapping[str, Any]) -> bool:
    """Whether the name was made here."""
    return annotations_of(inputs).get(naming.AUTONAMED) == "true"


def _open(value: Any) -> tuple[Any, bool]:
    if isinstance(value, Secret):
        return value.value, True
    return ({} if value is None else value), False


def _named(metadata: dict[str, Any], request: CheckRequest) -> dict[str, Any]:
    if metadata.get("name") or metadata.get("generateName"):
        return metadata
    old = plain(request.olds.get("metadata")) or {}
    name = old.get("name") if is_autonamed(request.olds) else None
    annotations = dict(plain(metadata.get("annotations")) or {}) if metadata.get("annotations") is not UNKNOWN else {}
    metadata["name"] = name or naming.auto_name(request.name, request.seed)
    metadata["annotations"] = annotations | {naming.AUTONAMED: "true"}
    return metadata


def _is_namespaced(cluster: Cluster, api_version: str, kind: str) -> bool:
    if naming.is_built_in(api_version) or cluster.unreachable() is not None:
        return True
    try:
        return cluster.client().namespaced(api_version, kind)
    except (KubeError, ProviderError):  # a kind that is installed later in the same run; its create will say more
        return True


def _check_identity(inputs: Properties, api_version: str, kind: str) -> list[Failure]:
    wanted = {"apiVersion": api_version, "kind": kind}
    return [
        Failure(key, f'must be "{value}" for this resource type; got "{plain(inputs[key])}"')
        for key, value in wanted.items()
        if plain(inputs[key]) != value
    ]


def _check_annotations(annotations: Mapping[str, Any]) -> list[Failure]:
    failures = [
        Failure(f'metadata.annotations["{name}"]', "the sandbox's stand-in does not support this annotation; remove it")
        for name in _UNSUPPORTED_ANNOTATIONS
        if name in annotations
    ]
    timeout = annotations.get(TIMEOUT)
    if timeout not in (None, UNKNOWN) and not str(timeout).isdigit():
        failures.append(Failure(f'metadata.annotations["{TIMEOUT}"]', f'must be whole seconds; got "{timeout}"'))
    return failures
