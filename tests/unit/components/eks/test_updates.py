"""How a fleet changes its nodes: what it costs, how long it may take, and bounds that an autoscaler moved."""

from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from components.args import ArgsError
from components.eks.cluster import EksCluster, resolve_eks_cluster
from components.eks.in_service import refuse_other_key
from components.eks.node_updates import cost_of_update, hook_of
from tests.support.aws_mocks import Recording, record
from tests.support.eks_cases import FULL, SMALL, changed

GPU = "node_groups.gpu"


def group(**values: Any) -> Any:
    args = SMALL
    for name, value in values.items():
        args = changed(args, f"{GPU}.{name}", value)
    spec = resolve_eks_cluster(args, "voice")  # type: ignore[arg-type]  # a TypedDict made by hand
    return spec.node_groups["gpu"]


@pytest.mark.parametrize(
    ("values", "surge"),
    [
        ({}, 4),  # twice the two zones
        ({"zones": ["us-west-2a"]}, 2),
        ({"max_unavailable": 7}, 7),
        ({"update_strategy": "minimal"}, 0),
    ],
)
def test_what_eks_starts_at_once(values: dict[str, Any], surge: int) -> None:
    found = group(**values)
    assert found.updates.surge(len(found.zones)) == surge


@pytest.mark.parametrize(
    ("values", "minutes"),
    [
        ({"max_nodes": 2}, None),  # two batches of 25 minutes fit into the provider's hour
        ({"max_nodes": 4}, 100),
        ({"max_nodes": 40, "max_unavailable": 4}, 250),
        ({"max_nodes": 450}, 1440),
        ({"max_nodes": 450, "update_timeout_minutes": 90}, 90),
    ],
)
def test_how_long_an_update_may_take(values: dict[str, Any], minutes: int | None) -> None:
    assert group(**values).updates.timeout_minutes == minutes


def test_a_reservation_has_no_room_for_a_node_more() -> None:
    spec = resolve_eks_cluster(FULL, "voice")  # type: ignore[arg-type]  # a TypedDict made by hand
    assert {key: spec.node_groups[key].updates.strategy for key in ("held", "block", "gpu")} == {
        "held": "minimal",
        "block": "minimal",
        "gpu": "default",
    }
    with pytest.raises(ArgsError, match=r"held.update_strategy: must be minimal with capacity capacity_reservation"):
        resolve_eks_cluster(changed(FULL, "node_groups.held.update_strategy", "default"), "voice")  # type: ignore[arg-type]


def test_settings_reach_the_group() -> None:
    args = changed(changed(SMALL, f"{GPU}.update_strategy", "minimal"), f"{GPU}.force_update", True)
    inputs = record(lambda: EksCluster("voice", args)).one("NodeGroup", "voice-gpu").inputs  # type: ignore[arg-type]
    assert inputs["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}
    assert inputs["forceUpdateVersion"] is True


def test_the_cost_is_told_in_nodes_and_vcpus() -> None:
    assert cost_of_update(group()) == (
        "every node of group gpu is replaced, 1 at a time; EKS starts up to 4 more nodes at once (64 vCPUs): keep that "
        "free in the EC2 quota"
    )
    assert cost_of_update(group(update_strategy="minimal")).endswith("so that many fewer serve meanwhile")


def test_it_is_told_only_where_nodes_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", told.append)
    tell = hook_of(group())
    for new in ({"labels": {"a": "b"}}, {"version": "1.35"}, {"launchTemplate": {"version": "2"}}):
        old = {"version": "1.34", "launchTemplate": {"version": "1"}}
        tell(SimpleNamespace(old_inputs=old, new_inputs=old | new))  # type: ignore[arg-type]  # as much as is read
    assert len(told) == 2


LIST, GET = "aws:eks/getNodeGroups:getNodeGroups", "aws:eks/getNodeGroup:getNodeGroup"


def scaled(low: int, high: int, live: tuple[int, int, int] | None, names: list[str] | None = None) -> Recording:
    args = changed(changed(SMALL, f"{GPU}.autoscaled", True), f"{GPU}.min_nodes", low)
    args = changed(args, f"{GPU}.max_nodes", high)
    answers: dict[str, Any] = {LIST: {"names": ["voice-gpu-0a1b2c3"] if names is None else names}}
    if live:
        sizes = dict(zip(("minSize", "maxSize", "desiredSize"), live, strict=True))
        answers[GET] = {"status": "ACTIVE", "scalingConfigs": [sizes]}
    return record(lambda: EksCluster("voice", args), answers=answers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "high", "live", "count", "ignored"),
    [
        (2, 4, (0, 4, 1), 2, False),  # a minimum above what runs takes the count along
        (2, 4, (0, 4, 3), 3, False),  # and leaves one that is higher already
        (0, 2, (0, 4, 3), 2, False),  # a maximum below what runs lowers it
        (0, 4, (0, 4, 3), 0, True),  # nothing changes: the count is the autoscaler's
        (1, 4, None, 1, True),  # nothing is there yet
    ],
)
def test_bounds_are_taken_whatever_the_count_is(
    low: int, high: int, live: tuple[int, int, int] | None, count: int, ignored: bool
) -> None:
    made = scaled(low, high, live, names=None if live else []).one("NodeGroup", "voice-gpu")
    assert made.inputs["scalingConfig"] == {"minSize": low, "maxSize": high, "desiredSize": count}
    assert made.ignore_changes == (("scalingConfig.desiredSize",) if ignored else ())


def test_a_group_whose_replacement_stands_beside_it_is_not_guessed_at() -> None:
    made = scaled(2, 4, (0, 4, 1), names=["voice-gpu-0a1b2c3", "voice-gpu-9f9f9f9", "other-1234567"])
    assert made.one("NodeGroup", "voice-gpu").ignore_changes == ("scalingConfig.desiredSize",)


def keyed(key: str | None) -> dict[str, Any]:
    return {"encryptionConfig": {"provider": {"keyArn": key}}} if key else {}


def test_another_key_is_refused_and_a_first_one_is_not() -> None:
    refuse_other_key(SimpleNamespace(name="c", old_inputs=keyed("a"), new_inputs=keyed("a")))  # type: ignore[arg-type]
    refuse_other_key(SimpleNamespace(name="c", old_inputs={}, new_inputs=keyed("a")))  # type: ignore[arg-type]
    for new in ("b", None):
        with pytest.raises(RuntimeError, match=r"EKS keeps the key.*put kmsKeyArn back"):
            refuse_other_key(SimpleNamespace(name="c", old_inputs=keyed("a"), new_inputs=keyed(new)))  # type: ignore[arg-type]
