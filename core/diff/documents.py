"""Documents that travel as texts: JSON such as IAM policies, and YAML such as a kubeconfig."""

import json
from typing import Any, Final

import yaml

__all__ = ["document"]

LARGEST_CHARACTERS: Final = 200_000
"""A longer text is compared by lines."""
LARGEST_YAML_CHARACTERS: Final = 20_000
"""YAML takes a millisecond for each kilobyte."""


def document(text: str) -> Any | None:
    """The map or list that a text holds; None where it is plain text."""
    stripped = text.strip()
    if len(stripped) > LARGEST_CHARACTERS:
        return None
    if stripped.startswith(("{", "[")):
        found = _json(stripped)
        return found if found is not None else _yaml(stripped)
    return _yaml(stripped) if "\n" in stripped and ":" in stripped else None


def _json(text: str) -> Any | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _yaml(text: str) -> Any | None:
    if len(text) > LARGEST_YAML_CHARACTERS or ("*" in text and "&" in text):  # aliases may grow without bound
        return None
    try:
        found = yaml.load(text, Loader=_Texts)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return found if _is_plain(found) and isinstance(found, dict | list) else None


class _Texts(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # chosen at run time
    """Reads dates as texts, for they are compared and shown as they are written."""


_Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if tag != "tag:yaml.org,2002:timestamp"]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _is_plain(value: Any) -> bool:
    """Whether JSON could hold it: keys are texts."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float | bool)
