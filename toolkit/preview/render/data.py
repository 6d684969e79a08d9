"""A report as JSON: the model's fields in camelCase, in the order of the model."""

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from toolkit.preview.model import Report

__all__ = ["as_data", "as_json", "camel"]


def as_json(report: Report) -> str:
    """The whole report, indented; equal reports give equal texts."""
    return json.dumps(as_data(report), indent=2, ensure_ascii=True)


def as_data(value: Any) -> Any:
    """Plain data of a frozen object: keys are camelCase, enums their values, tuples lists."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {camel(each.name): as_data(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_data(item) for key, item in value.items()}
    return [as_data(item) for item in value] if isinstance(value, list | tuple) else value


def camel(name: str) -> str:
    """A field's name as JSON spells it."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
