"""A release that a killed engine left pending is freed, any other is left alone, and nobody's secrets stay behind."""

import datetime as dt
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from clients.helm import Helm, HelmError, Revision
from toolkit.commands.recover import recover
from toolkit.recovery.helm import Action, decide, inspect, settle
from toolkit.recovery.releases import RELEASE, Release, releases_of
from toolkit.recovery.wording import release_lines, release_rows

NOW = dt.datetime(2026, 8, 22, 12, 0, 0, tzinfo=dt.UTC)
PENDING = ("pending-install", "pending-upgrade", "pending-rollback")
OTHERS = ("deployed", "superseded", "failed", "uninstalling", "uninstalled", "unknown")
KUBECONFIG = json.dumps({"clusters": [], "canary": "kubeconfig-canary-5b1e"})
PROVIDER = "urn:pulumi:dev::cartesia::pulumi:providers:kubernetes::voice-k8s"


def rows(*statuses: str) -> list[dict[str, Any]]:
    return [{"revision": number, "status": status} for number, status in enumerate(statuses, start=1)]


def revisions(*statuses: str) -> list[Revision]:
    return [Revision(number, status) for number, status in enumerate(statuses, start=1)]


@pytest.mark.parametrize(
    ("statuses", "action", "revision"),
    [
        ((), Action.NOTHING, 0),
        (("deployed",), Action.NOTHING, 0),
        (("failed",), Action.NOTHING, 0),
        (("superseded", "deployed"), Action.NOTHING, 0),
        (("pending-upgrade", "deployed"), Action.NOTHING, 0),
        (("uninstalling",), Action.NOTHING, 0),
        (("pending-install",), Action.UNINSTALL, 0),
        (("failed", "pending-upgrade"), Action.UNINSTALL, 0),
        (("deployed", "pending-upgrade"), Action.ROLL_BACK, 1),
        (("superseded", "deployed", "failed", "pending-upgrade"), Action.ROLL_BACK, 2),
        (("deployed", "failed", "pending-rollback"), Action.ROLL_BACK, 1),
        (("deployed", "superseded", "pending-rollback"), Action.ROLL_BACK, 1),
        (("superseded", "superseded", "failed", "pending-rollback"), Action.ROLL_BACK, 2),
    ],
)
def test_what_is_done_about_a_release(statuses: tuple[str, ...], action: Action, revision: int) -> None:
    verdict = decide(revisions(*statuses), NOW)
    assert (verdict.action, verdict.revision) == (action, revision)
    assert verdict.status == (statuses[-1] if statuses else "absent")


@given(st.lists(st.sampled_from(PENDING + OTHERS), max_size=8), st.randoms())
def test_only_pending_releases_are_touched_and_none_that_ran_is_removed(statuses: list[str], random: Any) -> None:
    history = revisions(*statuses)
    random.shuffle(history)
    verdict = decide(history, NOW)
    ran = [number for number, status in enumerate(statuses, start=1) if status in ("deployed", "superseded")]
    if not statuses or statuses[-1] not in PENDING:
        assert verdict.action is Action.NOTHING
    elif ran:
        assert verdict.action is Action.ROLL_BACK
        assert verdict.revision in ran
    else:
        assert verdict.action is Action.UNINSTALL


@pytest.mark.parametrize(
    ("updated", "age"),
    [
        ("2026-08-22T11:59:18.123456789Z", pytest.approx(41.9, abs=0.1)),
        ("2026-08-22T13:59:00+02:00", 60),
        ("2026-08-22T12:30:00Z", 0),  # their clock is ahead
        ("2026-08-22T12:30:00", None),
        ("never", None),
        (None, None),
    ],
)
def test_the_age_of_the_newest_revision(helm: "FakeHelm", updated: str | None, age: float | None) -> None:
    row = {"revision": 1, "status": "pending-install", "updated": updated}
    helm.answers(history=(0, json.dumps([row]), ""))
    assert decide(Helm(KUBECONFIG).history("voice", "cartesia"), NOW).age_seconds == age


def resource(name: Any, namespace: Any = "cartesia", provider: str = f"{PROVIDER}::1", **more: Any) -> dict[str, Any]:
    inputs = {"name": name, "namespace": namespace}
    return {"urn": f"urn:{name}", "type": RELEASE, "inputs": inputs, "provider": provider} | more


