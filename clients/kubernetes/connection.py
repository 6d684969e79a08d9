"""The official client for one cluster and one user. Imported late: it costs a tenth of a second.

Four things of the library are kept out of the way. It would leave client keys in files, so certificates are loaded once
from a private folder that is gone at once. It would log that a credential program failed and go on without credentials.
It would keep what it discovered in a shared file that is named after the address, which a later cluster may get. And it
takes proxies from the environment, where only the kubeconfig may name one.
"""

import base64
import datetime as dt
import json
import os
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import urllib3
from kubernetes.client import ApiClient, Configuration
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException, load_kube_config_from_dict
from kubernetes.config.exec_provider import ExecProvider
from kubernetes.config.kube_config import ConfigNode
from kubernetes.dynamic import DynamicClient, LazyDiscoverer
from kubernetes.dynamic.exceptions import ResourceNotFoundError
from kubernetes.watch.watch import iter_resp_lines

from clients.kubernetes.errors import KubeError, KubeUnreachable, error_of
from clients.kubernetes.kubeconfig import BadKubeconfig, Kubeconfig

_EARLY = dt.timedelta(seconds=30)
"""A credential is renewed this long before it expires, so that no request starts with a dying one."""
_BUSY = urllib3.Retry(
    connect=0, read=0, other=0, redirect=0, status=3, status_forcelist=(429, 503), allowed_methods=None,
    backoff_factor=0.2, backoff_max=2, retry_after_max=2, raise_on_status=False,
)  # fmt: skip
_UNAUTHORIZED = 401
_STREAM_GRACE = 10


_LOADING = threading.Lock()
"""The library remembers its files by content, so two clients of one kubeconfig must not read it at the same time."""


class Connection:
    """Requests to one server as one user; safe to share between threads."""

    def __init__(self, kubeconfig: Kubeconfig, *, timeout_seconds: float, connect_seconds: float) -> None:
        self._kubeconfig, self._timeout = kubeconfig, (connect_seconds, timeout_seconds)
        self._lock = threading.RLock()
        self._client: DynamicClient | None = None
        self._expires: dt.datetime | None = None
        with _usable():
            self._program = _program(kubeconfig)
            self._api = _api_client(kubeconfig, {} if self._program else kubeconfig.user)

    def close(self) -> None:
        """Close the pooled connections; a later request opens new ones."""
        self._api.close()

    def path(self, api_version: str, kind: str, namespace: str | None, name: str | None) -> str:
        """REST path of a kind or an object.

        Raises:
            KubeError: 404 if the server does not serve the kind.
        """
        return str(self._resource(api_version, kind).path(name=name, namespace=namespace))

    def namespaced(self, api_version: str, kind: str) -> bool:
        """Whether objects of a kind live in namespaces; raises as `path` does."""
        return bool(self._resource(api_version, kind).namespaced)

    def _resource(self, api_version: str, kind: str) -> Any:
        """What the server tells of a kind; one not known yet is asked for again (new CRDs)."""
        prefix = "apis" if "/" in api_version else "api"
        try:
            with self._lock:
                return self._call(lambda it: it.resources.get(prefix=prefix, api_version=api_version, kind=kind))
        except ResourceNotFoundError:
            words = f"the server serves no kind {kind!r} in {api_version!r}; is its CustomResourceDefinition installed?"
            raise KubeError(404, "NotFound", words) from None

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
        options = {"body": body, "content_type": content_type, "query_params": list((query or {}).items())}
        parsed = _json(self._call(lambda it: it.request(method, path, serialize=False, **options).data))
        return parsed if isinstance(parsed, dict) else {"text": parsed}

    def lines(self, path: str, query: Mapping[str, str], seconds: int) -> Iterator[dict[str, Any]]:
        """The JSON lines of a streaming GET that the server ends after `seconds`."""
        options = {"query_params": list(query.items()), "_request_timeout": (self._timeout[0], seconds + _STREAM_GRACE)}
        answer = self._call(lambda it: it.request("GET", path, serialize=False, **options))
        try:
            with self._worded():
                yield from (json.loads(line) for line in iter_resp_lines(answer) if line)
        finally:
            answer.close()
            answer.release_conn()

    def _call(self, action: Callable[[DynamicClient], Any]) -> Any:
        with self._worded():
            try:
                return action(self._current())
            except ApiException as error:
                if error.status != _UNAUTHORIZED or self._program is None:
                    raise
            with self._lock:
                self._client = None  # the credential was refused: ask its program for another one, once
            return action(self._current())

    def _current(self) -> DynamicClient:
        with self._lock:
            expired = self._expires is not None and dt.datetime.now(dt.UTC) >= self._expires - _EARLY
            if self._client is None or expired:
                if self._program is not None:
                    # An older client is left to its running requests.
                    self._api, self._expires = self._signed_in(self._program)
                self._client = _Client(self._api, self._timeout)
            return self._client

    def _signed_in(self, program: ExecProvider) -> tuple[ApiClient, dt.datetime | None]:
        command = program.args[0]
        try:
            user, expires = _read_credential(program.run())
        except (ConfigException, OSError) as error:
            raise KubeUnreachable(f"credential program {command!r}: {error}") from None
        except (KeyError, TypeError, ValueError, AttributeError):
            words = "gave neither a token nor a client certificate"
            raise KubeUnreachable(f"credential program {command!r} {words}") from None
        try:
            with _usable():
                return _api_client(self._kubeconfig, user), expires
        except BadKubeconfig as error:
            raise KubeUnreachable(f"credential program {command!r}: {error}") from None

    @contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except ApiException as error:
            if error.status:
                raise error_of(error.status, _json(error.body)) from None
            raise KubeUnreachable(
                f"the API server at {self._kubeconfig.server} does not answer: {error.reason}"
            ) from None
        except urllib3.exceptions.HTTPError as error:
            reason = str(getattr(error, "reason", None) or error).split("Failed to establish a new connection: ")[-1]
            raise self._silent(reason) from None
        except (AttributeError, KeyError, TypeError):  # the library takes discovery's answers for what they should be
            raise KubeUnreachable(f"{self._kubeconfig.server} answers, but not as a Kubernetes API server") from None

    def _silent(self, reason: str) -> KubeUnreachable:
        return KubeUnreachable(f"the API server at {self._kubeconfig.server} does not answer: {reason}")


