"""A cluster, node group or add-on that is there and not in service ends the program, whatever the engine counts."""

from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from components.eks.cluster import EksCluster
from components.eks.in_service import refuse_retry
from tests.support.aws_mocks import Recording, record
from tests.support.eks_cases import SMALL

GROUP, PLANE, ADDON = "aws:eks/getNodeGroup:getNodeGroup", "aws:eks/getCluster:getCluster", "aws:eks/getAddon:getAddon"


def run(*, preview: bool = False, **answers: dict[str, Any]) -> Recording:
    tokens = {"group": GROUP, "plane": PLANE, "addon": ADDON}
    told = {tokens[name]: answer for name, answer in answers.items()}
    return record(lambda: EksCluster("voice", SMALL), preview=preview, answers=told)


def test_it_asks_about_each_that_exists_and_about_nothing_else() -> None:
    asked = run(group={"status": "ACTIVE"}, plane={"status": "ACTIVE"}).invoked
    assert set(asked) == {GROUP, PLANE, ADDON}
    assert asked.count(PLANE) == 1
    assert asked.count(ADDON) == 5


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"group": {"status": "CREATE_FAILED"}}, r"(?s)node group voice-default-0a1b2c3 is CREATE_FAILED\n.*recover"),
        ({"group": {"status": "DEGRADED"}}, "is DEGRADED"),
        ({"group": {"status": "UPDATING"}}, "is UPDATING: wait until that has ended"),
        ({"plane": {"status": "FAILED"}}, "cluster voice-dev is FAILED"),
        ({"addon": {"addonVersion": "v1.0.0-eksbuild.1"}}, r"add-on \S+ runs v1.0.0-eksbuild.1, not \S+: its last"),
    ],
)
def test_what_is_not_in_service_is_named_with_the_command(answers: dict[str, Any], words: str) -> None:
    with pytest.raises(pulumi.RunError, match=words):
        pinned = {**SMALL, "addon_versions": {"coredns": "v1.12.4-eksbuild.1"}}
        tokens = {"group": GROUP, "plane": PLANE, "addon": ADDON}
        told = {tokens[name]: answer for name, answer in answers.items()}
        record(lambda: EksCluster("voice", pinned), answers=told)  # type: ignore[arg-type]  # a TypedDict made by hand


def test_all_of_it_is_named_at_once() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        run(group={"status": "DEGRADED"}, plane={"status": "FAILED"})
    assert "cluster voice-dev is FAILED" in str(caught.value)
    assert "node group" in str(caught.value)


def test_where_eks_cannot_be_asked_the_record_counts() -> None:
    run()  # the mocks answer nothing, and what they record is ACTIVE


def retry(outputs: dict[str, Any] | None) -> Any:
    urn = "urn:pulumi:prod::c::aws:eks/addon:Addon::voice-coredns"
    return SimpleNamespace(name="voice-coredns", urn=urn, old_outputs=outputs)


def test_an_add_on_that_was_never_read_since_its_creation_failed_is_not_updated() -> None:
    refuse_retry(retry({"arn": "arn:aws:eks:..."}))
    for outputs in ({}, None, {"addonName": "coredns"}):
        with pytest.raises(
            RuntimeError, match=r"voice-coredns failed when it was made.*cartesia-infra recover --stack prod"
        ):
            refuse_retry(retry(outputs))
