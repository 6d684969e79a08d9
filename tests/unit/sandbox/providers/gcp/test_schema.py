"""Rows of the Google Cloud stand-in say only what SDK and API descriptions have, and its objects look like theirs."""

import importlib.metadata

import pytest

from sandbox.providers.base import check_object
from sandbox.providers.cloud.schema import export as export_schema
from sandbox.providers.gcp.api.models import document, members_of, schema_of
from sandbox.providers.gcp.api.operations import BODIES
from sandbox.providers.gcp.cloud import SCHEMAS
from sandbox.providers.gcp.export_schema import SDK
from sandbox.providers.gcp.services import RESOURCES
from tests.support.standin_gcp import Engine, one_of_each, without_storage


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with without_storage():
        yield one_of_each(Engine(tmp_path_factory.mktemp("world"), labels={"env": "test"}))


def test_exported_shapes_equal_the_installed_sdk():
    files = export_schema.export(SDK, SCHEMAS, RESOURCES)
    written = {path.stem: path.read_text() for path in SCHEMAS.folder.glob("*.json")}
    assert {name: export_schema.text(content) for name, content in files.items()} == written, (
        "run python -m sandbox.providers.gcp.export_schema"
    )
    assert SCHEMAS.sdk_version() == importlib.metadata.version("pulumi-gcp")


def exists(shape, path):
    for part in path.split("."):
        while isinstance(shape, dict) and "list" in shape:
            shape = shape["list"]
        if not isinstance(shape, dict) or part not in shape.get("object", {}):
            return False
        shape = shape["object"][part]
    return True


@pytest.mark.parametrize("row", RESOURCES.values(), ids=RESOURCES)
def test_rows_name_real_properties(row):
    inputs, outputs = SCHEMAS.inputs_of(row.token), {"object": SCHEMAS.outputs_of(row.token)}
    paths = {*row.replaces, *row.unordered, *row.defaults, *({row.name.key} if row.name else set())}
    assert paths
    assert [path for path in paths if not exists(inputs, path)] == []
    assert [key for key in {*row.outputs, *row.volatile} if not exists(outputs, key)] == []
    for blocker in row.blocked_by:
        assert exists(SCHEMAS.inputs_of(blocker.type), blocker.path), blocker


@pytest.mark.parametrize("token", RESOURCES)
def test_objects_have_the_outputs_of_the_sdk(made, token):
    resource = made[token]
    _, failures = check_object(resource.outputs, {"object": SCHEMAS.outputs_of(token)})
    assert failures == []
    assert {"effectiveLabels", "project"} & SCHEMAS.outputs_of(token).keys() <= resource.outputs.keys()
    assert resource.id


def test_labels_are_the_programs_over_the_providers():
    assert SCHEMAS.outputs_of("gcp:kms/cryptoKey:CryptoKey").keys() >= {"effectiveLabels", "pulumiLabels"}


def test_limits_come_from_the_api_descriptions():
    pool = SCHEMAS.limits_of("gcp:container/nodePool:NodePool")
    assert pool["nodeConfig.taints[].effect"].one_of == ("NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE")
    assert pool["autoscaling.locationPolicy"].one_of == ("BALANCED", "ANY")
    sharing = "nodeConfig.guestAccelerators[].gpuSharingConfig.gpuSharingStrategy"
    assert pool[sharing].one_of == ("TIME_SHARING", "MPS")
    assert SCHEMAS.limits_of("gcp:compute/network:Network")["name"].pattern.fullmatch("voice")
    channel = SCHEMAS.limits_of("gcp:container/cluster:Cluster")["releaseChannel.channel"]
    assert set(channel.one_of) == {"UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED"}


@pytest.mark.parametrize("token", BODIES)
def test_the_table_of_renamed_members_names_what_exists(token):
    body = BODIES[token]
    assert document(body.document)["schemas"]
    for path, member in body.renamed.items():
        schema = schema_of(body)
        *parents, _ = path.split(".")
        for end in range(1, len(parents) + 1):
            here = ".".join(parents[:end])
            schema = members_of(body, schema)[body.renamed.get(here, parents[end - 1])]
        assert member in members_of(body, schema), path
        assert exists(SCHEMAS.inputs_of(token), path), path
