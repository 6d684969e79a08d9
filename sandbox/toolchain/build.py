"""Building one program into the cache, once, whatever else happens on the machine.

Owns the lock, the call of `go build` and the move into place. A program appears under its name complete or not at all:
it is built in a folder of its own beside its place, and moved there by one rename. The lock goes with its process, so
a killed build blocks nobody, and the next one sweeps its folder away.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sandbox.toolchain import cache
from sandbox.toolchain.errors import Reason, ToolError, build_error, cache_error
from sandbox.toolchain.progress import Progress
from sandbox.toolchain.table import Tool

_SCRATCH = ".build-"
_POLL_SECONDS = 0.1
_FULL_DISK_MIB = 64
_PR_SET_PDEATHSIG = 1  # from linux/prctl.h


def build(tool: Tool, go: Path, go_version: str, progress: Progress, *, place: str = "") -> Path:
    """Build a program unless another process has just done so.

    Args:
        tool: The program.
        go: The `go` command.
        go_version: Its version, `1.26.8`.
        progress: Where to tell how it goes.
        place: Where this program stands among several, `program 3 of 13, about 9 min left`.

    Returns:
        Absolute path of the program.

    Raises:
        ToolError: The build failed, or the cache cannot be written.
    """
    home, target = cache.home(tool), cache.path(tool, go_version)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _locked(home, tool, progress):
            if cache.is_sound(target):
                return target
            for stale in home.glob(f"{_SCRATCH}*"):  # we hold the lock, so whoever made them is dead
                shutil.rmtree(stale, ignore_errors=True)
            scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=home))
            try:
                program = _compile(tool, go, scratch, home / "build.log", progress, place)
                target.parent.mkdir(exist_ok=True)
                program.replace(target)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    except OSError as cause:
        raise cache_error(f"build {tool.name}", home, cause) from cause
    finally:
        progress.clear()
    return target


@contextlib.contextmanager
def _locked(home: Path, tool: Tool, progress: Progress) -> Iterator[None]:
    """Hold the program's lock; says so if another process has it."""
    with (home / ".lock").open("a") as lock:
        began, said = time.monotonic(), False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                text = f"Waiting for another process that builds {tool.name} {tool.version}"
                if said:
                    progress.update(f"{text}: {time.monotonic() - began:.0f} s")
                else:
                    progress.start(text)
                said = True
                time.sleep(_POLL_SECONDS)
        if said:
            progress.say(f"Waited {time.monotonic() - began:.0f} s for {tool.name} {tool.version}")
        yield


def _compile(tool: Tool, go: Path, scratch: Path, log: Path, progress: Progress, place: str) -> Path:
    """Run `go build` in `scratch`, its output in `log`; returns the program it made."""
    program = scratch / tool.name
    work = scratch / "work"  # Go's own temporary files, swept with ours if we are killed
    work.mkdir()
    command: list[str | Path] = [
        go,
        "build",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags",
        tool.ldflags,
        "-o",
        program,
        tool.package,
    ]
    text = f"Building {tool.name} {tool.version}" + (f" ({place})" if place else "")
    progress.start(f"{text}, about {tool.build_seconds} s on 2 cores with nothing cached")
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=tool.folder,
            env=_environment(work),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,  # so that Ctrl-C can stop the compilers too, not only `go`
            preexec_fn=_die_with_parent(),  # noqa: PLW1509  # one system call, looked up before the fork
        )
        try:
            while process.poll() is None:
                progress.update(f"{text}: {time.monotonic() - began:.0f} s of about {tool.build_seconds} s")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_SECONDS)
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if process.returncode != 0:
        raise _failure(tool, log)
    if not cache.is_sound(program):
        raise ToolError(
            Reason.BUILD,
            f"Cannot build {tool.name} {tool.version}: `{go} build` made no program; check that Go.",
            log=log,
        )
    progress.say(f"Built {tool.name} {tool.version} in {time.monotonic() - began:.0f} s")
    return program


def _failure(tool: Tool, log: Path) -> ToolError:
    """Make the error of a failed build from what it wrote, and from the disk if that is why it wrote nothing."""
    output = log.read_text(errors="replace")
    if shutil.disk_usage(log.parent).free < _FULL_DISK_MIB * 2**20:
        output += "\nno space left on device"
    return build_error(tool.name, tool.version, output, log)


def _environment(work: Path) -> dict[str, str]:
    """Environment of `go build`: the user's proxies and caches, and none of what would change the program."""
    dropped = {"GOOS", "GOARCH", "GO111MODULE", "GOEXPERIMENT"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {
        "GOTOOLCHAIN": "local",  # else an old Go would try to download a newer one
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly",  # a go.sum that does not cover the build is an error, not an edit
        "GOWORK": "off",
        "GOTMPDIR": str(work),
    }


def _die_with_parent() -> Callable[[], None] | None:
    """Make what has the kernel kill `go` if we are killed, so that no orphan builds on; Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask_kernel
