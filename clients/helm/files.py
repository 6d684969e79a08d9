"""A private folder for one run of helm: kubeconfig, values and repository login, never on a command line.

Folders of runs whose process was killed are swept by the next one.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = "cartesia-helm-"


class Folder:
    """Files that only this user can read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> Path:
        """A new file of mode 0600."""
        path = self.path / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(text)
        return path


@contextmanager
def private_folder() -> Iterator[Folder]:
    """A folder of mode 0700 that is removed at the end, whatever happens short of a SIGKILL."""
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as path:
        yield Folder(Path(path))


def sweep() -> None:
    """Remove what killed processes left behind."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = path.name.removeprefix(_PREFIX).split("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(path, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
