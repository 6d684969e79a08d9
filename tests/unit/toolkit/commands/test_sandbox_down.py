"""`sandbox down` takes what was named; what is alive beside it, only after a question."""

import datetime as dt
import gzip
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from sandbox.contents import PROJECT, deployed
from sandbox.host.layout import CHECKOUT, Layout
from sandbox.host.records import write_json
from toolkit.main import Exit, main

ENGINE = """#!{python}
import sys, time
if sys.argv[1:2] == ["sleep"]:
    time.sleep(60)
open({log!r}, "a").write(" ".join(sys.argv[1:]) + "\\n")
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A world without processes whose engine writes down what it is told."""
    layout = Layout(tmp_path / "world")
    monkeypatch.setenv("CARTESIA_SANDBOX_DIR", str(layout.root))
    write_json(layout.record, {"version": 1, "gcs": {"url": "http://127.0.0.1:1", "port": 1}})
    (layout.pulumi_state / ".pulumi" / "stacks" / "cartesia").mkdir(parents=True)
    layout.bin.mkdir()
    engine = layout.bin / "pulumi"
    engine.write_text(ENGINE.format(python=sys.executable, log=str(tmp_path / "told")))
    engine.chmod(0o755)
    return layout


def put(
    world: Layout, stack: str, *protect: bool, project: str = "cartesia", begun: int = 0, zipped: bool = False
) -> Path:
    rows = [{"type": "pulumi:pulumi:Stack", "urn": "urn::s"}]
    rows += [{"type": "aws:x", "urn": f"urn::r{n}", "protect": each} for n, each in enumerate(protect)]
    operations = [{"resource": {"type": "aws:y", "urn": "urn::b"}} for _ in range(begun)]
    text = json.dumps({"checkpoint": {"latest": {"resources": rows, "pending_operations": operations}}})
    file = world.pulumi_state / ".pulumi" / "stacks" / project / f"{stack}.json{'.gz' if zipped else ''}"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    return file


@pytest.fixture
def update(world: Layout) -> Iterator[subprocess.Popen[bytes]]:
    """A living update of the stack `dev`."""
    with subprocess.Popen([world.bin / "pulumi", "sleep"]) as child:
        lock = {"pid": child.pid, "username": "ada", "hostname": socket.gethostname()}
        folder = world.pulumi_state / ".pulumi" / "locks" / "organization" / "cartesia" / "dev"
        write_json(folder / "x.json", lock | {"timestamp": dt.datetime.now(dt.UTC).isoformat()})
        yield child
        child.kill()


def terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(click.termui, "visible_prompt_func", lambda _prompt: answer)


@pytest.mark.parametrize("stacks", [0, 1])
def test_a_world_with_one_stack_goes_without_a_question(
    world: Layout, stacks: int, capsys: pytest.CaptureFixture[str]
) -> None:
    if stacks:
        put(world, "dev", False, False)
        put(world, "empty")
    assert main(["sandbox", "down"]) == Exit.FINE
    assert not world.root.exists()
    assert ("with dev (2 resources)" in capsys.readouterr().out) == bool(stacks)


