"""Pull secret and bucket access: made from what was given, secret throughout, changed in place."""

import json
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from components.release.gcs_access import GcsAccess
from components.release.pull_secret import RegistryPullSecret
from tests.support.release_cases import CANARY, SA_JSON, recorded, refused

MIRROR = {"registry": "registry.example.com:5000", "username": "robot", "password": f"pw{CANARY}"}


def pull(**args: Any) -> dict[str, Any]:
    return {"namespace": "cartesia", **args}


def content(recording: Any, key: str = "Secret:pull-secret") -> dict[str, Any]:
    data = recording.found[key].inputs["stringData"]
    assert rpc.is_rpc_secret(data)
    found = rpc.unwrap_rpc_secret(data)
    assert isinstance(found, dict)
    return found


def test_the_vendors_key_becomes_a_login_of_the_vendors_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = recorded(lambda: RegistryPullSecret("pull", pull(service_account_json=SA_JSON)), monkeypatch)
    inputs = recording.found["Secret:pull-secret"].inputs
    assert inputs["type"] == "kubernetes.io/dockerconfigjson"
    assert inputs["metadata"] == {"name": "cartesia-registry", "namespace": "cartesia"}
    auths = json.loads(content(recording)[".dockerconfigjson"])["auths"]
    assert {host: (entry["username"], entry["password"]) for host, entry in auths.items()} == {
        "us-docker.pkg.dev": ("_json_key", SA_JSON)
    }
    assert recording.outputs["RegistryPullSecret:pull"] == {"secret_name": "cartesia-registry"}
    assert recording.found["RegistryPullSecret:pull"].inputs == {"secret_name": "cartesia-registry"}


def test_a_mirrors_login_is_for_the_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    def program() -> RegistryPullSecret:
        mirror = {**MIRROR, "password": pulumi.Output.secret(MIRROR["password"])}
        return RegistryPullSecret("pull", pull(mirror=mirror, secret_name="mine"))

    recording = recorded(program, monkeypatch)
    auths = json.loads(content(recording)[".dockerconfigjson"])["auths"]
    assert auths["registry.example.com:5000"]["password"] == MIRROR["password"]
    assert recording.found["Secret:pull-secret"].inputs["metadata"]["name"] == "mine"


def test_a_new_key_changes_content_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    rotated = SA_JSON.replace(f"{CANARY}id", "another-id")
    shapes = []
    for key in (SA_JSON, SA_JSON, rotated):
        recording = recorded(lambda key=key: RegistryPullSecret("pull", pull(service_account_json=key)), monkeypatch)
        inputs = dict(recording.found["Secret:pull-secret"].inputs)
        text = content(recording)[".dockerconfigjson"]
        del inputs["stringData"]
        shapes.append((inputs, text))
    (one, first), (two, second), (three, third) = shapes
    assert one == two == three
    assert first == second != third


@pytest.mark.parametrize(
    ("args", "where", "words"),
    [
        ({}, "namespace", "required"),
        (pull(), "service_account_json", "exactly one; neither"),
        (pull(service_account_json=SA_JSON, mirror=MIRROR), "service_account_json", "exactly one; both"),
        (pull(service_account_json=SA_JSON[:-9]), "service_account_json", "must be JSON; [secret]"),
        (pull(service_account_json=SA_JSON.replace("service_account", "x")), "service_account_json.type", "[secret]"),
        (pull(service_account_json={"type": "x"}), "service_account_json", "must be text"),
        (pull(mirror={**MIRROR, "registry": "https://x/y"}), "mirror.registry", "registry host"),
        (pull(mirror={**MIRROR, "password": ""}), "mirror.password", "must not be empty"),
        (pull(mirror={**MIRROR, "token": "x"}), "mirror.token", "unknown key"),
        (pull(mirror="x"), "mirror", "must be a map"),
        (pull(service_account_json=SA_JSON, secret_name="My"), "secret_name", "secret's name"),
        (pull(service_account_json=SA_JSON, namespace="a.b"), "namespace", "namespace name"),
        (pull(service_account_json=SA_JSON, docker_config="~/.docker"), "docker_config", "unknown key"),
    ],
)
def test_wrong_arguments_are_named_and_nothing_is_registered(args: dict[str, Any], where: str, words: str) -> None:
    text = refused(lambda: RegistryPullSecret("pull", args))
    [*lines] = [line for line in text.splitlines() if line.strip().startswith(f"{where}:")]
    assert any(all(word in line for word in words.split("; ")) for line in lines), text
    assert CANARY not in text


def test_bucket_access_is_the_key_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    args = pull(service_account_json=SA_JSON, data_key="key.json")
    recording = recorded(lambda: GcsAccess("gcs", args), monkeypatch)
    assert content(recording, "Secret:gcs-secret") == {"key.json": SA_JSON}
    assert recording.found["Secret:gcs-secret"].inputs["metadata"]["name"] == "cartesia-gcs"
    assert recording.outputs["GcsAccess:gcs"] == {"secret_name": "cartesia-gcs"}


@pytest.mark.parametrize(
    ("args", "where"),
    [
        ({}, "service_account_json"),
        (pull(service_account_json="{}"), "service_account_json.type"),
        (pull(service_account_json=SA_JSON, data_key="a/b"), "data_key"),
        (pull(service_account_json=SA_JSON, secret_name="A"), "secret_name"),
        (pull(service_account_json=SA_JSON, bucket="x"), "bucket"),
    ],
)
def test_wrong_access_is_refused(args: dict[str, Any], where: str) -> None:
    text = refused(lambda: GcsAccess("gcs", args))
    assert f"\n  {where}:" in text
    assert CANARY not in text


def test_docker_files_of_this_machine_are_never_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    folder = tmp_path / "docker"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"auths": {"us-docker.pkg.dev": {"auth": "bWluZTptaW5l"}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    recording = recorded(lambda: RegistryPullSecret("pull", pull(mirror=MIRROR)), monkeypatch)
    assert set(json.loads(content(recording)[".dockerconfigjson"])["auths"]) == {"registry.example.com:5000"}
