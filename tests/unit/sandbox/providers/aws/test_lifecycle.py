"""Objects live in the world directory: what is kept, what is hidden, what AWS refuses."""

import json
import subprocess
import sys

import pytest

from sandbox.providers.aws.inventory import inventory
from sandbox.providers.base import UNKNOWN, ConfigureRequest, DeleteRequest, ProviderError, Secret
from tests.support.standin_aws import REGION, Engine, cluster_types, token
from tests.support.standin_aws_stack import READ, Stack, full_stack, one_of_each, trust

VPC = token("ec2/vpc:Vpc")
ROLE = token("iam/role:Role")


@pytest.fixture
def engine(tmp_path):
    return Engine(tmp_path)


def edit(world, type_, change):
    record = next(record for record in inventory(world) if record.type == type_)
    path = next((world / "aws").glob(f"*/{type_.split(':')[1].replace('/', '_')}/*.json"))
    content = json.loads(path.read_text())
    change(content["inputs"])
    path.write_text(json.dumps(content))
    return record


def test_it_says_once_what_it_is(engine):
    assert engine.log == [("info", engine.log[0][1], "urn:provider")]
    assert engine.log[0][1].startswith("stand-in, not AWS")


def test_a_preview_makes_nothing_and_knows_what_it_can(engine, tmp_path):
    outputs = engine.preview(VPC, "v", {"cidrBlock": "10.0.0.0/16", "tags": {"Name": UNKNOWN}})
    assert outputs["arn"] is UNKNOWN
    assert outputs["cidrBlock"] == "10.0.0.0/16"
    assert outputs["region"] == REGION
    assert inventory(tmp_path) == []


def test_everything_can_be_removed_in_reverse_order(engine, tmp_path):
    stack = one_of_each(engine)
    assert {record.type for record in inventory(tmp_path)} == set(cluster_types())
    for resource in reversed(stack.made.values()):
        engine.delete(resource)
        engine.delete(resource)  # gone already is fine
    assert inventory(tmp_path) == []
    assert engine.planes.claimed == {}


def test_what_is_gone_reads_as_gone(engine):
    assert engine.read(VPC, "v", "vpc-0000000000000000").id == ""


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("vpc", "{id}"),
        ("cluster", "voice"),
        ("default", "voice:default"),
        ("egress", "{routeTableId}_0.0.0.0/0"),
        ("routed", "{subnetId}/{routeTableId}"),
        ("pods", "voice,{id}"),
        ("admin", "voice#arn:aws:iam::123456789012:role/Admin#{policyArn}"),
        ("vpc-cni", "voice:vpc-cni"),
        ("node-AmazonEKSWorkerNodePolicy", "{role}/{policyArn}"),
    ],
)
def test_import_finds_objects_by_the_ids_of_the_documentation(engine, name, spelling):
    made = one_of_each(engine).made[name]
    found = engine.read(made.type, name, spelling.format(id=made.id, **made.inputs))
    assert (found.id, found.outputs) == (made.id, made.outputs)
    assert found.inputs == {key: value for key, value in made.inputs.items() if not key.startswith("__")}


def test_drift_shows_on_refresh_and_as_a_diff(engine, tmp_path):
    stack = Stack(engine)
    vpc = stack.add(VPC, "v", cidrBlock="10.0.0.0/16", tags={"Name": "v"})
    edit(tmp_path, VPC, lambda inputs: inputs.update(tags={"Name": "somebody's"}, enableDnsHostnames=True))
    found = engine.refresh(vpc)
    assert found.outputs["tagsAll"] == {"Name": "somebody's"}
    vpc.inputs, vpc.outputs = found.inputs, found.outputs
    changes = engine.diff(vpc, {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "v"}}).changes
    assert changes == {"enableDnsHostnames": "delete", "tags.Name": "update", "tagsAll": "update"}


def test_secrets_stay_secret_and_off_the_disk(engine, tmp_path):
    inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"licence": Secret("canary-tag"), "open": "yes"}}
    vpc = engine.create(VPC, "v", inputs)
    template = engine.create(token("LaunchTemplate"), "t", {"userData": Secret("canary-data")})
    assert vpc.outputs["tags"] == {"licence": Secret("canary-tag"), "open": "yes"}
    assert vpc.outputs["tagsAll"] == vpc.outputs["tags"]
    assert template.outputs["userData"] == Secret("canary-data")
    for made in (vpc, template):
        found = engine.refresh(made)
        assert (found.inputs, found.outputs) == (made.inputs, made.outputs)
    updated = engine.update(vpc, {**inputs, "enableDnsHostnames": True})
    assert updated.outputs["tags"]["licence"] == Secret("canary-tag")
    engine.update(template, {"userData": Secret("canary-other")})
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"canary" in path.read_bytes()]


