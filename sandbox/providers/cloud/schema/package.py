"""The stand-in's answer to "what is in this package", in Pulumi's schema format.

Only tools that generate code ask for it; nested objects are `any` there, for their type names are not exported.
"""

from collections.abc import Iterable
from typing import Any

from sandbox.providers.cloud.schema import shapes


def package_schema(tokens: Iterable[str], version: str) -> dict[str, Any]:
    """Schema of the given resource types."""
    return {
        "name": "aws",
        "version": version,
        "description": "Sandbox stand-in for AWS; not the published provider",
        "provider": _resource(shapes.PROVIDER_TOKEN),
        "resources": {token: _resource(token) for token in sorted(tokens)},
    }


def _resource(token: str) -> dict[str, Any]:
    inputs = shapes.inputs_of(token)
    return {
        "inputProperties": {key: _type(shape) for key, shape in inputs["object"].items()},
        "requiredInputs": list(inputs.get("required", ())),
        "properties": {key: _type(shape) for key, shape in shapes.outputs_of(token).items()},
    }


def _type(shape: Any) -> dict[str, Any]:
    if shape == "any" or (isinstance(shape, dict) and "object" in shape):
        return {"$ref": "pulumi.json#/Any"}
    if isinstance(shape, str):
        return {"type": shape}
    if "list" in shape:
        return {"type": "array", "items": _type(shape["list"])}
    return {"type": "object", "additionalProperties": _type(shape["map"])}
