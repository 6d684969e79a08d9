"""Checking inputs against exported property shapes: unknown names, missing ones, wrong types.

A shape is JSON: `"string"`, `"integer"`, `"number"`, `"boolean"`, `"any"`, `{"list": shape}`, `{"map": shape}` or
`{"object": {name: shape}, "required": [name]}`. Owns the checks and their wording (that of the Terraform bridge where
it has one); leaves alone where shapes come from.
"""

from collections.abc import Mapping
from typing import Any

from core.input.problems import nearest
from sandbox.providers.base.diff import path_text
from sandbox.providers.base.provider import Failure
from sandbox.providers.base.values import UNKNOWN, Secret

Shape = Any
_NAMES = {"string": "a string", "integer": "an integer", "number": "a number", "boolean": "a boolean"}


def check_object(value: Mapping[str, Any], shape: Shape) -> tuple[dict[str, Any], list[Failure]]:
    """The value with numbers and booleans given as text converted, and every violation of an `object` shape."""
    failures: list[Failure] = []
    return _object((), value, shape, failures), failures


def _object(
    path: tuple[str | int, ...], value: Mapping[str, Any], shape: Shape, failures: list[Failure]
) -> dict[str, Any]:
    known: Mapping[str, Shape] = shape["object"]
    taken = {}
    for key, item in value.items():
        if key.startswith("__"):
            continue  # the bridge's own marks, such as __defaults, come back from older states
        if key not in known:
            failures.append(Failure(path_text((*path, key)), f'unexpected property "{key}"; {nearest(key, known)}'))
            continue
        if item is not None:
            taken[key] = _value((*path, key), item, known[key], failures)
    for key in shape.get("required", ()):
        if value.get(key) is None:
            where = path_text((*path, key))
            failures.append(Failure(where, f'missing required property "{where}"'))
    return taken


def _value(path: tuple[str | int, ...], value: Any, shape: Shape, failures: list[Failure]) -> Any:
    if value is UNKNOWN or shape == "any":
        return value
    if isinstance(value, Secret):
        inner: list[Failure] = []
        checked = _value(path, value.value, shape, inner)
        # The reason may echo the value, which must stay hidden.
        failures.extend(Failure(found.path, f"{found.reason.split('; got')[0]}; got [secret]") for found in inner)
        return Secret(checked)
    if isinstance(shape, str):
        return _scalar(path, value, shape, failures)
    if "list" in shape:
        if not isinstance(value, list):
            return _wrong(path, value, "a list", failures)
        return [_value((*path, index), item, shape["list"], failures) for index, item in enumerate(value)]
    if not isinstance(value, Mapping):
        return _wrong(path, value, "a map" if "map" in shape else "an object", failures)
    if "map" in shape:
        return {key: _value((*path, key), item, shape["map"], failures) for key, item in value.items()}
    return _object(path, value, shape, failures)


def _scalar(path: tuple[str | int, ...], value: Any, shape: str, failures: list[Failure]) -> Any:
    converted = _CONVERT[shape](value)
    return _wrong(path, value, _NAMES[shape], failures) if converted is None else converted


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and float(number).is_integer() else None


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return value if not isinstance(value, str) else float(value)
    except ValueError:
        return None


def _truth(value: Any) -> bool | None:
    return (
        value
        if isinstance(value, bool)
        else {"true": True, "false": False}.get(value if isinstance(value, str) else "")
    )


_CONVERT = {"string": _text, "integer": _whole, "number": _number, "boolean": _truth}


def _wrong(path: tuple[str | int, ...], value: Any, wanted: str, failures: list[Failure]) -> Any:
    where = path_text(path)
    kind = {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}.get(type(value), "a number")
    shown = f" {value!r}" if isinstance(value, str | int | float) else ""
    failures.append(Failure(where, f'expected "{where}" to be {wanted}; got {kind}{shown}'))
    return value
