"""The stand-in's answer to "what is in this package", in Pulumi's schema format.

Only tools that generate code ask for it; nested objects are `any` there, for their type names are not exported.
"""

from typing import Any

from sandbox.providers.cloud.definition import Cloud
from sandbox.providers.cloud.schema.shapes import Schemas


def package_schema(cloud: Cloud, version: str) -> dict[str, Any]:
    """Schema of the resource types that a stand-in has."""
    return {
        "name": cloud.name,
        "version": version,
        "description": f"Sandbox stand-in for {cloud.title}; not the published provider",
        "provider": _resource(cloud.schemas, cloud.schemas.provider_token),
        "resources": {token: _resource(cloud.schemas, token) for token in sorted(cloud.rows)},
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
