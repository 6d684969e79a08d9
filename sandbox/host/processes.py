"""Processes that outlive the command that started them.

Owns starting them detached, knowing them again and ending them. A process is known by its id together with the moment
it started, as the kernel counts it, so an id that was given to somebody else in the meantime is never signalled. Where
there is no record, a process is known by its whole command line, which for everything started here contains the path of
its world.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.host.errors import StartFailed

_STATE, _SESSION, _START_TICKS = 0, 3, 19
"""Indexes among the fields of /proc/<pid>/stat that follow the name (source: man 5 proc, which counts 3, 6, 22)."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this machine since its last start."""

    pid: int
    start_ticks: int
    """Clock ticks between the start of the machine and that of the process."""

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The process that has this id now; None where there is none, or it has ended and is not yet waited for."""
        fields = _stat(pid)
        if fields is None or fields[_STATE] in (b"Z", b"X"):
            return None
        return cls(pid, int(fields[_START_TICKS]))

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return Process.of(self.pid) == self


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
    sessions = {fields[_SESSION] for each in found if each.alive and (fields := _stat(each.pid))}
    sessions.discard(str(os.getsid(0)).encode())
    if not sessions:
        return list(found)
    mates = [each for each, _ in _own_processes() if (fields := _stat(each.pid)) and fields[_SESSION] in sessions]
    return [*found, *mates]


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
    open_ends: dict[int, Process] = {}
    try:
        for process in set(processes):
            with suppress(ProcessLookupError):
                # The descriptor stands for the process and not for the number, so nothing can change after the check.
                handle = os.pidfd_open(process.pid)
                open_ends[handle] = process
                if process.alive:
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                else:
                    os.close(handle)
                    del open_ends[handle]
        _wait(open_ends, time.monotonic() + timeout)
    finally:
        for handle in open_ends:
            os.close(handle)


def _stat(pid: int) -> list[bytes] | None:
    """Fields of /proc/<pid>/stat after the name, which in its parentheses may contain anything."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    return stat[stat.rindex(b")") + 2 :].split()


def _own_processes() -> Iterator[tuple[Process, tuple[str, ...]]]:
    """Running processes of this user, with their command lines."""
    for entry in os.scandir("/proc"):
        if not entry.name.isdecimal():
            continue
        try:
            if entry.stat().st_uid != os.getuid():
                continue
            line = Path(entry.path, "cmdline").read_bytes()
        except OSError:  # it ended while we looked
            continue
        process = Process.of(int(entry.name))
        if process is not None and line:
            yield process, tuple(os.fsdecode(word) for word in line.removesuffix(b"\0").split(b"\0"))


def _wait(handles: Mapping[int, Process], deadline: float) -> None:
    """Wait until every process behind the descriptors has ended."""
    pending = dict(handles)
    poll = select.poll()
    for handle in pending:
        poll.register(handle, select.POLLIN)
    while pending:
        left = deadline - time.monotonic()
        if left <= 0:
            raise StartFailed(f"processes do not end: {', '.join(str(each.pid) for each in pending.values())}")
        for handle, _ in poll.poll(left * 1000):
            poll.unregister(handle)
            del pending[handle]
