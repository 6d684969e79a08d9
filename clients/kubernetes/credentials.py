"""Turns an `Access` into a TLS context and a bearer token, running the exec plugin when there is one.

Owns caching an ExecCredential until it expires; leaves HTTP to `client`.
"""

import base64
import datetime as dt
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clients.kubernetes.errors import KubeUnreachable
from clients.kubernetes.kubeconfig import Access, ExecSpec

_EXEC_SECONDS = 60
_EARLY = dt.timedelta(seconds=30)
"""A credential is renewed this long before it expires, so that no request starts with a dying one."""


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """What proves identity on one connection."""

    token: str | None = None
    cert_pem: str | None = None
    key_pem: str | None = None
    expires: dt.datetime | None = None

    def fresh(self, now: dt.datetime) -> bool:
        """True while it may still be used to start a request."""
        return self.expires is None or now < self.expires - _EARLY


class Credentials:
    """The credential of an `Access`, renewed when its plugin says that it expires. Safe to share between threads."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._current: Credential | None = None

    def current(self) -> Credential:
        """A usable credential.

        Raises:
            KubeUnreachable: The plugin is missing, failed, or printed something else than a credential.
        """
        with self._lock:
            if self._current is None or not self._current.fresh(dt.datetime.now(dt.UTC)):
                self._current = self._obtain()
            return self._current

    def forget(self) -> bool:
        """Drop the cached credential after a 401; False if there is nothing that could be renewed."""
        with self._lock:
            self._current = None
        return self._access.exec is not None

    def _obtain(self) -> Credential:
        access = self._access
        if access.exec is None:
            return Credential(access.token, access.client_cert_pem, access.client_key_pem)
        return run_exec(access.exec, access)


def run_exec(spec: ExecSpec, access: Access) -> Credential:
    """Run a credential plugin once.

    Raises:
        KubeUnreachable: With the plugin's name and the end of its stderr; its stdout is never shown.
    """
    environment = os.environ | dict(spec.env) | {"KUBERNETES_EXEC_INFO": json.dumps(_exec_info(spec, access))}
    program = shutil.which(spec.command, path=environment.get("PATH"))
    if program is None:
        raise KubeUnreachable(f"credential program {spec.command!r} of the kubeconfig is not on PATH; install it")
    try:
        done = subprocess.run(
            [program, *spec.args],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_EXEC_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KubeUnreachable(f"credential program {spec.command!r} did not run: {type(error).__name__}") from None
    if done.returncode != 0:
        words = done.stderr.strip()[-500:] or "it printed no reason"
        raise KubeUnreachable(f"credential program {spec.command!r} failed with exit code {done.returncode}: {words}")
    return _read_credential(spec, done.stdout)


def _exec_info(spec: ExecSpec, access: Access) -> dict[str, Any]:
    info: dict[str, Any] = {"apiVersion": spec.api_version, "kind": "ExecCredential", "spec": {"interactive": False}}
    if spec.provide_cluster_info:
        ca = base64.b64encode((access.ca_pem or "").encode()).decode()
        info["spec"]["cluster"] = {"server": access.server, "certificate-authority-data": ca}
    return info


def _read_credential(spec: ExecSpec, printed: str) -> Credential:
    try:
        status = json.loads(printed)["status"]
        expires = status.get("expirationTimestamp")
        credential = Credential(
            token=status.get("token"),
            cert_pem=status.get("clientCertificateData"),
            key_pem=status.get("clientKeyData"),
            expires=dt.datetime.fromisoformat(expires) if expires else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KubeUnreachable(f"credential program {spec.command!r} printed no ExecCredential") from None
    if not credential.token and not (credential.cert_pem and credential.key_pem):
        raise KubeUnreachable(f"credential program {spec.command!r} gave neither a token nor a client certificate")
    return credential


def tls_context(access: Access, credential: Credential) -> ssl.SSLContext:
    """TLS settings of one connection: only the cluster's own authority is trusted when it names one."""
    context = ssl.create_default_context(cadata=access.ca_pem)
    if access.insecure_skip_tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if credential.cert_pem and credential.key_pem:
        _load_client_certificate(context, credential.cert_pem, credential.key_pem)
    return context


def _load_client_certificate(context: ssl.SSLContext, cert_pem: str, key_pem: str) -> None:
    # The ssl module reads keys from files only; this one lives for the length of the call, readable by us alone.
    with tempfile.TemporaryDirectory(prefix="kube-tls-") as directory:
        path = Path(directory) / "client.pem"
        path.touch(mode=0o600)
        path.write_text(f"{cert_pem}\n{key_pem}\n")
        try:
            context.load_cert_chain(path)
        except (ssl.SSLError, OSError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            raise KubeUnreachable(f"the client certificate of the kubeconfig cannot be used: {reason}") from None
