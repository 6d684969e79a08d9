"""After a killed test run nothing of it lives on, and no other run is touched."""

import os
import subprocess
from pathlib import Path

import pytest

from sandbox.host import processes
from sandbox.host.layout import Layout
from sandbox.host.processes import Process
from sandbox.host.records import write_json
from tests.support.sweep import stale_worlds, sweep


def world(folder: Path, process: Process | None = None) -> Layout:
    layout = Layout(folder / "world")
    services = [] if process is None else [{"name": "fake-gcs-server", "pid": process.pid, "started": process.started}]
    write_json(layout.record, {"version": 1, "gcs": {"url": "", "port": 1}, "services": services})
    return layout


def run(runs: Path, number: int, lock: str | None) -> Path:
    folder = runs / f"pytest-{number}"
    folder.mkdir(parents=True)
    if lock is not None:
        (folder / ".lock").write_text(lock)
    return folder


@pytest.fixture
def dead_pid() -> int:
    with subprocess.Popen(["true"]) as child:
        pass
    return child.pid


def test_only_worlds_of_runs_that_were_killed_are_stale(tmp_path: Path, dead_pid: int) -> None:
    killed = world(run(tmp_path, 1, str(dead_pid)) / "popen-gw0" / "test0")
    unfinished = run(tmp_path, 3, str(dead_pid)) / "test0" / "world"
    write_json(unfinished / "planes" / "p" / "plane.json", {})
    world(run(tmp_path, 4, str(os.getppid())) / "test0")
    world(run(tmp_path, 5, None) / "test0")
    world(run(tmp_path, 6, "half") / "test0")
    (tmp_path / "pytest-current").symlink_to("pytest-1")
    assert list(stale_worlds(tmp_path)) == [killed.root, unfinished]


def test_what_runs_in_a_stale_world_is_ended_and_its_files_are_removed(tmp_path: Path, dead_pid: int) -> None:
    with subprocess.Popen(["sleep", "60"]) as left, subprocess.Popen(["sleep", "60"]) as mine:
        process, other = Process.of(left.pid), Process.of(mine.pid)
        assert process is not None
        assert other is not None
        try:
            stale = world(run(tmp_path, 1, str(dead_pid)) / "test0", process)
            live = world(run(tmp_path, 2, str(os.getppid())) / "test0", other)
            assert sweep(tmp_path) == [stale.root]
            assert not process.alive
            assert not stale.root.exists()
            assert other.alive
            assert live.record.exists()
        finally:
            processes.kill([process, other])
