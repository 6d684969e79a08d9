"""The reference chart's keys: the documented ones are all there, and the list of the others is true."""

import json
from pathlib import Path

import pytest
import yaml

from catalog.chart import DOCUMENTED_KEYS, WORKER_PLACEHOLDER
from components.release.roles import ROLES

CHART = Path(__file__).resolve().parents[3] / "sandbox" / "chart"
VALUES = yaml.safe_load((CHART / "cartesia" / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "cartesia" / "values.schema.json").read_text())
KEYS = yaml.safe_load((CHART / "keys.yaml").read_text())


def leaves(values, path=""):
    for key, value in values.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value:
            yield from leaves(value, where)
        else:
            yield where


def in_schema(path):
    node = SCHEMA
    for part in path.split("."):
        node = SCHEMA["definitions"]["worker"] if part == WORKER_PLACEHOLDER else node["properties"][part]
    return node


@pytest.mark.parametrize("key", DOCUMENTED_KEYS)
def test_documented_key_is_a_value(key):
    assert key in set(leaves(VALUES))
    assert in_schema(key)


def test_every_path_is_that_of_a_role():
    assert len(KEYS) > 10
    assert set(KEYS) <= set(ROLES)
    missing = {role.name for role in ROLES.values() if role.documented} - set(KEYS)
    assert not missing or KEYS["workers"]  # which gives the documented keys of workers their paths


@pytest.mark.parametrize("role", [role for role, path in KEYS.items() if path])
def test_path_of_a_role_is_a_key_of_the_chart(role):
    assert in_schema(KEYS[role])
    assert WORKER_PLACEHOLDER in KEYS[role] or KEYS[role] in set(leaves(VALUES))


def test_every_value_is_documented_or_has_a_role():
    paths = {path for path in KEYS.values() if path} | set(DOCUMENTED_KEYS)
    assert set(leaves(VALUES)) - paths == {"licenseSeed"}  # the vendor's own way, by ConfigMap; components use a secret


def test_worker_keys_of_components_are_in_the_schema():
    known = set(SCHEMA["definitions"]["worker"]["properties"])
    assert {role.worker_key for name, role in ROLES.items() if role.worker_key and KEYS.get(name) != ""} <= known


def objects_of(schema):
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield schema
        for child in schema.values():
            yield from objects_of(child)


def test_schema_refuses_unknown_keys_everywhere():
    assert all(part.get("additionalProperties") is False for part in objects_of(SCHEMA))
