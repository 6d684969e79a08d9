"""The stand-in's rows say only what the published SDK has, and its objects look like the SDK's."""

import importlib.metadata
import json

import moto.iam.aws_managed_policies as moto_policies
import pulumi_aws
import pytest

from sandbox.providers.aws.cloud import SCHEMAS
from sandbox.providers.aws.export_schema import SDK
from sandbox.providers.aws.facts.managed_policies import MANAGED_POLICIES
from sandbox.providers.aws.services import RESOURCES
from sandbox.providers.base import check_object
from sandbox.providers.cloud.schema import export as export_schema
from tests.support.standin_aws import Engine, cluster_types
from tests.support.standin_aws_stack import one_of_each


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return one_of_each(Engine(tmp_path_factory.mktemp("world"), tags={"env": "test"})).made


def test_exported_shapes_equal_the_installed_sdk():
    files = export_schema.export(SDK, SCHEMAS, RESOURCES)
    written = {path.stem: path.read_text() for path in SCHEMAS.folder.glob("*.json")}
    assert {name: export_schema.text(content) for name, content in files.items()} == written, (
        "run python -m sandbox.providers.cloud.schema.export"
    )
    assert SCHEMAS.sdk_version() == importlib.metadata.version("pulumi-aws")
    assert json.loads(pulumi_aws.__path__ and written["provider"])["sdk"] == SCHEMAS.sdk_version()


def test_managed_policies_are_those_of_aws():
    known = json.loads(moto_policies.aws_managed_policies_data)
    assert frozenset(row["Path"].lstrip("/") + name for name, row in known.items()) == MANAGED_POLICIES


def _exists(shape, path):
    for part in path.split("."):
        while isinstance(shape, dict) and "list" in shape:
            shape = shape["list"]
        if not isinstance(shape, dict) or part not in shape.get("object", {}):
            return False
        shape = shape["object"][part]
    return True


@pytest.mark.parametrize("row", RESOURCES.values(), ids=RESOURCES)
def test_rows_name_real_properties(row):
    inputs = SCHEMAS.inputs_of(row.token)
    outputs = {"object": SCHEMAS.outputs_of(row.token)}
    paths = {*row.replaces, *row.unordered, *row.defaults, *(need.path for need in row.requires)}
    paths |= {row.name.key} if row.name else set()
    paths |= {row.name.prefix_key} if row.name and row.name.prefix_key else set()
    assert [path for path in paths if path != "*" and not _exists(inputs, path)] == []
    assert [key for key in {*row.outputs, *row.volatile} if not _exists(outputs, key)] == []
    for blocker in row.blocked_by:
        assert _exists(SCHEMAS.inputs_of(blocker.type), blocker.path), blocker
    for need in row.requires:
        assert need.by == "id" or need.by in SCHEMAS.outputs_of(need.type)


@pytest.mark.parametrize("token", cluster_types())
def test_objects_have_the_outputs_of_the_sdk(made, token):
    """Every output name and type is the SDK's, and what the SDK calls always there is there."""
    found = [resource for resource in made.values() if resource.type == token]
    assert found, f"one_of_each makes no {token}"
    for resource in found:
        _, failures = check_object(resource.outputs, {"object": SCHEMAS.outputs_of(token)})
        assert failures == []
        assert {"arn", "tagsAll", "region"} & SCHEMAS.outputs_of(token).keys() <= resource.outputs.keys()


def test_the_package_schema_holds_every_type(tmp_path):
    schema = json.loads(Engine(tmp_path).provider.schema())
    assert schema["resources"].keys() == RESOURCES.keys()
    assert schema["resources"]["aws:eks/cluster:Cluster"]["requiredInputs"] == ["roleArn", "vpcConfig"]
