"""Outputs of one object: what the program gave, completed by what AWS computes; unknown in a preview."""

from collections.abc import Mapping
from typing import Any

from sandbox.providers.base import UNKNOWN, Properties, Secret, plain
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.inputs import without_marks
from sandbox.providers.cloud.row import ResourceType
from sandbox.providers.cloud.schema import shapes


def outputs_of(row: ResourceType, made: CloudObject, inputs: Mapping[str, Any]) -> Properties:
    """All outputs of an object that exists; what is secret in `inputs` stays so."""
    outputs = without_marks(inputs)
    for key, compute in row.outputs.items():
        outputs[key] = _merged(compute(made), outputs.get(key))
    if row.name and outputs.get(row.name.key) is None:
        outputs[row.name.key] = made[row.name.key]
    return _common(row, outputs, made.account.region, made.account.default_tags)


def preview_of_create(
    row: ResourceType, inputs: Mapping[str, Any], region: str, default_tags: Mapping[str, str]
) -> Properties:
    """Outputs before the object exists: whatever AWS will compute is unknown."""
    outputs = without_marks(inputs)
    known_shapes = shapes.outputs_of(row.token)
    for key in row.outputs:
        outputs[key] = _with_unknowns(outputs.get(key), known_shapes[key])
    if row.name and outputs.get(row.name.key) is None:
        outputs[row.name.key] = UNKNOWN
    return _common(row, outputs, region, default_tags)


def preview_of_update(
    row: ResourceType,
    state: Mapping[str, Any],
    inputs: Mapping[str, Any],
    region: str,
    default_tags: Mapping[str, str],
) -> Properties:
    """Outputs after an update that has not run: computed ones stay, except those an update may change."""
    outputs = without_marks(inputs)
    for key in row.outputs:
        outputs[key] = UNKNOWN if key in row.volatile else _merged(plain(state.get(key)), outputs.get(key))
    if row.name and outputs.get(row.name.key) is None:
        outputs[row.name.key] = state.get(row.name.key)
    return _common(row, outputs, region, default_tags)


def all_tags(tags: Any, default_tags: Mapping[str, str]) -> Any:
    """`tagsAll`: the provider's default tags under the resource's own."""
    if isinstance(tags, Secret):
        return Secret({**default_tags, **(tags.value or {})})
    return tags if tags is UNKNOWN else {**default_tags, **(tags or {})}


def _common(row: ResourceType, outputs: Properties, region: str, default_tags: Mapping[str, str]) -> Properties:
    names = shapes.outputs_of(row.token)
    if "region" in names and outputs.get("region") is None:
        outputs["region"] = region
    if "tagsAll" in names:
        outputs["tagsAll"] = all_tags(outputs.get("tags"), default_tags)
    return {key: value for key, value in outputs.items() if value is not None}


def _merged(computed: Any, given: Any) -> Any:
    if given is None:
        return computed
    if isinstance(given, Mapping) and isinstance(computed, Mapping):
        return {key: _merged(computed.get(key), given.get(key)) for key in computed.keys() | given.keys()}
    return given


def _with_unknowns(given: Any, shape: Any) -> Any:
    if given is None:
        return UNKNOWN
    if isinstance(given, Mapping) and isinstance(shape, Mapping) and "object" in shape:
        return {key: given[key] if given.get(key) is not None else UNKNOWN for key in shape["object"]}
    return given
