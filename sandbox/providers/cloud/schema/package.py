"""The stand-in's answer to "what is in this package", in Pulumi's schema format.

Only tools that generate code ask for it; nested objects are `any` there, for their type names are not exported.
"""

from collections.abc import Iterable
from typing import Any

from sandbox.providers.cloud.schema.shapes import Schemas


def package_schema(schemas: Schemas, title: str, tokens: Iterable[str], version: str) -> dict[str, Any]:
    """What a stand-in has.

    Args:
        schemas: Shapes of its properties.
        title: The cloud's name for people.
        tokens: The resource types that it knows.
        version: Version of the package.
    """
    return {
        "name": schemas.package,
        "version": version,
        "description": f"Sandbox stand-in for {title}; not the published provider",
        "provider": _resource(schemas, schemas.provider_token),
        "resources": {token: _resource(schemas, token) for token in sorted(tokens)},
    }


def _resource(schemas: Schemas, token: str) -> dict[str, Any]:
    inputs = schemas.inputs_of(token)
    return {
        "inputProperties": {key: _type(shape) for key, shape in inputs["object"].items()},
        "requiredInputs": list(inputs.get("required", ())),
        "properties": {key: _type(shape) for key, shape in schemas.outputs_of(token).items()},
    }


def _type(shape: Any) -> dict[str, Any]:
    if shape == "any" or (isinstance(shape, dict) and "object" in shape):
        return {"$ref": "pulumi.json#/Any"}
    if isinstance(shape, str):
        return {"type": shape}
    if "list" in shape:
        return {"type": "array", "items": _type(shape["list"])}
    return {"type": "object", "additionalProperties": _type(shape["map"])}
