"""Kubeconfigs that somebody else wrote: one context of them, whole, and what in them is secret."""

import json
from collections.abc import Mapping
from typing import Any, Final

import yaml

from core.input.problems import Problem, Problems, nearest

__all__ = ["context_of", "holds_secret", "kubeconfig_problems", "one_context", "without_credentials"]

_SECRETS: Final = ("token", "password", "client-key-data", "client-certificate-data", "username", "auth-provider")
_FILES: Final = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_FLATTEN: Final = "write it with `kubectl config view --raw --flatten --minify`"


def kubeconfig_problems(text: str, context: str, path: str) -> list[Problem]:
    """What keeps a kubeconfig from being used, without showing what stands in it.

    Args:
        text: The kubeconfig, YAML or JSON.
        context: Name of the context; empty for the current one.
        path: Where the text comes from, for messages.
    """
    problems = Problems()
    config = _read(text)
    if config is None:
        problems.add(path, "must be a kubeconfig", fix=_FLATTEN)
        return list(problems)
    contexts = _named(config, "contexts")
    wanted = context or str(config.get("current-context") or "")
    if wanted not in contexts:
        rule = f"has no context {wanted}" if wanted else "names no current context"
        problems.add(path, rule, fix=nearest(wanted, contexts) if contexts else _FLATTEN)
        return list(problems)
    cluster, user = _parts(config, contexts[wanted])
    if not str(cluster.get("server", "")).startswith("https://"):
        problems.add(path, "must reach the API server by https", fix="use the address that kubectl uses")
    for key in _FILES:
        if key in cluster or key in user:
            problems.add(path, f"must hold everything itself, and {key} names a file", fix=_FLATTEN)
    if not user:
        problems.add(path, "has no user for the context", fix=_FLATTEN)
    return list(problems)


def one_context(text: str, context: str = "") -> str:
    """One context of a good kubeconfig as JSON, with a fixed order of keys."""
    config = _read(text) or {}
    wanted = context or str(config.get("current-context") or "")
    cluster, user = _parts(config, _named(config, "contexts")[wanted])
    inner = {key: value for key, value in _named(config, "contexts")[wanted].items() if key == "namespace"}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": wanted, "cluster": cluster}],
            "contexts": [{"name": wanted, "context": {"cluster": wanted, "user": wanted, **inner}}],
            "current-context": wanted,
            "users": [{"name": wanted, "user": user}],
        },
        indent=2,
        sort_keys=True,
    )


def context_of(kubeconfig: str) -> tuple[str, str]:
    """Name and API server of the one context in what `one_context` made."""
    config = json.loads(kubeconfig)
    return str(config["current-context"]), str(config["clusters"][0]["cluster"]["server"])


def holds_secret(text: str) -> bool:
    """Whether any user in a kubeconfig has a token, key or password. What cannot be read counts as secret."""
    config = _read(text)
    if config is None:
        return True
    return any(key in user for user in _named(config, "users", "user").values() for key in _SECRETS)


def without_credentials(kubeconfig: str) -> str:
    """What `one_context` made, for everybody's eyes: exec credentials stay, tokens and keys go."""
    config = json.loads(kubeconfig)
    for entry in config["users"]:
        entry["user"] = {key: value for key, value in entry["user"].items() if key == "exec"}
    return json.dumps(config, indent=2, sort_keys=True)


def _read(text: str) -> Mapping[str, Any] | None:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    return found if isinstance(found, Mapping) and isinstance(found.get("clusters"), list) else None


def _named(config: Mapping[str, Any], key: str, inner: str = "") -> dict[str, Mapping[str, Any]]:
    """Entries of one of the lists by name."""
    rows = config.get(key)
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping):
            value = row.get(inner or key.removesuffix("s"))
            found[str(row.get("name"))] = value if isinstance(value, Mapping) else {}
    return found


def _parts(config: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Cluster and user of a context; empty where they are not there."""
    cluster = _named(config, "clusters").get(str(context.get("cluster")), {})
    user = _named(config, "users").get(str(context.get("user")), {})
    return dict(cluster), dict(user)