def test_drift_on_a_secret_is_seen_without_telling_it(engine, tmp_path):
    template = engine.create(token("LaunchTemplate"), "t", {"userData": Secret("canary-data")})
    edit(tmp_path, template.type, lambda inputs: inputs.update(userData="changed"))
    assert engine.refresh(template).inputs["userData"] == Secret("changed")


def test_an_error_shows_no_secret(engine, tmp_path):
    fault = {"error": "Throttling: no canary-tag today", "type": VPC}
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws" / "faults.json").write_text(json.dumps([fault]))
    with pytest.raises(ProviderError) as caught:
        engine.create(VPC, "v", {"cidrBlock": "10.0.0.0/16", "tags": {"k": Secret("canary-tag")}})
    assert "canary" not in str(caught.value)


def test_faults_fail_the_planned_call_as_often_as_asked(engine, tmp_path):
    stack = full_stack(engine)
    faults = [
        {"type": "*:NodeGroup", "name": "gpu*", "error": "InsufficientInstanceCapacity: no g6e today", "times": 2},
        {"type": VPC, "operation": "delete", "error": "InternalFailure: sorry"},
    ]
    (tmp_path / "aws" / "faults.json").write_text(json.dumps(faults))
    for _ in range(2):
        with pytest.raises(ProviderError, match=r"creating EKS Node Group \(gpu\).*InsufficientInstanceCapacity"):
            stack.group("gpu")
    stack.group("gpu")
    vpc = engine.create(VPC, "other", {"cidrBlock": "10.9.0.0/16"})
    with pytest.raises(ProviderError, match=r"StatusCode: 500.*InternalFailure: sorry"):
        engine.delete(vpc)
    engine.delete(vpc)


DEPENDENCIES = [
    ("vpc", "DependencyViolation", "has dependencies and cannot be deleted"),
    ("private-a", "DependencyViolation", "The subnet 'subnet-"),
    ("igw", "DependencyViolation", "mapped public address"),
    ("eip", "InvalidIPAddress.InUse", "is in use"),
    ("routes", "DependencyViolation", "The routeTable 'rtb-"),
    ("node-role", "DeleteConflict", "must detach all policies first"),
    ("cluster", "ResourceInUseException", "Cluster has nodegroups attached"),
]


@pytest.mark.parametrize(("name", "code", "words"), DEPENDENCIES)
def test_what_others_stand_on_cannot_be_deleted(engine, name, code, words):
    stack = full_stack(engine)
    with pytest.raises(ProviderError, match=f"{code}: .*{words}"):
        engine.delete(stack.made[name])
    assert engine.refresh(stack.made[name]).id == stack.id(name)


def test_a_policy_in_use_cannot_be_deleted(engine):
    stack = Stack(engine).roles()
    policy = stack.add("iam/policy:Policy", "policy", policy=READ)
    role = stack.out("pod-role", "name")
    attached = stack.add("RolePolicyAttachment", "attached", role=role, policyArn=policy.id)
    with pytest.raises(ProviderError, match="DeleteConflict: Cannot delete a policy attached to entities"):
        engine.delete(policy)
    engine.delete(attached)
    engine.delete(policy)


