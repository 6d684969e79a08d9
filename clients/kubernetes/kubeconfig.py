"""One cluster and one user of a kubeconfig's text; leaves files, certificates and credentials to `connection`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import yaml


class BadKubeconfig(ValueError):  # noqa: N818 - reads as what it says at the raise site
    """A kubeconfig that cannot be used; the text never holds its content."""


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """What one context names."""

    server: str
    namespace: str
    cluster: Mapping[str, Any] = field(repr=False)
    user: Mapping[str, Any] = field(repr=False)

    @property
    def authority(self) -> str | None:
        """What the cluster's certificate must come from, as the kubeconfig has it: data, or the name of a file."""
        return self.cluster.get("certificate-authority-data") or self.cluster.get("certificate-authority")

    @classmethod
    def read(cls, text: str | Mapping[str, Any], context: str | None = None) -> Self:
        """The cluster and user of `context` (default: the current one, or the only one there is).

        Args:
            text: YAML or JSON text, or the parsed object.
            context: Name of a context.

        Raises:
            BadKubeconfig: It is not a kubeconfig, or a part that it names is missing.
        """
        config = _parse(text)
        contexts = config.get("contexts") or []
        name = context or config.get("current-context") or (contexts[0].get("name") if len(contexts) == 1 else None)
        if not name:
            raise BadKubeconfig(f"kubeconfig: no current-context among {len(contexts)} contexts; set current-context")
        chosen = _named(config, "contexts", "context", str(name))
        cluster = _named(config, "clusters", "cluster", str(chosen.get("cluster", "")))
        user = _named(config, "users", "user", str(chosen["user"])) if chosen.get("user") else {}
        server = str(cluster.get("server"))
        if not server.startswith(("http://", "https://")):
            raise BadKubeconfig("kubeconfig: clusters[].cluster.server must be an http(s) address; set it")
        return cls(server.rstrip("/"), str(chosen.get("namespace") or "default"), cluster, user)

    def with_user(self, user: Mapping[str, Any]) -> dict[str, Any]:
        """A kubeconfig with this cluster, another user, and nothing else."""
        return {
            "clusters": [{"name": "it", "cluster": dict(self.cluster)}],
            "users": [{"name": "it", "user": dict(user)}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "current-context": "it",
        }


def _parse(text: str | Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        config = yaml.safe_load(text) if isinstance(text, str) else text
    except yaml.YAMLError:
        # The parser's own message quotes the line it stumbled over, which may be a key.
        raise BadKubeconfig("kubeconfig: is neither YAML nor JSON; give the content of a kubeconfig file") from None
    if not isinstance(config, Mapping) or "clusters" not in config:
        raise BadKubeconfig("kubeconfig: has no clusters; give the content of a kubeconfig file")
    return config


def _named(config: Mapping[str, Any], section: str, key: str, name: str) -> Mapping[str, Any]:
    entries = config.get(section) or []
    for entry in entries:
        if entry.get("name") == name:
            return dict(entry.get(key) or {})
    known = ", ".join(str(entry.get("name")) for entry in entries) or "none"
    raise BadKubeconfig(f"kubeconfig: {section} has no entry named {name!r}; known: {known}")
