"""What a release stands on: pools that its workers may enter, and a digest that follows nodes and add-ons."""

import copy
from typing import Any

import pytest

from components.args import ArgsError
from components.cluster import GpuPoolSpec
from components.foundation import open_pools
from components.voice_stack import resolve_voice_stack
from tests.support.eks_cases import SMALL
from tests.support.release_cases import connected

TAINT = {"key": "maintenance", "effect": "NoExecute"}


def pool(name: str, *closed_by: str) -> GpuPoolSpec:
    return GpuPoolSpec(
        name=name,
        instance_types=("g6e.xlarge",),
        gpu="l40s",
        gpus_per_node=1,
        min_nodes=0,
        max_nodes=2,
        desired_nodes=2,
        autoscaled=False,
        closed_by=closed_by,
    )


def names(pools: list[GpuPoolSpec], values: object = None) -> list[str]:
    return [each.name for each in open_pools(pools, values)]


def test_a_pool_is_open_unless_a_taint_of_its_own_is_tolerated_nowhere() -> None:
    pools = [pool("plain"), pool("one", "a"), pool("two", "a", "b")]
    assert names(pools) == ["plain"]
    assert names(pools, {"workers": {"w": {"tolerations": [{"key": "a", "operator": "Exists"}]}}}) == ["plain", "one"]
    assert names(pools, [{"tolerations": [{"key": "b"}, {"key": "a"}]}]) == ["plain", "one", "two"]
    assert names(pools, {"tolerations": [{"operator": "Exists"}]}) == ["plain", "one", "two"]
    assert names(pools, {"tolerations": "a"}) == ["plain"]


def stack(taints: list[dict[str, str]] | None = None, **release: Any) -> dict[str, Any]:
    eks: dict[str, Any] = copy.deepcopy(dict(SMALL))
    gpu = {"profile": "l40s", "desired_nodes": 2, "max_nodes": 3, **({"taints": taints} if taints else {})}
    eks["node_groups"] = {**eks["node_groups"], "gpu": gpu}
    return {"environment": "try", "eks": eks, "release": connected(**release)}


def problems_of(args: Any) -> list[str]:
    with pytest.raises(ArgsError) as caught:
        resolve_voice_stack(args)
    return [problem.path for problem in caught.value.problems]


@pytest.mark.parametrize("effect", ["NoExecute", "NoSchedule"])
def test_a_taint_on_every_gpu_pool_is_refused(effect: str) -> None:
    assert problems_of(stack([{**TAINT, "effect": effect}])) == ["eks.node_groups.gpu.taints"]
    resolve_voice_stack(stack())  # type: ignore[arg-type]
    resolve_voice_stack(stack([{**TAINT, "effect": "PreferNoSchedule"}]))  # type: ignore[arg-type]


def test_a_tolerated_taint_and_a_wanted_one_are_taken() -> None:
    tolerations = {"workers": {"tolerations": [{"key": "maintenance", "operator": "Exists"}]}}
    resolve_voice_stack(stack([TAINT], values=tolerations))  # type: ignore[arg-type]
    resolve_voice_stack(stack([TAINT], rollout={"allow_stall": True}))  # type: ignore[arg-type]


def test_another_open_pool_is_enough_and_a_closed_one_gives_no_gpu() -> None:
    args = stack([TAINT], rollout={"max_unavailable": 1})
    args["eks"]["node_groups"]["spare"] = {"profile": "l40s", "desired_nodes": 4, "max_nodes": 5}
    assert resolve_voice_stack(args).release["rollout"]["gpus_max"] == 4  # type: ignore[arg-type]


def digest(args: Any) -> str:
    return str(resolve_voice_stack(args).release["foundation"])


def test_the_digest_follows_nodes_and_add_ons_and_nothing_else() -> None:
    first = digest(stack())
    assert digest(stack()) == first
    for change in (
        {"desired_nodes": 3},
        {"instance_types": ["g6e.2xlarge"]},
        {"labels": {"a": "b"}},
        {"taints": [{**TAINT, "effect": "PreferNoSchedule"}]},
    ):
        args = stack()
        args["eks"]["node_groups"]["gpu"] |= change
        assert digest(args) != first, change
    args = stack()
    args["eks"]["node_groups"]["default"] |= {"max_nodes": 9}
    assert digest(args) != first
    assert digest({**stack(), "addons": {"device_plugin": {"version": "v0.18.0"}}}) != first
    args = stack()
    args["eks"] |= {
        "tags": {"team": "voice"},
        "log_retention_days": 30,
        "admins": {"me": "arn:aws:iam::123456789012:role/me"},
    }
    assert digest(args) == first
    assert digest(stack(release_tag="sonic-20260601")) == first
