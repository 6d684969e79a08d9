"""Where built programs are kept: one folder a build, named after everything that went into it.

Owns names and paths in the cache; writing into it is the business of `build`. The cache lies outside the checkout, so
a second clone, or a `git clean`, builds nothing again.
"""

import hashlib
import os
import platform
import stat
import sys
from pathlib import Path

from sandbox.toolchain import gomod
from sandbox.toolchain.table import Tool

VARIABLE = "CARTESIA_INFRA_CACHE"
"""Environment variable that moves the cache."""


def root() -> Path:
    """Folder of the cache: `$CARTESIA_INFRA_CACHE`, else `cartesia-infra` in the user's cache folder; absolute."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser().absolute()
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The XDG rules say that a relative value is to be ignored.
    return (base if base.is_absolute() else Path.home() / ".cache") / "cartesia-infra"


def home(tool: Tool) -> Path:
    """Folder of all builds of one program, with their lock and the log of the latest build."""
    return root() / "tools" / tool.name


def digest(tool: Tool, platform_name: str) -> str:
    """Twelve hex digits that change with the pinned modules, the flags, the package or the platform."""
    content = gomod.read(tool.folder).content
    return hashlib.sha256(
        b"\0".join([content, tool.ldflags.encode(), tool.package.encode(), platform_name.encode()])
    ).hexdigest()[:12]


def _prefix(tool: Tool) -> str:
    """Start of the folder name of a build of what is pinned today; the Go version follows."""
    return f"{tool.version}-{digest(tool, f'{sys.platform}-{platform.machine()}')}-go"


def path(tool: Tool, go_version: str) -> Path:
    """Where the program built by this Go (`1.26.8`) belongs, whether it is there or not."""
    return home(tool) / f"{_prefix(tool)}{go_version}" / tool.name


def is_sound(program: Path) -> bool:
    """Tell whether there is a program that can be started: a file, not empty, executable."""
    try:
        found = program.stat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size > 0 and os.access(program, os.X_OK)


def look_up(tool: Tool, go_version: str | None) -> Path | None:
    """Find a sound build of what is pinned today.

    Args:
        tool: The program.
        go_version: Version of the Go at hand. None (there is no Go) takes a build of any, for nothing better can be
            made; the newest one.

    Returns:
        Absolute path, or None.
    """
    if go_version is not None:
        program = path(tool, go_version)
        return program if is_sound(program) else None
    builds = [folder / tool.name for folder in home(tool).glob(f"{_prefix(tool)}*")]
    return max(filter(is_sound, builds), key=lambda program: program.stat().st_mtime, default=None)
