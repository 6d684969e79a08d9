"""Removing trees that were made read-only.

Only root may remove what lies in a directory without write permission, so every other user has to open it first.
"""

import os
import shutil
from pathlib import Path

__all__ = ["remove_tree"]

_OWNER_ONLY = 0o700


def remove_tree(path: Path) -> None:
    """Remove a file, a link or a directory whose parts may be read-only; links are not followed.

    Nothing happens if it is not there, or while another process removes it.

    Raises:
        OSError: Something in it belongs to another user, or lies in a directory that does.
    """
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    folders = [path]
    while folders:
        folders += _opened(folders.pop())
    if path.is_dir():
        shutil.rmtree(path)


def _opened(folder: Path) -> list[Path]:
    """Let the owner into a directory. Returns the directories in it."""
    try:
        if folder.stat().st_mode & _OWNER_ONLY != _OWNER_ONLY:
            folder.chmod(_OWNER_ONLY)
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
