"""Production as a user runs it: up, an update that loses no pod, a destroy that is refused, and one that is meant.

One world for all tests, in the order of the file: each test starts from where the one before left off, as a user does.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.replacing import replace, urns_of
from tests.support.stack_world import StackWorld

pytestmark = [pytest.mark.cluster, pytest.mark.engine]

STACK = "eks-prod"
CLUSTER = "cartesia-prod"
FIRST_TAG = "sonic-20260503"
NEXT_TAG = "sonic-20260601"
WORKERS = {"cartesia-sonic-azure-disco": 2, "cartesia-sonic-rosy-dragon": 1}
RELEASED = ("cartesia-api", "cartesia-license-proxy", *WORKERS)
"""Deployments whose images carry the release tag; NATS has a version of its own."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackWorld]:
    with StackWorld(tmp_path_factory.mktemp("eks-prod"), PULUMI_DEBUG_COMMANDS="true").up() as made:
        made.up_stack(STACK)
        yield made


def running_tags(world: StackWorld) -> dict[str, list[str]]:
    """The tags of the running pods of each deployment; any pod in another phase fails."""
    pods = world.kube(CLUSTER).list("v1", "Pod", namespace="cartesia")
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    return {
        name: [
            container["image"].rsplit(":", 1)[-1]
            for pod in pods
            if pod["metadata"]["name"].startswith(f"{name}-")
            for container in pod["spec"]["containers"]
        ]
        for name in RELEASED
    }


def deletions(log: Path) -> dict[str, tuple[int, int]]:
    """Type and name of each deleted resource, with the numbers of the events at which that began and was done."""
    begun, spans = {}, {}
    for line in log.read_text().splitlines():
        event = json.loads(line)
        for kind in ("resourcePreEvent", "resOutputsEvent"):
            metadata = event.get(kind, {}).get("metadata", {})
            if metadata.get("op") != "delete":
                continue
            name = f"{metadata['type']} {metadata['urn'].rsplit('::', 1)[-1]}"
            if kind == "resourcePreEvent":
                begun[name] = event["sequence"]
            else:
                spans[name] = (begun[name], event["sequence"])
    return spans


def test_a_first_up_runs_all_pods_and_keeps_the_licence_on_a_volume(world: StackWorld) -> None:
    assert {name: len(tags) for name, tags in running_tags(world).items() if name in WORKERS} == WORKERS
    [claim] = world.kube(CLUSTER).list("v1", "PersistentVolumeClaim", namespace="cartesia")
    assert (claim["status"]["phase"], claim["spec"]["storageClassName"]) == ("Bound", "gp3")
    [ingress] = world.kube(CLUSTER).list("networking.k8s.io/v1", "Ingress", namespace="cartesia")
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == ["voice.example.com"]


def test_a_second_preview_finds_nothing_to_do(world: StackWorld) -> None:
    assert world.preview(STACK) == {}


def test_an_update_rolls_both_workers_within_the_pool(world: StackWorld) -> None:
    assert {tag for tags in running_tags(world).values() for tag in tags} == {FIRST_TAG}
    with world.settings(STACK).changed(release__releaseTag=NEXT_TAG):
        world.up_stack(STACK)
    after = running_tags(world)
    assert {tag for tags in after.values() for tag in tags} == {NEXT_TAG}
    assert {name: len(after[name]) for name in WORKERS} == WORKERS


def test_a_destroy_is_refused_and_deletes_nothing(world: StackWorld) -> None:
    before = world.inventory(), recorded(world)
    refused = world.pulumi("destroy", "--yes", "--skip-preview", stack=STACK, check=False)
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "voice-release-release" in said
    assert "cannot be deleted\nbecause it is protected" in said.replace("\n    ", "\n")
    assert (world.inventory(), recorded(world)) == before
    assert running_tags(world)


def test_a_forced_replacement_of_what_is_protected_is_refused_and_changes_nothing(world: StackWorld) -> None:
    before = sorted(recorded(world))
    for name in ("voice-release-namespace", "voice-cluster-cluster-role"):
        refused = replace(world, STACK, urns_of(world, STACK, name))
        assert not refused.done
        assert refused.fine, str(refused)
        assert "unable to replace resource" in refused.said
    assert sorted(recorded(world)) == before


