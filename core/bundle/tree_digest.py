"""The digest of a directory tree, and the words for what differs when it does not match.

Owns the manifest: one line a file or link, sorted, so that equal trees give equal text on every machine. Owner, time
and empty directories do not count; content, name, link target and the executable bit do.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BLOCK: Final = 1 << 20
_KINDS: Final = ("file", "exec", "link")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or link of a tree."""

    kind: str
    """`file`, `exec` (a file its owner may run), `link`, or `other` (found on disk only; no manifest allows it)."""
    sha256: str
    """Digest of the content, or of a link's target text."""

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256}"


@dataclass(frozen=True, slots=True)
class Difference:
    """The first path at which a tree is not what its manifest says."""

    path: str
    problem: str
    """`is missing`, `is not part of the archive` or `was changed`."""
    expected: str
    """`<kind> <sha256>`, or empty for an extra file."""
    found: str
    """`<kind> <sha256>`, or empty for a missing file."""


def scan_tree(root: Path, under: str = "") -> dict[str, Entry]:
    """Every file and link below `root/under`, keyed by its path from `root` with forward slashes.

    Args:
        root: Directory the paths are relative to.
        under: Relative directory to restrict the walk to; empty means all.

    Raises:
        OSError: When something cannot be read.
    """
    start = root / under if under else root
    return {path.relative_to(root).as_posix(): _entry(path) for path in _walk(start)}


def render_manifest(entries: dict[str, Entry]) -> str:
    """The manifest of the entries: `<kind> <sha256> <path>` a line, sorted by path."""
    return "".join(f"{entries[path]} {path}\n" for path in sorted(entries))


def parse_manifest(text: str) -> dict[str, Entry]:
    """The entries of a manifest made by `render_manifest`.

    Raises:
        ValueError: When a line is not one of ours.
    """
    entries: dict[str, Entry] = {}
    for line in text.splitlines():
        kind, digest, path = line.split(" ", 2)
        if kind not in _KINDS:
            raise ValueError(f"unknown kind {kind!r} in a manifest")
        entries[path] = Entry(kind, digest)
    return entries


def manifest_digest(manifest: str) -> str:
    """SHA-256 of a manifest: the digest of the tree it describes."""
    return hashlib.sha256(manifest.encode()).hexdigest()


def tree_digest(root: Path) -> str:
    """SHA-256 of the manifest of `root`."""
    return manifest_digest(render_manifest(scan_tree(root)))


def first_difference(expected: dict[str, Entry], found: dict[str, Entry]) -> Difference | None:
    """The first path, in sorted order, at which the two differ."""
    for path in sorted(expected.keys() | found.keys()):
        want, have = expected.get(path), found.get(path)
        if want == have:
            continue
        problem = "is missing" if have is None else "is not part of the archive" if want is None else "was changed"
        return Difference(path, problem, str(want or ""), str(have or ""))
    return None


def file_digest(path: Path) -> str:
    """SHA-256 of one file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _walk(start: Path) -> Iterator[Path]:
    # Path.walk needs Python 3.12; os.scandir also saves one stat a file.
    with os.scandir(start) as found:
        for item in found:
            if item.is_dir(follow_symlinks=False):
                yield from _walk(Path(item.path))
            else:
                yield Path(item.path)


def _entry(path: Path) -> Entry:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        target = os.readlink(path)  # noqa: PTH115 - Path.readlink would tidy `./a` into `a`
        return Entry("link", hashlib.sha256(target.encode()).hexdigest())
    if not stat.S_ISREG(mode):
        return Entry("other", "-")  # opening a fifo would wait for ever
    return Entry("exec" if mode & stat.S_IXUSR else "file", file_digest(path))
