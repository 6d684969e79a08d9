"""Builds as other processes and killed ones meet them, with a `go` that only pretends to compile."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from sandbox.toolchain import ALL

REPOSITORY = Path(__file__).parents[2]

# Counts its builds, waits while the file `hold` is there, and "compiles" a program that prints its arguments.
FAKE_GO = """#!{python} -S
import os, pathlib, sys, time
here = pathlib.Path(__file__).parent
if sys.argv[1] == "env":
    print("go" + (here / "go-version").read_text())
    sys.exit()
assert sys.argv[1] == "build", sys.argv
out = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
with (here / "builds").open("a") as builds:
    builds.write(f"{{os.getpid()}} {{out.name}} {{os.environ['GOTOOLCHAIN']}} {{os.environ['GOFLAGS']}}\\n")
out.write_text("#!/bin/sh\\n")
while (here / "hold").exists():
    time.sleep(0.01)
failure = here / "failure"
if failure.exists():
    sys.exit(failure.read_text())
out.write_text("#!/bin/sh\\necho built\\n")
out.chmod(0o755)
"""


def _heed_interrupts() -> None:
    """A job in the background of a script ignores SIGINT, and its children would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True, slots=True)
class World:
    """A cache and a PATH of its own."""

    bin: Path
    cache: Path

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start the command."""
        return subprocess.Popen(
            [sys.executable, "-m", "sandbox.toolchain", *args],
            cwd=REPOSITORY,
            env={"PATH": str(self.bin), "CARTESIA_INFRA_CACHE": str(self.cache), "HOME": str(self.cache)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_interrupts,  # noqa: PLW1509  # one system call, in a process without threads
        )

    def run(self, *args: str) -> tuple[int, str, str]:
        """Run the command: exit code, standard output, standard error."""
        process = self.start(*args)
        out, err = process.communicate(timeout=30)
        return process.returncode, out, err

    def path(self, name: str) -> Path:
        """Where `ensure` says that the program is."""
        code, out, err = self.run(name, "--json")
        assert code == 0, err
        return Path(json.loads(out)[name])

    def builds(self) -> list[list[str]]:
        """What `go build` was called for: process id, program, toolchain, flags."""
        log = self.bin / "builds"
        return [line.split() for line in log.read_text().splitlines()] if log.exists() else []

    def scratch(self) -> list[Path]:
        """Folders of builds under way or dead."""
        return list(self.cache.glob("tools/*/.build-*"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "bin", tmp_path / "cache")
    made.bin.mkdir()
    go = made.bin / "go"
    go.write_text(FAKE_GO.format(python=sys.executable))
    go.chmod(0o755)
    (made.bin / "go-version").write_text("1.99.1")
    yield made
    (made.bin / "hold").unlink(missing_ok=True)


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # Killed, but nobody has fetched its exit code: how an orphan looks in a container without an init process.
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


class TestTwoAtOnce:
    def test_the_second_waits_says_so_and_builds_nothing(self, world: World) -> None:
        (world.bin / "hold").touch()
        first = world.start("crane")
        until(world.builds, "the first build")
        second = world.start("crane")
        assert second.stderr is not None
        assert second.stderr.readline().startswith("Waiting for another process that builds crane")
        (world.bin / "hold").unlink()
        out_first, err_first = first.communicate(timeout=20)
        out_second, _ = second.communicate(timeout=20)
        assert (first.returncode, second.returncode) == (0, 0), err_first
        assert out_first == out_second
        assert len(world.builds()) == 1

    def test_different_programs_do_not_wait_for_each_other(self, world: World) -> None:
        (world.bin / "hold").touch()
        both = [world.start("crane"), world.start("regsync")]
        until(lambda: len(world.builds()) == 2, "both builds")
        (world.bin / "hold").unlink()
        assert [process.communicate(timeout=20)[1].count("Built") for process in both] == [1, 1]


class TestKilled:
    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a child with its parent")
    def test_no_compiler_survives_and_the_next_build_starts_clean(self, world: World) -> None:
        (world.bin / "hold").touch()
        killed = world.start("crane")
        until(world.builds, "the build")
        until(lambda: list(world.cache.glob("tools/crane/.build-*/crane")), "half a program")
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=20)
        until(lambda: is_gone(int(world.builds()[0][0])), "the end of `go`")
        assert not list(world.cache.glob("tools/crane/[!.]*/crane"))
        (world.bin / "hold").unlink()
        assert "echo built" in world.path("crane").read_text()
        assert not world.scratch()
        assert len(world.builds()) == 2

    def test_interrupt_stops_the_compiler_and_cleans_up(self, world: World) -> None:
        (world.bin / "hold").touch()
        stopped = world.start("crane")
        until(world.builds, "the build")
        stopped.send_signal(signal.SIGINT)
        _, err = stopped.communicate(timeout=20)
        assert stopped.returncode == 130
        assert "Traceback" not in err
        assert is_gone(int(world.builds()[0][0]))
        assert not world.scratch()


class TestCache:
    @pytest.mark.parametrize("damage", ["empty", "not executable"])
    def test_damaged_program_is_built_again(self, damage: str, world: World) -> None:
        program = world.path("crane")
        if damage == "empty":
            program.write_bytes(b"")
        else:
            program.chmod(0o644)
        assert world.path("crane") == program
        assert "echo built" in program.read_text()
        assert len(world.builds()) == 2

    def test_warm_cache_starts_no_program_at_all(self, world: World) -> None:
        program = world.path("crane")
        stamp = (world.bin / "go").stat()
        (world.bin / "go").write_text("exit 1" + " " * (stamp.st_size - 6))
        os.utime(world.bin / "go", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        assert world.run("crane") == (0, f"{'crane':<24} {program}\n", "")

    def test_other_go_is_another_build_and_no_go_takes_what_is_there(self, world: World) -> None:
        first = world.path("crane")
        (world.bin / "go-version").write_text("1.99.2")
        os.utime(world.bin / "go")
        second = world.path("crane")
        assert first != second
        (world.bin / "go").unlink()
        assert world.path("crane") == second

    def test_broken_file_of_answers_is_asked_for_again(self, world: World) -> None:
        program = world.path("crane")
        (world.cache / "probes.json").write_text("{ half")
        assert world.path("crane") == program
        assert str(world.bin) in (world.cache / "probes.json").read_text()

    def test_build_is_told_to_download_no_toolchain_and_edit_no_pins(self, world: World) -> None:
        world.path("crane")
        assert world.builds()[0][1:] == ["crane", "local", "-mod=readonly"]


class TestPath:
    def put(self, world: World, name: str, version: str) -> Path:
        program = world.bin / name
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
        return program

    def test_fitting_program_is_used(self, world: World) -> None:
        program = self.put(world, "helm", f"v{ALL['helm'].version}")
        assert world.path("helm") == program
        assert not world.builds()

    def test_other_version_is_passed_over(self, world: World) -> None:
        self.put(world, "helm", "v2.1.0")
        assert world.path("helm").is_relative_to(world.cache)

    def test_replaced_program_is_asked_again(self, world: World) -> None:
        program = self.put(world, "helm", f"v{ALL['helm'].version}")
        assert world.path("helm") == program
        self.put(world, "helm", "v2.1.0-other-size")
        assert world.path("helm").is_relative_to(world.cache)


class TestErrors:
    def test_missing_go(self, world: World) -> None:
        (world.bin / "go").unlink()
        code, _, err = world.run("crane")
        assert code == 1
        assert "needs Go 1." in err and "install Go" in err and err.count("\n") == 1

    def test_old_go_is_told_before_anything_is_built(self, world: World) -> None:
        (world.bin / "go-version").write_text("1.21.0")
        code, _, err = world.run("crane", "pulumi")
        assert code == 1
        assert "is 1.21.0; install a newer Go" in err and err.count("\n") == 1
        assert not world.builds()

    @pytest.mark.parametrize(
        ("output", "said"),
        [
            ("dial tcp: lookup proxy.test: no such host", "module proxy does not answer"),
            ("write x.a: no space left on device", "the disk is full"),
            ("verifying m: checksum mismatch", "not the ones that go.sum pins"),
            ("main.go:1:1: nonsense", "main.go:1:1: nonsense"),
        ],
    )
    def test_failed_build_says_why_and_where_the_log_is(self, output: str, said: str, world: World) -> None:
        (world.bin / "failure").write_text(output)
        code, out, err = world.run("crane")
        *progress, last = err.splitlines()
        assert (code, out, len(progress)) == (1, "", 1)
        assert said in last
        assert output in Path(last.rpartition("Log: ")[2]).read_text()
        assert not world.scratch()

    def test_cache_that_is_a_file(self, world: World) -> None:
        world.cache.write_text("in the way")
        code, _, err = world.run("crane")
        assert code == 1
        assert "CARTESIA_INFRA_CACHE" in err and "Traceback" not in err

    def test_unknown_name_is_wrong_use(self, world: World) -> None:
        code, _, err = world.run("kube-apisever")
        assert (code, err) == (2, "There is no program 'kube-apisever' here; did you mean kube-apiserver?\n")

    def test_list_builds_nothing_and_names_every_program(self, world: World) -> None:
        code, out, _ = world.run("--list", "--json")
        assert code == 0
        assert {row["name"]: row["path"] for row in json.loads(out)} == dict.fromkeys(ALL)
        assert not world.builds()
