"""A helm is killed in the middle; afterwards its release refuses updates until it is settled, then takes them again."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox.toolchain import ensure
from tests.support.standin_kubernetes import add_node, client_of, control_plane, new_namespace
from toolkit.recovery.helm import Action, inspect, settle
from toolkit.recovery.releases import RELEASE, releases_of

pytestmark = pytest.mark.cluster

NAMESPACE = "recover"
PROVIDER = "urn:pulumi:dev::cartesia::pulumi:providers:kubernetes::k8s"
WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      nodeSelector: {{ .Values.nodes | toJson }}
      containers: [{name: main, image: "example.com/web:1"}]
"""
NOWHERE = "nodes.nobody=has"
"""Pods that no node takes, so helm waits."""
BUSY = "another operation (install/upgrade/rollback) is in progress"


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with control_plane(tmp_path_factory.mktemp("recover") / "world") as text:
        with client_of(text) as client:
            add_node(client, "node-0")
            new_namespace(client, NAMESPACE)
        yield text


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    root = tmp_path / "chart"
    (root / "templates").mkdir(parents=True)
    (root / "Chart.yaml").write_text("apiVersion: v2\nname: voice\nversion: 1.2.3\n")
    (root / "values.yaml").write_text("nodes: {}\n")
    (root / "templates" / "all.yaml").write_text(WORKLOAD)
    return root


@pytest.fixture
def helm(kubeconfig: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The words of `helm upgrade --install`; helm is on PATH, and no private file stays behind."""
    folder = ensure(["helm"], progress=False)["helm"].parent
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("HELM_CACHE_HOME", str(tmp_path / "helm"))
    (tmp_path / "private").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "private"))
    (tmp_path / "kubeconfig").write_text(kubeconfig)
    yield ["helm", "upgrade", "--install", "--namespace", NAMESPACE, "--kubeconfig", str(tmp_path / "kubeconfig")]
    assert list((tmp_path / "private").iterdir()) == []


def update(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*words, "--wait", "--timeout", "20s"], capture_output=True, text=True, check=False)


def killed(words: Sequence[str], kubeconfig: str, revision: int) -> None:
    """Run helm until it has written the revision down, then kill it."""
    with client_of(kubeconfig) as client, subprocess.Popen([*words, "--wait", "--set", NOWHERE]) as child:
        secret = f"sh.helm.release.v1.{words[-2]}.v{revision}"
        deadline = time.monotonic() + 10
        while client.get("v1", "Secret", secret, NAMESPACE) is None:
            assert time.monotonic() < deadline, f"{secret} never came"
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)


def exported(kubeconfig: str, name: str) -> dict[str, Any]:
    """The state after the kill: the provider is recorded, the release was begun."""
    provider = {"urn": PROVIDER, "type": "pulumi:providers:kubernetes", "inputs": {"kubeconfig": kubeconfig}}
    inputs = {"name": name, "namespace": NAMESPACE}
    release = {"urn": "urn:release", "type": RELEASE, "provider": f"{PROVIDER}::1", "inputs": inputs}
    operation = {"type": "creating", "resource": release}
    return {"deployment": {"resources": [provider], "pending_operations": [operation]}}


@pytest.mark.parametrize(
    ("name", "before", "status", "action"),
    [
        ("first", 0, "pending-install", Action.UNINSTALL),
        ("later", 1, "pending-upgrade", Action.ROLL_BACK),
    ],
)
def test_a_release_whose_helm_was_killed_takes_updates_again(
    helm: list[str], chart: Path, kubeconfig: str, name: str, before: int, status: str, action: Action
) -> None:
    words = [*helm, name, str(chart)]
    for _ in range(before):
        assert update(words).returncode == 0
    killed(words, kubeconfig, before + 1)
    assert BUSY in update(words).stderr

    cases = inspect(releases_of(exported(kubeconfig, name)), str)
    (verdict,) = [case.verdict for case in cases]
    assert (verdict.status, verdict.action, verdict.revision) == (status, action, before)
    assert verdict.age_seconds is not None
    assert 0 <= verdict.age_seconds < 30
    said: list[str] = []
    assert settle(cases, said.append), said

    (after,) = [case.verdict for case in inspect(releases_of(exported(kubeconfig, name)), str)]
    assert (after.status, after.action) == ("deployed" if before else "absent", Action.NOTHING)
    done = update(words)
    assert done.returncode == 0, done.stderr
