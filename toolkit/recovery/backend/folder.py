"""The files of a `file://` backend."""

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from toolkit.recovery.backend.bucket import worded

__all__ = ["Folder", "file_backend"]


def file_backend(backend_url: str) -> Path | None:
    """Folder of a `file://` backend; None for every other one."""
    parts = urlsplit(backend_url)
    if parts.scheme != "file":
        return None
    # `file://~/state` names the home folder, `file://./state` one below the current folder.
    return Path(parts.netloc + parts.path).expanduser()


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as `Bucket`."""

    path: Path

    def keys(self, prefix: str) -> list[str]:
        """Keys that begin so, sorted."""
        start = self.path / prefix.rpartition("/")[0]
        found = (file.relative_to(self.path).as_posix() for file in start.rglob("*") if file.is_file())
        return sorted(key for key in found if key.startswith(prefix))

    def read(self, key: str) -> bytes | None:
        """What a file holds; None if there is none."""
        with worded((OSError,), key), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return (self.path / key).read_bytes()
        return None

    def write(self, key: str, content: bytes) -> None:
        """Put a file in place of the one of that key, whole or not at all."""
        file = self.path / key
        with worded((OSError,), key):
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, scratch = tempfile.mkstemp(dir=file.parent, prefix=".recover-", suffix=".tmp")
            try:
                with os.fdopen(handle, "wb") as written:
                    written.write(content)
                    written.flush()
                    os.fsync(written.fileno())
                Path(scratch).replace(file)
            except BaseException:
                Path(scratch).unlink(missing_ok=True)
                raise

    def remove(self, key: str) -> None:
        """Take a file away; nothing happens where it is gone already."""
        with worded((OSError,), key):
            (self.path / key).unlink(missing_ok=True)
