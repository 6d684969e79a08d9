"""Property shapes of the resource types, read from the files that `export_schema` writes."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

SCHEMAS: Final = Path(__file__).parents[2] / "aws" / "schemas"
PROVIDER_TOKEN: Final = "pulumi:providers:aws"  # noqa: S105 - a type token


@functools.cache
def _file(service: str) -> Any:
    return json.loads((SCHEMAS / f"{service}.json").read_text())


def inputs_of(token: str) -> Mapping[str, Any]:
    """The object shape of a type's inputs; `PROVIDER_TOKEN` for those of the provider."""
    shape: Mapping[str, Any] = _of(token)["inputs"]
    return shape


def outputs_of(token: str) -> Mapping[str, Any]:
    """Shapes of a type's outputs by name."""
    shapes: Mapping[str, Any] = _of(token)["outputs"]
    return shapes


def sdk_version() -> str:
    """Version of the SDK the shapes were taken from."""
    return str(_file("provider")["sdk"])


def _of(token: str) -> Any:
    service = "provider" if token == PROVIDER_TOKEN else token.split(":")[1].split("/")[0]
    return _file(service)["types"][token]
