"""What a fetch would do, found out without doing it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.bundle.lock import Lock
from toolkit.bundle import store as stores
from toolkit.bundle.fetch import check_bucket, newest, open_remote
from toolkit.bundle.progress import silent


@dataclass(frozen=True, slots=True)
class Plan:
    """One planned fetch."""

    bucket: str
    version: str
    """Version that would be in the store."""
    archive_sha256: str
    """Its archive's digest: the lock's, else by the vendor's checksum file."""
    action: str
    """`nothing`, `unpack` (the archive is there, its tree is damaged or missing) or `download`."""
    lock_changes: bool
    """Whether the lock file would say something else."""


def plan_fetch(
    *, bucket: str, key_file: Path | None, store: Path, before: Lock | None, update: bool, client: Any = None
) -> Plan:
    """The plan of `fetch_bundle` with the same arguments. Reads two small objects, or none if the lock decides.

    Raises:
        InvalidInput, BundleError: As `fetch_bundle`.
    """
    check_bucket(bucket, None if update else before)
    if before is not None and not update:
        return Plan(bucket, before.version, before.archive_sha256, _action(store, before.archive_sha256, before), False)
    published = newest(open_remote(bucket, key_file, client=client, progress=silent))
    known = before if before is not None and before.archive_sha256 == published.sha256 else None
    changes = known is None or (known.bucket, known.version) != (bucket, published.version)
    return Plan(bucket, published.version, published.sha256, _action(store, published.sha256, known), changes)


def _action(store: Path, sha256: str, known: Lock | None) -> str:
    if known is not None and stores.is_whole(store, known):
        return "nothing"
    return "unpack" if stores.has_archive(store, sha256) else "download"
