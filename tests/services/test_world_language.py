"""The sandbox's language host under the real engine."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pulumi.runtime.proto import language_pb2

from sandbox import launchers
from sandbox.host import processes
from sandbox.host.layout import Layout
from sandbox.language.plugin import plugin_command
from sandbox.language.program import find_program
from sandbox.toolchain import ensure

pytestmark = pytest.mark.engine

PROGRAM = """
import os
import sys

import pulumi

import helper


class Thing(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Thing", name)
        self.register_outputs({})


Thing("a")
pulumi.export("path", sys.path[:1])
pulumi.export("argv", sys.argv)
pulumi.export("folder", os.getcwd())
pulumi.export("root", pulumi.runtime.get_root_directory())
pulumi.export("helper", helper.VALUE)
pulumi.export("secret", pulumi.Config().get_secret("secret"))
mode = pulumi.Config().get("mode")
if mode == "run-error":
    raise pulumi.RunError("first line\\n  second line")
if mode == "exception":
    helper.fail()
if mode == "apply":
    pulumi.export("x", pulumi.Output.from_input(1).apply(lambda _: helper.fail()))
if mode == "exit":
    sys.exit(3)
if mode == "exit-fine":
    sys.exit(0)
if mode == "wait":
    print("waiting", flush=True)
    import time

    time.sleep(60)
"""
HELPER = """
VALUE = 1


def fail():
    raise ValueError("told you")
"""
COMPONENT = '''
from typing import TypedDict

import pulumi
from pulumi.provider.experimental import component_provider_host


class TinyArgs(TypedDict):
    size: int
    """How big."""


class Tiny(pulumi.ComponentResource):
    """A small thing."""

    size: pulumi.Output[int]
    """How big it is."""

    def __init__(self, name: str, args: TinyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tiny:index:Tiny", name, {}, opts)
        self.size = pulumi.Output.from_input(args["size"])
        self.register_outputs({"size": self.size})


if __name__ == "__main__":
    component_provider_host(components=[Tiny], name="tiny")
'''


class Project:
    def __init__(self, root: Path, engine: Path) -> None:
        self.root = root / "project"
        layout = Layout(root / "world")
        launchers.write_bin(layout, dict.fromkeys(launchers.PROGRAMS, engine))
        self.environment = {
            "PATH": f"{layout.bin}:/usr/bin:/bin",
            "HOME": str(root),
            "PULUMI_HOME": str(root / "home"),
            "PULUMI_BACKEND_URL": f"file://{root}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.write("Pulumi.yaml", "name: test\nruntime: python\nmain: stacks/\n")
        self.write("stacks/__main__.py", PROGRAM)
        self.write("stacks/helper.py", HELPER)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def pulumi(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", "--non-interactive", "--color", "never", *words]
        return subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("language")
    made = Project(root, ensure(["pulumi"])["pulumi"])
    assert made.pulumi("stack", "init", "dev").returncode == 0
    yield made
    shutil.rmtree(root)


def test_a_program_runs_as_under_python(project: Project) -> None:
    done = project.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout + done.stderr
    outputs = json.loads(project.pulumi("stack", "output", "--json").stdout)
    program = str(project.root / "stacks")
    assert outputs["path"][0] == program
    assert outputs["argv"] == [program]
    assert outputs["folder"] == program
    assert outputs["root"] == str(project.root)
    preview = project.pulumi("preview", "--expect-no-changes")
    assert preview.returncode == 0, preview.stdout + preview.stderr


def test_secret_configuration_stays_secret(project: Project) -> None:
    project.pulumi("config", "set", "--secret", "secret", "canary-4711")
    try:
        done = project.pulumi("up", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "canary-4711" not in done.stdout + done.stderr
        assert "canary-4711" not in project.pulumi("stack", "export").stdout
    finally:
        project.pulumi("config", "rm", "secret")


@pytest.mark.parametrize(
    ("mode", "code", "shown", "hidden"),
    [
        ("run-error", 1, ["error: first line\n      second line"], ["Traceback", "__main__.py"]),
        (
            "exception",
            1,
            ["Program failed with an unhandled exception", "stacks/__main__.py", "stacks/helper.py", "told you"],
            ["sandbox/language", "runpy", "an unhandled error occurred"],
        ),
        ("apply", 1, ["ValueError: told you"], ["sandbox/language", "an unhandled error occurred"]),
        ("exit", 1, ["Program exited with non-zero exit code: 3"], ["Traceback"]),
        ("exit-fine", 0, [], ["Traceback", "error"]),
    ],
)
def test_a_failing_program_says_what_its_author_needs(
    project: Project, mode: str, code: int, shown: list[str], hidden: list[str]
) -> None:
    done = project.pulumi("preview", "--config", f"test:mode={mode}", "--config-file", f"{project.root}/{mode}.yaml")
    text = done.stdout + done.stderr
    assert (done.returncode != 0) == bool(code), text
    for each in shown:
        assert each in text
    for each in hidden:
        assert each not in text


def test_a_folder_without_a_program_is_named(project: Project) -> None:
    project.write("empty/Pulumi.yaml", "name: test\nruntime: python\nmain: nothing/\n")
    project.write("empty/nothing/other.py", "")
    done = project.pulumi("preview", "--stack", "dev", "--cwd", str(project.root / "empty"))
    assert done.returncode != 0
    assert "unable to find main python program `__main__.py`" in done.stdout + done.stderr


def test_a_component_package_gives_its_schema(project: Project) -> None:
    project.write("package/PulumiPlugin.yaml", "runtime: python\n")
    project.write("package/__main__.py", COMPONENT)
    done = project.pulumi("package", "get-schema", "./package")
    assert done.returncode == 0, done.stderr
    resource = json.loads(done.stdout)["resources"]["tiny:index:Tiny"]
    assert resource["inputProperties"]["size"]["description"] == "How big."
    assert processes.find_with((str(project.root / "package"),)) == []


def test_a_broken_component_package_shows_why(project: Project) -> None:
    project.write("broken/PulumiPlugin.yaml", "runtime: python\n")
    project.write("broken/__main__.py", "raise ImportError('no such luck')\n")
    done = project.pulumi("package", "get-schema", "./broken")
    assert done.returncode != 0
    assert "no such luck" in done.stdout + done.stderr


def test_nothing_runs_on_after_the_engine_was_killed(project: Project) -> None:
    project.pulumi("config", "set", "mode", "wait")
    command = ["pulumi", "preview", "--non-interactive"]
    try:
        with subprocess.Popen(command, cwd=project.root, env=project.environment, stdout=subprocess.PIPE) as engine:
            assert engine.stdout is not None
            while b"waiting" not in engine.stdout.readline():
                assert engine.poll() is None
            hosts = [
                each for each in processes.find_with(("-m", "sandbox.language")) if _parent(each.pid) == engine.pid
            ]
            assert hosts
            os.kill(engine.pid, signal.SIGKILL)
            deadline = time.monotonic() + 10
            while any(each.alive for each in hosts):
                assert time.monotonic() < deadline, "the language host outlives its engine"
                time.sleep(0.05)
    finally:
        project.pulumi("cancel", "--yes")
        project.pulumi("config", "rm", "mode")


def test_a_policy_pack_is_run_by_the_sdk(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("")
    info = language_pb2.ProgramInfo(root_directory=str(tmp_path), program_directory=str(tmp_path), entry_point=".")
    request = language_pb2.RunPluginRequest(kind="analyzer", args=["127.0.0.1:1"], info=info)
    words = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(tmp_path)]
    assert plugin_command(request) == words


@pytest.mark.parametrize(("entry", "found"), [(".", ""), ("main.py", "main.py"), ("main", "main.py"), ("none", None)])
def test_a_program_is_a_folder_or_a_file(tmp_path: Path, entry: str, found: str | None) -> None:
    for name in ("__main__.py", "main.py"):
        (tmp_path / name).write_text("")
    info = language_pb2.ProgramInfo(program_directory=str(tmp_path), entry_point=entry)
    assert find_program(info) == (None if found is None else tmp_path / found)


def test_started_by_hand_it_says_so() -> None:
    done = subprocess.run([sys.executable, "-P", "-m", "sandbox.language"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "engine starts it" in done.stderr


def _parent(pid: int) -> int:
    return psutil.Process(pid).ppid()
