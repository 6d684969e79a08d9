"""Whoever runs an engine in a world is seen by who wants to remove it, with no moment in between."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.host.errors import SandboxError
from sandbox.host.layout import CHECKOUT, Layout
from sandbox.host.records import write_json
from sandbox.host.usage import alone, hold
from sandbox.world import World

HOLD = """
import os, sys
from pathlib import Path
from sandbox.host.layout import Layout
from sandbox.host.usage import hold
hold(Layout(Path(sys.argv[1])), "pulumi up")
os.execv(sys.executable, [sys.executable, "-c", "print('held', flush=True); input()"])
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "world")
    write_json(made.record, {"version": 1})
    return made


def test_a_command_is_seen_until_it_ends_whatever_it_became(layout: Layout) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(layout.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with alone(layout) as user:
            assert f"(pid {child.pid}), pulumi up" in user
        with pytest.raises(SandboxError, match=rf"\(pid {child.pid}\), pulumi up works in the sandbox"):
            World.at(layout.root).down(force=False)
        assert layout.record.exists()
        child.communicate(b"\n")
    with alone(layout) as user:
        assert user == ""
    assert World.at(layout.root).down(force=False)
    assert not layout.root.exists()


def test_nobody_begins_in_a_world_that_is_being_removed_or_gone(layout: Layout) -> None:
    with alone(layout), pytest.raises(SandboxError, match="being taken down"):
        hold(layout, "pulumi up")
    layout.record.unlink()
    with pytest.raises(SandboxError, match="the sandbox is down"):
        hold(layout, "pulumi up")


def test_nobody_begins_while_files_of_a_world_are_removed_one_by_one(layout: Layout) -> None:
    """A `down` removes the locked file before the record, and a new one by that name is free to lock."""
    with alone(layout):
        layout.ending.touch()
        layout.in_use.unlink()
        with pytest.raises(SandboxError, match="being taken down"):
            hold(layout, "pulumi up")
    assert not layout.in_use.exists()
