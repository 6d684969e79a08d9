"""Small JSON files and the lock around them.

Owns that a reader never sees half a file, and that one process at a time changes a world.
"""

import contextlib
import fcntl
import json
import os
import pwd
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sandbox.host.errors import SandboxError
from sandbox.host.layout import ENTRIES, WORLD_VARIABLE, Layout

_LOCK_TIMEOUT_SECONDS = 300.0
"""Longer than any change of a world takes, building programs not counted, which happens outside the lock."""


def read_json(path: Path) -> dict[str, Any] | None:
    """An object of a file; None where there is none or it is no JSON object."""
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def write_json(path: Path, value: object) -> None:
    """Write a file whole or not at all."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_text(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file whole or not at all; leaves it alone where it holds the text already."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if path.read_text() == text and path.stat().st_mode & 0o777 == mode:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def require_world(layout: Layout) -> None:
    """Make sure that a directory is a world or may become one: taking a world down removes all that is in it.

    It is one if its record says so, or if nothing lies in it that a world does not consist of, as after a kill.

    Raises:
        SandboxError: It is somebody else's.
    """
    try:
        present = [entry.name for entry in layout.root.iterdir()]
    except FileNotFoundError:
        return
    except PermissionError as error:
        raise SandboxError(f"{layout.root}: must be a directory of yours; got {error.strerror}") from error
    except NotADirectoryError:
        raise SandboxError(
            f"{layout.root}: must be a directory; got a file; point {WORLD_VARIABLE} elsewhere"
        ) from None
    owner = layout.root.stat().st_uid
    if owner != os.getuid() and any(name in ENTRIES for name in present):
        raise SandboxError(f"{layout.root}: must be a world of yours; it is one of {_user(owner)}")
    foreign = sorted(name for name in present if name not in ENTRIES and not _is_scratch(name))
    if foreign and not layout.ending.exists() and "version" not in (read_json(layout.record) or {}):
        raise SandboxError(
            f"{layout.root}: must be a world of the sandbox, a new or an empty directory; got {', '.join(foreign[:3])}"
            f"{' and more' if len(foreign) > 3 else ''} in it; point {WORLD_VARIABLE} elsewhere"
        )


def _user(number: int) -> str:
    """Name of a user, or the number of one that this machine does not know."""
    try:
        return f"user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"user {number}"


def _is_scratch(name: str) -> bool:
    """Whether a file is one of ours that was still being written."""
    return name.startswith(tuple(f".{entry}{mark}" for entry in ENTRIES for mark in "-."))


@contextlib.contextmanager
def changing(
    layout: Layout, *, timeout: float = _LOCK_TIMEOUT_SECONDS, say: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the world alone; makes its directory.

    The lock belongs to the open file, so the kernel takes it back from a process that is killed. Its holder writes its
    name into it, for those who wait.

    Args:
        layout: Which world.
        timeout: Seconds to wait for another holder.
        say: Called with a line once it has to wait.

    Raises:
        SandboxError: The other holder did not finish in time.
    """
    deadline = time.monotonic() + timeout
    while True:
        layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)  # keys of the control planes are in it
        try:
            handle = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:  # the directory was removed in between
            continue
        try:
            if _locked(handle) and _is_current(handle, layout.lock):
                _sign(handle)
                yield
                return
            owner = _signature(handle)
        finally:
            os.close(handle)
        if time.monotonic() > deadline:
            raise SandboxError(f"{layout.root} is being changed by {owner} for {timeout:.0f} s; wait or end it")
        if say is not None:
            say(f"waiting for {owner}, who changes this world")
            say = None
        time.sleep(0.02)


def _sign(handle: int) -> None:
    """Write who holds the lock into it."""
    name = " ".join(Path(word).name if index == 0 else word for index, word in enumerate(sys.argv[:3]))
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"pid {os.getpid()}, {name[:80]}".encode(errors="replace"), 0)


def _signature(handle: int) -> str:
    """Who holds the lock."""
    said = os.pread(handle, 200, 0).decode(errors="replace").strip()
    return f"another command ({said})" if said else "another command"


def _locked(handle: int) -> bool:
    """Try to take the lock without waiting."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_current(handle: int, path: Path) -> bool:
    """Whether the open file is still the one at the path: a lock on a file that `down` removed guards nothing."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
