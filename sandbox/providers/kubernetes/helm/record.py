"""Helm's own records of a release: secrets that hold its manifest, values and state.

Read straight from the API server, which is ten times faster than the `helm` command and works while one runs.
source: helm.sh/helm/v3 pkg/storage/driver (3.21): gzip in base64, once more in base64 as secret data.
"""

import base64
import datetime as dt
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from clients.kubernetes import KubeClient, Object

PENDING: Final = frozenset({"pending-install", "pending-upgrade", "pending-rollback", "uninstalling"})
"""States of an operation under way, or of one whose helm was killed."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One revision of a release; manifest and values may hold secrets and stay out of `repr`."""

    name: str
    namespace: str
    revision: int
    status: str
    description: str = field(default="", repr=False)
    deployed_at: dt.datetime | None
    chart: str
    chart_version: str
    app_version: str
    manifest: str = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    hooks: tuple[str, ...] = field(default=(), repr=False)
    """Manifests of the chart's hooks, which are in no manifest of the release."""

    @property
    def pending(self) -> bool:
        """Whether an operation is, or was left, in the middle."""
        return self.status in PENDING


def history(client: KubeClient, namespace: str, name: str) -> list[Record]:
    """All kept revisions, oldest first; empty if there is no such release."""
    found = client.list("v1", "Secret", namespace, label_selector=f"owner=helm,name={name}")
    return sorted((decode(item) for item in found), key=lambda record: record.revision)


def latest(client: KubeClient, namespace: str, name: str) -> Record | None:
    """The newest revision."""
    revisions = history(client, namespace, name)
    return revisions[-1] if revisions else None


def decode(secret: Object) -> Record:
    """The revision that a release secret holds."""
    raw = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    release = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    info, metadata = release.get("info") or {}, (release.get("chart") or {}).get("metadata") or {}
    return Record(
        name=release["name"],
        namespace=release["namespace"],
        revision=int(release["version"]),
        status=str(info.get("status", "unknown")),
        description=str(info.get("description", "")),
        deployed_at=_time(info.get("last_deployed")),
        chart=str(metadata.get("name", "")),
        chart_version=str(metadata.get("version", "")),
        app_version=str(metadata.get("appVersion", "")),
        manifest=str(release.get("manifest", "")),
        values=release.get("config") or {},
        hooks=tuple(str(hook.get("manifest", "")) for hook in release.get("hooks") or ()),
    )


def objects(manifest: str) -> Iterator[Object]:
    """The objects of a manifest; empty documents are left out."""
    for document in yaml.load_all(manifest, Loader=_LOADER):
        if isinstance(document, dict) and document.get("kind"):
            yield document


def resource_names(manifest: str) -> dict[str, list[str]]:
    """Names by `Kind.group/apiVersion`, as the released provider groups them."""
    names: dict[str, set[str]] = {}
    for item in objects(manifest):
        api_version, metadata = str(item.get("apiVersion", "")), item.get("metadata") or {}
        group = f".{api_version.split('/')[0]}" if "/" in api_version else ""
        name = "/".join(part for part in (metadata.get("namespace"), metadata.get("name")) if part)
        names.setdefault(f"{item['kind']}{group}/{api_version}", set()).add(name)
    return {key: sorted(found) for key, found in sorted(names.items())}


def custom_kinds(manifest: str) -> set[tuple[str, str]]:
    """Kind and apiVersion of everything that the custom resource definitions of a manifest define."""
    return {
        (str(spec["names"]["kind"]), f"{spec['group']}/{version['name']}")
        for item in objects(manifest)
        if item["kind"] == "CustomResourceDefinition"
        for spec in (item["spec"],)
        for version in spec["versions"]
    }


def _time(text: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
