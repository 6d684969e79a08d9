"""`cartesia.lock`: which vendor archive this checkout deploys, by digest.

Owns the lock's form, the layout of the store and the check that a stored archive still is what the lock says.
Leaves alone fetching and unpacking (`toolkit.bundle`). Layout, keyed by the archive's SHA-256:

    <store>/<archive_sha256>.tar.gz          the archive as fetched, for repair without network
    <store>/<archive_sha256>/manifest        one line a file; its own SHA-256 is `tree_sha256` of the lock
    <store>/<archive_sha256>/tree/...        the unpacked archive, read-only
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, NoReturn

import yaml

from core.bundle.tree_digest import Entry, first_difference, manifest_digest, parse_manifest, scan_tree
from core.input.problems import InvalidInput, Problem, Problems, unknown_keys

DEFAULT_STORE: Final = Path(".cartesia/bundles")
"""Where archives lie, from the root of the checkout, unless a command or setting says otherwise."""
DEFAULT_LOCK: Final = Path("cartesia.lock")
"""The lock file, from the root of the checkout, unless a command or setting says otherwise."""

_HEADER: Final = """\
# Written by `cartesia-infra release fetch`; commit it. It pins the vendor archive that stacks deploy, by digest.
# Move to the vendor's newest archive with `cartesia-infra release fetch --update`.
"""
_FETCH: Final = "run `cartesia-infra release fetch`"
_SHA256: Final = re.compile(r"\A[0-9a-f]{64}\Z")
_BUCKET: Final = re.compile(r"\A[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]\Z")
_VERSION: Final = re.compile(r"\A[0-9A-Za-z][0-9A-Za-z._+-]{0,63}\Z")
_FILE: Final = re.compile(r"\A[0-9A-Za-z][0-9A-Za-z._+-]{0,127}\Z")
_CHART: Final = re.compile(r"\A[a-z0-9][a-z0-9-]{0,62}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One pinned vendor archive. Field order is the order in the file."""

    bucket: str
    """Bucket the archive came from, without `gs://`."""
    version: str
    """The vendor's version string."""
    archive: str
    """File name of the archive in the bucket."""
    archive_sha256: str
    """Digest the vendor published for the archive, and that it has. Also its directory in the store."""
    archive_bytes: int
    """Size of the archive, bytes."""
    tree_sha256: str
    """Digest of the unpacked tree (`core.bundle.tree_digest.tree_digest`)."""
    chart_path: str
    """Directory of the Helm chart inside the tree, with forward slashes."""
    chart_name: str
    """Name in `Chart.yaml`."""
    chart_version: str
    """Version in `Chart.yaml`."""


class DamagedBundle(InvalidInput):
    """A stored archive that is missing or no longer what the lock says."""


def bundle_dir(store: Path, lock: Lock) -> Path:
    """Directory of the locked archive in the store."""
    return store / lock.archive_sha256


def archive_file(store: Path, sha256: str) -> Path:
    """The kept archive of a digest in the store."""
    return store / f"{sha256}.tar.gz"


def is_bucket_name(name: str) -> bool:
    """Whether Cloud Storage could have a bucket of this name. A `gs://` prefix or a path is not part of one."""
    return _BUCKET.match(name) is not None


def is_version(text: str) -> bool:
    """Whether `text` can be a vendor version: one plain path segment."""
    return _VERSION.match(text) is not None and ".." not in text


def verify_tree(store: Path, lock: Lock, *, under: str = "") -> Path:
    """The directory of the unpacked tree, after comparing it with the lock.

    Args:
        store: The bundle store.
        lock: The lock to check it against.
        under: Restrict the check to this directory of the tree; empty checks all of it.

    Raises:
        DamagedBundle: Naming the first damaged, missing or extra file with both digests.
    """
    home = bundle_dir(store, lock)
    tree = home / "tree"
    start = tree / under
    if not start.is_dir() or start.is_symlink():
        _damaged(str(start), f"must hold the archive {lock.version}", "nothing", _FETCH)
    expected = _expected(home, lock)
    if under:
        expected = {path: entry for path, entry in expected.items() if path.startswith(f"{under}/")}
    difference = first_difference(expected, scan_tree(tree, under))
    if difference is not None:
        rule = f"{difference.problem}; expected {difference.expected or 'no such file'}"
        _damaged(str(tree / difference.path), rule, difference.found or "no such file", f"{_FETCH} to repair it")
    return tree


