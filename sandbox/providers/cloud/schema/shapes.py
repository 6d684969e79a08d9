"""Shapes and limits of the properties of a stand-in, read from the files that its exporter writes."""

import functools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.providers.base import Failure
from sandbox.providers.cloud.schema.limits import Limit, broken, limit_of


class Schemas:
    """One stand-in's files, each read when a type of its service is first asked for."""

    def __init__(self, folder: Path, package: str) -> None:
        self.folder, self.package = folder, package
        self.provider_token = f"pulumi:providers:{package}"
        self._file = functools.cache(lambda service: json.loads((folder / f"{service}.json").read_text()))
        self._limits = functools.cache(self._limits_of)

    def inputs_of(self, token: str) -> Mapping[str, Any]:
        """The object shape of a type's inputs; `provider_token` for those of the provider."""
        shape: Mapping[str, Any] = self._of(token)["inputs"]
        return shape

    def outputs_of(self, token: str) -> Mapping[str, Any]:
        """Shapes of a type's outputs by name."""
        shapes: Mapping[str, Any] = self._of(token)["outputs"]
        return shapes

    def limits_of(self, token: str) -> Mapping[str, Limit]:
        """What the cloud's published API model asks of a type's inputs, by dotted path."""
        return self._limits(token)

    def broken(self, token: str, values: Mapping[str, Any]) -> Iterable[Failure]:
        """Limits that plain inputs of a type break."""
        return broken(self.limits_of(token), values)

    def sdk_version(self) -> str:
        """Version of the SDK that the shapes were taken from."""
        return str(self._file("provider")["sdk"])

    def _limits_of(self, token: str) -> Mapping[str, Limit]:
        return {path: limit_of(raw) for path, raw in self._of(token).get("limits", {}).items()}

    def _of(self, token: str) -> Any:
        return self._file(service_of(token, self.provider_token))["types"][token]


def service_of(token: str, provider_token: str) -> str:
    """The file of a type: its module up to the first slash."""
    return "provider" if token == provider_token else token.split(":")[1].split("/")[0]
