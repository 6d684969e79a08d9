"""What each setting says of a later change is what the published provider would plan, and the stand-in agrees."""

from typing import Any

import pytest

from components.eks.args import EksClusterArgs, EksNetworkArgs, EksNodeGroupArgs
from components.eks.cluster import EksCluster
from tests.support.aws_mocks import Recording, record
from tests.support.eks_cases import FULL, GIVEN, SMALL, changed
from tests.support.promises import UNRECORDED, effect, promises
from tests.support.provider_facts import facts, plan_of_property, plan_of_standin, recording

GROUP = "node_groups.gpu"
ARN = "arn:aws:iam::111122223333:role/another"
KEY = "arn:aws:kms:us-west-2:111122223333:key/9999abcd-12ab-34cd-56ef-1234567890ab"
RESERVED = changed(FULL, f"{GROUP}.autoscaled", False)
REACHED = {
    **SMALL,
    "private_access_cidrs": ["10.9.0.0/16"],
    "private_access_security_groups": {"vpn": "sg-0123456789abcdef0"},
}
PINNED = {**SMALL, "addon_versions": {"coredns": "v1.12.4-eksbuild.1"}}

# Setting: (arguments, path, another value)
CLUSTER_CASES: dict[str, tuple[dict[str, Any], str, Any]] = {
    "cluster_name": (SMALL, "cluster_name", "voice-other"),
    "admins": (SMALL, "admins", {"platform": ARN}),
    "creator_is_admin": (SMALL, "creator_is_admin", True),
    "kubernetes_version": (SMALL, "kubernetes_version", "1.34"),
    "support": (SMALL, "support", "extended"),
    "service_cidr": (SMALL, "service_cidr", "172.21.0.0/16"),
    "public_access_cidrs": (FULL, "public_access_cidrs", ["198.18.0.0/24"]),
    "private_access_cidrs": (REACHED, "private_access_cidrs", ["10.8.0.0/16"]),
    "private_access_security_groups": (REACHED, "private_access_security_groups", {"vpn": "sg-02168da1478b509e0"}),
    "log_kms_key_arn": (SMALL, "log_kms_key_arn", KEY),
    "addon_versions": (PINNED, "addon_versions", {**PINNED["addon_versions"], "coredns": "v1.12.3-eksbuild.1"}),
    "log_retention_days": (SMALL, "log_retention_days", 30),
    "flow_logs": (SMALL, "flow_logs", False),
    "node_session_manager": (SMALL, "node_session_manager", True),
    "deletion_protection": (SMALL, "deletion_protection", True),
    "tags": (FULL, "tags", {"team": "other", "more": "tags"}),
}
NETWORK_CASES = {
    "cidr": (SMALL, "network", {"cidr": "10.9.0.0/16"}),
    "nat": (SMALL, "network", {"nat": "one"}),
    "private_subnet_ids": (GIVEN, "network.private_subnet_ids.us-west-2a", "subnet-0123456789abcdef9"),
}
GROUP_CASES = {
    "profile": (SMALL, f"{GROUP}.profile", "a10g"),
    "instance_types": (SMALL, f"{GROUP}.instance_types", ["g6e.4xlarge"]),
    "min_nodes": (SMALL, f"{GROUP}.min_nodes", 1),
    "max_nodes": (SMALL, f"{GROUP}.max_nodes", 9),
    "desired_nodes": (SMALL, f"{GROUP}.desired_nodes", 2),
    "autoscaled": (SMALL, f"{GROUP}.autoscaled", True),
    "disk_gib": (SMALL, f"{GROUP}.disk_gib", 200),
    "disk_throughput_mibps": (SMALL, f"{GROUP}.disk_throughput_mibps", 300),
    "disk_iops": (SMALL, f"{GROUP}.disk_iops", 9000),
    "release_version": (SMALL, f"{GROUP}.release_version", "1.35.0-20251209"),
    "labels": (SMALL, f"{GROUP}.labels", {"a": "b"}),
    "taints": (SMALL, f"{GROUP}.taints", [{"key": "a", "value": "b", "effect": "NoSchedule"}]),
    "capacity": (SMALL, f"{GROUP}.capacity", "spot"),
    "capacity_reservation_id": (RESERVED, "node_groups.held.capacity_reservation_id", "cr-9999456789abcdef0"),
    "zones": (SMALL, f"{GROUP}.zones", ["us-west-2a"]),
    "max_unavailable": (SMALL, f"{GROUP}.max_unavailable", 3),
    "update_strategy": (SMALL, f"{GROUP}.update_strategy", "minimal"),
    "force_update": (SMALL, f"{GROUP}.force_update", True),
    "update_timeout_minutes": (SMALL, f"{GROUP}.update_timeout_minutes", 600),
    "metadata_hop_limit": (SMALL, f"{GROUP}.metadata_hop_limit", 2),
}
NOT_RECORDED = {
    # Each says why two recordings cannot show it.
    "region": "another provider, and so everything",
    "availability_zones": "depends on what else names the zones; its line says so",
    "node_groups": "adds and removes, and changes nothing that stays",
    "kms_key_arn": "refused, see test_in_service",
    "vpc_id": "the subnets of another VPC are others too",
    "unlisted_gpu": "stands for the same machines",
    "ami_type": "has one value for each kind of machine",
}


