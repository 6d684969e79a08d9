"""What a chart on disk contains, as one digest, so that a changed chart under the same path is an update."""

import hashlib
from pathlib import Path
from typing import Final

_LEFT_OUT: Final = frozenset({".git", "__pycache__"})


def local_chart(chart: str) -> Path | None:
    """The path of a chart that lies on this machine; None for one of a repository."""
    path = Path(chart).expanduser()
    return path if path.exists() else None


def checksum(path: Path) -> str:
    """SHA-256 over the names and contents of a chart directory, or of an archive."""
    digest = hashlib.sha256()
    if path.is_file():
        digest.update(path.read_bytes())
        return digest.hexdigest()
    for file in sorted(path.rglob("*")):
        relative = file.relative_to(path)
        if file.is_file() and not _LEFT_OUT & set(relative.parts):
            content = file.read_bytes()
            digest.update(f"{relative.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
