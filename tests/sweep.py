"""Takes down the worlds of test runs that were killed: a killed pytest ends no fixture, and control planes live on."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

_DEPTH = 4
"""How deep below a run's folder a world may lie: `[worker]/<test>/world`."""
_PATIENCE_SECONDS = 60
"""Age from which a folder without a lock belongs to no run; one that begins makes its lock at once."""


def stale_worlds(runs: Path) -> Iterator[Path]:
    """Directories of worlds below pytest's numbered folders whose run has ended.

    Args:
        runs: Parent of the numbered folders, e.g. `/tmp/pytest-of-me`.
    """
    for run in sorted(runs.glob("pytest-[0-9]*")):
        if run.is_symlink() or _is_running(run):
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
        from sandbox.errors import SandboxError
        from sandbox.world import World

        for folder in found:
            with contextlib.suppress(SandboxError):  # not ours after all, or another run sweeps it too
                World.at(folder).down()
    return found


def _is_running(run: Path) -> bool:
    """Whether the process that made a numbered folder still runs; its id is in the folder's lock."""
    try:
        pid = int((run / ".lock").read_text())
    except FileNotFoundError:
        with contextlib.suppress(FileNotFoundError):
            return time.time() - run.stat().st_mtime < _PATIENCE_SECONDS
        return False
    except (OSError, ValueError):
        return True
    return Path("/proc", str(pid)).exists()  # or another process has its id now: then a later run sweeps
