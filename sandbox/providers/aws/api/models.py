"""Members of API operations, and the limits that botocore's service models set for the properties that go to them."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape

from sandbox.providers.aws.api.operations import OPERATIONS, Call

HELD_ELSEWHERE: Final = ("tags", "region")
"""Properties with rules for all types, see `rules.common_rules`."""
_TEXT, _NUMBER = ("string",), ("integer", "long", "float", "double")
_BOUNDED: Final = {"string": _TEXT, "integer": _NUMBER, "number": _NUMBER}
_JAVA: Final = (
    (r"\p{L}\p{Z}\p{N}", r"\w\s"),
    (r"\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}", r"\w\W"),
    (r"\p{IsAlphabetic}", r"\w"),
    (r"\p{Print}", "[ -~]"),
    (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"),  # pairs of surrogates
)


@functools.cache
def model(service: str) -> Any:
    """A service model of the installed botocore."""
    return botocore.session.get_session().get_service_model(service)


def input_of(call: Call) -> Shape:
    """The structure that a call takes."""
    shape: Shape = model(call.service).operation_model(call.operation).input_shape
    return shape


def target(call: Call, path: str, at: str, shape: Shape) -> str | None:
    """Where a property goes: the dotted path of a member from the top, or None.

    Args:
        call: The call.
        path: Dotted path of the property from the top.
        at: Path of the member that its parent goes to, empty at the top.
        shape: Shape of that member.
    """
    if "." not in path and call.takes and path not in call.takes:
        return None
    if path in call.renamed:
        return call.renamed[path]
    leaf = path.rpartition(".")[2].casefold()
    found = next((name for name in members_of(shape) if name.casefold() == leaf), None)
    return found and (f"{at}.{found}" if at else found)


def elements(shape: Shape) -> Shape:
    """What a list holds, or the shape itself."""
    while isinstance(shape, ListShape):
        shape = shape.member
    return shape


def members_of(shape: Shape) -> Mapping[str, Shape]:
    """Members of a structure, or of the structures in a list; empty for anything else."""
    inner = elements(shape)
    return inner.members if isinstance(inner, StructureShape) else {}


def shape_at(top: Shape, path: str) -> Shape:
    """The shape of a member by its path; raises `KeyError` when there is none."""
    for part in path.split("."):
        top = members_of(top)[part]
    return top


def limits_of(token: str, inputs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Limits of a type's inputs by path, for the exporter; of two calls that take one property the first counts.

    Args:
        token: Type token.
        inputs: The shape of its inputs as the SDK has it.
    """
    found: dict[str, dict[str, Any]] = {}
    for call in OPERATIONS.get(token, ()):
        for path, limit in _object(call, inputs, input_of(call), "", ""):
            found.setdefault(path, limit)
    return found


def _object(call: Call, sdk: Mapping[str, Any], top: Shape, path: str, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    shape = shape_at(top, at) if at else top
    for key, inner in sdk["object"].items():
        plain = f"{path}.{key}".replace("[]", "").lstrip(".")
        goes = target(call, plain, at, shape) if plain not in HELD_ELSEWHERE else None
        if goes is not None:
            yield from _value(call, inner, top, f"{path}.{key}".lstrip("."), goes)


def _value(call: Call, sdk: Any, top: Shape, path: str, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    shape = shape_at(top, at)
    if isinstance(sdk, str):
        item = elements(shape)
        if item.type_name in _BOUNDED.get(sdk, ()):
            yield from _limit(path, item)
    elif "object" in sdk:
        yield from _object(call, sdk, top, path, at)
    elif "list" in sdk:
        if isinstance(shape, ListShape):
            yield from _limit(path, shape)
        yield from _value(call, sdk["list"], top, f"{path}[]", at)
    elif isinstance(shape, MapShape):
        yield from _limit(path, shape)
        yield from _limit(f"{path}{{}}", shape.key)
        if shape.value.type_name in _BOUNDED.get(str(sdk["map"]), ()):
            yield from _limit(f"{path}.*", shape.value)


def _limit(path: str, shape: Shape) -> Iterator[tuple[str, dict[str, Any]]]:
    raw: Mapping[str, Any] = shape.metadata
    limit: dict[str, Any] = {key: raw[key] for key in ("min", "max") if key in raw}
    if raw.get("enum"):
        limit["enum"] = list(raw["enum"])
    if raw.get("pattern"):
        limit["pattern"] = python_pattern(raw["pattern"])
    if limit and limit != {"min": 0}:
        yield path, limit


def python_pattern(pattern: str) -> str:
    """A model's pattern (Java's dialect) in Python's, to be matched by the whole text."""
    for java, python in _JAVA:
        pattern = pattern.replace(java, python)
    re.compile(pattern)
    return pattern