def state(*resources: dict[str, Any], begun: tuple[dict[str, Any], ...] = (), kubeconfig: Any = KUBECONFIG) -> Any:
    provider = {"urn": PROVIDER, "id": "1", "type": "pulumi:providers:kubernetes", "inputs": {"kubeconfig": kubeconfig}}
    pending = [{"type": "updating", "resource": each} for each in begun]
    return {"deployment": {"resources": [provider, *resources], "pending_operations": pending}}


def test_releases_are_read_once_each_with_the_kubeconfig_of_their_provider() -> None:
    voice = resource("voice")
    found = releases_of(state(voice, resource("other", None), resource({"ciphertext": "x"}), begun=(voice,)))
    assert found == (Release("voice", "cartesia", True, KUBECONFIG), Release("other", "default", False, KUBECONFIG))
    assert "canary" not in repr(found)
    assert releases_of({"deployment": None}) == ()


@pytest.mark.parametrize("hidden", [{"ciphertext": "x"}, "/home/u/.kube/config", None])
def test_a_kubeconfig_that_the_state_does_not_show_is_asked_of_the_stack(hidden: Any) -> None:
    assert [release.kubeconfig for release in releases_of(state(resource("voice"), kubeconfig=hidden))] == [""]
    assert [release.kubeconfig for release in releases_of(state(resource("voice", provider="")))] == [""]


FAKE = """#!{python}
import json, os, stat, sys
folder = {folder!r}
words = sys.argv[1:]
path = words[words.index("--kubeconfig") + 1]
seen = {{"words": words, "mode": stat.S_IMODE(os.stat(path).st_mode), "text": open(path).read(), "path": path,
        "environment": sorted(os.environ)}}
with open(folder + "/calls", "a") as file:
    file.write(json.dumps(seen) + "\\n")
answer = json.load(open(folder + "/answers.json")).get(words[0], [0, "", ""])
sys.stdout.write(answer[1])
sys.stderr.write(answer[2])
sys.exit(answer[0])
"""


class FakeHelm:
    """A `helm` that answers what the test says and writes down how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "helm").write_text(FAKE.format(python=sys.executable, folder=str(folder)))
        (folder / "helm").chmod(0o755)
        self.answers(history=(0, json.dumps(rows("deployed", "pending-upgrade")), ""))

    def answers(self, **words: tuple[int, str, str]) -> None:
        (self.folder / "answers.json").write_text(json.dumps(words))

    @property
    def calls(self) -> list[dict[str, Any]]:
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go; afterwards none is left."""
    folder = tmp_path / "private"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def helm(tmp_path: Path, private: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in ("HELM_KUBECONTEXT", "HELM_NAMESPACE", "KUBECONFIG"):
        monkeypatch.setenv(name, "elsewhere")
    yield FakeHelm(folder)
    assert list(private.iterdir()) == []


VOICE = Release("voice", "cartesia", True, KUBECONFIG)


def no_output() -> str:
    return ""


@pytest.mark.parametrize(
    ("statuses", "action", "words"),
    [
        (("deployed", "pending-upgrade"), "rollback", ["rollback", "voice", "1", "--timeout", "5m"]),
        (("pending-install",), "uninstall", ["uninstall", "voice", "--wait", "--timeout", "5m"]),
    ],
)
def test_a_pending_release_is_settled(helm: FakeHelm, statuses: Any, action: str, words: list[str]) -> None:
    helm.answers(history=(0, json.dumps(rows(*statuses)), ""))
    cases = inspect([VOICE], no_output)
    said: list[str] = []
    assert release_rows(cases) == [{"name": "voice", "namespace": "cartesia", "status": statuses[-1], "action": action}]
    assert settle(cases, said.append)
    assert said == [f"helm release cartesia/voice: {action} done"]
    looked, changed = helm.calls
    assert looked["words"][:4] == ["history", "voice", "--output", "json"]
    assert changed["words"][: len(words)] == words
    for call in helm.calls:
        assert call["words"][-4:] == ["--namespace", "cartesia", "--kubeconfig", call["path"]]
        assert (call["mode"], call["text"]) == (0o600, KUBECONFIG)
        assert not {"HELM_KUBECONTEXT", "HELM_NAMESPACE", "KUBECONFIG"} & set(call["environment"])


@pytest.mark.parametrize("answer", [(0, json.dumps(rows("deployed")), ""), (1, "", "Error: release: not found\n")])
def test_a_release_that_is_whole_or_absent_is_left_alone(helm: FakeHelm, answer: tuple[int, str, str]) -> None:
    helm.answers(history=answer)
    cases = inspect([VOICE], no_output)
    assert settle(cases, pytest.fail)
    assert release_lines(cases) == []
    assert len(helm.calls) == 1


def test_no_cluster_means_nothing_to_do_and_an_output_stands_in_for_a_hidden_kubeconfig(helm: FakeHelm) -> None:
    hidden = Release("voice", "cartesia")
    assert inspect([hidden], no_output) == ()
    assert helm.calls == []
    assert [case.verdict.action for case in inspect([hidden], lambda: "clusters: []")] == [Action.ROLL_BACK]
    assert helm.calls[0]["text"] == "clusters: []"


def test_a_failed_action_is_said_and_left_to_a_person(helm: FakeHelm) -> None:
    helm.answers(history=(0, json.dumps(rows("pending-install")), ""), uninstall=(1, "", "Error: timed out\n"))
    said: list[str] = []
    assert not settle(inspect([VOICE], no_output), said.append)
    assert said == ["helm release cartesia/voice: uninstall failed: timed out"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((1, "", "Error: Kubernetes cluster unreachable\n"), "cluster unreachable"),
        ((0, "[{}]", ""), "no list of revisions"),
        ((0, "hello", ""), "no list of revisions"),
        ((3, "", ""), "ended with 3"),
    ],
)
def test_a_state_that_cannot_be_read_is_named(helm: FakeHelm, answer: tuple[int, str, str], words: str) -> None:
    helm.answers(history=answer)
    with pytest.raises(HelmError, match=words):
        Helm(KUBECONFIG).history(VOICE.name, VOICE.namespace)
    cases = inspect([VOICE], no_output)
    assert not settle(cases, pytest.fail)
    (line,) = release_lines(cases)
    assert words in line


