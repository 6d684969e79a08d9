"""A living update keeps its lock, a dead one loses it, and one that cannot be seen is taken only by a person's word."""

import datetime as dt
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from toolkit.commands.recover import recover
from toolkit.recovery import host_process
from toolkit.recovery.backend import Folder, file_backend
from toolkit.recovery.host_process import lives
from toolkit.recovery.lock import LockAction, duration, look_at_lock, take_lock
from toolkit.recovery.owner import living_updates, owners
from toolkit.recovery.project import find_project
from toolkit.recovery.turn import TurnTakenError, turn

STATE = {"version": 3, "deployment": {"manifest": {"time": "t"}, "resources": []}}
PULUMI = """#!{python}
import sys, time
words = sys.argv[1:]
if words[:1] == ["sleep"]:
    time.sleep(60)
with open({log!r}, "a") as file:
    file.write(" ".join(words[:2]) + "\\n")
if words[:2] == ["stack", "export"]:
    print({state!r})
"""


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Backend:
    """A `file://` backend with locks of the form that Pulumi 3.259 writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"file://{folder}?metadata=skip"
        self.locks = folder / ".pulumi" / "locks" / "organization" / "cartesia" / "dev"
        self.locks.mkdir(parents=True)

    def lock(self, name: str = "one", **values: Any) -> Path:
        file = self.locks / f"{name}.json"
        row = {
            "pid": 1,
            "username": "ada",
            "hostname": socket.gethostname(),
            "timestamp": now().isoformat().replace("+00:00", "123Z"),  # nine digits, as Go writes them
        }
        file.write_text(json.dumps(row | values))
        return file


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    return Backend(tmp_path / "state")


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `pulumi` on PATH that says which words it was called with."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "pulumi"
    log = tmp_path / "calls"
    log.touch()
    program.write_text(PULUMI.format(python=sys.executable, log=str(log), state=json.dumps(STATE)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path / "cache"))
    return log


@pytest.fixture
def engine(pulumi: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A living process by the name of the engine."""
    with subprocess.Popen([pulumi.with_name("bin") / "pulumi", "sleep"]) as child:
        yield child
        child.kill()


def run(backend: Backend, *words: str, url: str | None = None) -> Any:
    variables = {"CARTESIA_INVENTORY_COMMAND": "none", "PULUMI_BACKEND_URL": url or backend.url}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(Path(__file__).parents[4])  # the project's name is looked up from there
        return CliRunner().invoke(recover, ["--stack", "dev", *words], env=variables)


def test_a_living_update_is_named_and_keeps_its_lock(
    backend: Backend, pulumi: Path, engine: subprocess.Popen[bytes]
) -> None:
    lock = backend.lock(pid=engine.pid)
    for words in ([], ["--up"], ["--take-lock"], ["--json"]):
        said = run(backend, *words)
        assert said.exit_code == 1  # 2 by the entry point
        assert f"lock of ada@{socket.gethostname()} (pid {engine.pid}), " in said.output
        assert " s old: its engine runs on this machine" in said.output
        assert "nothing was changed" in said.output
        assert f"kill {engine.pid}" in said.output
    assert lock.exists()
    assert pulumi.read_text() == ""
    assert list(living_updates(backend.folder)) == ["dev"]


def test_a_dry_run_says_whose_lock_it_would_not_take(
    backend: Backend, pulumi: Path, engine: subprocess.Popen[bytes]
) -> None:
    backend.lock(pid=engine.pid)
    said = run(backend, "--dry-run", "--json")
    assert said.exit_code == 1
    lock = json.loads(said.stdout)["lock"]
    assert (lock["backend"], lock["action"]) == ("file", "refuse")
    assert (lock["owners"][0]["user"], lock["owners"][0]["life"]) == ("ada", "alive")
    assert pulumi.read_text() == "stack export\n"


def ended() -> int:
    child = subprocess.Popen(["/bin/true"])
    child.wait()
    return child.pid


