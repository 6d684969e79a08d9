"""Values as Terraform converts them to the type of their variable: `"3"` to a number, `true` to a string."""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from core.input.problems import Problems

__all__ = ["Kind", "coerced"]


class Kind(Enum):
    """Type of a variable."""

    TEXT = "a string"
    FLAG = "true or false"
    WHOLE = "a whole number"
    TEXTS = "a list of strings"
    TEXT_MAP = "a map of strings"
    GROUPS = "a map of objects"


def coerced(value: Any, kind: Kind, where: str, problems: Problems) -> Any:
    """A value as Terraform converts it to the type of its variable; None, with a problem, where it would not."""
    made = _CONVERSIONS[kind](value)
    if made is None:
        problems.add(where, f"must be {kind.value}", fix="correct its type")
    return made


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _flag(value: Any) -> bool | None:
    return (
        value
        if isinstance(value, bool)
        else {"true": True, "false": False}.get(value)
        if isinstance(value, str)
        else None
    )


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text_list(value: Any) -> list[str] | None:
    texts = [_text(each) for each in value] if isinstance(value, list) else [None]
    return [each for each in texts if each is not None] if None not in texts else None


def _text_map(value: Any) -> dict[str, str] | None:
    texts = {key: _text(each) for key, each in value.items()} if isinstance(value, dict) else {"": None}
    return {key: each for key, each in texts.items() if each is not None} if None not in texts.values() else None


def _object_map(value: Any) -> dict[str, dict[str, Any]] | None:
    return value if isinstance(value, dict) and all(isinstance(each, dict) for each in value.values()) else None


_CONVERSIONS: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text,
    Kind.FLAG: _flag,
    Kind.WHOLE: _whole,
    Kind.TEXTS: _text_list,
    Kind.TEXT_MAP: _text_map,
    Kind.GROUPS: _object_map,
}
