"""Which members an archive may have, and where they go.

Owns the rules on names and kinds, as plain functions over what a member says of itself. Leaves reading and writing to
`toolkit.bundle.unpack`. The rules are stricter than Python's own `data` filter: what no honest archive needs is refused
with its name, instead of being repaired in silence.
"""

import tarfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from core.input.problems import show
from toolkit.bundle.errors import BundleError

PATH_BYTES: Final = 1024
PART_BYTES: Final = 255
DEPTH: Final = 32

_DO_NOT_USE: Final = "do not use this archive; ask the vendor's support, since fetching it again brings the same"
_FILE_KINDS: Final = (tarfile.REGTYPE, tarfile.AREGTYPE)
_REFUSED_KINDS: Final[Mapping[bytes, str]] = {
    tarfile.CHRTYPE: "a character device",
    tarfile.BLKTYPE: "a block device",
    tarfile.FIFOTYPE: "a fifo",
    tarfile.CONTTYPE: "a contiguous file",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
    b"V": "a volume label of GNU tar",
    b"M": "a part of a file that began in another volume",
    b"D": "a directory of an incremental backup",
}
_SET_ID_BITS: Final = 0o6000


def refuse(name: str, rule: str, got: str = "") -> NoReturn:
    """Raise for a member; nothing it says of itself reaches a terminal unescaped."""
    raise BundleError(show(printable(name)), rule, printable(got), fix=_DO_NOT_USE)


def printable(text: str) -> str:
    """The text with every character that could drive a terminal, or hide in it, written as its escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def safe_path(name: str, *, owner: str | None = None) -> str:
    """The path a member name stands for, below the archive's root; empty for the root itself.

    Args:
        name: As written in the archive. A leading `./` is what `tar -C directory .` writes, and is dropped.
        owner: Member to blame, when `name` is a link's target.
    """
    blamed = name if owner is None else owner
    if not name or not name.isprintable():
        refuse(blamed, "must be readable text without control characters")
    if name.startswith("/"):
        refuse(blamed, "must not be an absolute path", name)
    if "\\" in name:
        refuse(blamed, "must not contain a backslash", name)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        refuse(blamed, "must not contain ..", name)
    if len(parts) > DEPTH:
        refuse(blamed, f"must be at most {DEPTH} directories deep", str(len(parts)))
    if len(name.encode()) > PATH_BYTES or any(len(part.encode()) > PART_BYTES for part in parts):
        refuse(blamed, f"must be at most {PATH_BYTES} bytes, {PART_BYTES} a part", str(len(name.encode())))
    return "/".join(parts)


def is_companion(path: str) -> bool:
    """Whether macOS added it for its own sake: an AppleDouble file (`._name`), its folder, or Finder's view settings.

    They are left out: Helm would render the companion of a template as one.
    """
    parts = path.split("/")
    return parts[-1] == ".DS_Store" or any(part == "__MACOSX" or part.startswith("._") for part in parts)


def check_kind(member: tarfile.TarInfo) -> None:
    """Refuse whatever is not a plain file, a directory or a link."""
    if member.type in _REFUSED_KINDS or member.issparse():
        refuse(member.name, "must be a file, a directory or a link", _REFUSED_KINDS.get(member.type, "a sparse file"))
    if member.type not in (*_FILE_KINDS, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE):
        refuse(member.name, "must be a file, a directory or a link", f"type {member.type!r}")
    if member.size < 0:
        refuse(member.name, "must have a size", str(member.size))
    # Directories often carry setgid for the group's sake; no bit of theirs is kept. On a file it has no honest use.
    if member.isreg() and member.mode & _SET_ID_BITS:
        refuse(member.name, "must not be setuid or setgid", oct(member.mode))


@dataclass(slots=True)
class Layout:
    """What has been placed so far: refuses a second member at a path, and one below a file or link."""

    kinds: dict[str, str] = field(default_factory=dict)
    """Path to `file`, `dir` or `link`."""
    targets: dict[str, str] = field(default_factory=dict)
    """Path of a link to its target, as written."""
    _folded: dict[str, str] = field(default_factory=dict)

    def place(self, path: str, kind: str) -> list[str]:
        """Record a member; returns the directories that have to be made for it, outermost first."""
        parts = path.split("/")
        parents = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        for parent in parents:
            if self.kinds.get(parent, "dir") != "dir":
                refuse(path, f"must not lie below a {self.kinds[parent]}", parent)
        have = self.kinds.get(path)
        if have is not None and not have == kind == "dir":
            refuse(path, "must occur once", f"{have} and {kind}")
        new = [parent for parent in parents if parent not in self.kinds]
        for made in new:
            self._record(made, "dir")
        if have is None:
            self._record(path, kind)
            if kind == "dir":
                new.append(path)
        return new

    def check_links(self) -> None:
        """Refuse links that leave the archive, dangle, go through other links or hold themselves."""
        for path, target in self.targets.items():
            self._check_link(path, target)

    def _record(self, path: str, kind: str) -> None:
        # File systems of macOS and Windows would make one file of two such names.
        folded = unicodedata.normalize("NFC", path).casefold()
        other = self._folded.setdefault(folded, path)
        if other != path:
            refuse(path, "must differ from every other name by more than case or accents' spelling", other)
        self.kinds[path] = kind

    def _check_link(self, path: str, target: str) -> None:
        if target.startswith("/"):
            refuse(path, "must not be a link to an absolute path", target)
        at = path.split("/")[:-1]
        for part in target.split("/"):
            if part in ("", "."):
                continue
            if part == "..":
                if not at:
                    refuse(path, "must not be a link out of the archive", target)
                at.pop()
                continue
            at.append(part)
            kind = self.kinds.get("/".join(at))
            if kind is None:
                refuse(path, "must be a link to a member of the archive", target)
            if kind == "link":
                refuse(path, "must not be a link through another link", target)
        end = "/".join(at)
        if not end or f"{path}/".startswith(f"{end}/"):
            refuse(path, "must not be a link to a directory that holds it", target)
