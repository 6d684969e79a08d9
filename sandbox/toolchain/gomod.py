"""What a go.mod states: the pinned versions and the oldest Go that can build them.

Owns the reading of that file; it is the one statement of every program's version.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox.toolchain.errors import Reason, ToolError

TOOLS = Path(__file__).resolve().parents[2] / "tools"
"""Folder with one Go module per program group."""

_REQUIRE = re.compile(r"^\s*(?:require\s+)?([\w.~/-]+\.[\w.~/-]+)\s+(v\d\S*)(?:\s*//.*)?$", re.M)
_REPLACE = re.compile(r"^\s*(?:replace\s+)?(\S+)(?:\s+v\S+)?\s+=>\s+\S+\s+(v\d\S*)\s*$", re.M)
_GO = re.compile(r"^go\s+(\d+(?:\.\d+)*)\s*$", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoMod:
    """A parsed go.mod."""

    folder: Path
    """Folder of the module."""
    go: tuple[int, ...]
    """Oldest Go that can build it, as (major, minor, patch)."""
    versions: dict[str, str]
    """Module path to the version in use, replacements applied, with the leading `v`."""
    content: bytes
    """go.mod and go.sum, as they are on disk; what a build's identity is made of."""


def parse_version(text: str) -> tuple[int, ...]:
    """Read `v1.36.2`, `1.26` or `go1.26.8` as numbers; anything after the numbers is dropped."""
    found = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


@cache
def read(folder: Path) -> GoMod:
    """Read the Go module in `folder`.

    Raises:
        ToolError: There is no such module, or its go.mod names no Go version.
    """
    try:
        mod, total = (folder / "go.mod").read_bytes(), (folder / "go.sum").read_bytes()
    except OSError as cause:
        raise ToolError(
            Reason.NO_MODULE,
            f"Cannot read {cause.filename}: {cause.strerror}; run from a complete checkout (`git restore tools`).",
        ) from cause
    text = mod.decode()
    go = _GO.search(text)
    if go is None:
        raise ToolError(Reason.NO_MODULE, f"{folder / 'go.mod'} names no Go version; run `git restore tools`.")
    versions = {path: version for path, version in _REQUIRE.findall(text) if "=>" not in version}
    versions |= dict(_REPLACE.findall(text))
    return GoMod(folder=folder, go=parse_version(go.group(1)), versions=versions, content=mod + b"\0" + total)
