"""Values as the JSON that every verb prints: keys in camelCase, as in stack files and outputs.

Owns the spelling alone; what a verb tells is its own. `docs/json-output.md` lists the keys of each.
"""

import dataclasses
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any

from core.input.shapes import camel

__all__ = ["plain"]


def plain(value: object) -> Any:
    """A value as JSON: a dataclass becomes an object with keys in camelCase, and so does what is in it.

    Keys of mappings are data (names of variables, outputs of a stack) and stay as they are.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {camel(field.name): plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, PurePath) else value
