"""One recovery of a stack at a time: between its steps the engine holds no lock, and a second one would undo the first.

Owns a file lock of this machine. The kernel takes it back from a process that is killed.
"""

import contextlib
import datetime as dt
import fcntl
import getpass
import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["TurnTakenError", "turn"]


class TurnTakenError(RuntimeError):
    """Another recovery of the same stack runs; the text names its owner."""


@contextlib.contextmanager
def turn(backend_url: str, project: str, stack: str) -> Iterator[None]:
    """Be the only recovery of a stack on this machine.

    Args:
        backend_url: Where its state is.
        project: Name of the project.
        stack: Name of the stack.

    Raises:
        TurnTakenError: Another process has it, or its file is none of ours.
    """
    digest = hashlib.sha256("\0".join((backend_url, project, stack.rsplit("/", 1)[-1])).encode()).hexdigest()[:20]
    file = _folder() / f"{digest}.lock"
    handle = _opened(file)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TurnTakenError(
                f"another recovery of {stack} runs: {_named(file)}; wait for it, then run this again if it is needed"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(_me()).encode(), 0)
        yield
    finally:
        os.close(handle)


def _opened(file: Path) -> int:
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:  # a link, which could lead anywhere, or somebody else's file
        raise TurnTakenError(f"{file} cannot be used ({error.strerror}); remove it") from error


def _folder() -> Path:
    """A folder that is the same for every shell of this user: below the cache, or in /tmp where home is read-only."""
    cache = os.environ.get("CARTESIA_INFRA_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "cartesia-infra-recoveries"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"cartesia-infra-recoveries-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
    # Somebody else's folder under this name in /tmp could hold links to files of ours.
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise TurnTakenError(f"{folder} must be a folder of yours; remove it")
    return folder


def _me() -> dict[str, object]:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return {"user": _user(), "host": socket.gethostname(), "pid": os.getpid(), "since": now}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _named(file: Path) -> str:
    try:
        row = json.loads(file.read_bytes())
        return f"{row['user']}@{row['host']} (pid {row['pid']}) since {row['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it began this moment"
