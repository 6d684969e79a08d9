"""The engine is killed in the middle of `up`, ten times at ten places; one command makes the stack whole each time.

The kills follow each other in one world, so each finds the stack further on: the network half made, the cluster begun,
a node group joining, Helm waiting. After each recovery nothing may exist that the state does not know.
"""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.stack_world import StackWorld

pytestmark = [pytest.mark.cluster, pytest.mark.engine]

MOMENTS = (
    "voice-cluster-vpc creating",
    "voice-cluster-cluster-policy creating",
    "voice-cluster-private-us-west-2a creating",
    "voice-cluster-nat-us-west-2a creating",
    "voice-cluster-cluster creating",
    "voice-cluster-vpc-cni creating",
    "voice-cluster-gpu creating",
    "voice-addons-device-plugin creating",
    "voice-release-pull-secret creating",
    "voice-release-release creating",
)
IN_FLIGHT_SECONDS = 0.8
"""What a provider still does after its engine died: the cloud finishes a request whoever asked."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackWorld]:
    # Creations take a moment between existing and being recorded, as they do on AWS: that gap is what is tested.
    with StackWorld(tmp_path_factory.mktemp("killed"), CARTESIA_SANDBOX_DELAY_SECONDS="0.1").up() as made:
        yield made


def kill_at(world: StackWorld, moment: str, *, later_seconds: float = 0, **variables: str) -> None:
    """Run `up` until a line with `moment` is printed, then kill the engine."""
    words = ("pulumi", "up", "--yes", "--skip-preview", "--stack", "eks-dev", "--non-interactive", "--color", "never")
    with world.started(*words, **variables) as engine:
        printed = []
        for line in engine.stdout or ():
            printed.append(line)
            if moment in line:
                time.sleep(later_seconds)
                engine.send_signal(signal.SIGKILL)
                break
        else:
            raise AssertionError(f"{moment!r} never came:\n{''.join(printed)[-4000:]}")
        engine.wait(timeout=10)
    time.sleep(IN_FLIGHT_SECONDS)


def recorded(world: StackWorld) -> Counter[tuple[str, str]]:
    resources = world.state().get("resources", [])
    return Counter((each["type"], each["id"]) for each in resources if each["type"].startswith("aws:"))


def existing(world: StackWorld) -> Counter[tuple[str, str]]:
    return Counter((row["type"], row["id"]) for row in world.inventory())


def test_ten_kills_and_one_command_each_converge(world: StackWorld) -> None:
    for moment in MOMENTS:
        kill_at(world, moment)
        told = world.inside("cartesia-infra", "recover", "--stack", "eks-dev", "--json")
        plan = json.loads(told.stdout)["unfinishedCreations"]
        state = world.state()
        assert state.get("pending_operations", []) == [], moment
        assert existing(world) == recorded(world), (moment, plan)
    world.inside("cartesia-infra", "recover", "--stack", "eks-dev", "--up")
    assert world.preview() == {}
    assert existing(world) == recorded(world)
    names = Counter((row["type"], row["tags"]["Name"]) for row in world.inventory() if "Name" in row["tags"])
    assert [name for name, count in names.items() if count > 1] == []
    assert world.outputs()["releaseStatus"] == "deployed"


def test_a_dry_run_of_recover_changes_nothing_and_a_whole_stack_needs_none(world: StackWorld) -> None:
    before = world.state()
    shown = world.inside("cartesia-infra", "recover", "--stack", "eks-dev", "--dry-run").stdout
    assert shown.startswith("no unfinished creations")
    assert world.state() == before


def test_a_kill_in_the_middle_of_a_replacement_leaves_one_object(world: StackWorld) -> None:
    with world.settings().changed(eks__nodeGroups__default__instanceTypes=["m7a.4xlarge"]):
        # Helm looks at the release again, since the nodes below it change.
        assert world.preview() == {"replace": ["voice-cluster-default"], "update": ["voice-release-release"]}
        # The engine says that it creates a moment before it records that; the cloud takes longer for a node group.
        kill_at(
            world,
            "voice-cluster-default creating replacement",
            later_seconds=1,
            CARTESIA_SANDBOX_DELAY_SECONDS="1.5",
        )
        time.sleep(IN_FLIGHT_SECONDS)
        told = world.inside("cartesia-infra", "recover", "--stack", "eks-dev", "--json")
        assert [each["decision"] for each in json.loads(told.stdout)["unfinishedCreations"]] == ["take over"]
        assert existing(world) == recorded(world)
        world.up_stack()
        assert world.preview() == {}
        assert existing(world) == recorded(world)
