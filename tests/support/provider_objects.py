"""Objects of the recorded states as Terraform knows them: in its spelling, as configuration and as state."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.provider_facts import RENAMED, recording, spellings
from tests.support.recorded_world import FOLDER

__all__ = ["empty", "objects_of", "state_of", "terraform_type"]


def objects_of(schemas: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """One object of each recorded type, out of the recorded states, in Terraform's spelling."""
    wanted = recording()["types"]
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(FOLDER.glob("*.state.json")):
        for resource in json.loads(file.read_text()):
            token = resource["type"]
            if token in wanted and resource.get("id"):
                block = schemas[terraform_type(token)]["block"]
                inputs = {key: value for key, value in resource["inputs"].items() if not key.startswith("__")}
                inputs |= {new: inputs[old] for new, old in _renamed(token) if old in inputs}
                values = _in_terraform(block, inputs)
                if token not in found or len(json.dumps(values)) > len(json.dumps(found[token])):
                    found[token] = {**values, "id": resource["id"]}
    yield from sorted(found.items())


def _renamed(token: str) -> Iterator[tuple[str, str]]:
    """Properties of a type that Pulumi calls something else altogether: Terraform's name and Pulumi's."""
    for path, pulumi in RENAMED.items():
        type_, _, name = path.partition(".")
        if type_ == terraform_type(token):
            yield name, pulumi


def _in_terraform(block: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in block.get("attributes", {}):
        value = next((values[each] for each in spellings(name) if each in values), None)
        if value is not None:
            found[name] = value
    for name, nested in block.get("block_types", {}).items():
        value = next((values[each] for each in spellings(name) if each in values), None)
        if value is not None:
            items = value if isinstance(value, list) else [value]
            found[name] = [_in_terraform(nested["block"], each) for each in items]
    return found


def empty(token: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Every attribute and block of a type, with nothing in it."""
    block = schemas[terraform_type(token)]["block"]
    blocks = {key: [] for key in block.get("block_types", {}) if key != "timeouts"}
    return dict.fromkeys(block.get("attributes", {})) | blocks


def state_of(objects: Mapping[str, Mapping[str, Any]], versions: Mapping[str, int]) -> dict[str, Any]:
    """The content of a state file that has these objects, by address."""
    rows = []
    for address, attributes in objects.items():
        type_, _, name = address.partition(".")
        instance = {"schema_version": versions[type_], "attributes": attributes}
        provider = 'provider["registry.terraform.io/hashicorp/aws"]'
        row = {"mode": "managed", "type": type_, "name": name, "provider": provider, "instances": [instance]}
        rows.append(row)
    return {
        "version": 4,
        "terraform_version": "1.0.0",
        "serial": 1,
        "lineage": "facts",
        "outputs": {},
        "resources": rows,
    }


def terraform_type(token: str) -> str:
    """Terraform's name of a recorded type."""
    return str(recording()["types"][token]["terraform"])
