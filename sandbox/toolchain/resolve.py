"""Finding programs: on PATH, then in the cache, then by building them.

Owns the choice between the three; how to ask, keep and build is elsewhere.
"""

import difflib
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from sandbox.toolchain import cache, gomod
from sandbox.toolchain.build import build
from sandbox.toolchain.errors import Reason, ToolError
from sandbox.toolchain.probe import Probes
from sandbox.toolchain.progress import Progress
from sandbox.toolchain.table import ALL, Fit, Tool

_WORLD = "world.json"
"""The record of a sandbox, beside the folder with its programs."""
_GO_VERSION = r"go(\d+\.\d+\S*)"


def find(name: str) -> Path | None:
    """Find a program without building it.

    Args:
        name: Key of `ALL`.

    Returns:
        Absolute path of a program on PATH in a fitting version, else of the built one, else None.

    Raises:
        ToolError: There is no program of that name in the table.
    """
    tool = _row(name)
    probes = Probes(cache.root())
    found = _find(tool, probes, _go_version(probes))
    probes.save()
    return found


def ensure(names: Iterable[str] | None = None, *, progress: bool = True) -> Mapping[str, Path]:
    """Have programs ready to run; builds what is neither on PATH nor in the cache.

    Args:
        names: Keys of `ALL`; None takes all of them.
        progress: Tell on standard error what is being built. Nothing is written when nothing has to be built.

    Returns:
        Program name to absolute path, in the order asked for.

    Raises:
        ToolError: A name is unknown, or a program could not be built.
    """
    tools = [_row(name) for name in ([names] if isinstance(names, str) else ALL if names is None else names)]
    probes = Probes(cache.root())
    go_version = _go_version(probes)
    found = {tool.name: _find(tool, probes, go_version) for tool in tools}
    missing = [ALL[name] for name in ALL if name in found and found[name] is None]
    ready = {name: path for name, path in found.items() if path is not None}
    try:
        if missing:
            go, go_version = _require_go(missing, probes)
            out = Progress(progress)
            if len(missing) > 1:
                minutes = max(1, round(sum(tool.build_seconds for tool in missing) / 60))
                out.say(
                    f"{len(missing)} programs to build once, about {minutes} min on 2 cores; kept in {cache.root()}"
                )
            for index, tool in enumerate(missing):
                ready[tool.name] = build(tool, go, go_version, out, place=_place(missing, index))
    finally:
        probes.save()
    return MappingProxyType({tool.name: ready[tool.name] for tool in tools})


def _place(missing: Sequence[Tool], index: int) -> str:
    """Which of several programs this is and how long they take from here on; nothing is said of one alone."""
    if len(missing) == 1:
        return ""
    minutes = max(1, round(sum(tool.build_seconds for tool in missing[index:]) / 60))
    return f"program {index + 1} of {len(missing)}, about {minutes} min left"


def fits(tool: Tool, version: str, folder: Path) -> bool:
    """Tell whether a program on PATH may be used instead of the pinned one.

    Args:
        tool: The program.
        version: Its version, without the `v`.
        folder: Where it lies.
    """
    if version == tool.version:
        return tool.fit is not Fit.NEVER
    if re.search(r"-(?:alpha|beta|rc|dev|pre)", version):
        return False
    have, want = gomod.parse_version(version), gomod.parse_version(tool.version)
    match tool.fit:
        case Fit.MINOR:
            return have[:2] == want[:2]
        case Fit.RELEASED:
            # Ours has a language host of the sandbox's own that speaks the pinned version's protocol only.
            return have[:1] == want[:1] and have > want and os.access(folder / tool.host, os.X_OK)
        case Fit.NEVER:
            return False


def _row(name: str) -> Tool:
    """The row of a name."""
    if name in ALL:
        return ALL[name]
    near = difflib.get_close_matches(name, ALL, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(ALL)}."
    raise ToolError(Reason.UNKNOWN_TOOL, f"There is no program {name!r} here; {hint}")


def _find(tool: Tool, probes: Probes, go_version: str | None) -> Path | None:
    """PATH first, then the cache."""
    if tool.fit is not Fit.NEVER:
        for program in _on_path(tool.name):
            version = probes.version(program, tool.version_args, tool.version_pattern)
            if version is not None and fits(tool, version, program.parent):
                return program
    return cache.look_up(tool, go_version)


def _on_path(name: str) -> Iterator[Path]:
    """Every program of that name on PATH, in order.

    Relative folders are passed over, for they change with the current one; the cache is too, for an older build in it
    may have the right version and other flags; and what a sandbox has put there, in whose shell we may be called, for
    it goes with that sandbox, and its `pulumi` is a script around the engine.
    """
    root = cache.root()
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        folder = Path(entry)
        if not folder.is_absolute() or folder.is_relative_to(root) or _in_world(folder):
            continue
        if cache.is_sound(folder / name):
            yield folder / name


def _in_world(folder: Path) -> bool:
    """Whether a sandbox made this folder; one that may not be entered, as those of root's home, is none."""
    # Path.is_file raises an error there up to Python 3.13.
    return os.path.isfile(folder.parent / _WORLD)  # noqa: PTH113


def _go_version(probes: Probes, *, fresh: bool = False) -> str | None:
    """Version of the Go on PATH, `1.26.8`; None where there is none."""
    go = shutil.which("go")
    return probes.version(Path(go).absolute(), ("env", "GOVERSION"), _GO_VERSION, fresh=fresh) if go else None


def _require_go(tools: list[Tool], probes: Probes) -> tuple[Path, str]:
    """Have a Go that can build all these programs, so that the last of them does not fail after minutes.

    Raises:
        ToolError: There is no Go, or it is too old.
    """
    needed = max(gomod.read(tool.folder).go for tool in tools)
    wanted, names = ".".join(map(str, needed)), ", ".join(tool.name for tool in tools)
    go = shutil.which("go")
    # Asked afresh: what a version manager puts on PATH stays the same file when the version behind it changes.
    version = _go_version(probes, fresh=True)
    if go is None or version is None:
        raise ToolError(
            Reason.NO_GO,
            f"Building {names} needs Go {wanted} or newer and there is no working `go` on PATH; install Go, "
            "or put the programs themselves on PATH.",
        )
    if gomod.parse_version(version) < needed:
        raise ToolError(
            Reason.OLD_GO,
            f"Building {names} needs Go {wanted} or newer and {go} is {version}; install a newer Go, "
            "or put the programs themselves on PATH.",
        )
    return Path(go).absolute(), version