def test_without_helm_only_what_was_in_the_middle_is_named(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(private))
    cases = inspect([VOICE, Release("idle", "other", False, KUBECONFIG)], no_output)
    (line,) = release_lines(cases)
    assert "helm release cartesia/voice: " in line
    assert "got: helm is not on PATH" in line
    assert "`helm rollback voice --namespace cartesia`" in line
    assert "`helm uninstall voice --namespace cartesia --wait`" in line
    assert not settle(cases, pytest.fail)
    assert list(private.iterdir()) == []


PULUMI = """#!{python}
import sys
words = sys.argv[1:]
with open({folder!r} + "/engine", "a") as file:
    file.write(" ".join(words[:2]) + "\\n")
if words[:2] == ["stack", "export"]:
    print(open({folder!r} + "/state.json").read())
"""


@pytest.fixture
def engine(helm: FakeHelm) -> FakeHelm:
    """A `pulumi` beside the fake helm, with a state that has one release."""
    program = helm.folder / "pulumi"
    program.write_text(PULUMI.format(python=sys.executable, folder=str(helm.folder)))
    program.chmod(0o755)
    (helm.folder / "state.json").write_text(json.dumps(state(begun=(resource("voice"),))))
    return helm


def run(*words: str) -> Any:
    variables = {"CARTESIA_INVENTORY_COMMAND": "none", "PULUMI_BACKEND_URL": "file:///nowhere"}
    return CliRunner().invoke(recover, ["--stack", "dev", *words], env=variables)


def test_the_command_settles_releases_before_the_refresh(engine: FakeHelm) -> None:
    shown = run("--up", "--json")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["helmReleases"] == [
        {"name": "voice", "namespace": "cartesia", "status": "pending-upgrade", "action": "rollback"}
    ]
    assert [call["words"][0] for call in engine.calls] == ["history", "rollback"]
    steps = (engine.folder / "engine").read_text().splitlines()
    assert [step.split()[0] for step in steps] == ["stack", "refresh", "stack", "up", "stack"]


def test_a_dry_run_only_says_what_would_be_done(engine: FakeHelm) -> None:
    shown = run("--dry-run")
    assert shown.exit_code == 0
    assert (
        "helm release cartesia/voice: pending-upgrade; roll back to revision 1, the last one deployed" in shown.stdout
    )
    assert [call["words"][0] for call in engine.calls] == ["history"]
    assert (engine.folder / "engine").read_text().splitlines() == ["stack export"]


def test_a_release_that_cannot_be_settled_is_a_finding_and_holds_up_the_update(engine: FakeHelm) -> None:
    (engine.folder / "helm").unlink()
    shown = run("--up")
    assert shown.exit_code == 1
    assert "helm is not on PATH" in shown.stdout
    assert "up --yes" not in (engine.folder / "engine").read_text()
