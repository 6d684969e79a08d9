"""After a kill, everything that was begun is taken over, forgotten or named; never made twice, never silently left."""

import copy
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from sandbox.host.layout import CHECKOUT
from toolkit.commands.recover import _choices, _with_choices
from toolkit.recovery import Decision, make_plan, pending_creates
from toolkit.recovery.adopt import adopt, undo_replacements
from toolkit.recovery.identity import id_from_inputs, is_overwritten
from toolkit.recovery.inventory import CommandInventory, Found, InventoryError, TaggingInventory, arn_to_id
from toolkit.recovery.pending import recorded_ids
from toolkit.recovery.sidecars import drop_cut_sidecars
from toolkit.recovery.wording import _words

VPC = "aws:ec2/vpc:Vpc"
ROLE = "aws:iam/role:Role"


class Anything(dict):
    """Inputs that hold whatever is asked for."""

    def get(self, key, default=None):
        return super().get(key, "x")


def urn(type_token: str, name: str) -> str:
    return f"urn:pulumi:dev::cartesia::cartesia:index:EksCluster${type_token}::{name}"


def creating(type_token: str, name: str, /, **inputs: Any) -> dict[str, Any]:
    resource = {"urn": urn(type_token, name), "type": type_token, "custom": True, "inputs": inputs, "parent": "urn:p"}
    return {"type": "creating", "resource": resource}


