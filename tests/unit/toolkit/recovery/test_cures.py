"""What is there and not in service is found, whatever the state says, and cured as its kind allows."""

import json
import sys
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from toolkit.recovery.cures import COMMAND_VARIABLE, KnownConditions, begin_cures, condition_lines, condition_rows, look
from toolkit.recovery.eks_conditions import EksConditions
from toolkit.recovery.half_made import (
    ADDON,
    CLUSTER,
    CURES,
    NODE_GROUP,
    Condition,
    Cure,
    half_made,
    marked,
    unprotected,
)
from toolkit.recovery.inventory import InventoryError

GROUP = {"urn": f"urn:pulumi:dev::c::{NODE_GROUP}::gpu", "type": NODE_GROUP, "id": "voice:gpu"}
PLANE = {"urn": f"urn:pulumi:dev::c::{CLUSTER}::plane", "type": CLUSTER, "id": "voice", "protect": True}
DNS = {"urn": f"urn:pulumi:dev::c::{ADDON}::dns", "type": ADDON, "id": "voice:coredns"}


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": [dict(each) for each in resources]}}


def known(**statuses: str) -> KnownConditions:
    kinds = {"gpu": (NODE_GROUP, "voice:gpu"), "plane": (CLUSTER, "voice"), "dns": (ADDON, "voice:coredns")}
    return KnownConditions({kinds[name]: Condition(status, ("Code: why",)) for name, status in statuses.items()})


@pytest.mark.parametrize(
    ("name", "status", "cure"),
    [
        ("gpu", "ACTIVE", None),
        ("gpu", "CREATE_FAILED", Cure.REMAKE),
        ("gpu", "DEGRADED", Cure.REPLACE),
        ("gpu", "UPDATING", Cure.WAIT),
        ("gpu", "SOMETHING_NEW", Cure.WATCH),
        ("plane", "FAILED", Cure.REMAKE),
        ("plane", "ACTIVE", None),
        ("dns", "DEGRADED", Cure.WATCH),
        ("dns", "UPDATE_FAILED", Cure.UPDATE),
        ("dns", "CREATE_FAILED", Cure.REMAKE),
    ],
)
def test_what_helps(name: str, status: str, cure: Cure | None) -> None:
    found = half_made(state(GROUP, PLANE, DNS), known(**{name: status}))
    assert [(each.name, each.cure) for each in found] == ([] if cure is None else [(name, cure)])


def test_every_status_of_the_api_is_thought_of() -> None:
    model = boto3.client("eks", region_name="us-west-2").meta.service_model
    for type_token, shape in ((CLUSTER, "ClusterStatus"), (NODE_GROUP, "NodegroupStatus"), (ADDON, "AddonStatus")):
        assert set(model.shape_for(shape).enum) <= CURES[type_token].keys()


def test_what_others_were_built_on_is_replaced_and_not_taken_away_under_them() -> None:
    tag = {"urn": "urn:pulumi:dev::c::aws:autoscaling/tag:Tag::t", "type": "aws:autoscaling/tag:Tag", "id": "t"}
    for link in ({"dependencies": [GROUP["urn"]]}, {"propertyDependencies": {"name": [GROUP["urn"]]}}):
        (found,) = half_made(state(GROUP, tag | link), known(gpu="CREATE_FAILED"))
        assert found.cure is Cure.REPLACE


def test_what_is_gone_or_on_its_way_out_or_somebody_elses_is_left_alone() -> None:
    ill = known(gpu="CREATE_FAILED")
    assert half_made(state(GROUP | {"delete": True}), ill) == ()
    assert half_made(state(GROUP | {"external": True}), ill) == ()
    assert half_made(state(GROUP | {"id": "voice:other"}), ill) == ()


def test_marks_touch_only_what_they_are_for() -> None:
    before = state(GROUP, GROUP | {"delete": True, "id": "voice:old"}, PLANE, DNS)
    found = half_made(before, known(gpu="DEGRADED", plane="FAILED"))
    tainted = marked(before, found)["deployment"]["resources"]
    assert [each.get("taint") for each in tainted] == [True, None, None, None]
    free = unprotected(before, found)["deployment"]["resources"]
    assert [each.get("protect") for each in free] == [None, None, False, None]
    assert before == state(GROUP, GROUP | {"delete": True, "id": "voice:old"}, PLANE, DNS)


