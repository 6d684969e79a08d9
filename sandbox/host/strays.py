"""Processes of a world that its files no longer tell of, as after `rm -rf` of its directory.

A process is ours if both its command line and its environment say so: everything that a world starts names a path of
the world, and has a home folder inside of it. An editor or a shell in the directory has the first and not the second.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.host.processes import Process, own_processes

__all__ = ["Resident", "by_plane", "residents"]


@dataclass(frozen=True, slots=True)
class Resident:
    """A process that a world started."""

    process: Process
    argv: tuple[str, ...]
    home: Path
    """Its home folder, at or below the world's root."""


def residents(root: Path) -> list[Resident]:
    """Running processes of this user that belong to a world, recorded or not.

    Args:
        root: Absolute path of the world, without links; it need not exist.
    """
    return [each for each in _own_processes() if _is_below(each.home, root) and _names(each.argv, root)]


def _names(argv: tuple[str, ...], root: Path) -> bool:
    """Whether a command line names a path of the world, alone or as the value of an option."""
    return any(_is_below(Path(word.rpartition("=")[2]), root) or str(root) + "/" in word for word in argv)


def _is_below(path: Path, root: Path) -> bool:
    return path == root or root in path.parents


def _own_processes() -> Iterator[Resident]:
    for found, process, argv in own_processes():
        with contextlib.suppress(psutil.Error):  # it ended while we looked, or another user's rights are on it
            if (home := found.environ().get("HOME")) and process.alive:
                yield Resident(process, argv, Path(home))


def by_plane(found: list[Resident], planes: Path) -> Mapping[str, list[Process]]:
    """Processes by the name of the plane's folder they live in."""
    rows: dict[str, list[Process]] = {}
    for each in found:
        if planes in each.home.parents:
            rows.setdefault(each.home.relative_to(planes).parts[0], []).append(each.process)
    return rows