def recorded(world: StackWorld) -> list[tuple[str, str | None, str | None]]:
    """What the state knows; secrets are encrypted again by each export."""
    return [(each["urn"], each.get("id"), each.get("modified")) for each in world.state(STACK)["resources"]]


def test_another_environment_is_one_more_file(world: StackWorld) -> None:
    folder = world.layout.project / "stacks"
    settings = yaml.safe_load((folder / "Pulumi.eks-dev.yaml").read_text())
    eks = settings["config"]["cartesia:eks"]
    eks["clusterName"] = "cartesia-try"
    eks["network"]["cidr"] = "10.60.0.0/16"
    (folder / "Pulumi.eks-try.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    planned = world.preview("eks-try")
    assert set(planned) == {"create"}
    assert {"voice-cluster-cluster", "voice-release-release"} <= set(planned["create"])


def test_protection_ends_with_production(world: StackWorld) -> None:
    assert any(each.get("protect") for each in world.state(STACK)["resources"])
    world.settings(STACK).set(production=False)
    world.up_stack(STACK)
    assert not any(each.get("protect") for each in world.state(STACK)["resources"])


@pytest.mark.parametrize(
    "names",
    [
        ("voice-release-release",),
        ("voice-release-namespace",),  # takes its secrets and the release with it
        (
            "voice-release-api-key",
            "voice-release-gcs-secret",
            "voice-addons-device-plugin",
            "voice-addons-storage-class",
            "voice-cluster-coredns",
            "voice-cluster-admin-policy-on-call",
            "voice-cluster-node-pull",
        ),
    ],
    ids=lambda names: names[0],
)
def test_what_has_a_fixed_name_is_there_after_a_forced_replacement(world: StackWorld, names: tuple[str, ...]) -> None:
    before = made_at(world, names)
    forced = replace(world, STACK, urns_of(world, STACK, *names))
    assert forced.done, str(forced)
    assert forced.fine, str(forced)
    assert running_tags(world)
    assert not set(before) & set(made_at(world, names))


def made_at(world: StackWorld, names: tuple[str, ...]) -> list[str]:
    """When the engine made these, by its state."""
    return [each["created"] for each in world.state(STACK)["resources"] if each["urn"].rpartition("::")[2] in names]


def test_a_renamed_release_takes_the_place_of_the_old_one(world: StackWorld) -> None:
    world.settings(STACK).set(release__releaseName="voice")
    world.up_stack(STACK)
    assert world.outputs(STACK)["releaseName"] == "voice"
    assert running_tags(world)


def test_what_is_no_longer_production_can_be_destroyed_in_the_right_order(world: StackWorld, tmp_path: Path) -> None:
    world.pulumi("destroy", "--yes", "--skip-preview", "--event-log", str(tmp_path / "events"), stack=STACK)
    spans = deletions(tmp_path / "events")

    def of(token: str) -> list[tuple[int, int]]:
        return [span for name, span in spans.items() if name.startswith(f"{token} ")]

    order = [
        ("kubernetes:helm.sh/v3:Release", "aws:eks/nodeGroup:NodeGroup"),
        ("aws:eks/nodeGroup:NodeGroup", "aws:eks/cluster:Cluster"),
        ("aws:eks/cluster:Cluster", "aws:ec2/subnet:Subnet"),
        ("aws:ec2/subnet:Subnet", "aws:ec2/vpc:Vpc"),
        ("aws:eks/cluster:Cluster", "aws:cloudwatch/logGroup:LogGroup"),
        ("aws:eks/cluster:Cluster", "aws:kms/key:Key"),
        ("aws:eks/nodeGroup:NodeGroup", "aws:ec2/natGateway:NatGateway"),
    ]
    for first, second in order:
        assert max(end for _, end in of(first)) < min(begin for begin, _ in of(second)), (first, second)
    assert world.inventory() == []
    assert world.state(STACK).get("resources", []) == []
    assert [path.name for path in world.layout.planes.iterdir() if CLUSTER in (path / "plane.json").read_text()] == []