def test_the_lock_of_a_dead_update_is_taken_without_a_question(backend: Backend, pulumi: Path) -> None:
    lock = backend.lock(pid=ended(), timestamp=(now() - dt.timedelta(minutes=12)).isoformat())
    dry = run(backend, "--dry-run")
    assert dry.exit_code == 0
    assert "12 min old: its process is gone; take it" in dry.output
    assert lock.exists()
    assert pulumi.read_text() == "stack export\n"
    assert run(backend).exit_code == 0
    assert not lock.exists()
    assert "cancel" not in pulumi.read_text()


@pytest.mark.parametrize(
    "values",
    [
        {"pid": os.getpid()},
        {"pid": 1},
        {"pid": 2**31 - 1},
        {"pid": 2**40},
    ],
    ids=["another program", "init", "no such id", "an id no machine has"],
)
def test_an_id_that_another_program_has_now_is_not_the_engine(backend: Backend, values: dict[str, Any]) -> None:
    backend.lock(**values)
    assert look_at_lock(backend.url, "cartesia", "dev").action is LockAction.TAKE


def test_an_engine_that_began_after_the_lock_has_only_its_id(backend: Backend, engine: subprocess.Popen[bytes]) -> None:
    backend.lock(pid=engine.pid, timestamp=(now() - dt.timedelta(hours=1)).isoformat())
    assert look_at_lock(backend.url, "cartesia", "dev").action is LockAction.TAKE


@pytest.mark.parametrize(
    "values",
    [
        {"hostname": "ci-runner-7"},
        {"hostname": ""},
        {"hostname": socket.gethostname(), "pid": 0},
        {"pid": "4"},
    ],
    ids=["elsewhere", "nowhere", "no id", "an id in words"],
)
def test_a_lock_from_elsewhere_needs_a_word(backend: Backend, pulumi: Path, values: dict[str, Any]) -> None:
    lock = backend.lock(timestamp=(now() - dt.timedelta(hours=5)).isoformat(), **values)
    refused = run(backend)
    assert refused.exit_code == 1
    assert "lock of ada@" in refused.output
    assert "5 h old" in refused.output
    assert "add --take-lock" in refused.output
    assert lock.exists()
    assert pulumi.read_text() == ""
    dry = run(backend, "--dry-run", "--take-lock")
    assert (dry.exit_code, lock.exists()) == (1, True)
    assert run(backend, "--take-lock").exit_code == 0
    assert not lock.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"timestamp": "yesterday"}', "\xff"])
def test_a_lock_that_a_kill_cut_needs_a_word_too(backend: Backend, pulumi: Path, text: str) -> None:
    (backend.locks / "cut.json").write_text(text)
    refused = run(backend)
    assert "lock of somebody@somewhere (pid 0), of unknown age" in refused.output
    assert run(backend, "--take-lock").exit_code == 0
    assert list(backend.locks.iterdir()) == []


def test_one_living_owner_among_dead_ones_is_enough(backend: Backend, engine: subprocess.Popen[bytes]) -> None:
    backend.lock("dead", pid=ended())
    backend.lock("elsewhere", hostname="other")
    backend.lock("alive", pid=engine.pid)
    lock = look_at_lock(backend.url, "cartesia", "dev")
    assert lock.action is LockAction.REFUSE
    with pytest.raises(ValueError, match="living"):
        take_lock(lock, pytest.fail)
    assert len(list(backend.locks.iterdir())) == 3


def test_what_was_locked_after_the_look_is_not_taken(backend: Backend) -> None:
    backend.lock("dead", pid=ended())
    lock = look_at_lock(backend.url, "cartesia", "dev")
    later = backend.lock("later", hostname="other")
    take_lock(lock, pytest.fail)
    assert list(backend.locks.iterdir()) == [later]


