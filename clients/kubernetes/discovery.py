"""From apiVersion and kind to a REST path, by asking the API server once a group version."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clients.kubernetes.errors import KubeError


@dataclass(frozen=True, slots=True)
class ResourceType:
    """How one kind is addressed."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None, name: str | None = None, subresource: str | None = None) -> str:
        """REST path of the collection, of one object, or of a subresource of it."""
        prefix = group_path(self.api_version)
        parts = [prefix, "namespaces", namespace] if self.namespaced and namespace else [prefix]
        return "/".join(part for part in [*parts, self.plural, name, subresource] if part)


def group_path(api_version: str) -> str:
    """`/api/v1` for the core group, `/apis/<group>/<version>` for all others."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


class Discovery:
    """Resource types by apiVersion and kind, cached; a kind that is not known yet is asked for again (new CRDs)."""

    def __init__(self, fetch: Callable[[str], Mapping[str, Any]]) -> None:
        """`fetch` answers a GET of a path with the parsed body, and raises `KubeError`."""
        self._fetch = fetch
        self._known: dict[tuple[str, str], ResourceType] = {}
        self._lock = threading.Lock()

    def resolve(self, api_version: str, kind: str) -> ResourceType:
        """The resource type of a kind.

        Raises:
            KubeError: 404 if the server knows no such kind.
        """
        with self._lock:
            found = self._known.get((api_version, kind))
            if found is None:
                self._known |= self._read(api_version)
                found = self._known.get((api_version, kind))
        if found is None:
            raise no_such_kind(api_version, kind)
        return found

    def _read(self, api_version: str) -> dict[tuple[str, str], ResourceType]:
        try:
            body = self._fetch(group_path(api_version))
        except KubeError as error:
            if error.not_found:
                return {}
            raise
        return {
            (api_version, str(item["kind"])): ResourceType(
                api_version, str(item["kind"]), str(item["name"]), bool(item["namespaced"])
            )
            for item in body.get("resources") or ()
            if "/" not in str(item["name"])
        }


def no_such_kind(api_version: str, kind: str) -> KubeError:
    """The error of a kind that the server does not serve."""
    message = f"the server serves no kind {kind!r} in {api_version!r}; is its CustomResourceDefinition installed?"
    return KubeError(404, "NotFound", message)
