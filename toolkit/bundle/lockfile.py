"""Reads and writes the lock file; its form is `core.bundle.lock`'s."""

import os
import secrets
from pathlib import Path

from core.bundle.lock import Lock, parse_lock, render_lock
from core.input.problems import InvalidInput, Problem


def read_lock(lock_file: Path) -> Lock | None:
    """The lock in a file, or None where there is no file.

    Raises:
        InvalidInput: When the file holds no usable lock.
    """
    try:
        text = lock_file.read_text()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        fix = "restore the file from version control"
        raise InvalidInput("lock file", [Problem(str(lock_file), "must be UTF-8 text", "", fix)]) from None
    return parse_lock(text, path=str(lock_file))


def write_lock(lock_file: Path, lock: Lock) -> None:
    """Write the lock in one move; a file that already says the same is not touched."""
    text = render_lock(lock)
    if lock_file.is_file() and lock_file.read_text(errors="replace") == text:
        return
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    fresh = lock_file.with_name(f".{lock_file.name}.{secrets.token_hex(4)}")
    try:
        with fresh.open("x") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(lock_file)
    finally:
        fresh.unlink(missing_ok=True)
