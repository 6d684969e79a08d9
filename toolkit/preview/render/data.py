"""A report as JSON: the model's fields in camelCase, in the order of the model."""

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from core.diff.edits import Edit
from toolkit.preview.model import Report

__all__ = ["as_data", "as_json", "camel"]


def as_json(report: Report) -> str:
    """The whole report, a line for each member or item of a list; equal reports give equal texts."""
    members = (f"{_text(key)}: {_block(value)}" for key, value in as_data(report).items())
    return "{\n" + ",\n".join(members) + "\n}"


def _block(value: Any) -> str:
    """A list line by line, anything else on one: that is written by compiled code, and can be searched by line."""
    return "[\n" + ",\n".join(map(_text, value)) + "\n]" if isinstance(value, list) and value else _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)


def as_data(value: Any) -> Any:
    """Plain data of a frozen object: keys are camelCase, enums their values, tuples lists."""
    if isinstance(value, str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, list | tuple):
        return [as_data(item) for item in value]
    kind = type(value)
    if kind is Edit:  # by far the most objects; what was compared is plain already
        return {key: getattr(value, name) for name, key in _fields(kind)}
    if dataclasses.is_dataclass(kind):
        return {key: as_data(getattr(value, name)) for name, key in _fields(kind)}
    return {str(key): as_data(item) for key, item in value.items()} if isinstance(value, Mapping) else value


_FIELDS: dict[type, tuple[tuple[str, str], ...]] = {}


def _fields(kind: Any) -> tuple[tuple[str, str], ...]:
    """Names of a type's fields and their keys, looked up once for each type."""
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple((each.name, camel(each.name)) for each in dataclasses.fields(kind))
    return _FIELDS[kind]


def camel(name: str) -> str:
    """A field's name as JSON spells it."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