def test_more_than_one_stack_is_named_and_stays_until_somebody_agrees(
    world: Layout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(world, "dev", False)
    put(world, "prod", True, zipped=True)
    put(world, "other", project="elsewhere", begun=1)
    (put(world, "cut")).write_text("{")
    files = sorted(world.root.rglob("*"))
    assert main(["sandbox", "down"]) == Exit.WRONG
    said = capsys.readouterr().err
    for row in ("dev (1 resources)", "prod (1 resources)", "other (1 resources)", "cut (of unknown content)", "--yes"):
        assert row in said
    terminal(monkeypatch, "n")
    assert main(["sandbox", "down"]) == Exit.INTERRUPTED
    assert sorted(world.root.rglob("*")) == files
    terminal(monkeypatch, "y")
    assert main(["sandbox", "down"]) == Exit.FINE
    assert not world.root.exists()


def test_yes_asks_nothing(world: Layout) -> None:
    put(world, "dev", False)
    put(world, "prod", True)
    assert main(["sandbox", "down", "--yes"]) == Exit.FINE
    assert not world.root.exists()


def test_a_living_update_is_named_and_goes_on(
    world: Layout, update: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    put(world, "dev", False)
    for words in ([], ["--stack", "dev"]):
        assert main(["sandbox", "down", *words]) == Exit.WRONG
        assert f"being updated right now by ada@{socket.gethostname()} (pid {update.pid})" in capsys.readouterr().err
    assert update.poll() is None
    assert world.record.exists()


def test_one_stack_is_destroyed_by_the_engine_and_nothing_else(
    world: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(world, "dev", False)
    other = put(world, "prod", True).read_bytes()
    assert main(["sandbox", "down", "--stack", "dev"]) == Exit.FINE
    assert (tmp_path / "told").read_text() == "destroy --stack dev --yes --skip-preview --non-interactive\n"
    assert put(world, "prod", True).read_bytes() == other
    assert "the sandbox still runs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("stack", "code", "said"),
    [
        ("prod", Exit.WRONG, "1 of its resources are protected (r1). Set `cartesia:production: false`"),
        ("empty", Exit.FINE, "stack empty holds nothing"),
        ("eks-dev", Exit.FINE, "stack eks-dev holds nothing"),
        ("prdo", Exit.WRONG, "there is no stack prdo in the sandbox; did you mean prod?"),
        ("nowhere", Exit.WRONG, "there is no stack nowhere in the sandbox; deployed: dev, prod"),
    ],
)
def test_a_stack_that_cannot_or_need_not_go_is_left_as_it_is(
    world: Layout, tmp_path: Path, stack: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(world, "dev", False)
    put(world, "prod", False, True)
    put(world, "empty")
    before = {path: path.read_bytes() for path in world.root.rglob("*.json")}
    assert main(["sandbox", "down", "--stack", stack]) == code
    shown = capsys.readouterr()
    assert said in shown.out + shown.err
    assert {path: path.read_bytes() for path in world.root.rglob("*.json")} == before
    assert not (tmp_path / "told").exists()


def test_a_failed_destroy_is_told(world: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    put(world, "dev", False)
    (world.bin / "pulumi").write_text("#!/bin/sh\nexit 7\n")
    assert main(["sandbox", "down", "-s", "dev"]) == Exit.WRONG
    assert "stack dev is not destroyed" in capsys.readouterr().err
    assert [each.stack for each in deployed(world)] == ["dev"]


def made(*words: str, **variables: str) -> list[str]:
    """What `make` would run."""
    environment = {"PATH": "/usr/bin:/bin", **variables}
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", *words],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [" ".join(line.split()[1:]) for line in done.stdout.splitlines() if "sandbox down" in line]


@pytest.mark.parametrize(
    ("words", "variables", "told"),
    [
        (["down"], {}, "sandbox down"),
        (["down", "STACK=x"], {}, "sandbox down --stack x"),
        (["down", "YES=1"], {}, "sandbox down --yes"),
        (["down"], {"STACK": "x"}, "sandbox down --stack x"),
        (["clean"], {}, "sandbox down"),
        (["clean", "YES=1"], {}, "sandbox down --yes"),
    ],
)
def test_make_passes_on_what_was_named_and_not_its_default(
    words: list[str], variables: dict[str, str], told: str
) -> None:
    assert made(*words, **variables) == [told]


def test_make_clean_refuses_a_stack(tmp_path: Path) -> None:
    done = subprocess.run(["make", "clean", "STACK=x", "VENV=/nowhere"], cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 2
    assert re.search("make clean removes every stack; leave out STACK=x", done.stderr)


def test_the_project_is_that_of_the_checkout() -> None:
    assert f"name: {PROJECT}\n" in (CHECKOUT / "Pulumi.yaml").read_text()
