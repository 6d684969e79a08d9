"""What to do about the lock of a stack: nothing, take it, ask a person, or refuse.

Pure but for reading the lock files and taking them. A backend whose files cannot be read tells no owner, and then a
person must say that the update is dead.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from toolkit.recovery.backend import Bucket, BucketError, open_bucket
from toolkit.recovery.owner import Life, Owner, owners

__all__ = ["Lock", "LockAction", "duration", "look_at_lock", "take_lock"]

_PULUMI_CLOUD = ("https", "http")


class LockAction(StrEnum):
    """What happens with a lock."""

    NOTHING = "nothing"
    """There is none."""
    TAKE = "take"
    """The update that held it ran here and has ended."""
    ASK = "ask"
    """Whether its update lives cannot be known from here: a person must say that it does not."""
    REFUSE = "refuse"
    """Its update is alive."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock of a stack as far as it can be known."""

    backend: str
    """Kind of the backend: the scheme of its address."""
    owners: tuple[Owner, ...]
    """Empty where nobody holds it, or where the backend does not tell."""
    bucket: Bucket | None = None
    """Files of the backend; None where it has none that are read here, or does not answer."""
    refusal: str = ""
    """Why the backend did not answer; empty if it did, or was not asked."""

    @property
    def known(self) -> bool:
        """Whether the backend tells who holds a lock."""
        return self.bucket is not None

    @property
    def action(self) -> LockAction:
        """What to do about it."""
        lives = {owner.life for owner in self.owners}
        if Life.ALIVE in lives:
            return LockAction.REFUSE
        if Life.UNKNOWN in lives or not self.known:
            return LockAction.ASK
        return LockAction.TAKE if self.owners else LockAction.NOTHING

    def lines(self, now: dt.datetime) -> list[str]:
        """A line for each owner; one for a backend that tells none."""
        if not self.known:
            return [f"  locks: {_hidden_owner(self.backend, self.refusal)}"]
        return [f"  lock of {owner}, {_age(owner, now)}: {_WORDS[owner.life]}" for owner in self.owners]

    def as_data(self) -> dict[str, Any]:
        """As JSON; `owners` is null where the backend does not tell."""
        rows = [owner.as_data() for owner in self.owners] if self.known else None
        return {"backend": self.backend, "action": self.action.value, "owners": rows}


_WORDS = {
    Life.ALIVE: "its engine runs on this machine",
    Life.DEAD: "its process is gone; take it",
    Life.UNKNOWN: "it runs elsewhere, so only you can know whether it is dead",
}


def look_at_lock(backend_url: str, project: str, stack: str) -> Lock:
    """Who holds a stack; changes nothing.

    Args:
        backend_url: Address of the backend; empty if it is not known.
        project: Name of the project.
        stack: Name of the stack.
    """
    scheme = urlsplit(backend_url).scheme or "unknown"
    try:
        bucket = open_bucket(backend_url)
        return Lock(scheme, owners(bucket, project, stack) if bucket else (), bucket)
    except BucketError as error:
        return Lock(scheme, (), refusal=str(error))


def take_lock(lock: Lock, cancel: Callable[[], object]) -> None:
    """Remove what was looked at, and no lock that was taken since.

    Args:
        lock: One whose action is not to refuse.
        cancel: Removes the lock of a backend whose files only the engine reaches.
    """
    if lock.action is LockAction.REFUSE:
        raise ValueError("a living update keeps its lock")
    if lock.bucket is None:
        cancel()
        return
    for owner in lock.owners:
        lock.bucket.remove(owner.key)


def _hidden_owner(backend: str, refusal: str) -> str:
    if refusal:
        return f"they cannot be read from here ({refusal}); `pulumi refresh` names user, host and age"
    if backend in _PULUMI_CLOUD:
        return "Pulumi Cloud has no lock file; the stack's page there says who updates it"
    return f"only the engine reads those of this backend ({backend}); `pulumi refresh` names user, host and age"


def _age(owner: Owner, now: dt.datetime) -> str:
    age = owner.age_seconds(now)
    return "of unknown age" if age is None else f"{duration(age)} old"


def duration(seconds: float) -> str:
    """A time for people: `40 s`, `12 min`, `5 h`, `3 days`."""
    if seconds < 120:
        return f"{max(seconds, 0):.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"
