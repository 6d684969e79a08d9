"""Hold plain data (YAML, JSON) against a TypedDict: every wrong key and type at once, each with its path.

Owns the structural half of checking settings: keys, required-ness, types, and the change from the camelCase that YAML
and Pulumi's schema use to the snake_case that Python uses. The other half, rules between values, belongs to each
component's `resolve` function. The shapes are the components' own Args, so settings and components cannot drift apart.

`Input[T]` leaves accept a plain `T`; a value that is not plain data (an output, an awaitable) passes unread, since
nothing about it is known yet.
"""

import re
import types
from collections.abc import Awaitable, Mapping
from typing import Any, ForwardRef, NotRequired, Required, Union, get_args, get_origin, is_typeddict

from core.input.problems import BROKEN, HIDDEN, Problem, Problems, meant_keys, nearest

__all__ = ["camel", "fields", "read", "respell", "snake"]

_PLAIN = (str, int, float, bool, list, dict, type(None))
_NAMES: Mapping[type, str] = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
_FIXES: Mapping[type, str] = {
    str: "put the value in quotes",
    int: "write it as digits without quotes",
    float: "write it as digits without quotes",
    bool: "write true or false without quotes",
}


def camel(name: str) -> str:
    """`max_nodes` -> `maxNodes`: the spelling of a key in YAML and in Pulumi's schema."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def snake(name: str) -> str:
    """`maxNodes` -> `max_nodes`: the spelling of a key in Python."""
    return re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found.group(1).lower(), name)


def fields(shape: type) -> dict[str, tuple[Any, bool]]:
    """Each key of a TypedDict with its type and whether it is required, `NotRequired` and `Required` taken off."""
    required = shape.__required_keys__  # type: ignore[attr-defined]
    # Read as written: `typing.get_type_hints` would try to resolve the forward reference inside a Pulumi `Input`.
    return {name: _field(hint, name in required) for name, hint in shape.__annotations__.items()}


def read(value: object, shape: Any, path: str, problems: Problems, *, secret: bool = False) -> Any:
    """`value` in the spelling of Python, as `shape` wants it; what does not fit is added to `problems`.

    Args:
        value: Plain data with camelCase keys where `shape` is a TypedDict; keys of a `dict[str, T]` stay as they are.
        shape: A TypedDict, `list[T]`, `dict[str, T]`, `str`, `int`, `float`, `bool`, `Any`, a union of these with
            `None`, or a Pulumi `Input` of them.
        path: Where `value` stands, for the messages.
        problems: Collects every violation.
        secret: True when a message must not show the value.

    Returns:
        The converted value, with `BROKEN` in the place of each part that does not fit, of each required key that is
        missing and of each key that must be meant by a misspelt one: the rest can still be checked.
    """
    shape, optional = _strip(shape)
    if shape is Any or (value is None and optional) or not isinstance(value, _PLAIN):
        return value
    if is_typeddict(shape):
        return _read_typed_dict(value, shape, path, problems, secret=secret)
    origin = get_origin(shape) or shape
    if _is_mapping(origin):
        return _read_dict(value, shape, path, problems, secret=secret)
    if _is_sequence(origin):
        return _read_list(value, shape, path, problems, secret=secret)
    return _read_scalar(value, origin, path, problems, secret=secret)


def respell(problem: Problem, shape: type, prefix: str) -> Problem:
    """A problem worded for Python's spelling, reworded for somebody who wrote camelCase.

    Only names that `shape` declares are changed: a node group named `my_gpu` keeps its name.

    Args:
        problem: What a `resolve` function reported.
        shape: The TypedDict that function resolves.
        prefix: Where the value of `shape` stands in the settings.
    """
    spelled = {name: camel(name) for name in _names(shape, set()) if "_" in name}
    words = re.compile(rf"\b({'|'.join(sorted(spelled, key=len, reverse=True))})\b") if spelled else None

    def change(text: str) -> str:
        return words.sub(lambda found: spelled[found.group()], text) if words else text

    path = _spell_path(problem.path, shape) if problem.path else ""
    return Problem(path, change(problem.rule), problem.got, change(problem.fix)).below(prefix)


def _spell_path(path: str, shape: Any) -> str:
    """Each segment of a dotted path in camelCase where the shape at that place declares it."""
    segments = []
    for segment in path.split("."):
        name, bracket, index = segment.partition("[")
        inner, _ = _strip(shape)
        if is_typeddict(inner):
            known = fields(inner)
            shape = known[name][0] if name in known else Any
            segments.append((camel(name) if name in known else name) + bracket + index)
        else:
            shape = (get_args(inner) or (Any,))[-1]
            segments.append(segment)
        if bracket:
            shape = (get_args(_strip(shape)[0]) or (Any,))[-1]
    return ".".join(segments)


def _names(shape: Any, seen: set[Any]) -> set[str]:
    """Every key that a shape or a shape inside it declares."""
    inner, _ = _strip(shape)
    if inner in seen:
        return set()
    seen.add(inner)
    if is_typeddict(inner):
        known = fields(inner)
        return set(known).union(*(_names(hint, seen) for hint, _ in known.values()))
    return set().union(*(_names(argument, seen) for argument in get_args(inner)))


def _field(hint: Any, required: bool) -> tuple[Any, bool]:
    while get_origin(hint) in (NotRequired, Required):
        required = get_origin(hint) is Required
        hint = get_args(hint)[0]
    return hint, required


def _strip(shape: Any) -> tuple[Any, bool]:
    """The plain type inside an `Input` or optional union, and whether `None` is allowed."""
    while get_origin(shape) in (NotRequired, Required):
        shape = get_args(shape)[0]
    if get_origin(shape) not in (Union, types.UnionType):
        return shape, False
    members = get_args(shape)
    plain = [m for m in members if m is not type(None) and not _is_deferred(m)]
    inner, optional = _strip(plain[0]) if len(plain) == 1 else (plain[0] if plain else Any, False)
    return inner, optional or type(None) in members


def _is_deferred(member: Any) -> bool:
    if isinstance(member, ForwardRef):
        return True
    origin = get_origin(member) or member
    return origin is Awaitable or getattr(origin, "__name__", "") == "Output"


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _is_sequence(origin: Any) -> bool:
    return isinstance(origin, type) and not issubclass(origin, str) and hasattr(origin, "__iter__")


def _read_typed_dict(value: object, shape: type, path: str, problems: Problems, *, secret: bool) -> Any:
    known = fields(shape)
    if not isinstance(value, dict):
        _wrong(value, path, f"a map with keys {', '.join(map(camel, known))}", "write it as a map", problems, secret)
        return BROKEN
    spelled = {camel(name): name for name in known}
    out: dict[str, Any] = {}
    for key, item in value.items():
        name = spelled.get(key)
        if name is None:
            problems.add(_join(path, key), "unknown key", fix=nearest(str(key), spelled))
            continue
        out[name] = read(item, known[name][0], _join(path, key), problems, secret=secret)
    meant = meant_keys(value, spelled)
    missing = {key for key, name in spelled.items() if known[name][1] and key not in value}
    for key in sorted(missing - meant, key=list(spelled).index):
        problems.add(_join(path, key), "is required and missing", fix="set it")
    return out | {spelled[key]: BROKEN for key in missing | meant}


def _read_dict(value: object, shape: Any, path: str, problems: Problems, *, secret: bool) -> Any:
    if not isinstance(value, dict):
        _wrong(value, path, "a map", "write it as a map of name to value", problems, secret)
        return BROKEN
    inner = (get_args(shape) or (str, Any))[1]
    out = {}
    for key, item in value.items():
        if not isinstance(key, str):
            _wrong(key, _join(path, str(key)), "a string as key", "put the key in quotes", problems, secret)
            continue
        out[key] = read(item, inner, _join(path, key), problems, secret=secret)
    return out


def _read_list(value: object, shape: Any, path: str, problems: Problems, *, secret: bool) -> Any:
    if not isinstance(value, list):
        _wrong(value, path, "a list", "write it as a list", problems, secret)
        return BROKEN
    inner = (get_args(shape) or (Any,))[0]
    return [read(item, inner, f"{path}[{index}]", problems, secret=secret) for index, item in enumerate(value)]


def _read_scalar(value: object, kind: type, path: str, problems: Problems, *, secret: bool) -> object:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)  # JSON and Pulumi's wire have one number type
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, kind):
        name = _NAMES.get(kind, f"a {kind.__name__}")
        _wrong(value, path, name, _FIXES.get(kind, f"give {name}"), problems, secret)
        return BROKEN
    return value


def _wrong(value: object, path: str, wanted: str, fix: str, problems: Problems, secret: bool) -> None:
    problems.extend([Problem(path, f"must be {wanted}", HIDDEN, fix)]) if secret else problems.add(
        path, f"must be {wanted}", got=_shown(value), fix=fix
    )


def _shown(value: object) -> object:
    return "null" if value is None else value


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
