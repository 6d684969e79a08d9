"""Property shapes of resource types, taken from a published Python SDK, with limits from a published API model.

A stand-in says which SDK (`Sdk`) and how limits are found, and calls `write`; it reads only the written files, for
importing an SDK would cost its start a second. A test fails while the two differ.
"""

import collections.abc
import dataclasses
import enum
import importlib
import importlib.metadata
import inspect
import json
import keyword
import types
import typing
from typing import Any, Final

import pulumi
import pulumi._types as sdk_types  # the SDK's own reading of its annotations; nothing public gives the wire names

from sandbox.providers.cloud.schema.shapes import Schemas, service_of

_SCALARS: Final[dict[Any, str]] = {str: "string", int: "integer", float: "number", bool: "boolean", typing.Any: "any"}

Limits = typing.Callable[[str, typing.Mapping[str, Any]], dict[str, dict[str, Any]]]
"""Limits of one type's inputs by path, as `limits.limit_of` reads them, from its token and the shape of its inputs.

Empty for a type that no model describes.
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Sdk:
    """A published SDK and the API model beside it."""

    module: str
    """Python package, e.g. `pulumi_xyz`; its distribution has the same name with hyphens."""
    limits: Limits


def export(sdk: Sdk, schemas: Schemas, tokens: typing.Iterable[str]) -> dict[str, dict[str, Any]]:
    """Shapes by file name (one a service, plus `provider`), each ready to be written as JSON."""
    files: dict[str, dict[str, Any]] = {"provider": {schemas.provider_token: _provider(sdk)}}
    for token in sorted(tokens):
        files.setdefault(service_of(token, schemas.provider_token), {})[token] = _resource(sdk, token)
    version = importlib.metadata.version(sdk.module.replace("_", "-"))
    return {name: {"sdk": version, "types": shapes} for name, shapes in sorted(files.items())}


def text(content: dict[str, Any]) -> str:
    """The exact text of a file."""
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def write(sdk: Sdk, schemas: Schemas, tokens: typing.Iterable[str]) -> None:
    """Write all files and remove those of services no longer there."""
    schemas.folder.mkdir(exist_ok=True)
    files = export(sdk, schemas, tokens)
    for name, content in files.items():
        (schemas.folder / f"{name}.json").write_text(text(content))
    for path in schemas.folder.glob("*.json"):
        if path.stem not in files:
            path.unlink()


def _resource(sdk: Sdk, token: str) -> dict[str, Any]:
    _, module, name = token.split(":")
    service = module.split("/")[0]
    # By attribute, as programs do: a service's package loads lazily, and importing one of its modules by name would
    # leave it without its other classes for as long as the process lives.
    package = getattr(importlib.import_module(sdk.module), service + "_" * keyword.iskeyword(service))
    args, resource = getattr(package, f"{name}Args"), getattr(package, name)
    outputs = {key: _shape(hint) for key, hint in sdk_types.resource_types(resource).items()}
    found = {"inputs": _object(args), "outputs": dict(sorted(outputs.items()))}
    limits = sdk.limits(token, found["inputs"])
    return {**found, "limits": limits} if limits else found


def _provider(sdk: Sdk) -> dict[str, Any]:
    package = importlib.import_module(sdk.module)
    return {"inputs": _object(package.ProviderArgs), "outputs": {}}


def _object(args: type) -> dict[str, Any]:
    names = sdk_types.input_type_py_to_pulumi_names(args)
    parameters = inspect.signature(args.__init__).parameters  # type: ignore[misc]  # of a class, not of an instance
    required = [names[key] for key, parameter in parameters.items() if _is_required(key, parameter)]
    fields = {key: _shape(hint) for key, hint in sdk_types.input_type_types(args).items()}
    return {"object": dict(sorted(fields.items())), "required": sorted(required)}


def _is_required(key: str, parameter: inspect.Parameter) -> bool:
    return not key.startswith("_") and key != "self" and parameter.default is inspect.Parameter.empty


def _shape(hint: Any) -> Any:
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _shape(_meant(typing.get_args(hint)))
    if origin in (collections.abc.Sequence, list):
        return {"list": _shape(typing.get_args(hint)[0])}
    if origin in (collections.abc.Mapping, dict):
        return {"map": _shape(typing.get_args(hint)[1])}
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return "string"
    if inspect.isclass(hint) and sdk_types.is_input_type(hint):
        return _object(hint)
    if inspect.isclass(hint) and sdk_types.is_output_type(hint):
        fields = {key: _shape(inner) for key, inner in sdk_types.output_type_types(hint).items()}
        return {"object": dict(sorted(fields.items()))}
    raise TypeError(f"no shape for {hint!r}; teach sandbox.providers.cloud.schema.export this kind")


def _meant(alternatives: tuple[Any, ...]) -> Any:
    """The value type among `T`, `Awaitable[T]`, `Output[T]`, `None` and an enum's plain spelling."""
    left = [
        hint
        for hint in alternatives
        if hint is not type(None) and typing.get_origin(hint) is not collections.abc.Awaitable and not _is_output(hint)
    ]
    return str if str in left else left[0]


def _is_output(hint: Any) -> bool:
    kind = typing.get_origin(hint) or hint
    return inspect.isclass(kind) and issubclass(kind, pulumi.Output)
