"""Whose turn it is, said truly, and kept where nobody else can play with it."""

import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from toolkit.recovery.host_process import lives
from toolkit.recovery.turn import TurnTakenError, turn


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def files(cache: Path) -> list[Path]:
    return sorted((cache / "cartesia-infra-recoveries").iterdir())


def test_the_name_of_an_earlier_owner_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path))
    for name in ("a-user-with-a-long-name-" * 5, "bo"):
        monkeypatch.setenv("LOGNAME", name)
        with turn("file:///x", "p", "s"):
            (file,) = files(tmp_path)
            assert json.loads(file.read_bytes())["user"] == name
            with pytest.raises(TurnTakenError, match=re.escape(f"{name}@")), turn("file:///x", "p", "org/p/s"):
                pytest.fail("two at once")


def test_backends_projects_and_stacks_have_turns_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path))
    with turn("a", "p", "s"), turn("b", "p", "s"), turn("a", "q", "s"), turn("a", "p", "t"):
        assert len(files(tmp_path)) == 4
    # No two of them are one because parts run into each other.
    with turn("a", "pp", "s"), turn("ap", "p", "s"):
        assert len(files(tmp_path)) == 6


def test_only_the_user_may_read_who_recovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path))
    with turn("a", "p", "s"):
        (file,) = files(tmp_path)
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_link_in_place_of_the_folder_or_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    folder = tmp_path / "cartesia-infra-recoveries"
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TurnTakenError, match="must be a folder of yours"), turn("a", "p", "s"):
        pytest.fail("followed a link")
    folder.unlink()
    with turn("a", "p", "s"):
        (file,) = files(tmp_path)
    file.unlink()
    (tmp_path / "precious").write_text("kept")
    file.symlink_to(tmp_path / "precious")
    with pytest.raises(TurnTakenError, match="cannot be used"), turn("a", "p", "s"):
        pytest.fail("wrote through a link")
    assert (tmp_path / "precious").read_text() == "kept"


def test_where_the_cache_cannot_be_written_tmp_has_the_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with turn("a", "p", "s"):
        assert len(list((tmp_path / f"cartesia-infra-recoveries-{os.getuid()}").iterdir())) == 1


def test_an_owner_that_is_cut_short_is_said_to_have_just_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_INFRA_CACHE", str(tmp_path))
    with turn("a", "p", "s"):
        (file,) = files(tmp_path)
        file.write_text('{"user": "x"')
        with pytest.raises(TurnTakenError, match="it began this moment"), turn("a", "p", "s"):
            pytest.fail("two at once")


@pytest.fixture(scope="module")
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        yield child
        child.kill()


@pytest.mark.parametrize(("seconds", "alive"), [(0, True), (-3, True), (-30, False), (3600, True)])
def test_a_process_may_be_a_little_younger_than_what_it_wrote(
    sleeper: subprocess.Popen[bytes], seconds: float, alive: bool
) -> None:
    """Clocks are set, and boot times rounded; a process that is much younger only has the id."""
    begun = dt.datetime.fromtimestamp(psutil.Process(sleeper.pid).create_time(), dt.UTC)
    assert lives(sleeper.pid, "python", begun + dt.timedelta(seconds=seconds)) is alive
    assert lives(sleeper.pid, "", None)
    assert not lives(sleeper.pid, "pulumi", None)


@pytest.mark.parametrize("pid", [0, -1, 2**31, 2**64])
def test_what_no_process_can_be_called_does_not_live(pid: int) -> None:
    assert not lives(pid, "", None)


def test_a_process_that_has_ended_and_is_not_waited_for_does_not_live() -> None:
    child = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not lives(child.pid, "true", None)
    assert not lives(child.pid, "pulumi", now())
    child.wait()