def run(args: dict[str, Any]) -> Recording:
    return record(lambda: EksCluster("voice", args))  # type: ignore[arg-type]  # a TypedDict made by hand


@pytest.mark.parametrize(
    ("shape", "name", "case"),
    [
        pytest.param(shape, name, case, id=f"{shape.__name__}.{name}")
        for shape, cases in (
            (EksClusterArgs, CLUSTER_CASES),
            (EksNetworkArgs, NETWORK_CASES),
            (EksNodeGroupArgs, GROUP_CASES),
        )
        for name, case in cases.items()
    ],
)
def test_a_change_does_what_its_line_says(shape: type, name: str, case: tuple[dict[str, Any], str, Any]) -> None:
    args, path, value = case
    promised = promises(shape)[name].replace("node groups", "the group")
    assert effect(run(args), run(changed(args, path, value))) == promised


def test_every_promise_is_put_to_the_test() -> None:
    promised = {*promises(EksClusterArgs), *promises(EksNetworkArgs), *promises(EksNodeGroupArgs)}
    tested = {*CLUSTER_CASES, *NETWORK_CASES, *GROUP_CASES}
    assert promised - tested == promised & NOT_RECORDED.keys()
    assert tested <= promised


def test_a_tag_never_recycles_a_node() -> None:
    before, after = run(FULL), run(changed(FULL, "tags", {"team": "other"}))
    for name, group in after.of("NodeGroup").items():
        old = before.one("NodeGroup", name).inputs
        assert {key: value for key, value in group.inputs.items() if key != "tags"} == {
            key: value for key, value in old.items() if key != "tags"
        }
    assert len(after.of("NodeGroup")) == len(after.of("LaunchTemplate")) == len(FULL["node_groups"])
    for template in after.of("LaunchTemplate").values():
        assert "tagSpecifications" in template.ignore_changes


def test_the_stand_in_plans_what_the_provider_plans() -> None:
    asked = [(fact, plan_of_standin(fact)) for fact in facts()]
    assert [(fact, plan) for fact, plan in asked if plan is None] == []
    assert [(fact, plan) for fact, plan in asked if plan != fact.plan] == []
    assert len(asked) > 300


def test_the_recording_names_its_source_and_an_unrecorded_property_is_unrecorded() -> None:
    assert set(recording()["source"]) == {"provider", "plugin", "version", "date", "how"}
    for key in UNRECORDED:
        token, path = key.split(".", 1)
        assert plan_of_property(token, path) is None, f"{key} is recorded now"
