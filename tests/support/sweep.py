"""Takes down the worlds of test runs that were killed: a killed pytest ends no fixture, and control planes live on."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil

_DEPTH = 4
"""How deep below a run's folder a world may lie: `[worker]/<test>/world`."""


def stale_worlds(runs: Path) -> Iterator[Path]:
    """Directories of worlds below pytest's numbered folders whose run was killed.

    Args:
        runs: Parent of the numbered folders, e.g. `/tmp/pytest-of-me`.
    """
    for run in sorted(runs.glob("pytest-[0-9]*")):
        if run.is_symlink() or not _was_killed(run):
            continue
        found = set()  # resolved, for pytest keeps a link to each test's latest folder
        for depth in range(1, _DEPTH + 1):
            found |= {record.parent.resolve() for record in run.glob("*/" * depth + "world.json")}
            found |= {record.parents[2].resolve() for record in run.glob("*/" * depth + "planes/*/plane.json")}
        yield from sorted(found)


def sweep(runs: Path) -> list[Path]:
    """Take every stale world down; returns which."""
    found = list(stale_worlds(runs))
    if found:
        from sandbox.host.errors import SandboxError
        from sandbox.world import World

        for folder in found:
            with contextlib.suppress(SandboxError):  # not ours after all, or another run sweeps it too
                World.at(folder).down()
    return found


def _was_killed(run: Path) -> bool:
    """Whether the process that made a numbered folder is gone without having removed its lock, which holds its id."""
    try:
        pid = int((run / ".lock").read_text())
    except (OSError, ValueError):
        return False
    return not psutil.pid_exists(pid)  # where another process has its id now, a later run sweeps
