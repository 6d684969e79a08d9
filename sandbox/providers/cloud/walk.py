"""Going along a dotted path through objects and lists."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.providers.base import UNKNOWN

Where = tuple[str | int, ...]


def walk(value: Any, path: str, *, whole_lists: bool = False) -> Iterable[tuple[Where, Any]]:
    """Every known value at a path, with its place.

    A path goes into lists by itself. With `whole_lists` it does so only where it says `[]`, so that the list itself
    can be asked about; `{}` then stands for the keys of a map, `*` for its values.
    """
    parts = path.replace("[]", ".[]").replace("{}", ".{}").split(".") if whole_lists else path.split(".")
    return _walk(value, [part for part in parts if part], (), explicit=whole_lists)


def _walk(value: Any, parts: list[str], where: Where, *, explicit: bool) -> Iterator[tuple[Where, Any]]:
    if isinstance(value, list) and not (explicit and parts[:1] != ["[]"]):
        rest = parts[1:] if explicit else parts
        for index, item in enumerate(value):
            yield from _walk(item, rest, (*where, index), explicit=explicit)
    elif not parts:
        if value is not None and value is not UNKNOWN:
            yield where, value
    elif isinstance(value, Mapping) and parts[0] == "{}":
        yield from (((*where, key), key) for key in value)
    elif isinstance(value, Mapping) and parts[0] == "*":
        for key, item in value.items():
            yield from _walk(item, parts[1:], (*where, key), explicit=explicit)
    elif isinstance(value, Mapping):
        yield from _walk(value.get(parts[0]), parts[1:], (*where, parts[0]), explicit=explicit)


def values_at(value: Any, path: str) -> list[Any]:
    """Every value at a dotted path, going into lists; unknown ones too."""
    values = [value]
    for part in path.split("."):
        values = [item.get(part) for item in _flat(values) if isinstance(item, Mapping)]
    return [item for item in _flat(values) if item is not None]


def _flat(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value