class FakeEngine:
    """Remembers what it was asked for."""

    def __init__(self, exported: dict[str, Any]) -> None:
        self.state, self.destroyed = exported, []

    def export(self) -> dict[str, Any]:
        return self.state

    def write(self, read: object, exported: Any) -> None:
        assert read is self.state
        self.state = exported

    def destroy(self, urns: list[str], show: object) -> None:
        self.destroyed += urns
        self.state = state(*(each for each in self.state["deployment"]["resources"] if each["urn"] not in urns))


def test_one_is_removed_and_the_other_marked() -> None:
    engine = FakeEngine(state(GROUP, PLANE, DNS))
    found = half_made(engine.state, known(gpu="DEGRADED", plane="FAILED", dns="UPDATE_FAILED"))
    assert begin_cures(engine, engine.write, found, print)  # type: ignore[arg-type]  # as much of an engine as is used
    assert engine.destroyed == [PLANE["urn"]]
    assert [each.get("taint") for each in engine.state["deployment"]["resources"]] == [True, None]


def test_nothing_is_written_where_only_time_helps() -> None:
    before = state(GROUP)
    engine = FakeEngine(before)
    assert not begin_cures(engine, engine.write, half_made(before, known(gpu="UPDATING")), print)  # type: ignore[arg-type]
    assert begin_cures(engine, engine.write, (), print)  # type: ignore[arg-type]
    assert engine.state is before
    assert engine.destroyed == []


def test_it_is_told_with_its_reasons() -> None:
    found = half_made(state(GROUP), known(gpu="CREATE_FAILED"))
    assert condition_lines(found) == [
        f"{NODE_GROUP}  gpu: CREATE_FAILED; it never was in service: it is removed, and the next update makes it again",
        "  Code: why",
    ]
    assert condition_rows(found)[0] | {"urn": ""} == {
        "urn": "",
        "type": NODE_GROUP,
        "id": "voice:gpu",
        "status": "CREATE_FAILED",
        "issues": ["Code: why"],
        "cure": "remove, and make again",
    }


def test_a_stack_without_such_objects_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMMAND_VARIABLE, "no-such-command")
    assert look(state({"urn": "u", "type": "aws:ec2/vpc:Vpc", "id": "vpc-1"}), None) == ()
    with pytest.raises(InventoryError, match="no-such-command told no conditions"):
        look(state(GROUP), None)


def test_a_command_tells_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"type": NODE_GROUP, "id": "voice:gpu", "condition": {"status": "DEGRADED", "issues": ["A: b"]}},
        {"type": "aws:ec2/vpc:Vpc", "id": "vpc-1"},
    ]
    monkeypatch.setenv(COMMAND_VARIABLE, f"{sys.executable} -c 'print({json.dumps(json.dumps(rows))})'")
    (found,) = look(state(GROUP), None)
    assert found.condition == Condition("DEGRADED", ("A: b",))


def test_eks_is_asked_in_its_own_words() -> None:
    client = boto3.client("eks", region_name="us-west-2", aws_access_key_id="x", aws_secret_access_key="x")
    conditions = EksConditions(client)
    issue = {"code": "AsgInstanceLaunchFailures", "message": "VcpuLimitExceeded", "resourceIds": ["eks-gpu"]}
    with Stubber(client) as stub:
        group = {"nodegroup": {"status": "CREATE_FAILED", "health": {"issues": [issue]}}}
        stub.add_response("describe_nodegroup", group, {"clusterName": "voice", "nodegroupName": "gpu"})
        stub.add_response("describe_cluster", {"cluster": {"status": "FAILED"}}, {"name": "voice"})
        stub.add_response(
            "describe_addon", {"addon": {"status": "ACTIVE"}}, {"clusterName": "voice", "addonName": "coredns"}
        )
        stub.add_client_error("describe_cluster", "ResourceNotFoundException")
        stub.add_client_error("describe_cluster", "AccessDeniedException", "no")
        told = ("AsgInstanceLaunchFailures: VcpuLimitExceeded",)
        assert conditions.of(NODE_GROUP, "voice:gpu") == Condition("CREATE_FAILED", told)
        assert conditions.of(CLUSTER, "voice") == Condition("FAILED")
        assert conditions.of(ADDON, "voice:coredns") == Condition("ACTIVE")
        assert conditions.of(CLUSTER, "gone") is None
        with pytest.raises(InventoryError, match=r"EKS could not be asked about voice: .*AccessDenied"):
            conditions.of(CLUSTER, "voice")
    assert conditions.of("aws:ec2/vpc:Vpc", "vpc-1") is None
