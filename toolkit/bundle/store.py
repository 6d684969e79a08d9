"""The store: archives and their unpacked trees, by the archive's digest.

Owns making a stored bundle appear whole or not at all, repairing it from its kept archive, and keeping two processes
apart. The layout is `core.bundle.lock`'s. A directory is renamed into place without flushing every file: after a power
cut the digest check finds what was lost, and the next fetch repairs it.
"""

import contextlib
import fcntl
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from core.bundle.lock import DamagedBundle, Lock, archive_file, is_version, verify_tree
from core.bundle.removal import remove_tree
from core.bundle.tree_digest import file_digest, manifest_digest, render_manifest, scan_tree
from toolkit.bundle.errors import BundleError
from toolkit.bundle.unpack import unpack

CHART_NAME: Final = "cartesia"
CHART_PATH: Final = "cartesia-kube/cartesia"
"""Where the vendor's pages say the chart is (docs.cartesia.ai/self-hosted/managed-kubernetes, 2026-08)."""

_NEW: Final = ".new-"
_OLD: Final = ".old-"
_LARGEST_CHART_YAML: Final = 1 << 20
_ASK: Final = "ask the vendor's support whether the archive's layout changed"


@contextlib.contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store alone; a second process waits. Leftovers of killed ones are cleared away first."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for leftover in [*store.glob(f"{_NEW}*"), *store.glob(f"{_OLD}*")]:
            remove_tree(leftover)
        yield


def has_archive(store: Path, sha256: str) -> bool:
    """Whether the store keeps the archive of this digest, undamaged."""
    file = archive_file(store, sha256)
    return file.is_file() and file_digest(file) == sha256


def keep_archive(store: Path, fetched: Path, sha256: str) -> None:
    """Move a verified archive to its place in the store."""
    fetched.chmod(0o444)
    fetched.replace(archive_file(store, sha256))


def is_whole(store: Path, lock: Lock) -> bool:
    """Whether the archive lies in the store as the lock says."""
    try:
        verify_tree(store, lock)
    except DamagedBundle:
        return False
    return True


def install(store: Path, sha256: str, *, bucket: str, version: str, archive: str) -> Lock:
    """Unpack a kept archive into the store and describe it.

    An unpacked tree that is already there is kept if it is what the archive gives, else replaced.

    Raises:
        BundleError: When the archive must not be unpacked or holds no chart.
    """
    fresh = store / f"{_NEW}{secrets.token_hex(6)}"
    fresh.mkdir(mode=0o700)
    try:
        tree = fresh / "tree"
        unpack(archive_file(store, sha256), tree)
        manifest = render_manifest(scan_tree(tree))
        (fresh / "manifest").write_text(manifest)
        chart_path, chart_version = _find_chart(tree)
        lock = Lock(
            bucket=bucket,
            version=version,
            archive=archive,
            archive_sha256=sha256,
            archive_bytes=archive_file(store, sha256).stat().st_size,
            tree_sha256=manifest_digest(manifest),
            chart_path=chart_path,
            chart_name=CHART_NAME,
            chart_version=chart_version,
        )
        if not is_whole(store, lock):
            _put_in_place(store, fresh, sha256)
    finally:
        remove_tree(fresh)
    return lock


def _put_in_place(store: Path, fresh: Path, sha256: str) -> None:
    (fresh / "manifest").chmod(0o444)
    (fresh / "tree").chmod(0o555)
    fresh.chmod(0o555)
    home = store / sha256
    aside = store / f"{_OLD}{secrets.token_hex(6)}"
    # A damaged bundle is moved aside first: renaming onto a directory that is not empty fails.
    with contextlib.suppress(FileNotFoundError):
        home.rename(aside)
    fresh.rename(home)
    remove_tree(aside)


def _find_chart(tree: Path) -> tuple[str, str]:
    """Path and version of the vendor's chart: where the pages say, else the only chart of that name."""
    named = [path.parent for path in sorted(tree.rglob("Chart.yaml")) if _chart(path).get("name") == CHART_NAME]
    documented = tree / CHART_PATH
    if documented in named:
        named = [documented]
    if len(named) != 1:
        found = ", ".join(path.relative_to(tree).as_posix() for path in named) or "none"
        raise BundleError("archive", f"must hold one Helm chart named {CHART_NAME}", found, fix=_ASK)
    path = named[0].relative_to(tree).as_posix()
    version = _chart(named[0] / "Chart.yaml").get("version")
    if not isinstance(version, str) or not is_version(version):
        raise BundleError(f"{path}/Chart.yaml", "must have a version", repr(version), fix=_ASK)
    return path, version


def _chart(path: Path) -> dict[str, Any]:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST_CHART_YAML:
        return {}
    try:
        loaded = yaml.safe_load(path.read_text(errors="replace"))
    except (yaml.YAMLError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