def test_locks_of_other_stacks_and_projects_are_not_looked_at(backend: Backend, tmp_path: Path) -> None:
    for place in ("organization/cartesia/other", "organization/other/dev", "other"):
        folder = backend.folder / ".pulumi" / "locks" / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "x.json").write_text("{}")
    assert owners(Folder(backend.folder), "cartesia", "organization/cartesia/dev") == ()
    legacy = backend.folder / ".pulumi" / "locks" / "dev"
    legacy.mkdir()
    (legacy / "x.json").write_text("{}")
    assert len(owners(Folder(backend.folder), "cartesia", "dev")) == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://bucket?profile=no-such-profile", "they cannot be read from here (s3://bucket: The config profile"),
        ("gs://bucket", "they cannot be read from here (gs://bucket: "),
        ("azblob://bucket", "only the engine reads those of this backend (azblob)"),
        ("https://api.pulumi.com", "Pulumi Cloud has no lock file"),
    ],
)
def test_a_backend_that_does_not_tell_needs_a_word(
    backend: Backend, pulumi: Path, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("GOOGLE_CREDENTIALS", "{")
    refused = run(backend, url=url)
    assert refused.exit_code == 1
    assert said in refused.output
    assert pulumi.read_text() == ""
    dry = run(backend, "--dry-run", "--json", url=url)
    assert json.loads(dry.stdout)["lock"] == {"backend": url.partition(":")[0], "action": "ask", "owners": None}
    assert run(backend, "--take-lock", url=url).exit_code == 0
    assert pulumi.read_text().splitlines()[1:3] == ["cancel --yes", "stack export"]


@pytest.mark.parametrize(("url", "folder"), [("file:///a/b?metadata=skip", "/a/b"), ("file://~/x", "~/x"), ("", None)])
def test_the_folder_of_a_backend(url: str, folder: str | None) -> None:
    assert file_backend(url) == (Path(folder).expanduser() if folder else None)


def test_the_second_of_two_recoveries_names_the_first(
    backend: Backend, pulumi: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LOGNAME", "grace")
    with turn(backend.url, "cartesia", "dev"):
        said = run(backend)
        assert said.exit_code == 1
        assert f"another recovery of dev runs: grace@{socket.gethostname()} (pid {os.getpid()})" in said.output
        with turn(backend.url, "cartesia", "other"):
            pass
    assert run(backend).exit_code == 0


def test_turns_of_many_threads_never_overlap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path))
    inside, worst, refused = 0, 0, 0

    def one() -> None:
        nonlocal inside, worst, refused
        for _ in range(50):
            try:
                with turn("file:///x", "p", "s"):
                    inside += 1
                    worst = max(worst, inside)
                    inside -= 1
            except TurnTakenError:
                refused += 1

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worst == 1


def test_a_process_that_is_hidden_from_us_counts_as_alive(
    engine: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lives(engine.pid, "pulumi", now())

    def hidden(pid: int) -> psutil.Process:
        raise psutil.AccessDenied(pid)

    monkeypatch.setattr(host_process.psutil, "Process", hidden)
    assert lives(engine.pid, "pulumi", now())
    assert not lives(1 << 40, "pulumi", now())


@pytest.mark.parametrize(
    ("seconds", "words"), [(-3, "0 s"), (40, "40 s"), (720, "12 min"), (18000, "5 h"), (1e6, "12 days")]
)
def test_a_time_for_people(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_region_comes_from_the_stack_file_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: voice\nstackConfigDir: stacks\n")
    (tmp_path / "stacks" / "deep").mkdir(parents=True)
    file = tmp_path / "stacks" / "Pulumi.dev.yaml"
    file.write_text("config:\n  aws:x: 1\n  cartesia:sagemaker:\n    region: eu-west-1\n")
    project = find_project(tmp_path / "stacks" / "deep")
    assert project is not None
    assert (project.name, project.folder) == ("voice", tmp_path)
    assert project.region_of("dev") == project.region_of("organization/voice/dev") == "eu-west-1"
    assert project.region_of("other") is None
    file.write_text("config: [")
    assert project.region_of("dev") is None
