"""Processes that outlive the command that started them.

Owns starting them detached, knowing them again and ending them. A process is known by its id together with the moment
it started, so an id that was given to somebody else in the meantime is never signalled. Where there is no record, a
process is known by its whole command line, which for everything started here contains the path of its world.
"""

import os
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.host.errors import StartFailed

_CLOCK_SECONDS = 2.0
"""A clock that is set in between shifts the moment of a start by so much; no id is given away again as soon as that."""
_LONGEST_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this machine since its last start."""

    pid: int
    started: float
    """When it started, in seconds since 1970, as the operating system counts it."""

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The process that has this id now; None where there is none, or it has ended and is not yet waited for."""
        with suppress(psutil.Error):
            found = psutil.Process(pid)
            if found.status() != psutil.STATUS_ZOMBIE:
                return cls(pid, found.create_time())
        return None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        found = Process.of(self.pid)
        return found is not None and abs(found.started - self.started) < _CLOCK_SECONDS


@dataclass(frozen=True, slots=True)
class Command:
    """How a service is started, and so how it is known."""

    name: str
    argv: tuple[str, ...]
    folder: Path
    """Working directory."""
    log: Path
    """File its output is added to."""


def find(argvs: Iterable[Sequence[str]]) -> list[Process]:
    """Own processes whose command line is exactly one of these."""
    wanted = {tuple(argv) for argv in argvs}
    return [process for process, argv in _own_processes() if argv in wanted] if wanted else []


def find_named(argvs: Mapping[str, Sequence[str]]) -> dict[str, Process]:
    """As `find`, for one process a name; names without one are left out."""
    wanted = {tuple(argv): name for name, argv in argvs.items()}
    found = ((wanted.get(argv), process) for process, argv in _own_processes()) if wanted else ()
    return {name: process for name, process in found if name is not None}


def find_with(words: Sequence[str]) -> list[Process]:
    """Own processes whose command line holds these words one after the other."""
    wanted, count = tuple(words), len(words)
    return [
        process
        for process, argv in _own_processes()
        if any(argv[start : start + count] == wanted for start in range(len(argv) - count + 1))
    ]


def with_session(found: Iterable[Process]) -> list[Process]:
    """Processes and what they started in turn, as far as it stayed in their session; never the caller's session."""
    sessions = {_session(each.pid) for each in found if each.alive} - {None, os.getsid(0)}
    if not sessions:
        return list(found)
    return [*found, *(each for each, _ in _own_processes() if _session(each.pid) in sessions)]


def start(command: Command, environment: Mapping[str, str]) -> Process:
    """Start a process that belongs to nobody: own session, no terminal, no open files of ours.

    Args:
        command: What to start.
        environment: The whole environment it gets.

    Returns:
        The running process.

    Raises:
        StartFailed: The program cannot be run, or ended at once.
    """
    command.log.parent.mkdir(parents=True, exist_ok=True)
    # The shell starts it in the background and ends, so that init and not a dead command's child-to-be waits for it.
    script = '"$@" </dev/null >&2 & echo $!'
    with command.log.open("ab") as log:
        done = subprocess.run(
            ["/bin/sh", "-c", script, "sh", *command.argv],
            cwd=command.folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            check=False,
        )
    process = Process.of(int(done.stdout)) if done.stdout.strip().isdigit() else None
    if process is None:
        raise StartFailed(f"{command.name} did not start; read {command.log}")
    return process


def kill(processes: Iterable[Process], *, timeout: float = 10.0) -> None:
    """End processes at once and wait until they are gone.

    Nothing here has anything to save that the caller would not throw away: data that must last is on disk already.

    Args:
        processes: Which; those that have ended are passed over.
        timeout: Seconds to wait for all of them.

    Raises:
        StartFailed: One does not end, which only a kernel in trouble does.
    """
    pending = {each for each in processes if each.alive}
    for process in pending:
        with suppress(psutil.NoSuchProcess):
            found = psutil.Process(process.pid)
            if process.alive:
                found.kill()  # looks again whether the id still stands for the process found above
    deadline, pause = time.monotonic() + timeout, 0.001
    while pending := {each for each in pending if each.alive}:
        if time.monotonic() > deadline:
            raise StartFailed(f"processes do not end: {', '.join(str(each.pid) for each in pending)}")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _session(pid: int) -> int | None:
    with suppress(OSError):
        return os.getsid(pid)
    return None


def _own_processes() -> Iterator[tuple[Process, tuple[str, ...]]]:
    return ((process, argv) for _, process, argv in own_processes())


def own_processes() -> Iterator[tuple[psutil.Process, Process, tuple[str, ...]]]:
    """Running processes of this user, as psutil and as we know them, with their command lines."""
    for found in psutil.process_iter():
        with suppress(psutil.Error):
            if found.uids().real == os.getuid() and (line := found.cmdline()) and (process := Process.of(found.pid)):
                yield found, process, tuple(line)
