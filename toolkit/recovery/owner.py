"""Whose update holds a stack: read from the lock files of its backend, and judged by whether it still lives.

Form of a lock file, written by Pulumi 3.259: `.pulumi/locks/organization/<project>/<stack>/<uuid>.json` with `pid`,
`username`, `hostname` and `timestamp`; backends older than projects have `.pulumi/locks/<stack>/`. One that a recovery
wrote says `program` too.
"""

import datetime as dt
import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from toolkit.recovery.backend import Bucket, Folder
from toolkit.recovery.host_process import lives

__all__ = ["LOCKS", "RECOVERY", "Life", "Owner", "living_updates", "lock_folders", "owners"]

LOCKS = ".pulumi/locks/"
"""Where a backend keeps its locks."""
RECOVERY = "cartesia-infra recover"
"""`program` of a lock that a recovery holds, whose process may be called by any name."""
_ENGINE = "pulumi"
_SAME_NAME_EVERYWHERE = frozenset({"", "localhost", "localhost.localdomain"})
"""Host names that say nothing about which machine it is."""


class Life(StrEnum):
    """Whether an update that holds a lock goes on."""

    ALIVE = "alive"
    """Its engine, or a recovery, runs on this machine."""
    DEAD = "dead"
    """It ran on this machine, and does no more."""
    UNKNOWN = "unknown"
    """It ran elsewhere, or the lock does not say."""


@dataclass(frozen=True, slots=True)
class Owner:
    """One lock of a stack."""

    key: str
    """Of its file in the backend."""
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


def lock_folders(project: str, stack: str) -> tuple[str, str]:
    """Where the locks of a stack may be, the place of today's backends first.

    Args:
        project: Name of the project.
        stack: Name of the stack, with or without organization and project.
    """
    short = stack.rsplit("/", 1)[-1]
    return f"{LOCKS}organization/{project}/{short}/", f"{LOCKS}{short}/"


def owners(bucket: Bucket, project: str, stack: str, host: str | None = None) -> tuple[Owner, ...]:
    """Who holds a stack; changes nothing.

    Args:
        bucket: Files of the backend.
        project: Name of the project.
        stack: Name of the stack, with or without organization and project.
        host: Name of this machine; None asks it.

    Raises:
        BucketError: The backend does not answer, or not to us.
    """
    keys = (key for folder in lock_folders(project, stack) for key in bucket.keys(folder))
    direct = (key for key in keys if PurePosixPath(key).parent.as_posix() + "/" in lock_folders(project, stack))
    return tuple(_read_all(bucket, direct, socket.gethostname() if host is None else host))


def living_updates(backend: Path) -> dict[str, Owner]:
    """Stacks of a `file://` backend that an engine of this machine updates right now."""
    bucket = Folder(backend)
    found = _read_all(bucket, bucket.keys(LOCKS), socket.gethostname())
    return {PurePosixPath(each.key).parent.name: each for each in found if each.life is Life.ALIVE}


def _read_all(bucket: Bucket, keys: Iterable[str], here: str) -> Iterable[Owner]:
    for key in keys:
        content = bucket.read(key) if key.endswith(".json") else None
        if content is not None:  # else it is gone meanwhile
            yield _read(key, content, here)


def _read(key: str, content: bytes, here: str) -> Owner:
    """One lock. What it does not say stays empty, for a kill may have cut it."""
    try:
        value = json.loads(content)
    except ValueError:
        value = {}
    row = value if isinstance(value, dict) else {}
    pid, since = row.get("pid"), _moment(row.get("timestamp"))
    pid = pid if isinstance(pid, int) else 0
    user, host = str(row.get("username") or ""), str(row.get("hostname") or "")
    program = "" if row.get("program") == RECOVERY else _ENGINE
    return Owner(key, pid, user, host, since, _life(pid, host, since, here, program))


def _moment(text: object) -> dt.datetime | None:
    """A time as Go writes it: with up to nine digits of a second."""
    try:
        found = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _life(pid: int, host: str, since: dt.datetime | None, here: str, program: str) -> Life:
    if not pid or host != here:
        return Life.UNKNOWN
    if lives(pid, program, since):
        return Life.ALIVE
    # Many machines are called so, and the engine may run on one of them.
    return Life.UNKNOWN if host in _SAME_NAME_EVERYWHERE else Life.DEAD
