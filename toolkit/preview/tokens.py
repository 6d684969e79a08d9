"""Hides words that look drawn at random, wherever they stand in a report: an option for the careful."""

import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import Any

from toolkit.preview.hiding import tokens_hidden
from toolkit.preview.model import Report

__all__ = ["without_tokens"]

_KEPT = frozenset({"urn", "digest", "type"})
"""Fields that identify something and hold no value of a property."""


def without_tokens(report: Report) -> Report:
    """The report with such words struck out; its digests stay."""
    found: Report = _struck(report)
    return found


def _struck(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return tokens_hidden(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {
            each.name: _struck(getattr(value, each.name))
            for each in dataclasses.fields(value)
            if each.name not in _KEPT
        }
        return dataclasses.replace(value, **changed)
    if isinstance(value, Mapping):
        return {_struck(key): _struck(item) for key, item in value.items()}
    return type(value)(_struck(item) for item in value) if isinstance(value, list | tuple) else value