def exported(*operations: dict[str, Any], resources: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": list(resources), "pending_operations": list(operations)}}


class Listed:
    """An inventory of what the test says exists, counting how often it is asked."""

    def __init__(self, *found: Found) -> None:
        self.found = found
        self.asked: list[Mapping[str, str]] = []

    def with_tags(self, tags: Mapping[str, str]) -> Sequence[Found]:
        self.asked.append(tags)
        return self.found

    def finds(self, type_token: str) -> bool:
        return type_token in (VPC, ROLE)


def test_an_object_whose_inputs_tell_its_id_is_taken_over_without_asking_the_cloud() -> None:
    inventory = Listed()
    plan = make_plan(pending_creates(exported(creating(ROLE, "node-role", name="node-role-1a2b"))), "dev", inventory)
    assert [(step.decision, step.ids) for step in plan.steps] == [(Decision.TAKE_OVER, ("node-role-1a2b",))]
    assert inventory.asked == []


def test_an_object_with_a_made_up_id_is_found_by_type_and_name() -> None:
    inventory = Listed(
        Found(VPC, "vpc-other", {"Name": "other"}),
        Found("aws:ec2/subnet:Subnet", "subnet-1", {"Name": "net-vpc"}),
        Found(VPC, "vpc-1", {"Name": "net-vpc"}),
    )
    plan = make_plan(pending_creates(exported(creating(VPC, "net-vpc", tags={"Name": "net-vpc"}))), "dev", inventory)
    assert [(step.decision, step.ids) for step in plan.steps] == [(Decision.TAKE_OVER, ("vpc-1",))]
    assert inventory.asked == [{"cartesia:stack": "dev"}]


def test_what_does_not_exist_is_forgotten_and_what_is_ambiguous_is_named() -> None:
    two = (Found(VPC, "vpc-1", {"Name": "b"}), Found(VPC, "vpc-2", {"Name": "b"}))
    plan = make_plan(
        pending_creates(exported(creating(VPC, "a", tags={"Name": "a"}), creating(VPC, "b", tags={"Name": "b"}))),
        "dev",
        Listed(*two),
    )
    assert [(step.decision, step.ids) for step in plan.steps] == [
        (Decision.FORGET, ()),
        (Decision.ASK, ("vpc-1", "vpc-2")),
    ]


def test_what_the_state_knows_already_is_nobodys_unfinished_creation() -> None:
    inventory = Listed(Found(VPC, "vpc-1", {"Name": "a"}), Found(VPC, "vpc-2", {"Name": "a"}))
    operations = pending_creates(exported(creating(VPC, "a", tags={"Name": "a"})))
    plan = make_plan(operations, "dev", inventory, {(VPC, "vpc-1")})
    assert [(step.decision, step.ids) for step in plan.steps] == [(Decision.TAKE_OVER, ("vpc-2",))]


def test_adopting_moves_the_begun_resource_into_the_state_with_its_id_and_untouched_inputs() -> None:
    state = exported(creating(ROLE, "r", name="r-1", secret={"ciphertext": "x"}), creating(VPC, "gone"))
    before = copy.deepcopy(state)
    result = adopt(state, make_plan(pending_creates(state), "dev", Listed()))
    assert state == before
    assert result["deployment"]["pending_operations"] == []
    assert result["deployment"]["resources"] == [
        before["deployment"]["pending_operations"][0]["resource"] | {"id": "r-1"}
    ]


def test_what_is_to_be_asked_stays_pending_and_other_operations_stay_as_they_are() -> None:
    updating = {"type": "updating", "resource": {"urn": urn(VPC, "u"), "type": VPC, "id": "vpc-9"}}
    two = (Found(VPC, "vpc-1", {"Name": "b"}), Found(VPC, "vpc-2", {"Name": "b"}))
    state = exported(updating, creating(VPC, "b", tags={"Name": "b"}))
    result = adopt(state, make_plan(pending_creates(state), "dev", Listed(*two)))
    assert result["deployment"]["pending_operations"] == state["deployment"]["pending_operations"]
    assert result["deployment"]["resources"] == []


def test_an_object_that_is_recorded_already_is_not_entered_twice() -> None:
    operation = creating(ROLE, "r", name="r-1")
    state = exported(operation, resources=[operation["resource"] | {"id": "r-1"}])
    result = adopt(state, make_plan(pending_creates(state), "dev", Listed()))
    assert len(result["deployment"]["resources"]) == 1


def test_what_cannot_be_looked_for_is_asked_about_and_what_is_overwritten_is_not() -> None:
    lost = creating("aws:elasticache/cluster:Cluster", "c", clusterId="c")
    put = creating("aws:appautoscaling/scheduledAction:ScheduledAction", "s", name="s")
    provider = creating("pulumi:providers:aws", "p")
    plan = make_plan(pending_creates(exported(lost, put, provider)), "dev", Listed())
    decisions = [(step.decision, step.ids) for step in plan.steps]
    assert decisions == [(Decision.ASK, ()), (Decision.FORGET, ()), (Decision.FORGET, ())]
    assert "--forget URN" in _words(plan.steps[0])


def test_a_person_may_say_what_an_unfinished_creation_made() -> None:
    plan = make_plan(pending_creates(exported(*(creating("aws:x/y:Z", name) for name in "abc"))), "dev", Listed())
    made, nothing, unsaid = (step.pending.urn for step in plan.steps)
    said = _with_choices(plan, _choices((f"{made}=1",), (nothing,)))
    assert [(step.pending.urn, step.decision, step.ids) for step in said.steps] == [
        (made, Decision.TAKE_OVER, ("1",)),
        (nothing, Decision.FORGET, ()),
        (unsaid, Decision.ASK, ()),
    ]
    with pytest.raises(click.UsageError, match="choose one"):
        _choices((f"{made}=1",), (made,))
    with pytest.raises(click.UsageError, match="no unfinished creation of urn:pulumi:x"):
        _with_choices(plan, {"urn:pulumi:x": None})


def test_everything_our_components_make_in_aws_can_be_found_again() -> None:
    made = {
        f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"
        for file in (CHECKOUT / "components").rglob("*.py")
        for module, name in re.findall(r"\baws\.([a-z0-9]+)\.([A-Z]\w+)\(", file.read_text())
    }
    assert len(made) > 20
    tagging = TaggingInventory(None)
    anything = Anything(tag={"key": "k"})
    lost = {
        token
        for token in made
        if id_from_inputs(token, anything) is None and not tagging.finds(token) and not is_overwritten(token)
    }
    assert lost == set()


def replacing(**flags: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A state in which the role r-1 is being replaced, with a user of it; and what the plan enters."""
    operation = creating(ROLE, "r", name="r-2")
    old = operation["resource"] | {"id": "r-1", "inputs": {"name": "r-1"}} | flags
    user = {"urn": "urn:user", "type": "t", "id": "u", "dependencies": [old["urn"]]}
    parent = {"urn": "urn:p", "type": "t"}
    return exported(operation, resources=[parent, old, user]), operation["resource"] | {"id": "r-2"}


def adopted(state: dict[str, Any]) -> list[dict[str, Any]]:
    resources = adopt(state, make_plan(pending_creates(state), "dev", Listed()))["deployment"]["resources"]
    assert isinstance(resources, list)
    return resources


def test_what_a_replacement_had_yet_to_delete_is_marked_for_it() -> None:
    state, new = replacing()
    parent, old, user = state["deployment"]["resources"]
    assert adopted(state) == [parent, old | {"delete": True}, user, new]


def test_what_a_replacement_had_deleted_gives_its_place_even_if_the_id_is_the_same() -> None:
    for old_id in ("r-1", "r-2"):
        state, new = replacing(pendingReplacement=True, id=old_id)
        parent, _, user = state["deployment"]["resources"]
        assert adopted(state) == [parent, new, user]


def test_a_new_object_with_a_later_dependency_is_entered_behind_it() -> None:
    state, new = replacing(pendingReplacement=True)
    del state["deployment"]["resources"][2]["dependencies"]
    state["deployment"]["pending_operations"][0]["resource"]["dependencies"] = ["urn:user"]
    assert [each["urn"] for each in adopted(state)] == ["urn:p", "urn:user", new["urn"]]


def test_a_replacement_whose_new_object_was_never_made_is_undone() -> None:
    state, new = replacing()
    parent, old, user = state["deployment"]["resources"]
    refreshed = exported(resources=[parent, old | {"delete": True}, user])
    assert undo_replacements(state, refreshed) == exported(resources=[parent, old, user])
    assert undo_replacements(state, exported(resources=[*refreshed["deployment"]["resources"], new])) is None
    doomed, _ = replacing(delete=True)  # by the engine itself, before the kill
    assert undo_replacements(doomed, refreshed) is None


@given(st.lists(st.tuples(st.sampled_from([VPC, ROLE]), st.sampled_from("abc"), st.integers(0, 3)), max_size=6))
def test_every_begun_creation_gets_exactly_one_decision(rows: list[tuple[str, str, int]]) -> None:
    operations = [
        creating(kind, f"{name}{index}", **({"name": name} if kind == ROLE else {"tags": {"Name": f"{name}{index}"}}))
        for index, (kind, name, _) in enumerate(rows)
    ]
    found = [
        Found(kind, f"vpc-{index}-{n}", {"Name": f"{name}{index}"})
        for index, (kind, name, count) in enumerate(rows)
        for n in range(count)
    ]
    state = exported(*operations)
    plan = make_plan(pending_creates(state), "dev", Listed(*found))
    result = adopt(state, plan)["deployment"]
    assert [step.pending.urn for step in plan.steps] == [operation["resource"]["urn"] for operation in operations]
    settled = len(result["resources"]) + len(plan.of(Decision.FORGET)) + len(result["pending_operations"])
    assert settled == len(operations)


@pytest.mark.parametrize(
    ("type_token", "inputs", "expected"),
    [
        ("aws:ec2/route:Route", {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}, "rtb-1_0.0.0.0/0"),
        ("aws:ec2/route:Route", {"routeTableId": "rtb-1"}, None),
        ("aws:ec2/routeTableAssociation:RouteTableAssociation", {"subnetId": "s", "routeTableId": "r"}, "s/r"),
        ("aws:eks/nodeGroup:NodeGroup", {"clusterName": "c", "nodeGroupName": "g"}, "c:g"),
        ("aws:eks/addon:Addon", {"clusterName": "c", "addonName": "coredns"}, "c:coredns"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": "r", "policyArn": "arn:x"}, "r/arn:x"),
        ("aws:autoscaling/tag:Tag", {"autoscalingGroupName": "g", "tag": {"key": "k"}}, "g,k"),
        ("kubernetes:core/v1:Secret", {"metadata": {"name": "n", "namespace": "s"}}, "s/n"),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "n"}}, "n"),
        ("kubernetes:helm.sh/v3:Release", {"name": "n", "namespace": "s"}, "s/n"),
        ("aws:sagemaker/endpoint:Endpoint", {"name": "e"}, "e"),
        (
            "aws:appautoscaling/target:Target",
            {"serviceNamespace": "sagemaker", "resourceId": "endpoint/e/variant/v", "scalableDimension": "d"},
            "sagemaker/endpoint/e/variant/v/d",
        ),
        ("aws:autoscaling/tag:Tag", {"autoscalingGroupName": "g", "tag": {"value": "v"}}, None),
        ("aws:autoscaling/tag:Tag", {"tag": {"key": "k"}}, None),
        ("aws:autoscaling/tag:Tag", {"autoscalingGroupName": "g", "tag": "k"}, None),
        ("aws:autoscaling/tag:Tag", {"autoscalingGroupName": "g"}, None),
        ("aws:ec2/route:Route", {"destinationCidrBlock": "0.0.0.0/0"}, None),
        ("aws:ec2/route:Route", {"routeTableId": "rtb-1", "destinationIpv6CidrBlock": "::/0"}, "rtb-1_::/0"),
        ("aws:eks/addon:Addon", {"clusterName": "c"}, None),
        ("kubernetes:core/v1:Secret", {"metadata": {"namespace": "s"}}, None),
        ("kubernetes:core/v1:Secret", {}, None),
        ("aws:iam/role:Role", {"name": {"ciphertext": "x"}}, None),
        ("aws:iam/role:Role", {"name": ""}, None),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}, None),
    ],
)
def test_ids_that_inputs_decide(type_token: str, inputs: dict[str, Any], expected: str | None) -> None:
    assert id_from_inputs(type_token, inputs) == expected


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:ec2:us-west-2:123456789012:vpc/vpc-1", (VPC, "vpc-1")),
        ("arn:aws:kms:us-west-2:123456789012:key/ab-cd", ("aws:kms/key:Key", "ab-cd")),
        (
            "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/AB",
            (
                "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
                "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/AB",
            ),
        ),
        (
            "arn:aws:eks:us-west-2:123456789012:podidentityassociation/cluster/a-1",
            ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "cluster,a-1"),
        ),
        (
            "arn:aws:sns:us-east-2:123456789012:alarms",
            ("aws:sns/topic:Topic", "arn:aws:sns:us-east-2:123456789012:alarms"),
        ),
        ("arn:aws:s3:::bucket", ("", "")),
        ("arn:aws:ec2:us-west-2:123456789012:vpc-flow-log/fl-1", ("aws:ec2/flowLog:FlowLog", "fl-1")),
        ("arn:aws:sns:us-west-2:123456789012:t", ("aws:sns/topic:Topic", "arn:aws:sns:us-west-2:123456789012:t")),
    ],
)
def test_arns_become_import_ids(arn: str, expected: tuple[str, str]) -> None:
    assert arn_to_id(arn) == expected


@mock_aws
def test_the_tagging_api_finds_what_carries_the_tags() -> None:
    ec2 = boto3.client("ec2", "us-west-2", aws_access_key_id="x", aws_secret_access_key="x")
    tags = [{"Key": "cartesia:stack", "Value": "dev"}, {"Key": "Name", "Value": "net-vpc"}]
    spec = [{"ResourceType": "vpc", "Tags": tags}]
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=spec)["Vpc"]["VpcId"]
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
    tagging = boto3.client("resourcegroupstaggingapi", "us-west-2", aws_access_key_id="x", aws_secret_access_key="x")
    found = TaggingInventory(tagging).with_tags({"cartesia:stack": "dev"})
    assert [(row.type, row.id, row.tags["Name"]) for row in found] == [(VPC, made, "net-vpc")]


def command(code: str) -> CommandInventory:
    return CommandInventory((sys.executable, "-c", code))


def test_a_command_may_be_the_inventory() -> None:
    rows = [{"type": VPC, "id": "1", "tags": {"a": "b"}}, {"type": VPC, "id": "2", "tags": {}}]
    assert command(f"print({json.dumps(rows)!r})").with_tags({"a": "b"}) == [Found(VPC, "1", {"a": "b"})]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit('no cloud')", "no cloud"),
        ("print('hello')", "no list of objects"),
        ("print('[{}]')", "no list of objects"),
    ],
)
def test_an_inventory_that_fails_says_so(code: str, words: str) -> None:
    with pytest.raises(InventoryError, match=words):
        command(code).with_tags({})


def test_an_inventory_command_that_is_missing_is_named() -> None:
    with pytest.raises(InventoryError, match="no-such-program"):
        CommandInventory(("no-such-program",)).with_tags({})


def test_cut_metadata_of_a_file_backend_is_dropped_and_whole_one_kept(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi" / "stacks"
    folder.mkdir(parents=True)
    for name, text in {"a.json.attrs": "", "b.json.attrs": '{"x": ', "c.json.attrs": "{}", "a.json": ""}.items():
        (folder / name).write_text(text)
    dropped = drop_cut_sidecars(f"file://{tmp_path}")
    assert [path.name for path in dropped] == ["a.json.attrs", "b.json.attrs"]
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "c.json.attrs"]
    assert drop_cut_sidecars("s3://bucket") == ()
    assert drop_cut_sidecars("") == ()


def test_recorded_is_what_has_an_id_by_type_and_id() -> None:
    resources = [
        {"urn": urn(VPC, "a"), "type": VPC, "id": "vpc-1"},
        {"urn": urn(ROLE, "a"), "type": ROLE, "id": "vpc-1"},
        {"urn": "urn:component", "type": "cartesia:index:EksCluster"},
        {"urn": urn(VPC, "b"), "type": VPC, "id": ""},
    ]
    assert recorded_ids(exported(resources=resources)) == {(VPC, "vpc-1"), (ROLE, "vpc-1")}
    assert recorded_ids({}) == recorded_ids({"deployment": None}) == frozenset()
    assert recorded_ids({"deployment": {"resources": None}}) == frozenset()


def test_only_creations_are_pending_and_they_may_have_no_inputs() -> None:
    bare = creating(VPC, "a")
    del bare["resource"]["inputs"]
    others = [{**creating(VPC, kind), "type": kind} for kind in ("updating", "deleting", "reading")]
    assert [(each.name, each.inputs) for each in pending_creates(exported(*others, bare))] == [("a", {})]
    assert pending_creates({"deployment": {"pending_operations": None}}) == pending_creates({}) == ()


@pytest.mark.parametrize(
    "reference",
    [
        {"propertyDependencies": {"vpcId": None, "subnetId": ["urn:user"]}},
        {"parent": "urn:user"},
        {"deletedWith": "urn:user"},
        {"dependencies": ["urn:user"]},
    ],
    ids=lambda reference: next(iter(reference)),
)
def test_a_new_object_stands_behind_whatever_it_refers_to(reference: dict[str, Any]) -> None:
    state, new = replacing(pendingReplacement=True)
    del state["deployment"]["resources"][2]["dependencies"]
    state["deployment"]["pending_operations"][0]["resource"].update(reference)
    assert [each["urn"] for each in adopted(state)] == ["urn:p", "urn:user", new["urn"]]
