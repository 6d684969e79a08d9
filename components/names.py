"""Forms of names that arguments carry into clouds, Kubernetes, DNS and registries, and the problem of a broken one.

source: Kubernetes documentation, "Object names and IDs"; Helm (release names of at most 53 characters), 2026-11-21.
"""

import re
from typing import Final

from core.input.problems import Problems
from core.kube.docker_config import is_registry_host, registry_host

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_RELEASE: Final = re.compile(r"[a-z]([-a-z0-9]{0,51}[a-z0-9])?")
_DATA_KEY: Final = re.compile(r"(?!\.{1,2}\Z)[-._a-zA-Z0-9]{1,253}")
_HOST: Final = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_REPOSITORY: Final = re.compile(r"(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")

_LOGICAL: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ENTRY: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")

_FORMS: Final = {
    "namespace": (_LABEL, "must be a namespace name (lower-case letters, digits, dashes; at most 63)"),
    "service": (_LABEL, "must be a Service name (lower-case letters, digits, dashes; at most 63)"),
    "secret": (_SUBDOMAIN, "must be a secret's name (lower-case letters, digits, dashes, dots)"),
    "class": (_SUBDOMAIN, "must be a class name (lower-case letters, digits, dashes, dots)"),
    "release": (_RELEASE, "must be a Helm release name (lower-case letters, digits, dashes; at most 53)"),
    "data key": (_DATA_KEY, "must be a key of a secret (letters, digits, `-`, `_`, `.`)"),
    "host": (_HOST, "must be a DNS name without scheme, port or path"),
}


def check_name(kind: str, value: str, path: str, problems: Problems) -> None:
    """Add a problem where `value` does not have the form of its kind. An empty value means not given."""
    pattern, rule = _FORMS[kind]
    if value and not pattern.fullmatch(value):
        problems.add(path, rule, got=value, fix="write it in that form")


def check_logical_name(name: str, longest: int, problems: Problems) -> None:
    """Add a problem where a component's own name could not begin the names of cloud objects, of `longest` at most."""
    if not _LOGICAL.fullmatch(name) or len(name) > longest:
        rule = f"must be 1-{longest} letters, digits and dashes, a letter first"
        problems.add("name", rule, got=name, fix="rename the component")


def check_entry_name(name: str, path: str, problems: Problems, *, longest: int = 40, fix: str) -> None:
    """Add a problem where the caller's key of one entry, such as a node group, could not be part of a name."""
    if not _ENTRY.fullmatch(name) or len(name) > longest:
        rule = f"must have a name of 1-{longest} small letters, digits and inner dashes"
        problems.add(path, rule, got=name, fix=fix)


def check_image_registry(value: str, path: str, problems: Problems) -> None:
    """Add a problem where `value` is not a prefix to which `/<image>:<tag>` can be put."""
    if not value:
        return
    host = registry_host(value)
    example = "write it like registry.example.com/cartesia"
    if "://" in value:
        problems.add(path, "must have no scheme", got=value, fix=example)
    elif value.endswith("/"):
        problems.add(path, "must not end in a slash", got=value, fix="leave the slash out")
    elif not is_registry_host(host) or not _REPOSITORY.fullmatch(value.removeprefix(host)):
        problems.add(path, "must be a registry host with an optional path, no tag", got=value, fix=example)


def check_registry_host(value: str, path: str, problems: Problems) -> None:
    """Add a problem where `value` is not a registry host, which is the key of a login."""
    if value and not is_registry_host(value):
        rule = "must be a registry host with an optional port"
        problems.add(path, rule, got=value, fix="leave scheme and path out, e.g. registry.example.com:5000")
