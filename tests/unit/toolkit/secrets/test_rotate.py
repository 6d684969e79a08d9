"""The verb: a value is checked before anything is written, travels by standard input, and is in no output."""

import json
import os
import sys
from pathlib import Path
from typing import Any, Self

import pytest
from click.testing import CliRunner, Result

from clients.kubernetes import BadKubeconfig, KubeUnreachable
from core.secrets.table import SECRETS
from toolkit.commands.secrets import secrets
from toolkit.secrets import rotation

VALUE = "CanaryOfTheNewValue0123456789"
BASE = "urn:pulumi:dev::cartesia::cartesia:index:VoiceStack$cartesia:index:CartesiaRelease"
KEY_URN = f"{BASE}$kubernetes:core/v1:Secret::voice-release-api-key"
GPU_URN = "urn:pulumi:dev::cartesia::cartesia:index:EksCluster$aws:eks/nodeGroup:NodeGroup::voice-gpu"
PULUMI = """#!{python}
import json, pathlib, sys
folder = pathlib.Path({folder!r})
words = sys.argv[1:]
with open(folder / "calls", "a") as file:
    file.write(" ".join(words) + "\\n")
answers = json.loads((folder / "answers").read_text())
name = " ".join(words[:2])
if name == "config set":
    (folder / "set").write_text(sys.stdin.read())
answer = answers.get(name, "")
print(answer if isinstance(answer, str) else json.dumps(answer))
sys.exit(answers.get("fails") == words[0])
"""


