"""HTTP to one API server: pooled connections, credentials renewed in time, busy answers retried, refusals typed."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from clients.kubernetes.credentials import Credential, Credentials, tls_context
from clients.kubernetes.errors import KubeUnreachable, error_of
from clients.kubernetes.kubeconfig import Access

_BUSY = (429, 503)
_UNAUTHORIZED = 401
_ATTEMPTS = 4
_LONGEST_PAUSE = 2.0
_STREAM_GRACE = 10


class Connection:
    """Requests to one server as one user; safe to share between threads."""

    def __init__(
        self, access: Access, *, timeout_seconds: float, connect_seconds: float, transport: httpx.BaseTransport | None
    ) -> None:
        self._access = access
        self._credentials = Credentials(access)
        self._timeout = httpx.Timeout(timeout_seconds, connect=connect_seconds)
        self._transport = transport
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None
        self._http_credential: Credential | None = None

    def close(self) -> None:
        """Close the pooled connections; a later request opens new ones."""
        with self._lock:
            if self._http is not None:
                self._http.close()
            self._http = None

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """One request; the parsed JSON answer, or `{"text": ...}` where the server answers in plain text.

        Raises:
            KubeError: The server refuses.
            KubeUnreachable: It does not answer.
        """
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        for attempt in range(1, _ATTEMPTS + 1):
            with self._guarded():
                answer = self._client().request(method, path, params=query, content=content, headers=headers)
            if answer.status_code == _UNAUTHORIZED and attempt == 1 and self._credentials.forget():
                continue
            if answer.status_code not in _BUSY or attempt == _ATTEMPTS:
                break
            time.sleep(_pause(answer.headers.get("Retry-After"), attempt))
        parsed = _json(answer.content)
        if answer.is_error:
            raise error_of(answer.status_code, parsed)
        return parsed if isinstance(parsed, dict) else {"text": parsed}

    def lines(self, path: str, query: Mapping[str, str], seconds: int) -> Iterator[dict[str, Any]]:
        """The JSON lines of a streaming GET that the server ends after `seconds`."""
        with (
            self._guarded(),
            self._client().stream("GET", path, params=query, timeout=seconds + _STREAM_GRACE) as answer,
        ):
            if answer.is_error:
                raise error_of(answer.status_code, _json(answer.read()))
            for line in answer.iter_lines():
                yield json.loads(line)

    def _client(self) -> httpx.Client:
        credential = self._credentials.current()
        with self._lock:
            if self._http is None or credential is not self._http_credential:
                # An older client is left to its running requests; its connections close when the last one drops it.
                self._http, self._http_credential = self._connect(credential), credential
            return self._http

    def _connect(self, credential: Credential) -> httpx.Client:
        access = self._access
        secure = access.server.startswith("https://") and self._transport is None
        return httpx.Client(
            base_url=access.server,
            verify=tls_context(access, credential) if secure else False,  # plain http and fakes have nothing to verify
            headers={"Authorization": f"Bearer {credential.token}"} if credential.token else {},
            timeout=self._timeout,
            transport=self._transport,
            trust_env=False,  # no proxy or certificate setting of the caller's shell may redirect cluster traffic
        )

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise KubeUnreachable(f"the API server at {self._access.server} does not answer: {reason}") from None


def _pause(retry_after: str | None, attempt: int) -> float:
    asked = float(retry_after) if retry_after and retry_after.isdigit() else 0.2 * attempt
    return min(asked, _LONGEST_PAUSE)


def _json(content: bytes) -> object:
    try:
        return json.loads(content) if content else {}
    except ValueError:
        return content.decode(errors="replace")
