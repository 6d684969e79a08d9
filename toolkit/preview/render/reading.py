"""Reads a report back from its JSON, so that what made it and what posts it can be two machines."""

import dataclasses
import functools
import json
import types
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, get_args, get_origin, get_type_hints

from core.diff.edits import Edit, Mark
from toolkit.preview.model import VERSION, Report
from toolkit.preview.render.data import camel

__all__ = ["ReportError", "read_report"]

_MARKS: Final = {str(mark): mark for mark in Mark}


class ReportError(ValueError):
    """The text is no report of this version."""


def read_report(text: str) -> Report:
    """The report that a JSON text holds; whatever else it holds is refused.

    Raises:
        ReportError: It is not one, or of another version.
    """
    try:
        data = json.loads(text)
        version = data["version"] if isinstance(data, dict) else None
    except (ValueError, KeyError, RecursionError):
        raise ReportError("this is no report of `cartesia-infra preview --json`") from None
    if version != VERSION:
        raise ReportError(f"the report has version {version}, and {VERSION} is read here; make it by this release")
    try:
        report: Report = _read(data, Report)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReportError(f"the report is damaged: {error}") from None
    return report


def _read(value: Any, kind: Any) -> Any:
    """A value as a type of the model wants it."""
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _object(value, kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if origin is tuple:
        return _tuple(value, get_args(kind))
    if origin in (Mapping, dict):
        key, item = get_args(kind)
        return {_read(name, key): _read(each, item) for name, each in value.items()}
    if origin is types.UnionType:
        return None if value is None else _read(value, next(each for each in get_args(kind) if each is not type(None)))
    if kind is not Any and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        raise TypeError(f"{value!r:.60} is no {kind.__name__}")
    return value


def _object(value: Any, kind: type) -> Any:
    fields = _fields(kind)
    unknown = set(value) - fields.keys()
    if unknown:
        raise TypeError(f"{kind.__name__} has no {min(unknown)}")
    found = {name: _read(value[key], hint) for key, (name, hint) in fields.items() if key in value}
    if kind is Edit:
        found |= {side: _marked(found[side]) for side in ("old", "new")}
    return kind(**found)


@functools.cache
def _fields(kind: type) -> dict[str, tuple[str, Any]]:
    hints = get_type_hints(kind)
    return {camel(each.name): (each.name, hints[each.name]) for each in dataclasses.fields(kind)}


def _tuple(value: Any, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.60} is no list")
    if kinds[-1] is Ellipsis:
        return tuple(_read(each, kinds[0]) for each in value)
    if len(value) != len(kinds):
        raise TypeError(f"{value!r:.60} has not {len(kinds)} items")
    return tuple(_read(each, kind) for each, kind in zip(value, kinds, strict=True))


def _marked(value: Any) -> Any:
    return _MARKS.get(value, value) if isinstance(value, str) else value
