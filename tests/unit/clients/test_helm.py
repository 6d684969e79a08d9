"""The runner of helm: nothing of the caller's shell reaches it, it ends in time, and its files go with it."""

import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest

from clients.helm import Helm, HelmError, HelmMissingError

FAKE = """#!{python}
import json, os, sys, time
json.dump([os.getpid(), sys.argv[1:], sorted(os.environ)], open({seen!r} + ".part", "w"))
os.rename({seen!r} + ".part", {seen!r})
time.sleep(60 if sys.argv[1] == "history" else 0)
"""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `helm` that writes down how it was called; `history` hangs."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "private").mkdir()
    program = tmp_path / "bin" / "helm"
    program.write_text(FAKE.format(python=sys.executable, seen=str(tmp_path / "seen")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "private"))
    return tmp_path / "seen"


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid)


@pytest.mark.parametrize("name", ["KUBECONFIG", "HELM_KUBECONTEXT", "HELM_KUBETOKEN", "HELM_NAMESPACE", "HELM_DRIVER"])
def test_nothing_of_the_shell_leads_to_another_cluster(seen: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("HELM_CACHE_HOME", "here")
    Helm("clusters: []", variables={"HELM_PLUGINS": "there"}).uninstall("voice", "cartesia")
    _, words, environment = json.loads(seen.read_text())
    assert name not in environment
    assert {"HELM_CACHE_HOME", "HELM_PLUGINS"} <= set(environment)
    assert words[words.index("--kubeconfig") + 1].startswith(tempfile.gettempdir())
    assert not list(Path(tempfile.gettempdir()).iterdir())


def test_a_helm_that_takes_too_long_is_ended_and_named(seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.helm.command.READ_SECONDS", 0.5)
    with pytest.raises(HelmError, match=r"helm history did not end within 0\.5 s"):
        Helm("clusters: []").history("voice", "cartesia")
    assert gone(json.loads(seen.read_text())[0])
    assert not list(Path(tempfile.gettempdir()).iterdir())


def test_a_caller_that_is_interrupted_leaves_no_helm_behind(seen: Path) -> None:
    def stop() -> None:
        if seen.exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Helm("clusters: []").session() as run:
        run(["history"], tick=stop)
    assert gone(json.loads(seen.read_text())[0])


def test_a_run_can_be_cancelled(seen: Path) -> None:
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    begin = time.monotonic()
    with Helm("clusters: []", cancelled=cancelled).session() as run:
        done = run(["history"])
    assert done.cancelled
    assert time.monotonic() - begin < 30


def test_without_helm_it_says_so(seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(seen))
    with pytest.raises(HelmMissingError, match="not on PATH"):
        Helm("clusters: []").uninstall("voice", "cartesia")
