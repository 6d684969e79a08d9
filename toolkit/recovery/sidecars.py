"""Mend what a kill breaks in a `file://` backend.

The engine writes a state file by renaming a finished one, but its metadata (`<file>.attrs`) in place. Killed in
between, it leaves a cut sidecar and then refuses to read the whole state (`failed to load checkpoint: EOF`). A sidecar
holds nothing that is needed: without it the state is read as it is.
"""

import json
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["drop_cut_sidecars"]


def drop_cut_sidecars(backend_url: str) -> tuple[Path, ...]:
    """Remove sidecars that are no JSON from a `file://` backend; other backends have none.

    Args:
        backend_url: Value of `PULUMI_BACKEND_URL`.

    Returns:
        The files removed.
    """
    parts = urlsplit(backend_url)
    if parts.scheme != "file":
        return ()
    # `file://~/state` names the home folder, `file://./state` one below the current folder.
    root = Path(parts.netloc + parts.path).expanduser() / ".pulumi"
    cut = [path for path in sorted(root.rglob("*.attrs")) if not _is_json(path)]
    for path in cut:
        path.unlink()
    return tuple(cut)


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True
