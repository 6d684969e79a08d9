"""A sandbox of a benchmark's own, driven by the command line a user would type."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.record import BenchmarkError
from sandbox.host.layout import CHECKOUT, WORLD_VARIABLE, Layout

_INFRA = str(Path(sys.executable).with_name("cartesia-infra"))
_TIMEOUT_SECONDS = 300
_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class Done:
    """A command that went well."""

    seconds: float
    """From before it was started until it had ended."""
    out: str


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Done:
    """Run a command and time it.

    Raises:
        BenchmarkError: It failed, or took longer than any figure would be worth.
    """
    begin = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=cwd, env=dict(env), capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BenchmarkError(f"`{' '.join(command)}` took more than {_TIMEOUT_SECONDS} s") from error
    seconds = time.perf_counter() - begin
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-_SHOWN:]
        raise BenchmarkError(f"`{' '.join(command)}` ended with {done.returncode}: {said}")
    return Done(seconds, done.stdout)


@dataclass(frozen=True, slots=True)
class World:
    """A world that may be up or down."""

    layout: Layout

    def infra(self, *words: str) -> Done:
        """Run `cartesia-infra` for this world."""
        return run([_INFRA, *words], cwd=CHECKOUT, env=os.environ | {WORLD_VARIABLE: str(self.layout.root)})

    def inside(self, *words: str) -> Done:
        """Run a command inside it, from the checkout."""
        return self.infra("sandbox", "run", "--", *words)

    def down(self) -> float:
        """Take it down; the seconds it took.

        Raises:
            BenchmarkError: A file is left.
        """
        seconds = self.infra("sandbox", "down", "--yes").seconds
        if self.layout.root.exists():
            raise BenchmarkError(f"`sandbox down` left {self.layout.root}")
        return seconds


@contextlib.contextmanager
def world() -> Iterator[World]:
    """A world in a temporary folder, not up yet; taken down in the end, whatever happened."""
    with tempfile.TemporaryDirectory(prefix="cartesia-benchmark-") as folder:
        made = World(Layout(Path(folder) / "world"))
        try:
            yield made
        finally:
            made.down()