REFUSED = [
    (
        "Subnet",
        {"vpcId": "vpc-1", "cidrBlock": "10.0.5.0/24"},
        "InvalidVpcID.NotFound: The vpc ID 'vpc-1'",
    ),
    ("Subnet", {"vpcId": "{vpc}", "cidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range"),
    ("Subnet", {"vpcId": "{vpc}", "cidrBlock": "10.0.0.128/25"}, "InvalidSubnet.Conflict"),
    (
        "Subnet",
        {"vpcId": "{vpc}", "cidrBlock": "10.0.5.0/24", "availabilityZone": "us-west-2z"},
        "InvalidParameterValue",
    ),
    ("InternetGateway", {"vpcId": "{vpc}"}, "Resource.AlreadyAssociated"),
    ("NatGateway", {"subnetId": "{private-a}", "allocationId": "{eip}"}, "Resource.AlreadyAssociated"),
    ("RouteTableAssociation", {"subnetId": "{private-a}", "routeTableId": "{routes}"}, "Resource.AlreadyAssociated"),
    (
        "ec2/route:Route",
        {"routeTableId": "{routes}", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "{igw}"},
        "RouteAlreadyExists",
    ),
    ("SecurityGroupIngressRule", {"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, "NotFound"),
    ("RolePolicyAttachment", {"role": "nobody", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, "NoSuchEntity"),
    ("iam/role:Role", {"name": "x", "managedPolicyArns": ["arn:aws:iam::aws:policy/Nope"]}, "NoSuchEntity"),
    ("LogGroup", {"kmsKeyId": "arn:aws:kms:us-west-2:123456789012:key/x"}, "AccessDeniedException"),
    ("autoscaling/tag:Tag", {"autoscalingGroupName": "x", "tag": {"key": "k", "value": "v"}}, "ValidationError"),
]


@pytest.mark.parametrize(("leaf", "inputs", "words"), REFUSED, ids=[f"{r[0]}-{r[2]}" for r in REFUSED])
def test_aws_refuses_what_does_not_fit_the_account(engine, leaf, inputs, words):
    stack = full_stack(engine)
    ids = {name: resource.id for name, resource in stack.made.items()}
    filled = {key: value.format_map(ids) if isinstance(value, str) else value for key, value in inputs.items()}
    if leaf == "iam/role:Role":
        filled["assumeRolePolicy"] = trust("ec2.amazonaws.com")
    if leaf == "autoscaling/tag:Tag":
        filled["tag"]["propagateAtLaunch"] = True
    with pytest.raises(ProviderError, match=f"creating .*{words}"):
        stack.add(leaf, "refused", **filled)


def test_a_name_can_be_taken_once(engine):
    stack = Stack(engine)
    stack.add(ROLE, "a", name="same", assumeRolePolicy=trust("ec2.amazonaws.com"))
    with pytest.raises(ProviderError, match=r"StatusCode: 409.*EntityAlreadyExists: Role with name same already"):
        stack.add(ROLE, "b", name="same", assumeRolePolicy=trust("ec2.amazonaws.com"))


def test_a_prefix_becomes_a_name_at_creation(engine):
    role = Stack(engine).add(ROLE, "a", namePrefix="team-", assumeRolePolicy=trust("ec2.amazonaws.com"))
    assert role.id.startswith("team-")
    assert role.outputs["name"] == role.id
    assert engine.refresh(role).outputs == role.outputs


def test_regions_are_apart_and_iam_has_none(tmp_path):
    west, east = Engine(tmp_path), Engine(tmp_path, region="us-east-1")
    vpc = west.create(VPC, "v", {"cidrBlock": "10.0.0.0/16"})
    role = west.create(ROLE, "r", {"assumeRolePolicy": trust("ec2.amazonaws.com")})
    assert east.read(VPC, "v", vpc.id).id == ""
    assert east.read(ROLE, "r", role.id).id == role.id
    away = west.create(VPC, "w", {"cidrBlock": "10.0.0.0/16", "region": "eu-west-1"})
    assert ":eu-west-1:" in away.outputs["arn"]
    west.delete(away)
    assert [record.id for record in inventory(tmp_path, type_=VPC)] == [vpc.id]


def test_another_account_is_refused(engine):
    settings = {"region": REGION, "allowedAccountIds": '["999999999999"]'}
    with pytest.raises(ProviderError, match="AWS account ID not allowed: 123456789012"):
        engine.provider.configure(ConfigureRequest(inputs=settings))


def test_types_it_does_not_have_are_named(engine):
    with pytest.raises(ProviderError, match=r"stand-in for AWS has no aws:s3/bucket:Bucket; add a row"):
        engine.check("aws:s3/bucket:Bucket", "b", {})


def test_the_inventory_filters_by_type_and_tag_and_prints_json(tmp_path, capsys):
    stack = one_of_each(Engine(tmp_path, tags={"env": "dev"}))
    tagged = inventory(tmp_path, type_=VPC, tags={"Name": "net"})
    assert [record.id for record in tagged] == [stack.id("vpc")]
    assert inventory(tmp_path, type_=VPC, tags={"Name": "other"}) == []
    command = [sys.executable, "-m", "sandbox.providers.aws.inventory", "--world", str(tmp_path), "--json"]
    printed = subprocess.run([*command, "--type", VPC, "--tag", "env=dev"], capture_output=True, text=True, check=True)
    assert [row["id"] for row in json.loads(printed.stdout)] == [stack.id("vpc")]


def test_deleting_without_state_works(engine):
    vpc = engine.create(VPC, "v", {"cidrBlock": "10.0.0.0/16"})
    identity = engine.identity(VPC, "v")
    engine.provider.delete(DeleteRequest(id=vpc.id, old_inputs={}, state={}, **identity))
    assert engine.refresh(vpc).id == ""
