"""Who works in a world right now: each engine holds a shared lock for as long as it lives, `down` wants it alone.

Looking for processes first and removing afterwards would miss one that starts in between; a lock does not.
"""

import contextlib
import fcntl
import getpass
import os
import socket
from collections.abc import Iterator

from sandbox.host.errors import SandboxError
from sandbox.host.layout import Layout

__all__ = ["alone", "hold"]


def hold(layout: Layout, what: str) -> None:
    """Hold a world until this process ends, whatever program it becomes by `exec`.

    Args:
        layout: A world that is up.
        what: What is done there, for those who are in the way.

    Raises:
        SandboxError: The world is being taken down, or is down.
    """
    handle = os.open(layout.in_use, os.O_RDWR | os.O_CREAT, 0o600) if _stands(layout) else None
    if handle is None or not _locked(handle, fcntl.LOCK_SH) or not _stands(layout):
        raise SandboxError("the sandbox is down, or being taken down; start it with `cartesia-infra sandbox up`")
    os.set_inheritable(handle, True)
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{_user()}@{socket.gethostname()} (pid {os.getpid()}), {what[:80]}".encode(errors="replace"), 0)


@contextlib.contextmanager
def alone(layout: Layout) -> Iterator[str]:
    """Hold a world so that nobody begins to work in it; gives who works there already, empty if nobody does."""
    handle = os.open(layout.in_use, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        free = _locked(handle, fcntl.LOCK_EX)
        yield "" if free else os.pread(handle, 300, 0).decode(errors="replace") or "another command"
    finally:
        os.close(handle)


def _stands(layout: Layout) -> bool:
    """Whether a world is up and nobody takes it down: that removes the file which is locked here before the record."""
    return layout.record.exists() and not layout.ending.exists()


def _locked(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
