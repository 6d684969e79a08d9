"""The composition over any kind of cluster: one cluster, its GPUs as the release's budget, problems by section."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NotRequired

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components import voice_stack
from components.args import ArgsError
from components.cluster import ClusterKind, GpuPoolSpec
from components.eks.kind import EKS
from components.eks.resolve import resolve_eks_cluster
from components.package import COMPONENTS
from components.voice_stack import CLUSTER_KINDS, VoiceStack, VoiceStackArgs, resolve_voice_stack
from core.input.problems import Problems
from core.input.reader import Reader
from core.kube.kubeconfig import in_one_line
from tests.support import eks_cases
from tests.support.aws_mocks import Recording
from tests.support.release_cases import connected, recorded


def stack(release: Mapping[str, Any] | None = None, **changes: Any) -> Any:
    """Arguments of a small stack on EKS; `...` leaves a key out."""
    args = {"environment": "dev", "eks": eks_cases.SMALL, "release": release or connected(), **changes}
    return {key: value for key, value in args.items() if value is not ...}


def problems_of(args: Any) -> dict[str, str]:
    with pytest.raises(ArgsError) as caught:
        resolve_voice_stack(args)
    return {problem.path: str(problem) for problem in caught.value.problems}


def pool(**changes: Any) -> GpuPoolSpec:
    given: dict[str, Any] = {
        "name": "gpu",
        "instance_types": ("big",),
        "gpu": "L40S",
        "gpus_per_node": 2,
        "min_nodes": 1,
        "max_nodes": 5,
        "desired_nodes": 3,
        "autoscaled": True,
    }
    return GpuPoolSpec(**{**given, **changes})


# -- pools


def test_a_pool_gives_its_upper_bound_only_where_an_autoscaler_can_go_there() -> None:
    assert pool(autoscaled=True).gpus_max == 2 * 5
    assert pool(autoscaled=False).gpus_max == 2 * 3


def test_a_pool_of_eks_is_what_its_node_group_says() -> None:
    spec = resolve_eks_cluster(eks_cases.FULL)  # type: ignore[arg-type]
    found = {one.name: (one.autoscaled, one.desired_nodes, one.max_nodes) for one in spec.gpu_pools}
    groups = {key: group for key, group in spec.node_groups.items() if group.gpu}
    assert found == {key: (group.autoscaled, group.desired_nodes, group.max_nodes) for key, group in groups.items()}
    assert {autoscaled for autoscaled, _, _ in found.values()} == {True, False}


def test_the_output_of_a_pool_stays_what_recorded_states_hold() -> None:
    assert pool().output() == {
        "name": "gpu",
        "instanceTypes": ["big"],
        "gpu": "L40S",
        "gpusPerNode": 2,
        "minNodes": 1,
        "maxNodes": 5,
        "desiredNodes": 3,
    }


# -- the budget


@pytest.mark.parametrize(("autoscaled", "budget"), [(True, 4), (False, 2)])
def test_the_budget_of_a_release_is_what_the_pools_can_give(autoscaled: bool, budget: int) -> None:
    group = {"profile": "l40s", "max_nodes": 4, "desired_nodes": 2, "autoscaled": autoscaled}
    eks = eks_cases.changed(eks_cases.SMALL, "node_groups.gpu", group)
    release = {**connected(), "rollout": {"allow_stall": True}}
    assert resolve_voice_stack(stack(release, eks=eks)).release["rollout"]["gpus_max"] == budget


def test_a_budget_that_the_caller_states_is_kept() -> None:
    assert resolve_voice_stack(stack()).release["rollout"]["gpus_max"] == 9


def test_an_update_that_the_pools_have_exactly_room_for_is_no_problem() -> None:
    """Three workers run, and one more pod comes beside them at a time: three GPUs are too few, four are enough."""
    release = {**connected(), "rollout": {"max_unavailable": 0}}

    def on(nodes: int) -> Any:
        group = {"profile": "l40s", "max_nodes": nodes, "desired_nodes": nodes}
        return stack(release, eks=eks_cases.changed(eks_cases.SMALL, "node_groups.gpu", group))

    assert "rollout" in problems_of(on(3))["release.rollout"]
    assert resolve_voice_stack(on(4)).release["rollout"]["gpus_max"] == 4


def test_workers_need_a_gpu_pool_and_the_problem_names_the_section() -> None:
    found = problems_of(stack(eks=eks_cases.changed(eks_cases.SMALL, "node_groups.gpu", ...)))
    assert "must have a GPU group for the workers cartesia-sonic-azure-disco" in found["eks.node_groups"]
    assert "profile" in found["eks.node_groups"]


def test_rules_on_gpus_are_told_beside_errors_elsewhere_in_the_cluster() -> None:
    eks = eks_cases.changed(eks_cases.changed(eks_cases.SMALL, "node_groups.gpu", ...), "region", "mars-1")
    found = problems_of(stack(eks=eks))
    assert "mars-1" in found["eks.region"]
    assert "must have a GPU group for the workers" in found["eks.node_groups"]
    broken = eks_cases.changed(eks, "node_groups.default.max_nodes", -1)
    only_the_cause = problems_of(stack(eks=broken))
    assert "eks.node_groups.default.max_nodes" in only_the_cause
    assert "eks.node_groups" not in only_the_cause


# -- kinds of cluster


def test_every_kind_has_a_key_in_the_arguments_and_its_component_in_the_package() -> None:
    assert set(CLUSTER_KINDS) <= set(VoiceStackArgs.__annotations__)
    assert not VoiceStackArgs.__required_keys__ & set(CLUSTER_KINDS)
    assert {kind.component for kind in CLUSTER_KINDS.values()} <= set(COMPONENTS)  # type: ignore[arg-type]


def test_an_environment_without_a_cluster_is_refused_with_what_else_is_wrong() -> None:
    found = problems_of(stack(connected(release_tag="latest"), eks=...))
    kinds = " or ".join(CLUSTER_KINDS)
    assert found.keys() == {kinds, "release.release_tag"}
    assert found[kinds] == f"{kinds}: is required and missing; give the arguments of one cluster"


def test_what_an_environment_adds_to_eks_gives_way_to_what_the_caller_says() -> None:
    plain = resolve_voice_stack(stack(production=True)).cluster
    assert (plain["tags"], plain["deletion_protection"]) == ({"cartesia:stack": "dev"}, True)
    own = {**eks_cases.SMALL, "tags": {"cartesia:stack": "x", "team": "y"}, "deletion_protection": False}
    said = resolve_voice_stack(stack(eks=own, production=True)).cluster
    assert (said["tags"], said["deletion_protection"]) == (own["tags"], False)


class OwnClusterArgs(VoiceStackArgs):
    """Arguments of a stack where a second kind of cluster is known."""

    own: NotRequired[dict[str, Any]]


class OwnSpec:
    """A cluster of which nothing is known but its pools."""

    def __init__(self, pools: Sequence[GpuPoolSpec]) -> None:
        self.gpu_pools = pools


def _resolve_own(args: Mapping[str, Any]) -> OwnSpec:
    problems = Problems()
    nodes = Reader(args, ("nodes", "stack"), "", problems).whole("nodes", 0, low=0, high=100)
    if problems:
        raise ArgsError("Own", problems)
    return OwnSpec([pool(gpus_per_node=1, desired_nodes=nodes, autoscaled=False)] if nodes else [])


@pytest.fixture
def second_kind() -> Iterator[ClusterKind]:
    """A second kind beside EKS: one row and one key."""
    own = ClusterKind(
        section="own",
        pools="nodes",
        pool_example="set nodes to 1 or more",
        with_defaults=lambda args, environment, production: {**args, "stack": environment},
        resolve=_resolve_own,
        component=EKS.component,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(voice_stack, "CLUSTER_KINDS", MappingProxyType({"eks": EKS, "own": own}))
        patch.setattr(voice_stack, "VoiceStackArgs", OwnClusterArgs)
        yield own


def test_another_kind_of_cluster_is_judged_by_its_pools_alone(second_kind: ClusterKind) -> None:
    release = {**connected(), "rollout": {"max_unavailable": 0}}
    spec = resolve_voice_stack(stack(release, eks=..., own={"nodes": 4}))
    assert spec.kind is second_kind
    assert spec.cluster == {"nodes": 4, "stack": "dev"}
    assert spec.release["rollout"]["gpus_max"] == 4
    assert "release.rollout" in problems_of(stack(release, eks=..., own={"nodes": 3}))


def test_problems_of_another_kind_name_its_section(second_kind: ClusterKind) -> None:
    assert "set nodes to 1" in problems_of(stack(eks=..., own={"nodes": 0}))["own.nodes"]
    assert "must be 0 to 100" in problems_of(stack(eks=..., own={"nodes": 101}))["own.nodes"]
    assert "eks or own" in problems_of(stack(eks=...))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nodes=st.integers(-5, 200), zones=st.sampled_from([["us-west-2a"], ["us-west-2a", "us-west-2b"]]))
def test_two_clusters_are_refused_with_what_is_wrong_in_each(
    second_kind: ClusterKind, nodes: int, zones: list[str]
) -> None:
    eks = {**eks_cases.SMALL, "availability_zones": zones}
    found = problems_of(stack(eks=eks, own={"nodes": nodes}))
    assert found["own"].startswith("own: must not stand beside eks")
    assert ("eks.availability_zones" in found) == (len(zones) < 2)
    assert ("own.nodes" in found) == (not 0 <= nodes <= 100)


# -- what is registered


@pytest.fixture(scope="module")
def recording() -> Iterator[Recording]:
    with pytest.MonkeyPatch.context() as patch:
        yield recorded(lambda: VoiceStack("voice", stack(production=True)), patch)


def test_the_parts_hang_under_the_stack_and_the_release_comes_last(recording: Recording) -> None:
    parts = ("EksCluster:voice-cluster", "ClusterPlatform:voice-addons", "CartesiaRelease:voice-release")
    assert {recording.found[part].parent for part in parts} == {"VoiceStack:voice"}
    before = recording.found["CartesiaRelease:voice-release"].dependencies
    assert {"NodeGroup:voice-cluster-gpu", "DaemonSet:voice-addons-device-plugin"} <= before
    assert all("cluster-kubernetes" in recording.found[key].provider for key in recording.found if "DaemonSet" in key)


def test_the_outputs_of_the_cluster_are_those_of_the_stack(recording: Recording) -> None:
    cluster, whole = recording.outputs["EksCluster:voice-cluster"], recording.outputs["VoiceStack:voice"]
    assert set(whole) == set(VoiceStack.__annotations__)
    for name in ("cluster_name", "endpoint", "gpu_pools"):
        assert whole[name] == cluster[name]
    assert whole["kubeconfig"] == in_one_line(cluster["kubeconfig"])


def test_all_that_lives_in_the_cluster_goes_before_it_and_in_order(recording: Recording) -> None:
    """Each object's identity is made of the cluster, and the provider's settings are not: see components.replacing."""
    cluster = "Cluster:voice-cluster-cluster"
    inside = {key: one for key, one in recording.found.items() if one.type.startswith("kubernetes:")}
    assert {"Release:voice-release-release", "Namespace:voice-release-namespace"} <= inside.keys()
    for key, one in inside.items():
        identity = "namespace" if key.startswith("Release:") else "metadata"
        assert cluster in one.property_dependencies[identity], key
        assert one.delete_before_replace, key
    provider = recording.found["kubernetes:voice-cluster-kubernetes"]
    assert {key: set(needs) for key, needs in provider.property_dependencies.items() if needs} == {}
    assert cluster in provider.dependencies


def test_what_cannot_move_to_another_network_or_role_is_replaced_with_it(recording: Recording) -> None:
    vpc = frozenset({"Vpc:voice-cluster-vpc"})
    assert recording.found["Cluster:voice-cluster-cluster"].replace_with == vpc
    assert recording.found["InternetGateway:voice-cluster-igw"].replace_with == vpc
    first = ("Cluster:voice-cluster-cluster", "Role:voice-cluster-cluster-role")
    nats = [key for key in recording.found if key.startswith("NatGateway:")]
    assert nats
    assert all(recording.found[key].delete_before_replace for key in (*first, *nats))
    assert not recording.found["Key:voice-cluster-secrets-key"].delete_before_replace, "the old cluster reads with it"