class Stack:
    """A fake `pulumi` on PATH, its answers, and the cluster behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.restarted: list[str] = []
        program = folder / "bin" / "pulumi"
        program.parent.mkdir()
        program.write_text(PULUMI.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)
        (folder / "calls").touch()
        metadata = {"name": "cartesia-api-key", "namespace": "voice"}
        resource = {"type": "kubernetes:core/v1:Secret", "urn": KEY_URN, "inputs": {"metadata": metadata}}
        self.answers: dict[str, Any] = {
            "config --json": {"cartesia:apiKey": {"secret": True}},
            "stack export": {"deployment": {"resources": [resource]}},
            "stack output": {"kubeconfig": "a kubeconfig"},
            "preview --json": {"steps": [{"op": "same", "urn": KEY_URN}]},
        }

    def change(self, op: str, urn: str, **state: Any) -> None:
        state = {"custom": True, "type": "x"} | state
        self.answers["preview --json"]["steps"].append({"op": op, "urn": urn, "newState": state})

    def run(self, *words: str, given: str | None = None) -> Result:
        (self.folder / "answers").write_text(json.dumps(self.answers))
        (self.folder / "value").write_text(VALUE + "\n")
        return CliRunner().invoke(secrets, ["rotate", *words, "--stack", "dev"], input=given)

    def rotate(self, *words: str) -> Result:
        return self.run("apiKey", "--file", str(self.folder / "value"), *words)

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    @property
    def written(self) -> bool:
        return (self.folder / "set").exists() or any(call.startswith(("up", "config set")) for call in self.calls)


def deployment(name: str, secret: str) -> dict[str, Any]:
    pod = {"containers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": secret}}}]}]}
    status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "voice", "generation": 1},
        "spec": {"replicas": 1, "template": {"spec": pod}},
        "status": status,
    }


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    made = Stack(tmp_path)
    objects = {each["metadata"]["name"]: each for each in (deployment("a", "cartesia-api-key"), deployment("b", "x"))}

    class Cluster:
        @classmethod
        def from_kubeconfig(cls, text: str) -> Self:
            assert text == "a kubeconfig"
            return cls()

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def list(self, _version: str, kind: str, namespace: str) -> list[dict[str, Any]]:
            assert namespace == "voice"
            return list(objects.values()) if kind == "Deployment" else []

        def get(self, _version: str, _kind: str, name: str, _namespace: str) -> dict[str, Any]:
            return objects[name]

        def apply(self, intent: dict[str, Any], *, field_manager: str) -> None:
            assert field_manager
            made.restarted.append(intent["metadata"]["name"])

    monkeypatch.setattr(rotation, "KubeClient", Cluster)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/state")
    for secret in SECRETS.values():
        monkeypatch.delenv(secret.variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return made


def test_the_value_goes_in_by_standard_input_and_exactly_its_readers_restart(stack: Stack) -> None:
    said = stack.rotate("--json")
    assert said.exit_code == 0, said.output
    assert (stack.folder / "set").read_text() == VALUE
    told = json.loads(said.stdout)
    assert told["source"] == "configuration"
    assert told["kubernetesSecrets"] == [{"name": "cartesia-api-key", "namespace": "voice"}]
    assert [(each["name"], each["state"]) for each in told["workloads"]] == [("a", "restarted")]
    assert stack.restarted == ["a"]
    assert VALUE not in said.output + "\n".join(stack.calls)
    order = [call.split()[0] for call in stack.calls if call.startswith(("preview", "config set", "up"))]
    assert order == ["preview", "config", "up"]


def test_a_dry_run_says_all_and_changes_nothing(stack: Stack) -> None:
    said = stack.rotate("--dry-run")
    assert said.exit_code == 0, said.output
    assert "cartesia-api-key would change" in said.output
    assert "Deployment a" in said.output
    assert "Deployment b" not in said.output
    assert (stack.written, stack.restarted) == (False, [])


def test_without_a_restart_the_readers_are_still_named(stack: Stack) -> None:
    said = stack.rotate("--no-restart", "--json")
    assert [each["state"] for each in json.loads(said.stdout)["workloads"]] == ["reads"]
    assert (stack.written, stack.restarted) == (True, [])


@pytest.mark.parametrize(
    ("key", "value"),
    [("apiKey", f"{VALUE} two words"), ("license", VALUE), ("serviceAccountJson", f'{{"a": "{VALUE}"'), ("apiKey", "")],
)
def test_a_bad_value_is_refused_before_anything_and_not_shown(stack: Stack, key: str, value: str) -> None:
    said = stack.run(key, "--file", "-", given=value)
    assert said.exit_code == 1  # 2 by the entry point
    assert VALUE not in said.output + str(said.exception)
    assert stack.calls == []


def test_other_changes_are_named_and_need_a_word(stack: Stack) -> None:
    stack.change("replace", GPU_URN)
    stack.change("update", KEY_URN)
    stack.change("update", f"{BASE}::voice-release", custom=False)
    refused = stack.rotate()
    assert refused.exit_code == 1
    assert "  replace voice-gpu (aws:eks/nodeGroup:NodeGroup)\n" in refused.output
    assert "voice-release" not in refused.output
    assert (stack.written, stack.restarted) == (False, [])
    assert stack.rotate("--yes").exit_code == 0
    assert stack.restarted == ["a"]


def test_where_a_variable_names_a_file_that_file_has_to_change(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    named = stack.folder / "named"
    named.write_text(VALUE)
    monkeypatch.setenv("CARTESIA_API_KEY_FILE", str(named))
    stack.answers["config --json"] = {}
    refused = stack.rotate()
    assert f"CARTESIA_API_KEY_FILE names {named}" in str(refused.exception)
    assert (stack.written, refused.exit_code) == (False, 1)
    for words in ([], ["--file", os.path.relpath(named)]):
        said = stack.run("apiKey", *words, "--json")
        assert said.exit_code == 0, said.output
        assert json.loads(said.stdout)["source"] == "file"
    assert stack.restarted == ["a", "a"]
    assert not (stack.folder / "set").exists()


def test_a_stack_that_has_no_such_secret_or_no_use_for_it_is_left_alone(stack: Stack) -> None:
    stack.answers["stack export"]["deployment"]["resources"] = []
    assert "makes no Kubernetes secret from apiKey" in stack.rotate().output
    stack.answers["config --json"] = {}
    assert "is not set in stack dev" in str(stack.rotate().exception)
    assert not stack.written


def test_a_file_that_is_missing_and_a_misspelt_key_are_refused_with_the_fix(stack: Stack) -> None:
    assert "name the file with the new Cartesia API key" in str(stack.run("apiKey").exception)
    assert 'did you mean "apiKey"?' in stack.run("apikey").output
    assert "No such file" in str(stack.run("apiKey", "--file", "nowhere").exception)
    assert not stack.written


def test_a_locked_stack_is_left_alone(stack: Stack) -> None:
    locks = stack.folder / "state" / ".pulumi" / "locks" / "dev"
    locks.mkdir(parents=True)
    (locks / "x.json").write_text("{}")
    said = stack.rotate()
    assert "stack dev is locked, and nothing was changed" in said.output
    assert not stack.written


@pytest.mark.parametrize("error", [BadKubeconfig("kubeconfig: no user"), KubeUnreachable("it does not answer")])
def test_a_cluster_that_cannot_be_reached_is_found_before_anything_is_written(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def unreachable(_text: str) -> None:
        raise error

    monkeypatch.setattr("toolkit.secrets.rotation.KubeClient.from_kubeconfig", unreachable)
    said = stack.rotate()
    assert (said.exit_code, f"Error: {error}" in said.output) == (1, True)
    assert not stack.written


def test_after_an_update_that_failed_nothing_is_restarted(stack: Stack) -> None:
    stack.answers["fails"] = "up"
    said = stack.rotate()
    assert said.exit_code == 1
    assert "nothing was restarted" in said.output
    assert stack.restarted == []


def test_a_preview_that_fails_is_told_in_its_own_words(stack: Stack) -> None:
    stack.answers |= {"fails": "preview", "preview --json": {"diagnostics": [{"severity": "error", "message": "no"}]}}
    said = stack.rotate()
    assert "the preview failed, and nothing was changed:\nno" in said.output
    assert not stack.written


def test_the_list_is_the_table(stack: Stack) -> None:
    rows = json.loads(CliRunner().invoke(secrets, ["list", "--json"]).stdout)["secrets"]
    assert [row["key"] for row in rows] == list(SECRETS)
    text = CliRunner().invoke(secrets, ["list"]).output
    for secret in SECRETS.values():
        for argument in secret.arguments:
            line = next(
                line for line in text.splitlines() if line.startswith(f"{secret.key} ") and argument.secret_name in line
            )
            assert secret.opens in line
            assert ", ".join(argument.readers) in line
    assert stack.calls == []


def test_the_list_of_a_stack_says_where_each_comes_from(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    (stack.folder / "answers").write_text(json.dumps(stack.answers))
    monkeypatch.setenv("CARTESIA_API_KEY_FILE", "x")
    monkeypatch.setenv("CARTESIA_LICENSE_FILE", "x")
    rows = json.loads(CliRunner().invoke(secrets, ["list", "--stack", "dev", "--json"]).stdout)["secrets"]
    sources = {row["key"]: row["source"] for row in rows}
    assert sources == {
        "serviceAccountJson": None,
        "apiKey": "configuration",
        "license": "file",
        "mirrorPassword": None,
    }
