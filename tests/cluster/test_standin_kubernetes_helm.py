"""The Kubernetes stand-in's Helm releases with the real helm on a real control plane."""

import base64
import gzip
import itertools
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from clients.helm import private_folder, sweep
from sandbox.providers import base
from sandbox.providers.base import UNKNOWN, Secret, Special
from sandbox.providers.kubernetes import naming
from sandbox.providers.kubernetes.helm import recovery
from sandbox.providers.kubernetes.helm.record import latest
from sandbox.toolchain import ensure
from tests.support.canaries import command_lines
from tests.support.standin_kubernetes import Declared, Engine, add_node, client_of, control_plane

pytestmark = pytest.mark.cluster

CANARY = "canary-0d6c7a55-do-not-print"
RELEASE = naming.RELEASE
WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}-web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers:
        - name: main
          image: {{ .Values.image | quote }}
          resources: {limits: {"nvidia.com/gpu": {{ .Values.gpus }}}}
---
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}-key}
stringData: {key: {{ required "values.key is missing" .Values.key | quote }}}
"""

_numbers = itertools.count()


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory):
    with control_plane(tmp_path_factory.mktemp("helm") / "world") as text:
        with client_of(text) as client:
            add_node(client, "gpu-0", gpus=1)
        yield text


@pytest.fixture(scope="module")
def client(kubeconfig):
    with client_of(kubeconfig) as client:
        yield client


@pytest.fixture(autouse=True)
def surroundings(tmp_path, monkeypatch):
    """helm on PATH, its folders and ours in tmp, and no kubeconfig that could be taken by mistake."""
    folder = ensure(["helm"], progress=False)["helm"].parent
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("HELM_CACHE_HOME", str(tmp_path / "helm"))
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    yield
    left = list(private.glob("cartesia-helm-*"))
    assert not left, f"files of helm runs stay behind: {left}"


@pytest.fixture
def engine(kubeconfig):
    with Engine(kubeconfig) as engine:
        yield engine


@pytest.fixture
def chart(tmp_path):
    root = tmp_path / "chart"
    (root / "templates").mkdir(parents=True)
    (root / "Chart.yaml").write_text("apiVersion: v2\nname: voice\nversion: 1.2.3\nappVersion: '9'\n")
    (root / "values.yaml").write_text("replicas: 1\nimage: example.com/web:1\ngpus: 0\nkey: null\n")
    (root / "templates" / "all.yaml").write_text(WORKLOAD)
    return root


@pytest.fixture
def release(chart, client):
    namespace = f"helm-{next(_numbers)}"

    def inputs(*, values=None, **more):
        given = {"key": Secret(CANARY), **(values or {})}
        settings = {"name": "voice", "namespace": namespace, "createNamespace": True, "timeout": 15}
        return {"chart": str(chart), "values": given, **settings, **more}

    inputs.namespace = namespace
    return inputs


def names_in(client, namespace):
    return {item["metadata"]["name"] for item in client.list("apps/v1", "Deployment", namespace)}


def test_a_release_goes_up_changes_and_goes_away(engine, client, chart, release):
    made = engine.create(RELEASE, "voice", release())
    namespace = release.namespace
    assert made.id == f"{namespace}/voice"
    status = made.outputs["status"]
    assert (status["status"], status["revision"], status["chart"], status["version"]) == (
        "deployed",
        1,
        "voice",
        "1.2.3",
    )
    assert made.outputs["resourceNames"] == {"Deployment.apps/apps/v1": ["voice-web"], "Secret/v1": ["voice-key"]}
    assert engine.changes(made, release()) == {}
    assert engine.read(made).inputs == made.inputs
    more = release(values={"replicas": 2})
    assert engine.changes(made, more) == {"values.replicas": "add"}
    made = engine.update(made, more)
    assert made.outputs["status"]["revision"] == 2
    assert client.get("apps/v1", "Deployment", "voice-web", namespace)["status"]["availableReplicas"] == 2
    (chart / "values.yaml").write_text((chart / "values.yaml").read_text() + "more: 1\n")
    assert set(engine.changes(made, more)) == {"checksum"}
    moved = {**more, "namespace": "elsewhere"}
    assert engine.changes(made, moved)["namespace"] == "update-replace"
    engine.delete(made)
    assert names_in(client, namespace) == set()
    assert engine.read(made).id == ""
    engine.delete(made)


def test_values_files_come_before_values_and_nulls_are_kept_when_asked(engine, client, release):
    files = [Special({"text": json.dumps({"replicas": 3, "image": None, "key": "from-file"})})]
    made = engine.create(RELEASE, "voice", release(valueYamlFiles=files, values={"replicas": 0}, skipAwait=True))
    live = client.get("apps/v1", "Deployment", "voice-web", release.namespace)
    assert live["spec"]["replicas"] == 0
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "example.com/web:1"
    kept = release(valueYamlFiles=files, values={"replicas": 0}, skipAwait=True, allowNullValues=True)
    with pytest.raises(base.ProviderError, match="image"):
        engine.update(made, kept)


def test_chart_and_values_errors_show_at_preview(engine, kubeconfig, release):
    with pytest.raises(base.ProviderError, match=r"values\.key is missing"):
        engine.create(RELEASE, "voice", release(values={"key": None}), preview=True)
    with Engine(None) as early, pytest.raises(base.ProviderError, match=r"values\.key is missing"):
        early.create(RELEASE, "voice", release(values={"key": None}), preview=True)


def test_a_preview_changes_nothing_and_hides_secrets(engine, client, release):
    made = engine.create(RELEASE, "voice", release(), preview=True)
    assert made.outputs["status"] is UNKNOWN
    assert "Secret/v1" in made.outputs["resourceNames"]
    assert CANARY not in repr(made)
    assert client.get("v1", "Namespace", release.namespace) is None
    unknown = engine.create(RELEASE, "voice", release(values={"image": UNKNOWN}), preview=True)
    assert unknown.outputs["resourceNames"] is UNKNOWN


HOOK = """
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations: {helm.sh/hook: "pre-install,pre-upgrade"}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - {name: main, image: example.com/migrate:1, resources: {limits: {"nvidia.com/gpu": 5}}}
"""
KIND = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: GROUP}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: KIND, plural: PLURAL}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""


def test_a_hook_that_never_ends_names_its_job_its_pod_and_the_schedulers_words(engine, chart, release):
    (chart / "templates" / "hook.yaml").write_text(HOOK)
    with pytest.raises(base.InitFailed) as caught:
        engine.create(RELEASE, "voice", release(timeout=4))
    text = str(caught.value)
    assert re.search(r"hook Job voice-migrate: pod voice-migrate-\w+: .*Insufficient nvidia\.com/gpu", text), text
    told = [line for severity, line in engine.lines if severity == "info" and "hook Job voice-migrate" in line]
    assert re.search(r"\(\d s of 4 s\)$", told[0])


def test_a_chart_with_kinds_of_its_own_previews_before_its_first_install(engine, client, chart, release):
    custom = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: one}\n"
    (chart / "templates" / "widget.yaml").write_text(custom)
    with pytest.raises(base.ProviderError, match='no matches for kind "Widget"'):
        engine.create(RELEASE, "voice", release(), preview=True)
    (chart / "crds").mkdir()
    other = KIND.replace("GROUP", "gadgets.example.com").replace("KIND", "Gadget").replace("PLURAL", "gadgets")
    (chart / "crds" / "gadget.yaml").write_text(other)
    with pytest.raises(base.ProviderError, match='no matches for kind "Widget"'):
        engine.create(RELEASE, "voice", release(), preview=True)
    widget = KIND.replace("GROUP", "widgets.example.com").replace("KIND", "Widget").replace("PLURAL", "widgets")
    (chart / "crds" / "widget.yaml").write_text(widget)
    with pytest.raises(base.ProviderError, match='no matches for kind "Widget"'):
        engine.create(RELEASE, "voice", release(skipCrds=True), preview=True)
    planned = engine.create(RELEASE, "voice", release(), preview=True)
    assert "Widget.example.com/example.com/v1" in planned.outputs["resourceNames"]
    made = engine.create(RELEASE, "voice", release())
    assert made.outputs["resourceNames"] == planned.outputs["resourceNames"]


def test_a_short_of_gpus_is_told_in_the_schedulers_words_and_rolled_back(engine, client, release):
    made = engine.create(RELEASE, "voice", release(atomic=True))
    with pytest.raises(base.InitFailed) as caught:
        engine.update(made, release(values={"gpus": 2, "replicas": 2}, atomic=True, timeout=3))
    text = str(caught.value)
    assert "Insufficient nvidia.com/gpu" in text
    assert CANARY not in text
    assert CANARY not in str(engine.lines)
    record = latest(client, release.namespace, "voice")
    assert (record.status, record.revision) == ("deployed", 3)
    assert client.get("apps/v1", "Deployment", "voice-web", release.namespace)["spec"]["replicas"] == 1


def test_a_failed_first_install_is_recorded_and_upgraded_by_the_next_run(engine, client, release):
    with pytest.raises(base.InitFailed, match=r"Insufficient nvidia\.com/gpu") as caught:
        engine.create(RELEASE, "voice", release(values={"gpus": 3}, timeout=3))
    assert caught.value.outputs["status"]["status"] == "failed"
    failed = Declared(RELEASE, "voice", caught.value.id, caught.value.inputs, caught.value.outputs)
    assert engine.changes(failed, release(values={"gpus": 3}, timeout=3)) == {"status": "update"}
    made = engine.update(failed, release(skipAwait=True))
    assert made.outputs["status"]["status"] == "deployed"


def test_an_atomic_first_install_leaves_nothing_but_its_reasons(engine, client, release):
    with pytest.raises(base.ProviderError, match=r"Insufficient nvidia\.com/gpu") as caught:
        engine.create(RELEASE, "voice", release(values={"gpus": 3}, timeout=3, atomic=True))
    assert not isinstance(caught.value, base.InitFailed)
    assert names_in(client, release.namespace) == set()
    assert latest(client, release.namespace, "voice") is None


def left_pending(client, namespace, status):
    """Make the newest revision look as a killed helm leaves it."""
    record = latest(client, namespace, "voice")
    name = f"sh.helm.release.v1.voice.v{record.revision}"
    secret = client.get("v1", "Secret", name, namespace)
    release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    release["info"] |= {"status": status, "last_deployed": "2026-01-01T00:00:00Z"}
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    client.patch(
        "v1", "Secret", name, {"data": {"release": packed}, "metadata": {"labels": {"status": status}}}, namespace
    )


@pytest.mark.parametrize(
    ("revisions", "status", "words"),
    [
        (1, "pending-install", "removed"),
        (2, "pending-upgrade", "rolled back to revision 1"),
        (1, "uninstalling", "removed"),
    ],
)
def test_a_release_left_in_the_middle_is_recovered(engine, client, release, revisions, status, words):
    made = engine.create(RELEASE, "voice", release(skipAwait=True))
    for number in range(2, revisions + 1):
        made = engine.update(made, release(values={"replicas": number}, skipAwait=True))
    left_pending(client, release.namespace, status)
    assert engine.create(RELEASE, "voice", release(), preview=True).outputs["resourceNames"]
    again = engine.create(RELEASE, "voice", release(skipAwait=True))
    assert again.outputs["status"]["status"] == "deployed"
    assert any(severity == "warning" and words in text for severity, text in engine.lines)


def test_cancel_ends_helm_and_the_next_run_converges(engine, kubeconfig, client, release, monkeypatch):
    monkeypatch.setattr(recovery, "SETTLE_SECONDS", 1.0)
    timer = engine.cancel_after(1.5)
    started = time.monotonic()
    with pytest.raises(base.ProviderError, match="stopped by the engine"):
        engine.create(RELEASE, "voice", release(values={"gpus": 4}, timeout=60))
    assert time.monotonic() - started < 10
    timer.join()
    with Engine(kubeconfig) as later:
        made = later.create(RELEASE, "voice", release(skipAwait=True))
        assert made.outputs["status"]["status"] == "deployed"


def test_nothing_secret_is_on_the_command_line_and_files_are_private(engine, release, tmp_path):
    seen, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            for folder in (tmp_path / "private").glob("cartesia-helm-*"):
                seen.extend(
                    stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.glob("*.yaml")] if path.exists()
                )
            assert not any(CANARY.encode() in words for words in command_lines())
            time.sleep(0.02)

    watcher = threading.Thread(target=look)
    watcher.start()
    engine.create(RELEASE, "voice", release(skipAwait=True))
    stop.set()
    watcher.join()
    assert set(seen) == {0o700, 0o600}


def test_folders_of_killed_runs_are_swept_and_living_ones_kept(tmp_path):
    gone = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True).stdout.strip()
    dead = Path(tempfile.gettempdir()) / f"cartesia-helm-{gone}-x"
    dead.mkdir()
    with private_folder() as living:
        sweep()
        assert living.path.exists()
    assert not dead.exists()


def test_an_import_takes_name_chart_and_values(engine, release):
    made = engine.create(RELEASE, "voice", release(skipAwait=True))
    found = engine.read(Declared(RELEASE, "voice", made.id))
    assert found.inputs["values"] == {"key": CANARY}
    assert (found.inputs["chart"], found.inputs["name"], found.inputs["version"]) == ("voice", "voice", "1.2.3")


def test_a_packed_chart_works_as_well(engine, chart, release, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "voice-1.2.3"), "gztar", tmp_path, "chart")
    packed = Path(archive).rename(tmp_path / "voice-1.2.3.tgz")
    made = engine.create(RELEASE, "voice", {**release(), "chart": str(packed)})
    assert len(made.inputs["checksum"]) == 64
