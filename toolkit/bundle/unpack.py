"""Unpacks an archive that nobody trusts yet into a directory that did not exist.

Owns writing the members; which of them are allowed is in `toolkit.bundle.members`. One pass: files and directories are
written as they come, links only after the last of them, so no member can ever be written through a link.
"""

import os
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from toolkit.bundle.errors import BundleError
from toolkit.bundle.forms import TAR, form_of
from toolkit.bundle.members import Layout, check_kind, is_companion, refuse, safe_path
from toolkit.bundle.meter import BLOCK, SAME, Meter, not_a_tar
from toolkit.bundle.streams import DAMAGED

_WHOLE: Final = f"ask the vendor's support for a whole one; {SAME}"
# RecursionError: extended headers are read recursively, and a chain of thousands is an attack.
_NOT_A_TAR: Final = (tarfile.TarError, ValueError, OverflowError, RecursionError)
_SMALL_BYTES: Final = 64 << 20  # below this an archive may compress as well as it likes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much an archive may unpack to; the vendor's, with chart, scripts and perhaps voices, stays far below."""

    total_bytes: int = 32 << 30
    """Of all members and headers together."""
    members: int = 100_000
    """Files, directories and links."""
    ratio: int = 200
    """Unpacked bytes for one packed byte, above 64 MiB; text packs 5 to 20 fold, a bomb 1000 fold."""


DEFAULT_LIMITS: Final = Limits()


def unpack(archive: Path, dest: Path, limits: Limits = DEFAULT_LIMITS) -> None:
    """Unpack a tar into the new directory `dest`, everything in it read-only.

    It may be compressed with gzip, xz or bzip2, or not at all, whatever its name says. What macOS adds to archives is
    checked as every member is, and left out.

    Args:
        archive: The archive, its digest known to be right.
        dest: Directory to make. After an error it holds whatever was written so far; the caller removes it.
        limits: Refuse an archive beyond these.

    Raises:
        BundleError: Naming the first member that is not allowed, the form of a file that is not a tar, or the damage.
        OSError: When `dest` cannot be written.
    """
    cap = min(limits.total_bytes, max(_SMALL_BYTES, limits.ratio * archive.stat().st_size))
    dest.mkdir(mode=0o700)
    with archive.open("rb") as compressed:
        meter = Meter(compressed, cap=cap, name=archive.name)
        try:
            # Names are UTF-8 whatever the locale says, so that every machine sees the same tree.
            with tarfile.open(fileobj=meter, mode="r:", encoding="utf-8") as tar:  # type: ignore[call-overload]
                _Unpacking(tar, dest, cap, limits.members).run()
            fault = meter.fault_at_end()
        except DAMAGED as error:
            cut = "cut short" if isinstance(error, EOFError) else f"damaged: {error}"
            raise BundleError(archive.name, f"must be whole {meter.form}", cut, fix=_WHOLE) from error
        except _NOT_A_TAR as error:
            raise _no_tar(archive.name, meter, str(error)) from error
    if fault:
        raise BundleError(archive.name, "must end as a tar does", fault, fix=_WHOLE)


def _no_tar(name: str, meter: Meter, said: str) -> BundleError:
    """The error for what is compressed well and yet no tar, or not to its end."""
    inner = form_of(meter.first_block)
    if inner == TAR:
        return BundleError(name, "must be a gzipped tar that is whole", said, fix=_WHOLE)
    return not_a_tar(name, f"{meter.form} of {inner or 'something else'}")


class _Unpacking:
    """One archive on its way into one directory."""

    def __init__(self, tar: tarfile.TarFile, dest: Path, cap: int, members: int) -> None:
        self._tar = tar
        self._dest = dest
        self._cap = cap
        self._members = members
        self._layout = Layout()
        self._written = 0

    def run(self) -> None:
        count = 0
        while (member := self._tar.next()) is not None:
            count += 1
            if count > self._members:
                refuse(member.name, f"must be one of at most {self._members} members")
            check_kind(member)
            path = safe_path(member.name)
            if path and is_companion(path):
                continue
            if path:
                self._add(member, path)
            elif not member.isdir():
                refuse(member.name, "must have a name")
        self._layout.check_links()
        for path, target in self._layout.targets.items():
            (self._dest / path).symlink_to(target)
        self._seal()

    def _add(self, member: tarfile.TarInfo, path: str) -> None:
        kind = "dir" if member.isdir() else "link" if member.issym() else "file"
        source = self._source_of(member) if member.islnk() else None
        for directory in self._layout.place(path, kind):
            (self._dest / directory).mkdir(mode=0o700)
        if kind == "link":
            self._layout.targets[path] = self._target_of(member)
        elif source is not None:
            self._count(source.stat().st_size, path)
            shutil.copy(source, self._dest / path)  # a copy, so that the two never share an inode
        elif kind == "file":
            self._count(member.size, path)
            self._write(member, self._dest / path)

    def _source_of(self, member: tarfile.TarInfo) -> Path:
        path = safe_path(member.linkname, owner=member.name)
        if self._layout.kinds.get(path) != "file":
            refuse(member.name, "must be a hard link to an earlier file", member.linkname)
        return self._dest / path

    def _target_of(self, member: tarfile.TarInfo) -> str:
        target = member.linkname
        if "\\" in target or not target.isprintable() or not target:
            refuse(member.name, "must be a link to a readable path", target)
        return target

    def _count(self, size: int, path: str) -> None:
        self._written += size
        if self._written > self._cap:
            refuse(path, f"must leave the archive within {self._cap} unpacked bytes", str(self._written))

    def _write(self, member: tarfile.TarInfo, path: Path) -> None:
        content = self._tar.extractfile(member)
        if content is None:
            refuse(member.name, "must have content")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o555 if member.mode & 0o100 else 0o444), "wb") as out:
            _copy(content, out)

    def _seal(self) -> None:
        """Take the write permission off every directory, innermost first."""
        for path, kind in sorted(self._layout.kinds.items(), reverse=True):
            if kind == "dir":
                (self._dest / path).chmod(0o555)


def _copy(content: IO[bytes], out: IO[bytes]) -> None:
    while block := content.read(BLOCK):
        out.write(block)