class _Client(DynamicClient):  # type: ignore[misc]
    """The dynamic client, whose own requests have a limit too."""

    def __init__(self, api: ApiClient, timeout: Sequence[float]) -> None:
        self._timeout = tuple(timeout)
        super().__init__(api, cache_file=f"{os.devnull}/none", discoverer=_Discoverer)

    def request(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        params.setdefault("_request_timeout", self._timeout)
        return super().request(method, path, body=body, **params)


class _Discoverer(LazyDiscoverer):  # type: ignore[misc]
    def _write_cache(self) -> None:
        pass


def _program(kubeconfig: Kubeconfig) -> ExecProvider | None:
    section = kubeconfig.user.get("exec")
    cluster = ConfigNode("cluster", dict(kubeconfig.cluster))
    return ExecProvider(ConfigNode("exec", section), None, cluster) if section else None


def _read_credential(status: Mapping[str, Any]) -> tuple[dict[str, str], dt.datetime | None]:
    """The user entry that an ExecCredential's status amounts to, and when it expires."""
    expires = status.get("expirationTimestamp")
    moment = dt.datetime.fromisoformat(expires) if expires else None
    if status.get("token"):
        return {"token": status["token"]}, moment
    pair = {"client-certificate-data": "clientCertificateData", "client-key-data": "clientKeyData"}
    return {key: base64.b64encode(status[given].encode()).decode() for key, given in pair.items()}, moment


def _api_client(kubeconfig: Kubeconfig, user: Mapping[str, Any]) -> ApiClient:
    configuration = Configuration(proxy="", no_proxy="", retries=_BUSY)
    with _LOADING, tempfile.TemporaryDirectory(prefix="kube-") as folder:
        load_kube_config_from_dict(
            kubeconfig.with_user(user),
            client_configuration=configuration,
            persist_config=False,
            temp_file_path=folder,
        )
        context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
        if not configuration.verify_ssl:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if configuration.cert_file and configuration.key_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
        configuration.ssl_ca_cert = configuration.cert_file = configuration.key_file = None
    api = ApiClient(configuration)
    api.rest_client.pool_manager.connection_pool_kw["ssl_context"] = context
    return api


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as error:
        raise BadKubeconfig(f"kubeconfig: a certificate or key cannot be used: {error.reason or 'no PEM'}") from None
    except ValueError:  # the text may quote what it could not read
        raise BadKubeconfig("kubeconfig: certificate data is not base64 of PEM text; encode the PEM file") from None
    except (ConfigException, OSError) as error:
        raise BadKubeconfig(f"kubeconfig: {error}") from None


def _json(content: bytes | str | None) -> object:
    try:
        return json.loads(content) if content else {}
    except ValueError:
        return content if isinstance(content, str) else (content or b"").decode(errors="replace")