def verified_chart(store: Path, lock: Lock) -> Path:
    """The directory of the locked chart, after comparing the chart's files (not the whole archive) with the lock.

    Raises:
        DamagedBundle: As `verify_tree`.
    """
    return verify_tree(store, lock, under=lock.chart_path) / lock.chart_path


def _expected(home: Path, lock: Lock) -> dict[str, Entry]:
    """The stored manifest, which the lock vouches for."""
    file = home / "manifest"
    try:
        text = file.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        _damaged(str(file), f"is missing; expected {lock.tree_sha256}", "no such file", f"{_FETCH} to repair it")
    found = manifest_digest(text)
    if found != lock.tree_sha256:
        _damaged(str(file), f"was changed; expected {lock.tree_sha256}", found, f"{_FETCH} to repair it")
    return parse_manifest(text)


def _damaged(path: str, rule: str, got: str, fix: str) -> NoReturn:
    raise DamagedBundle("vendor archive", [Problem(path, rule, got, fix)])


def render_lock(lock: Lock) -> str:
    """The lock as YAML: the same lock is the same text, with no time in it."""
    # JSON strings are YAML strings, and quoting keeps a version such as 1.10 from becoming a number.
    return _HEADER + "".join(f"{field.name}: {json.dumps(getattr(lock, field.name))}\n" for field in fields(Lock))


def parse_lock(text: str, *, path: str = str(DEFAULT_LOCK)) -> Lock:
    """The lock in `text`.

    Args:
        text: Content of a lock file.
        path: How messages name the file.

    Raises:
        InvalidInput: With every problem found.
    """
    problems = Problems()
    given = _mapping(text, path, problems)
    if given is not None:
        problems.extend(unknown_keys(given, _CHECKS, path))
        for key, (check, rule) in _CHECKS.items():
            if key not in given:
                problems.add(f"{path}.{key}", "is missing", fix=_FETCH)
            elif not check(given[key]):
                problems.add(f"{path}.{key}", rule, got=given[key], fix="restore the file from version control")
    if problems or given is None:
        raise InvalidInput("lock file", problems)
    return Lock(**given)


def _mapping(text: str, path: str, problems: Problems) -> dict[str, Any] | None:
    try:
        given = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        problems.add(path, f"must be YAML; it stops being YAML{where}", fix="restore the file from version control")
        return None
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
        problems.add(path, "must be a mapping", got=type(given).__name__, fix=_FETCH)
        return None
    return given


def _text(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.match(value) is not None


def _is_relative(value: object) -> bool:
    return (
        isinstance(value, str) and all(part not in ("", ".", "..") for part in value.split("/")) and "\\" not in value
    )


_CHECKS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "bucket": (_text(_BUCKET), "must be a bucket name without gs://"),
    "version": (lambda v: isinstance(v, str) and is_version(v), "must be the vendor's version, in quotes"),
    "archive": (_text(_FILE), "must be a file name"),
    "archive_sha256": (_text(_SHA256), "must be 64 lower-case hex digits, in quotes"),
    "archive_bytes": (lambda v: type(v) is int and v > 0, "must be a positive whole number"),
    "tree_sha256": (_text(_SHA256), "must be 64 lower-case hex digits, in quotes"),
    "chart_path": (_is_relative, "must be a relative directory without .."),
    "chart_name": (_text(_CHART), "must be a chart name"),
    "chart_version": (_text(_VERSION), "must be a chart version, in quotes"),
}
