"""The verbs on one cluster: server-side apply, get, list, delete, watch and status patch."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from clients.kubernetes.errors import HTTP_NOT_FOUND, KubeError, error_of
from clients.kubernetes.kubeconfig import Kubeconfig

if TYPE_CHECKING:
    pass

Object = dict[str, Any]
"""A Kubernetes object as JSON."""

APPLY = "application/apply-patch+yaml"  # JSON is YAML
MERGE = "application/merge-patch+json"
_PAGE = 500


class KubeClient:
    """Talks to one cluster as one user; safe to share between threads.

    Every method raises `KubeError` with the server's words when it refuses, `KubeUnreachable` when it does not answer.
    """

    def __init__(self, kubeconfig: Kubeconfig, *, timeout_seconds: float = 30, connect_seconds: float = 10) -> None:
        """Read certificates and keys; nothing is sent before the first verb.

        Raises:
            BadKubeconfig: One of them cannot be used.
        """
        from clients.kubernetes.connection import Connection  # costs a tenth of a second

        self._kubeconfig = kubeconfig
        self._connection: Connection = Connection(
            kubeconfig, timeout_seconds=timeout_seconds, connect_seconds=connect_seconds
        )

    @classmethod
    def from_kubeconfig(cls, text: str | Mapping[str, Any], context: str | None = None, **options: Any) -> Self:
        """A client for a context (default: the current one) of kubeconfig text.

        Raises:
            BadKubeconfig: The text is not a usable kubeconfig.
        """
        return cls(Kubeconfig.read(text, context), **options)

    @property
    def server(self) -> str:
        """Address of the API server."""
        return self._kubeconfig.server

    @property
    def default_namespace(self) -> str:
        """Namespace of the kubeconfig's context."""
        return self._kubeconfig.namespace

    def close(self) -> None:
        """Close the pooled connections."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def namespaced(self, api_version: str, kind: str) -> bool:
        """Whether objects of a kind live in namespaces; 404 if the server does not serve it."""
        return self._connection.namespaced(api_version, kind)

    def version(self) -> str:
        """Version of the API server, e.g. `v1.36.2`; the cheapest proof that it answers."""
        return str(self.raw("GET", "/version").get("gitVersion", ""))

    def apply(self, obj: Mapping[str, Any], *, field_manager: str, force: bool = True, dry_run: bool = False) -> Object:
        """Server-side apply with strict field validation; returns the object as stored (or as it would be).

        Args:
            obj: Full intent for the fields this manager owns; a field left out is given up.
            field_manager: Name under which the server records ownership.
            force: Take fields over from other managers instead of failing with a conflict.
            dry_run: Validate and admit, persist nothing.
        """
        path = self._path_of(obj)
        query = {"fieldManager": field_manager, "force": str(force).lower(), **_write_query(dry_run)}
        return self.raw("PATCH", path, body=obj, content_type=APPLY, query=query)

    def create(self, obj: Mapping[str, Any], *, field_manager: str, dry_run: bool = False) -> Object:
        """Plain create, which fails with 409 if the object exists; also serves `generateName`."""
        query = {"fieldManager": field_manager, **_write_query(dry_run)}
        return self.raw("POST", self._path_of(obj, collection=True), body=obj, query=query)

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """One object, or None if it (or its kind) does not exist."""
        try:
            return self.raw("GET", self._path(api_version, kind, namespace, name))
        except KubeError as error:
            if error.not_found:
                return None
            raise

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> list[Object]:
        """All objects of a kind, in one namespace or in all of them (None)."""
        path = self._connection.path(api_version, kind, namespace, None)
        query = _selectors(label_selector, field_selector) | {"limit": str(_PAGE)}
        items: list[Object] = []
        while True:
            page = self.raw("GET", path, query=query)
            items += [{"apiVersion": api_version, "kind": kind, **item} for item in page.get("items") or ()]
            more = (page.get("metadata") or {}).get("continue")
            if not more:
                return items
            query["continue"] = more

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        propagation: str = "Background",
        grace_seconds: int | None = None,
        wait_seconds: float | None = None,
    ) -> bool:
        """Delete one object; False if it was not there.

        Args:
            api_version: Of the object.
            kind: Of the object.
            name: Of the object.
            namespace: Of the object; None for the context's or for cluster-wide kinds.
            propagation: `Background`, `Foreground` or `Orphan`.
            grace_seconds: Overrides the object's own grace period.
            wait_seconds: Wait as long for it to be gone (finalizers included); None does not wait.

        Raises:
            TimeoutError: It is still there after `wait_seconds`.
        """
        body: Object = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        if grace_seconds is not None:
            body["gracePeriodSeconds"] = grace_seconds
        try:
            answer = self.raw("DELETE", self._path(api_version, kind, namespace, name), body=body)
        except KubeError as error:
            if error.not_found:
                return False
            raise
        if wait_seconds is not None:
            uid = (answer.get("metadata") or {}).get("uid") or (answer.get("details") or {}).get("uid")
            self._wait_gone(api_version, kind, name, namespace, uid=uid, seconds=wait_seconds)
        return True

    def _wait_gone(
        self, api_version: str, kind: str, name: str, namespace: str | None, *, uid: str | None, seconds: float
    ) -> None:
        deadline, pause = time.monotonic() + seconds, 0.05
        while True:
            found = self.get(api_version, kind, name, namespace)
            if found is None or (uid is not None and found["metadata"].get("uid") != uid):
                return
            if time.monotonic() >= deadline:
                raise TimeoutError(f"{kind} {name} still exists after {seconds:g} s")
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        patch: Mapping[str, Any],
        namespace: str | None = None,
        *,
        subresource: str | None = None,
    ) -> Object:
        """JSON merge patch of an object or of a subresource of it."""
        path = self._path(api_version, kind, namespace, name) + (f"/{subresource}" if subresource else "")
        return self.raw("PATCH", path, body=patch, content_type=MERGE)

    def patch_status(
        self, api_version: str, kind: str, name: str, status: Mapping[str, Any], namespace: str | None = None
    ) -> Object:
        """Merge `status` into the status subresource."""
        return self.patch(api_version, kind, name, {"status": status}, namespace, subresource="status")

    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        *,
        field_selector: str | None = None,
        label_selector: str | None = None,
        resource_version: str | None = None,
        seconds: int = 30,
    ) -> Iterator[tuple[str, Object]]:
        """Stream `(ADDED | MODIFIED | DELETED, object)` for at most `seconds`; without a version, first what exists."""
        query = _selectors(label_selector, field_selector) | {"watch": "true", "timeoutSeconds": str(seconds)}
        if resource_version:
            query["resourceVersion"] = resource_version
        path = self._connection.path(api_version, kind, namespace, None)
        for event in self._connection.lines(path, query, seconds):
            if event["type"] == "ERROR":
                raise error_of(int(event["object"].get("code") or 0), event["object"])
            yield event["type"], event["object"]

    def raw(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Object:
        """Any other request; the parsed JSON answer."""
        return self._connection.request(method, path, body=body, content_type=content_type, query=query)

    def _path(self, api_version: str, kind: str, namespace: str | None, name: str | None = None) -> str:
        return self._connection.path(api_version, kind, namespace or self.default_namespace, name)

    def _path_of(self, obj: Mapping[str, Any], *, collection: bool = False) -> str:
        metadata = obj.get("metadata") or {}
        name = None if collection else metadata.get("name")
        if not collection and not name:
            raise KubeError(HTTP_NOT_FOUND, "Invalid", f"{obj.get('kind')} has no metadata.name; name it")
        return self._path(str(obj["apiVersion"]), str(obj["kind"]), metadata.get("namespace"), name)


def _write_query(dry_run: bool) -> dict[str, str]:
    return {"fieldValidation": "Strict"} | ({"dryRun": "All"} if dry_run else {})


def _selectors(label_selector: str | None, field_selector: str | None) -> dict[str, str]:
    given = {"labelSelector": label_selector, "fieldSelector": field_selector}
    return {key: value for key, value in given.items() if value}
