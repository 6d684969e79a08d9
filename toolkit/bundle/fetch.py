"""Fetches, verifies and stores the vendor's archive, and writes the lock.

Owns the order of steps and the choice between the lock and the vendor's newest. The vendor's bucket
(docs.cartesia.ai/self-hosted/provisioned-resources, 2026-08):

    cartesia-kube/latest/cartesia-kube-latest.tar.gz     the newest archive
    cartesia-kube/latest/VERSION                         its version
    cartesia-kube/releases/<version>/SHA256SUMS          its checksum
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.bundle.checksums import choose_entry, decode_checksums, parse_checksums
from core.bundle.lock import Lock, archive_file, is_bucket_name, is_version
from core.bundle.tree_digest import file_digest
from core.input.problems import InvalidInput, Problem
from toolkit.bundle import store as stores
from toolkit.bundle.credentials import EMULATOR, read_key, storage_client
from toolkit.bundle.download import download
from toolkit.bundle.errors import BundleError, MissingError, MovedError, RemoteError
from toolkit.bundle.forms import HEAD_BYTES, SUBSTITUTES, form_of
from toolkit.bundle.lockfile import read_lock, write_lock
from toolkit.bundle.progress import Progress, Step, silent
from toolkit.bundle.remote import RETRY_SECONDS, Remote

DEFAULT_BUCKET: Final = "cartesia-onprem"
ARCHIVE: Final = "cartesia-kube-latest.tar.gz"

_ROOT: Final = "cartesia-kube"
_TRIES: Final = 3  # of a fetch during which the vendor publishes
_SMALL: Final = 1 << 20
_DISTRUST: Final = "do not use it; try again later, and if that stays so, ask the vendor's support"
_SUBSTITUTED: Final = "something on the way answered in the bucket's place: check proxy and sign-in, then run it again"
_UPDATE: Final = "move to the newest with `cartesia-infra release fetch --update`"


@dataclass(frozen=True, slots=True)
class Newest:
    """What the vendor publishes as the newest archive at this moment."""

    version: str
    sha256: str
    """Digest by SHA256SUMS."""


def fetch_bundle(
    *,
    bucket: str,
    key_file: Path | None,
    store: Path,
    lock_file: Path,
    client: Any = None,
    progress: Progress | None = None,
    expected: Lock | None = None,
    update: bool = False,
) -> Lock:
    """Have the locked archive (or, without a lock, the vendor's newest) verified in the store, and the lock written.

    A bundle that is in the store undamaged needs neither key nor network; one whose tree is damaged is unpacked again
    from its kept archive.

    Args:
        bucket: The vendor's bucket, without `gs://`.
        key_file: The service-account JSON key; read only when something has to be fetched, so None is fine until then.
        store: Where bundles are kept (`core.bundle.lock` has the layout).
        lock_file: The lock to obey and to write.
        client: A `google.cloud.storage.Client` to use instead of one made from the key.
        progress: Told what is going on.
        expected: A lock to obey instead of the one in `lock_file`.
        update: Take the vendor's newest, whatever the lock says.

    Returns:
        The lock as it is now in `lock_file`.

    Raises:
        InvalidInput: For a bucket name, key or lock that cannot be right; nothing has been changed.
        BundleError: When something cannot be fetched, is not what its digest says or must not be unpacked.
        OSError: When store or lock cannot be written.
    """
    tell = progress or silent
    wanted = None if update else expected or read_lock(lock_file)
    check_bucket(bucket, wanted)
    with stores.locked(store):
        if wanted is not None and _restore(store, wanted, tell):
            lock = wanted
        else:
            remote = open_remote(bucket, key_file, client=client, progress=tell)
            lock = _fetch(remote, store, wanted, tell)
        write_lock(lock_file, lock)
    return lock


def newest(remote: Remote) -> Newest:
    """The vendor's newest version and its digest, without downloading it.

    Raises:
        BundleError: When the bucket cannot be read or says nothing usable.
    """
    version = _version(remote)
    name = f"{_ROOT}/releases/{version}/SHA256SUMS"
    url = remote.url(name)
    try:
        text = decode_checksums(remote.small(name, limit_bytes=_SMALL), path=url)
        entries = parse_checksums(text, path=url)
        return Newest(version, choose_entry(entries, file_name=ARCHIVE, version=version, path=url).sha256)
    except InvalidInput as error:  # wrong input of the vendor's, not of the user's
        problem = error.problems[0]
        raise BundleError(problem.path, problem.rule, problem.got, fix=problem.fix) from None


def open_remote(
    bucket: str,
    key_file: Path | None,
    *,
    client: Any = None,
    progress: Progress = silent,
    retry_seconds: float = RETRY_SECONDS,
) -> Remote:
    """The vendor's bucket, read with the key.

    Raises:
        InvalidInput: When the key cannot be used.
    """
    if key_file is None:
        fix = "pass the vendor's service-account JSON key (--key-file, or GOOGLE_APPLICATION_CREDENTIALS)"
        raise InvalidInput("release fetch", [Problem("key_file", f"is needed to read gs://{bucket}", "", fix)])
    account = read_key(key_file)
    if client is None:
        if emulator := os.environ.get(EMULATOR):
            progress(Step(f"{EMULATOR} is set: reading from {emulator}; the key is checked and not sent"))
        client = storage_client(account, path=str(key_file))
    return Remote(client, bucket, reader=account.client_email, retry_seconds=retry_seconds)


def check_bucket(bucket: str, wanted: Lock | None) -> None:
    """Refuse what is not a bucket name, or not the bucket of the lock to obey.

    Raises:
        InvalidInput: With the rule broken.
    """
    if not is_bucket_name(bucket):
        rule, fix = "must be a bucket name without gs://", f"pass the name alone, e.g. {DEFAULT_BUCKET}"
    elif wanted is not None and wanted.bucket != bucket:
        rule, fix = f"must be the lock's ({wanted.bucket})", f"pass the lock's bucket, or {_UPDATE}"
    else:
        return
    raise InvalidInput("release fetch", [Problem("bucket", rule, repr(bucket), fix)])


def _restore(store: Path, wanted: Lock, tell: Progress) -> bool:
    """Whether the wanted archive is in the store, if need be after unpacking its kept archive again."""
    if stores.is_whole(store, wanted):
        return True
    if not stores.has_archive(store, wanted.archive_sha256):
        return False
    tell(Step("unpacking the kept archive again"))
    _install(store, wanted.archive_sha256, wanted.bucket, wanted.version, wanted)
    return True


def _fetch(remote: Remote, store: Path, wanted: Lock | None, tell: Progress) -> Lock:
    for _ in range(_TRIES):
        try:
            version, sha256 = _fetch_archive(remote, store, wanted, tell)
        except MovedError:
            tell(Step("the vendor published while it was fetched; starting over"))
            continue
        tell(Step("unpacking"))
        return _install(store, sha256, remote.bucket, version, wanted)
    fix = "try again in some minutes"
    raise RemoteError(remote.url(f"{_ROOT}/latest/"), f"must stay the same for one of {_TRIES} tries", fix=fix)


def _fetch_archive(remote: Remote, store: Path, wanted: Lock | None, tell: Progress) -> tuple[str, str]:
    """Version and digest of an archive that is now in the store and has that digest."""
    tell(Step(f"reading {remote.url(_ROOT)}"))
    version = _version(remote)
    if wanted is not None and version != wanted.version:
        _download(remote, _older_archive(remote, wanted, version), store, wanted.archive_sha256, tell)
        return wanted.version, wanted.archive_sha256
    published = newest(remote)
    if published.version != version:
        _moved(remote)
    archive = f"{_ROOT}/latest/{ARCHIVE}"
    if wanted is not None and published.sha256 != wanted.archive_sha256:
        rule = f"must have the lock's digest {wanted.archive_sha256} for version {version}"
        fix = f"ask the vendor why a published archive changed; {_UPDATE}"
        raise BundleError(remote.url(archive), rule, published.sha256, fix=fix)
    _download(remote, archive, store, published.sha256, tell, version)
    return version, published.sha256


def _download(remote: Remote, name: str, store: Path, sha256: str, tell: Progress, version: str | None = None) -> None:
    """Bring the archive into the store; with `version`, after making sure that the newest still is that one."""
    if stores.has_archive(store, sha256):
        return
    fetched = download(remote, remote.stat(name), store / ".parts", tell)
    if version is not None and _version(remote) != version:
        _moved(remote)
    tell(Step("verifying"))
    found = file_digest(fetched)
    if found != sha256:
        form = _form(fetched)
        fetched.unlink()  # or every later try would go on from it
        fix = _SUBSTITUTED if form in SUBSTITUTES else _DISTRUST
        got = found if form in ("", "gzip") else f"{found}, {form}"
        raise BundleError(remote.url(name), f"must have the digest {sha256}", got, fix=fix)
    stores.keep_archive(store, fetched, sha256)


def _form(file: Path) -> str:
    with file.open("rb") as stream:
        return form_of(stream.read(HEAD_BYTES))


def _older_archive(remote: Remote, wanted: Lock, version: str) -> str:
    """The object of a locked version that is the newest no more.

    The pages name only the checksum file there; an archive beside it, by the name it is listed under, is a likely guess
    that costs nothing, for the lock's digest decides.
    """
    directory = f"{_ROOT}/releases/{wanted.version}"
    for name in (f"cartesia-kube-{wanted.version}.tar.gz", wanted.archive):
        try:
            remote.stat(f"{directory}/{name}")
        except MissingError:
            continue
        return f"{directory}/{name}"
    fix = f"restore {archive_file(Path(), wanted.archive_sha256)} to the bundle store from a backup, or {_UPDATE}"
    rule = f"must hold the locked version {wanted.version}, which is the newest no more"
    raise MissingError(remote.url(f"{directory}/"), rule, f"no archive; newest is {version}", fix=fix)


def _install(store: Path, sha256: str, bucket: str, version: str, wanted: Lock | None) -> Lock:
    lock = stores.install(store, sha256, bucket=bucket, version=version, archive=ARCHIVE)
    if wanted is not None and lock != wanted:
        # Same archive, other facts: somebody edited the lock.
        field = next(name for name in Lock.__slots__ if getattr(lock, name) != getattr(wanted, name))
        rule = f"must be {getattr(lock, field)} for archive {sha256}"
        fix = f"restore the lock from version control, or {_UPDATE}"
        raise BundleError(f"lock.{field}", rule, str(getattr(wanted, field)), fix=fix)
    return lock


def _version(remote: Remote) -> str:
    name = f"{_ROOT}/latest/VERSION"
    version = remote.text(name, limit_bytes=_SMALL).strip()
    if not is_version(version):
        shown = version if len(version) <= 80 else f"{len(version)} characters"
        raise BundleError(remote.url(name), "must hold one version", repr(shown), fix="ask the vendor's support")
    return version


def _moved(remote: Remote) -> None:
    raise MovedError(remote.url(f"{_ROOT}/latest/VERSION"), "must stay the same", "replaced", fix="try again")
