"""Two commands at once: one of them may be refused and then names who is in its way; no state is lost, nothing leaks.

One round of each pair by default; `CARTESIA_PAIR_ROUNDS=30` runs more, each with other moments between the two, and
`CARTESIA_PAIR_SEED=<word>` chooses others, where the rounds are run in several pieces.
"""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.host.layout import CHECKOUT
from sandbox.host.strays import residents
from sandbox.planes.record import load_planes
from tests.support.stack_world import INFRA, StackWorld

pytestmark = [pytest.mark.cluster, pytest.mark.engine, pytest.mark.timeout(3600)]

STACK = "sagemaker-dev"
ROUNDS = int(os.environ.get("CARTESIA_PAIR_ROUNDS", "1"))
SEED = os.environ.get("CARTESIA_PAIR_SEED", "")
PULUMI = ("sandbox", "run", "--", "pulumi")
FLAGS = ("--stack", STACK, "--non-interactive", "--color", "never")
UP = (*PULUMI, "up", "--yes", "--skip-preview", *FLAGS)
PREVIEW = (*PULUMI, "preview", *FLAGS)
RECOVER = ("sandbox", "run", "--", "cartesia-infra", "recover", "--stack", STACK)
FETCH = ("sandbox", "run", "--", "cartesia-infra", "release", "fetch", "--json")
DOWN = ("sandbox", "down")
PAIRS = {
    "up/up": (UP, UP),
    "up/recover": (UP, RECOVER),
    "up/down": (UP, DOWN),
    "recover/recover": (RECOVER, RECOVER),
    "fetch/fetch": (FETCH, FETCH),
    "preview/up": (PREVIEW, UP),
}
OWNER = re.compile(rf"\S+@{re.escape(socket.gethostname())} \(pid \d+\)")
GONE = "the sandbox is down"
GONE_SECONDS = 10
"""For helpers of a command that has ended; a leaked one stays for good."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackWorld]:
    variables = {"CARTESIA_SANDBOX_DELAY_SECONDS": "0.1"}
    with StackWorld(tmp_path_factory.mktemp("pairs"), **variables).up() as made:
        made.up_stack(STACK)
        yield made


def begin(world: StackWorld, words: tuple[str, ...]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*INFRA, *words],
        cwd=CHECKOUT,
        env=world.variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def both(world: StackWorld, pair: tuple[tuple[str, ...], ...], pause_seconds: float) -> list[tuple[int, str]]:
    """Exit code and output of each."""
    first = begin(world, pair[0])
    time.sleep(pause_seconds)
    second = begin(world, pair[1])
    said = [child.communicate(timeout=180)[0] for child in (first, second)]
    return [(child.returncode, text) for child, text in zip((first, second), said, strict=True)]


def kill_an_update(world: StackWorld) -> None:
    """Leave the lock of a dead update behind."""
    with world.started(*UP[3:]) as engine:
        for line in engine.stdout or ():
            if "updating" in line or "creating" in line:
                break
        engine.send_signal(signal.SIGKILL)
        engine.wait(timeout=10)


def strangers(root: Path) -> list[str]:
    """Command lines of processes that work for a world and are not part of it."""
    ours = {each.process.pid for each in residents(root)}
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) not in {*ours, os.getpid()}:
            try:
                line = entry.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                variables = entry.joinpath("environ").read_bytes()
            except OSError:
                continue
            if line and f"CARTESIA_SANDBOX_DIR={root}".encode() in variables.split(b"\0"):
                found.append(line)
    return found


def assert_nothing_is_left(world: StackWorld) -> None:
    """No lock, no process beside those that are recorded, and a state that matches the program."""
    root, deadline = world.layout.root, time.monotonic() + GONE_SECONDS
    while (left := strangers(root)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    known = {process for record in load_planes(world.layout) for process in record.processes.values()}
    services = {each["pid"] for each in json.loads(world.infra("sandbox", "status", "--json").stdout)["services"]}
    assert {each.process.pid for each in residents(root)} == {each.pid for each in known} | services
    assert list((world.layout.pulumi_state / ".pulumi" / "locks").rglob("*.json")) == []
    assert not world.state(STACK).get("pending_operations")


@pytest.mark.parametrize("name", PAIRS)
def test_two_at_once(world: StackWorld, name: str) -> None:
    moments = random.Random(name + SEED)
    for number in range(ROUNDS):
        if number:
            sys.stderr.write(f"{name}: round {number + 1} of {ROUNDS}\n")
        world.settings(STACK).set(sagemaker__tags={"round": f"{name.replace('/', '-')}-{number}"})
        before = {each["urn"] for each in world.state(STACK)["resources"]}
        if name.startswith("recover"):
            kill_an_update(world)
        ends = both(world, PAIRS[name], 0.0 if not number else moments.uniform(0, 2.5))
        assert any(code == 0 for code, _ in ends), ends
        for code, text in ends:
            # Whoever is refused names who is in the way; a world that was taken down first says that it is down.
            assert code == 0 or OWNER.search(text) or GONE in text, text
            assert "Traceback" not in text, text
        if not world.layout.record.exists():
            assert name == "up/down"
            assert strangers(world.layout.root) == []
            world.infra("sandbox", "up")
            world.up_stack(STACK)
            continue
        assert_nothing_is_left(world)
        assert before <= {each["urn"] for each in world.state(STACK)["resources"]}


def test_after_all_of_them_one_update_is_enough(world: StackWorld) -> None:
    world.up_stack(STACK)
    assert world.preview(STACK) == {}
    assert_nothing_is_left(world)
