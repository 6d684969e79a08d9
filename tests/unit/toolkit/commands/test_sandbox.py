"""The command line: its table of verbs, its exit codes, and `sandbox` where no world is up."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from core.input.problems import InvalidInput, Problem
from sandbox.host.layout import Layout
from sandbox.host.processes import Process
from sandbox.host.records import write_json
from toolkit import main as entry
from toolkit.main import VERBS, Exit, Verb, main


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setenv("CARTESIA_SANDBOX_DIR", str(tmp_path / "world"))
    return Layout(tmp_path / "world")


@pytest.fixture
def recorded(world: Layout) -> Layout:
    """A world whose only process is this one."""
    me = Process.of(os.getpid())
    assert me is not None
    services = [{"name": "fake-gcs-server", "pid": me.pid, "started": me.started}]
    write_json(world.record, {"version": 1, "gcs": {"url": "http://127.0.0.1:1", "port": 1}, "services": services})
    return world


class TestVerbs:
    def test_help_names_every_verb_and_imports_none(self) -> None:
        script = (
            "import sys; from toolkit.main import main; code = main(['--help'])\n"
            "heavy = ('toolkit.commands', 'sandbox', 'pulumi', 'rich')\n"
            "print([name for name in sys.modules if name.startswith(heavy)])\n"
            "sys.exit(code)"
        )
        done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True)
        assert done.returncode == 0
        assert done.stdout.splitlines()[-1] == "[]"
        for name, verb in VERBS.items():
            assert f"{name} " in done.stdout
            assert verb.help in " ".join(done.stdout.split())

    @pytest.mark.parametrize("name", list(VERBS))
    def test_every_row_has_its_module_and_its_help(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([name, "--help"]) == Exit.FINE
        assert "Usage: cartesia-infra" in capsys.readouterr().out

    def test_a_misspelt_verb_gets_its_neighbour(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["sandbx"]) == Exit.WRONG
        assert "did you mean 'sandbox'?" in capsys.readouterr().err
        assert main(["zzz"]) == Exit.WRONG
        assert "known: sandbox" in capsys.readouterr().err

    def test_the_version_is_that_of_the_package(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--version"]) == Exit.FINE
        assert capsys.readouterr().out.startswith("cartesia-infra, version ")


class TestExitCodes:
    @pytest.mark.parametrize(
        ("raised", "code", "text"),
        [
            (click.ClickException("the bucket is empty"), Exit.WRONG, "Error: the bucket is empty"),
            (InvalidInput("x", [Problem("a.b", "must be 1", "2", "set it to 1")]), Exit.WRONG, "a.b: must be 1; got 2"),
            (click.Abort(), Exit.INTERRUPTED, "interrupted"),
            (click.exceptions.Exit(1), Exit.FINDINGS, ""),
            (ZeroDivisionError("division by zero"), Exit.BUG, "This is a bug"),
        ],
    )
    def test_each_ending_has_one(
        self,
        raised: Exception,
        code: int,
        text: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        @click.command()
        def fails() -> None:
            raise raised

        monkeypatch.setitem(VERBS, "fails", Verb("nowhere", "Fails."))
        monkeypatch.setattr(entry.Verbs, "get_command", lambda *_: fails)
        assert main(["fails"]) == code
        shown = capsys.readouterr().err
        assert text in shown
        assert ("Traceback" in shown) == (code == Exit.BUG)

    def test_a_verb_may_return_its_code(self, monkeypatch: pytest.MonkeyPatch) -> None:
        @click.command()
        def finds() -> int:
            return 1

        monkeypatch.setitem(VERBS, "finds", Verb("nowhere", "Finds."))
        monkeypatch.setattr(entry.Verbs, "get_command", lambda *_: finds)
        assert main(["finds"]) == Exit.FINDINGS


class TestSandboxThatIsDown:
    @pytest.mark.parametrize("words", ["run -- true", "env", "env --json"])
    def test_what_needs_it_says_how_to_start_it(
        self, words: str, world: Layout, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["sandbox", *words.split()]) == Exit.WRONG
        assert "the sandbox is down; start it with `cartesia-infra sandbox up`" in capsys.readouterr().err
        assert not world.root.exists()

    def test_status_reports_it_as_a_finding(self, world: Layout, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["sandbox", "status"]) == Exit.FINDINGS
        assert "is down" in capsys.readouterr().out
        assert main(["sandbox", "status", "--json"]) == Exit.FINDINGS
        found = json.loads(capsys.readouterr().out)
        assert found == {
            "directory": str(world.root),
            "state": "down",
            "gcsUrl": None,
            "services": [],
            "planes": [],
        }

    def test_down_is_no_error(self, world: Layout, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["sandbox", "down"]) == Exit.FINE
        assert "is not there" in capsys.readouterr().out
        assert not world.root.exists()


def test_a_folder_that_cannot_be_written_is_named_and_no_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CARTESIA_SANDBOX_DIR", "/proc/nowhere/world")  # macOS has no /proc, and lets nobody make one
    monkeypatch.setattr("sandbox.world.ensure", lambda *_, **__: {})
    assert main(["sandbox", "up"]) == Exit.WRONG
    assert re.search(r"/proc\S*: (No such file or directory|Read-only file system)", capsys.readouterr().err)


class TestRun:
    def run(self, world: Layout, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "toolkit.main", "sandbox", "run", *words]
        variables = {"CARTESIA_SANDBOX_DIR": str(world.root), "PATH": "/usr/bin:/bin", "AWS_PROFILE": "prod"}
        return subprocess.run(command, capture_output=True, text=True, env=variables, cwd="/")

    def test_the_commands_own_options_and_exit_code_pass_through(self, recorded: Layout) -> None:
        done = self.run(recorded, "--", "sh", "-c", "echo $AWS_PROFILE-$CARTESIA_SANDBOX_DIR-$(pwd); exit 7")
        assert done.stdout.strip() == f"-{recorded.root}-/"
        assert done.returncode == 7
        assert self.run(recorded, "sh", "--help").returncode != Exit.BUG

    def test_a_missing_program_is_named(self, recorded: Layout) -> None:
        done = self.run(recorded, "--", "no-such-program", "--json")
        assert done.returncode == Exit.WRONG
        assert "no program 'no-such-program'" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_broken_world_says_what_ended(self, recorded: Layout) -> None:
        record = json.loads(recorded.record.read_text())
        record["services"][0]["started"] += 60
        write_json(recorded.record, record)
        done = self.run(recorded, "--", "true")
        assert done.returncode == Exit.WRONG
        assert "fake-gcs-server ended" in done.stderr
        assert "sandbox up" in done.stderr


def test_the_environment_can_be_evaluated_by_a_shell(recorded: Layout) -> None:
    strange = "a 'b' \"c\" $d"
    variables = {"PATH": "/usr/bin:/bin", "AWS_PROFILE": "x", "CARTESIA_SANDBOX_DIR": str(recorded.root)}
    program = f"{sys.executable} -P -m toolkit.main"
    script = f'eval "$({program} sandbox env)" && env -0'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=variables | {"NO_PROXY": strange})
    inside = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if entry)
    assert inside["STORAGE_EMULATOR_HOST"] == "http://127.0.0.1:1"
    assert inside["NO_PROXY"].startswith(strange)
    assert "AWS_PROFILE" not in inside
    done = subprocess.run(
        [*program.split(), "sandbox", "env", "--json"], capture_output=True, text=True, env=variables, check=True
    )
    assert json.loads(done.stdout)["unset"] == ["AWS_PROFILE"]
