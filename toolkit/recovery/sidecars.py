"""Mend what a kill breaks in a `file://` backend.

The engine writes a state file by renaming a finished one, but its metadata (`<file>.attrs`) in place. Killed in
between, it leaves a cut sidecar and then refuses to read the whole state (`failed to load checkpoint: EOF`). A sidecar
holds nothing that is needed: without it the state is read as it is.
"""

import json
from pathlib import Path

from toolkit.recovery.backend import file_backend

__all__ = ["cut_sidecars", "drop_cut_sidecars"]


def cut_sidecars(backend_url: str) -> tuple[Path, ...]:
    """Sidecars of a `file://` backend that are not JSON; other backends have none.

    Args:
        backend_url: Address of the backend.
    """
    folder = file_backend(backend_url)
    if folder is None:
        return ()
    return tuple(path for path in sorted((folder / ".pulumi").rglob("*.attrs")) if not _is_json(path))


def drop_cut_sidecars(backend_url: str) -> tuple[Path, ...]:
    """Remove them; returns the files removed. No engine may be writing meanwhile."""
    cut = cut_sidecars(backend_url)
    for path in cut:
        path.unlink(missing_ok=True)
    return cut


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    except FileNotFoundError:  # it went while we looked
        return True
    return True
