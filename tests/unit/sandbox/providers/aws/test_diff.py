"""Which changes replace an object and which update it, for every type; no change is no diff."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.providers.aws.cloud import SCHEMAS
from sandbox.providers.aws.services import RESOURCES
from sandbox.providers.base import UNKNOWN, DiffRequest
from tests.support.standin_aws import Engine, token
from tests.support.standin_aws_stack import one_of_each


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    return one_of_each(Engine(tmp_path_factory.mktemp("world"), tags={"env": "test"}))


def inputs_of(resource):
    return copy.deepcopy({key: value for key, value in resource.inputs.items() if not key.startswith("__")})


def compare(engine, type_, old, new):
    identity = engine.identity(type_, "x")
    return engine.provider.diff(DiffRequest(id="x", old_inputs=old, state={}, news=new, **identity)).changes


def test_an_object_read_back_is_what_was_made(stack):
    assert stack.made
    for resource in stack.made.values():
        found = stack.engine.refresh(resource)
        assert (found.id, found.inputs, found.outputs) == (resource.id, resource.inputs, resource.outputs)
        assert stack.engine.diff(resource, inputs_of(resource)).changes == {}


REPLACING = [(row.token, path) for row in RESOURCES.values() for path in row.replaces]


@pytest.mark.parametrize(("type_", "path"), REPLACING, ids=[f"{t}-{p}" for t, p in REPLACING])
def test_a_change_of_an_immutable_property_replaces(stack, type_, path):
    shape, old, new = SCHEMAS.inputs_of(type_), {}, {}
    left, right = old, new
    parts = path.split(".")
    for part in parts[:-1]:
        shape = shape["object"][part]
        left[part], right[part] = {}, {}
        left, right = left[part], right[part]
    left[parts[-1]], right[parts[-1]] = "a", "b"
    assert list(compare(stack.engine, type_, old, new).values()) == ["update-replace"]
    left[parts[-1]] = None
    added = "add" if path in RESOURCES[type_].addable else "add-replace"
    assert list(compare(stack.engine, type_, old, new).values()) == [added]
    assert list(compare(stack.engine, type_, new, old).values()) == ["delete-replace"]
    assert list(compare(stack.engine, type_, new, {**new, parts[0]: UNKNOWN}).values()) in (
        ["update-replace"],
        ["update"],  # the whole of a mapping is unknown, of which only a part is immutable
    )


UPDATING = [
    ("ec2/vpc:Vpc", "enableDnsHostnames"),
    ("Subnet", "mapPublicIpOnLaunch"),
    ("iam/role:Role", "assumeRolePolicy"),
    ("iam/role:Role", "description"),
    ("iam/policy:Policy", "policy"),
    ("kms/key:Key", "policy"),
    ("LogGroup", "retentionInDays"),
    ("LaunchTemplate", "imageId"),
    ("LaunchTemplate", "metadataOptions"),
    ("eks/cluster:Cluster", "version"),
    ("eks/cluster:Cluster", "vpcConfig"),
    ("eks/cluster:Cluster", "enabledClusterLogTypes"),
    ("eks/cluster:Cluster", "deletionProtection"),
    ("NodeGroup", "scalingConfig"),
    ("NodeGroup", "labels"),
    ("NodeGroup", "taints"),
    ("NodeGroup", "updateConfig"),
    ("NodeGroup", "version"),
    ("Addon", "addonVersion"),
    ("PodIdentityAssociation", "roleArn"),
    ("ec2/route:Route", "natGatewayId"),
]


@pytest.mark.parametrize(("leaf", "key"), UPDATING)
def test_a_change_of_another_property_updates(stack, leaf, key):
    assert list(compare(stack.engine, token(leaf), {key: "a"}, {key: "b"}).values()) == ["update"]


def test_a_newer_launch_template_version_updates_the_group(stack):
    old = {"launchTemplate": {"id": "lt-1", "version": "1"}}
    new = {"launchTemplate": {"id": "lt-1", "version": "2"}}
    assert compare(stack.engine, token("NodeGroup"), old, new) == {"launchTemplate.version": "update"}


@pytest.mark.parametrize(
    "row", [row for row in RESOURCES.values() if "region" in SCHEMAS.inputs_of(row.token)["object"]]
)
def test_another_region_is_another_object(stack, row):
    changes = compare(stack.engine, row.token, {"region": "us-west-2"}, {"region": "us-east-1"})
    assert changes == {"region": "update-replace"}


@pytest.mark.parametrize("row", [row for row in RESOURCES.values() if row.unordered], ids=lambda row: row.token)
def test_sets_have_no_order(stack, row):
    for path in (path for path in row.unordered if "." not in path):
        assert compare(stack.engine, row.token, {path: ["a", "b"]}, {path: ["b", "a"]}) == {}


def test_changed_default_tags_update_everything_that_has_tags(tmp_path):
    before = Engine(tmp_path, tags={"env": "a"})
    vpc = before.create(token("ec2/vpc:Vpc"), "v", {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "v"}})
    assert vpc.outputs["tagsAll"] == {"env": "a", "Name": "v"}
    after = Engine(tmp_path, tags={"env": "b"})
    assert after.diff(vpc, inputs_of(vpc)).changes == {"tagsAll": "update"}
    assert after.update(vpc, inputs_of(vpc)).outputs["tagsAll"] == {"env": "b", "Name": "v"}


def test_a_fixed_name_is_freed_before_its_replacement_is_made(stack):
    cluster, group = stack.made["cluster"], stack.made["group"]
    changed = {**inputs_of(cluster), "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16"}}
    assert stack.engine.diff(cluster, changed).delete_before_replace
    automatic = {"vpcId": stack.id("vpc"), "description": "another"}
    assert "name" in group.inputs["__defaults"]
    assert not stack.engine.diff(group, automatic).delete_before_replace


def _values(shape):
    if isinstance(shape, str):
        return {
            "string": st.text(max_size=8),
            "integer": st.integers(-(2**31), 2**31),
            "number": st.floats(allow_nan=False, allow_infinity=False, width=32),
            "boolean": st.booleans(),
            "any": st.none(),
        }[shape]
    if "list" in shape:
        return st.lists(_values(shape["list"]), max_size=3)
    if "map" in shape:
        return st.dictionaries(st.text(max_size=6), _values(shape["map"]), max_size=3)
    fields = {key: _values(inner) for key, inner in shape["object"].items()}
    return st.fixed_dictionaries({}, optional=fields)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_equal_inputs_never_differ(stack, data):
    type_ = data.draw(st.sampled_from(sorted(RESOURCES)))
    shape = SCHEMAS.inputs_of(type_)["object"]
    keys = data.draw(st.sets(st.sampled_from(sorted(shape)), max_size=4))
    inputs = {key: data.draw(_values(shape[key])) for key in sorted(keys)}
    assert compare(stack.engine, type_, inputs, copy.deepcopy(inputs)) == {}
