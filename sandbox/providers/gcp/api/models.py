"""Limits that Google's published API descriptions (discovery documents) set for the properties that go to them."""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from googleapiclient.discovery_cache import get_static_doc

from sandbox.providers.gcp.api.operations import BODIES, Body

HELD_ELSEWHERE: Final = ("labels", "resourceLabels", "project", "region", "location")
"""Properties with rules for all types, see `rules.common_rules`."""
_UNSET: Final = re.compile(r".+_UNSPECIFIED")


@functools.cache
def document(name: str) -> Mapping[str, Any]:
    """A discovery document of the installed package, e.g. `container.v1`."""
    service, _, version = name.partition(".")
    return dict(json.loads(get_static_doc(service, version)))


def schema_of(body: Body) -> Mapping[str, Any]:
    """The schema of the object that a call takes."""
    return dict(document(body.document)["schemas"][body.schema])


def limits_of(token: str, inputs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Limits of a type's inputs by path, for the exporter.

    Args:
        token: Type token.
        inputs: The shape of its inputs as the SDK has it.
    """
    body = BODIES.get(token)
    return dict(_object(body, inputs, schema_of(body), "")) if body else {}


def members_of(body: Body, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Members of an object, or of the objects in a list; empty for anything else."""
    while "items" in schema:
        schema = schema["items"]
    if "$ref" in schema:
        schema = document(body.document)["schemas"][schema["$ref"]]
    found: Mapping[str, Any] = schema.get("properties", {})
    return found


def _object(
    body: Body, sdk: Mapping[str, Any], schema: Mapping[str, Any], path: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    members = members_of(body, schema)
    for key, inner in sdk["object"].items():
        here = f"{path}.{key}".lstrip(".")
        plain = here.replace("[]", "")
        member = members.get(body.renamed.get(plain, key))
        if member is not None and plain not in HELD_ELSEWHERE:
            yield from _value(body, inner, member, here)


def _value(body: Body, sdk: Any, member: Mapping[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(sdk, str):
        item = member.get("items", member)
        limit = _limit(item) if sdk in ("string", "integer", "number") else {}
        if limit:
            yield path, limit
    elif "object" in sdk:
        yield from _object(body, sdk, member, path)
    elif "list" in sdk:
        yield from _value(body, sdk["list"], member, f"{path}[]")


def _limit(member: Mapping[str, Any]) -> dict[str, Any]:
    limit: dict[str, Any] = {}
    if member.get("enum"):
        limit["enum"] = [value for value in member["enum"] if not _UNSET.fullmatch(value)]
    if member.get("pattern") and member.get("type") == "string":
        limit["pattern"] = member["pattern"]
    for key, name in (("minimum", "min"), ("maximum", "max")):
        if key in member:
            limit[name] = int(member[key])
    return limit
