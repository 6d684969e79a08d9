"""Reads a kubeconfig into how to reach and talk to one cluster.

Owns choosing the context and resolving inline data and files; leaves using the result (TLS, exec) to `credentials`.
Nothing ambient is read: no KUBECONFIG, no in-cluster files.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


class BadKubeconfig(ValueError):  # noqa: N818 - reads as what it says at the raise site
    """A kubeconfig that cannot be used; the text never holds its content."""


@dataclass(frozen=True, slots=True)
class ExecSpec:
    """A credential plugin: the command that prints an ExecCredential."""

    command: str
    args: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    api_version: str
    provide_cluster_info: bool


@dataclass(frozen=True, slots=True)
class Access:
    """One cluster and one user of it. Whatever proves identity is kept out of `repr`."""

    server: str
    namespace: str
    ca_pem: str | None = field(default=None, repr=False)
    insecure_skip_tls_verify: bool = False
    tls_server_name: str | None = None
    client_cert_pem: str | None = field(default=None, repr=False)
    client_key_pem: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    exec: ExecSpec | None = field(default=None, repr=False)


def read_kubeconfig(text: str | Mapping[str, Any], context: str | None = None) -> Access:
    """The access that `context` (default: the current context) of a kubeconfig describes.

    Args:
        text: YAML or JSON text, or the parsed object.
        context: Name of a context; None takes `current-context`, or the only one there is.

    Raises:
        BadKubeconfig: It is no kubeconfig, or a part that it names is missing.
    """
    config = _parse(text)
    chosen = _chosen_context(config, context)
    cluster = _named(config, "clusters", "cluster", str(chosen.get("cluster", "")))
    user = _named(config, "users", "user", str(chosen.get("user", ""))) if chosen.get("user") else {}
    server = cluster.get("server")
    if not isinstance(server, str) or not server.startswith(("http://", "https://")):
        raise BadKubeconfig("kubeconfig: clusters[].cluster.server must be an http(s) address; set it")
    return Access(
        server=server.rstrip("/"),
        namespace=str(chosen.get("namespace") or "default"),
        ca_pem=_material(cluster, "certificate-authority"),
        insecure_skip_tls_verify=bool(cluster.get("insecure-skip-tls-verify")),
        tls_server_name=cluster.get("tls-server-name"),
        client_cert_pem=_material(user, "client-certificate"),
        client_key_pem=_material(user, "client-key"),
        token=_token(user),
        exec=_exec(user.get("exec")),
    )


def _parse(text: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(text, Mapping):
        return text
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError:
        # The parser's own message quotes the line it stumbled over, which may be a key.
        raise BadKubeconfig("kubeconfig: is neither YAML nor JSON; give the content of a kubeconfig file") from None
    if not isinstance(config, Mapping) or "clusters" not in config:
        raise BadKubeconfig("kubeconfig: has no clusters; give the content of a kubeconfig file")
    return config


def _chosen_context(config: Mapping[str, Any], context: str | None) -> Mapping[str, Any]:
    contexts = config.get("contexts") or []
    name = context or config.get("current-context")
    if name:
        return _named(config, "contexts", "context", str(name))
    if len(contexts) == 1:
        return dict(contexts[0].get("context") or {})
    raise BadKubeconfig(f"kubeconfig: no current-context among {len(contexts)} contexts; set current-context")


def _named(config: Mapping[str, Any], section: str, key: str, name: str) -> Mapping[str, Any]:
    entries = config.get(section) or []
    for entry in entries:
        if entry.get("name") == name:
            return dict(entry.get(key) or {})
    known = ", ".join(str(entry.get("name")) for entry in entries) or "none"
    raise BadKubeconfig(f"kubeconfig: {section} has no entry named {name!r}; known: {known}")


def _material(section: Mapping[str, Any], key: str) -> str | None:
    """PEM text of `<key>-data` (base64) or of the file that `<key>` names."""
    data = section.get(f"{key}-data")
    if data:
        try:
            return base64.b64decode(data, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise BadKubeconfig(f"kubeconfig: {key}-data is not base64 of PEM text; encode the PEM file") from None
    path = section.get(key)
    return _file(key, str(path)) if path else None


def _token(user: Mapping[str, Any]) -> str | None:
    if user.get("token"):
        return str(user["token"])
    return _file("tokenFile", str(user["tokenFile"])).strip() if user.get("tokenFile") else None


def _file(key: str, path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError as error:
        raise BadKubeconfig(f"kubeconfig: {key}: cannot read {path}: {error.strerror}; correct the path") from None


def _exec(section: Mapping[str, Any] | None) -> ExecSpec | None:
    if not section:
        return None
    version = str(section.get("apiVersion") or "")
    known = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
    if version not in known:
        raise BadKubeconfig(
            f"kubeconfig: users[].user.exec.apiVersion must be one of {', '.join(known)}; got {version!r}"
        )
    command = section.get("command")
    if not command:
        raise BadKubeconfig("kubeconfig: users[].user.exec.command is missing; name the credential program")
    return ExecSpec(
        command=str(command),
        args=tuple(str(arg) for arg in section.get("args") or ()),
        env=tuple((str(item["name"]), str(item["value"])) for item in section.get("env") or ()),
        api_version=version,
        provide_cluster_info=bool(section.get("provideClusterInfo")),
    )
