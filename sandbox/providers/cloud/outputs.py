"""Outputs of one object: what the program gave, completed by what the cloud computes; unknown in a preview."""

from collections.abc import Mapping
from typing import Any

from sandbox.providers.base import UNKNOWN, Properties, Secret, plain
from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.definition import Cloud
from sandbox.providers.cloud.inputs import without_marks
from sandbox.providers.cloud.row import ResourceType


def outputs_of(cloud: Cloud, row: ResourceType, made: CloudObject, inputs: Mapping[str, Any]) -> Properties:
    """All outputs of an object that exists; what is secret in `inputs` stays so."""
    outputs = without_marks(inputs)
    for key, compute in row.outputs.items():
        outputs[key] = _merged(compute(made), outputs.get(key))
    if row.name and outputs.get(row.name.key) is None:
        outputs[row.name.key] = made[row.name.key]
    return _common(cloud, row, outputs, made.account)


def preview_of_create(cloud: Cloud, row: ResourceType, inputs: Mapping[str, Any], account: Account) -> Properties:
    """Outputs before the object exists: whatever the cloud will compute is unknown."""
    outputs = without_marks(inputs)
    known_shapes = cloud.schemas.outputs_of(row.token)
    for key in row.outputs:
        outputs[key] = _with_unknowns(outputs.get(key), known_shapes[key])
    if row.name and outputs.get(row.name.key) is None:
        outputs[row.name.key] = UNKNOWN
    return _common(cloud, row, outputs, account)


def preview_of_update(
    cloud: Cloud, row: ResourceType, state: Mapping[str, Any], inputs: Mapping[str, Any], account: Account
) -> Properties:
    """Outputs after an update that has not run: computed ones stay, except those an update may change."""
    outputs = without_marks(inputs)
    for key in row.outputs:
        outputs[key] = UNKNOWN if key in row.volatile else _merged(plain(state.get(key)), outputs.get(key))
    if row.name and outputs.get(row.name.key) is None:
        outputs[row.name.key] = state.get(row.name.key)
    return _common(cloud, row, outputs, account)


def all_labels(own: Any, default_labels: Mapping[str, str]) -> Any:
    """The provider's default labels under the resource's own."""
    if isinstance(own, Secret):
        return Secret({**default_labels, **(own.value or {})})
    return own if own is UNKNOWN else {**default_labels, **(own or {})}


def _common(cloud: Cloud, row: ResourceType, outputs: Properties, account: Account) -> Properties:
    names = cloud.schemas.outputs_of(row.token)
    for key, value in cloud.places(account).items():
        if key in names and outputs.get(key) is None:
            outputs[key] = value
    for key in cloud.labels.merged:
        if key in names:
            outputs[key] = all_labels(cloud.labels.of(outputs), account.default_labels)
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
