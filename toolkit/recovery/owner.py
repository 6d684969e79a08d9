"""Whose update holds a stack: read from the lock files of a `file://` backend, and judged by whether it still lives.

An object store (`s3://`, `gs://`, `azblob://`) has the same files, which only the engine reads; Pulumi Cloud has none
and knows itself who updates. For those the owner is not known, and a person must say that the update is dead.

Form of a lock file, written by Pulumi 3.259: `.pulumi/locks/organization/<project>/<stack>/<uuid>.json` with `pid`,
`username`, `hostname` and `timestamp`; backends older than projects have `.pulumi/locks/<stack>/`.
"""

import datetime as dt
import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from toolkit.recovery.host_process import lives

__all__ = ["Life", "Owner", "file_backend", "living_updates", "owners"]

_ENGINE = "pulumi"
_SAME_NAME_EVERYWHERE = frozenset({"", "localhost", "localhost.localdomain"})
"""Host names that say nothing about which machine it is."""


class Life(StrEnum):
    """Whether an update that holds a lock goes on."""

    ALIVE = "alive"
    """Its engine runs on this machine."""
    DEAD = "dead"
    """It ran on this machine, and does no more."""
    UNKNOWN = "unknown"
    """It ran elsewhere, or the lock does not say."""


@dataclass(frozen=True, slots=True)
class Owner:
    """One lock of a stack."""

    file: Path
    pid: int
    """0 where the lock does not say."""
    user: str
    host: str
    since: dt.datetime | None
    """With a time zone."""
    life: Life

    def __str__(self) -> str:
        return f"{self.user or 'somebody'}@{self.host or 'somewhere'} (pid {self.pid})"

    def age_seconds(self, now: dt.datetime) -> float | None:
        """Seconds since it took the lock; None if the lock does not say."""
        return None if self.since is None else (now - self.since).total_seconds()

    def as_data(self) -> dict[str, Any]:
        """As JSON."""
        since = self.since.isoformat() if self.since else None
        return {"user": self.user, "host": self.host, "pid": self.pid, "since": since, "life": self.life.value}


def file_backend(backend_url: str) -> Path | None:
    """Folder of a `file://` backend; None for every other one."""
    parts = urlsplit(backend_url)
    if parts.scheme != "file":
        return None
    # `file://~/state` names the home folder, `file://./state` one below the current folder.
    return Path(parts.netloc + parts.path).expanduser()


def owners(backend: Path, project: str, stack: str, host: str | None = None) -> tuple[Owner, ...]:
    """Who holds a stack of a `file://` backend; changes nothing.

    Args:
        backend: Folder of the backend.
        project: Name of the project.
        stack: Name of the stack, with or without organization and project.
        host: Name of this machine; None asks it.
    """
    locks, short = backend / ".pulumi" / "locks", stack.rsplit("/", 1)[-1]
    folders = (locks / "organization" / project / short, locks / short)
    return tuple(_read_all(folders, host))


def living_updates(backend: Path) -> dict[str, Owner]:
    """Stacks of a `file://` backend that an engine of this machine updates right now."""
    files = sorted((backend / ".pulumi" / "locks").rglob("*.json"))
    found = {file.parent.name: _read(file, socket.gethostname()) for file in files}
    return {stack: owner for stack, owner in found.items() if owner is not None and owner.life is Life.ALIVE}


def _read_all(folders: Iterable[Path], host: str | None) -> Iterable[Owner]:
    here = socket.gethostname() if host is None else host
    for folder in folders:
        for file in sorted(folder.glob("*.json")):
            owner = _read(file, here)
            if owner is not None:
                yield owner


def _read(file: Path, here: str) -> Owner | None:
    """One lock; None if it is gone meanwhile. What it does not say stays empty, for a kill may have cut it."""
    try:
        value = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        value = {}
    row = value if isinstance(value, dict) else {}
    pid, since = row.get("pid"), _moment(row.get("timestamp"))
    pid = pid if isinstance(pid, int) else 0
    user, host = str(row.get("username") or ""), str(row.get("hostname") or "")
    return Owner(file, pid, user, host, since, _life(pid, host, since, here))


def _moment(text: object) -> dt.datetime | None:
    """A time as Go writes it: with up to nine digits of a second."""
    try:
        found = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _life(pid: int, host: str, since: dt.datetime | None, here: str) -> Life:
    if not pid or host != here:
        return Life.UNKNOWN
    if lives(pid, _ENGINE, since):
        return Life.ALIVE
    # Many machines are called so, and the engine may run on one of them.
    return Life.UNKNOWN if host in _SAME_NAME_EVERYWHERE else Life.DEAD
