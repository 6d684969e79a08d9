"""What a release registers: order, names, values, and where secrets are and are not."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from components.release.cartesia_release import CartesiaRelease
from tests.support.aws_mocks import Recording
from tests.support.release_cases import (
    API_KEY,
    CANARY,
    CERTIFICATE,
    LICENSE,
    SA_JSON,
    air_gapped,
    changed,
    connected,
    recorded,
)

RELEASE = "Release:voice-release"


def made(args: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *, preview: bool = False) -> Recording:
    return recorded(lambda: CartesiaRelease("voice", args), monkeypatch, preview=preview)


def values(recording: Recording) -> dict[str, Any]:
    found = recording.found[RELEASE].inputs["values"]
    assert isinstance(found, dict)
    assert not rpc.is_rpc_secret(found)
    return found


def open_leaves(value: Any) -> Iterator[str]:
    """Every string that is not inside a secret."""
    if rpc.is_rpc_secret(value):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from open_leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from open_leaves(item)
    elif isinstance(value, pulumi.StringAsset):
        yield value.text
    else:
        yield str(value)


def secret_text(recording: Recording, key: str, data_key: str) -> str:
    data = recording.found[key].inputs["stringData"]
    assert rpc.is_rpc_secret(data), f"{key} is not marked secret"
    return str(rpc.unwrap_rpc_secret(data)[data_key])


def test_everything_hangs_below_the_component_and_is_named_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = made(connected(), monkeypatch)
    assert set(recording.found) == {
        "CartesiaRelease:voice",
        "Namespace:voice-namespace",
        "RegistryPullSecret:voice-pull",
        "Secret:voice-pull-secret",
        "GcsAccess:voice-gcs",
        "Secret:voice-gcs-secret",
        "Secret:voice-api-key",
        RELEASE,
    }
    assert {key: one.parent for key, one in recording.found.items() if one.parent != "CartesiaRelease:voice"} == {
        "CartesiaRelease:voice": "",
        "Secret:voice-pull-secret": "RegistryPullSecret:voice-pull",
        "Secret:voice-gcs-secret": "GcsAccess:voice-gcs",
    }


def test_namespace_and_secrets_come_before_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = made(connected(), monkeypatch)
    secrets = {"Secret:voice-pull-secret", "Secret:voice-gcs-secret", "Secret:voice-api-key"}
    assert recording.before(RELEASE) >= secrets | {"Namespace:voice-namespace"}
    for secret in secrets:
        assert "Namespace:voice-namespace" in recording.before(secret)


def test_the_release_is_the_local_chart_with_a_fixed_name(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = made(connected(), monkeypatch).found[RELEASE].inputs
    assert inputs["chart"] == ".cartesia/bundles/abc/cartesia-kube/cartesia"
    assert inputs["name"] == inputs["namespace"] == "cartesia"
    assert inputs["description"] == "cartesia-kube 1.4.0"
    assert (inputs["timeout"], inputs["atomic"], inputs["skipAwait"], inputs["maxHistory"]) == (1800, False, False, 10)
    assert not {"repositoryOpts", "version", "valueYamlFiles", "allowNullValues"} & set(inputs)


def test_the_values_of_a_connected_release(monkeypatch: pytest.MonkeyPatch) -> None:
    assert values(made(connected(), monkeypatch)) == {
        "release": {"releaseTag": "sonic-20260503", "maxUnavailable": 0},
        "infra": {"authenticate": True},
        "imagePullSecrets": [{"name": "cartesia-registry"}],
        "gcs": {"secret": "cartesia-gcs"},
        "apiKeySecret": "cartesia-api-key",
        "hotReload": True,
        "ingress": {
            "enabled": True,
            "host": "api.voice.example.com",
            "certificate": CERTIFICATE,
            "className": "alb",
        },
        "workers": {
            "cartesia-sonic-azure-disco": {"minReplicas": 1, "maxReplicas": 2},
            "cartesia-sonic-rosy-dragon": {"minReplicas": 1, "maxReplicas": 1, "batch_size": 4},
        },
        "extra": {"list": [1, 2]},
    }


def test_the_values_of_an_air_gapped_release(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = made(air_gapped(), monkeypatch)
    found = values(recording)
    assert found["infra"] == {"authenticate": False, "imageRegistry": "registry.example.com:5000/cartesia"}
    assert found["licenseProxy"] == {"persistence": {"enabled": True, "storageClass": "gp3"}}
    assert found["hotReload"] is False, "on by default in the chart, and there is no bucket"
    assert found["licenseSeedSecret"] == "cartesia-license"
    assert found["nats"] == {"image": "registry.example.com:5000/nats:2.12"}
    assert secret_text(recording, "Secret:voice-license", "license.json") == LICENSE
    assert "Secret:voice-license" in recording.before(RELEASE)


def test_secrets_hold_what_was_given_under_fixed_names(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = made(connected(), monkeypatch)
    assert secret_text(recording, "Secret:voice-api-key", "api-key") == API_KEY
    assert secret_text(recording, "Secret:voice-gcs-secret", "service-account.json") == SA_JSON
    auths = json.loads(secret_text(recording, "Secret:voice-pull-secret", ".dockerconfigjson"))["auths"]
    assert auths["us-docker.pkg.dev"]["password"] == SA_JSON
    for key, one in recording.found.items():
        if key.startswith("Secret:"):
            assert one.inputs["metadata"]["namespace"] == "cartesia"
            assert "immutable" not in one.inputs


@pytest.mark.parametrize("make", [connected, air_gapped])
@pytest.mark.parametrize("given", ["plain", "output", "secret"])
def test_no_secret_is_ever_outside_a_secret(
    make: Any, given: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    wrap = {"plain": lambda x: x, "output": pulumi.Output.from_input, "secret": pulumi.Output.secret}[given]

    def program() -> CartesiaRelease:
        args = make()
        for path in ("api_key/value", "gcs_access/value", "license/seed/value", "pull_secret/service_account_json"):
            block, _, key = path.rpartition("/")
            at: Any = args
            for part in block.split("/"):
                at = at.get(part, {})
            if key in at:
                at[key] = wrap(at[key])
        return CartesiaRelease("voice", args)

    recording = recorded(program, monkeypatch)
    assert len([key for key in recording.found if key.startswith("Secret:")]) >= 2
    for key, one in recording.found.items():
        assert CANARY not in "\n".join(open_leaves(one.inputs)), key
    for key, outputs in recording.outputs.items():
        assert CANARY not in "\n".join(open_leaves(outputs)), key
    printed = capfd.readouterr()
    assert CANARY not in printed.out + printed.err


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        ("api_key/value", f"two words {CANARY}"),
        ("gcs_access/value", f'{{"type": "{CANARY}"}}'),
        ("pull_secret/service_account_json", f"not json {CANARY}"),
        ("license/seed/value", f"not json {CANARY}"),
        ("ingress/certificate_arn", f"arn:{CANARY}"),
    ],
)
def test_a_value_known_late_is_checked_late_and_not_shown(
    path: str, bad: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    args = changed(connected(), path, pulumi.Output.secret(bad))
    if path.startswith("license"):
        args["license"] |= {"persistence": True, "storage_class": "gp3"}
    with pytest.raises(pulumi.RunError) as caught:
        recorded(lambda: CartesiaRelease("voice", args), monkeypatch)
    assert re.search(r"(value|service_account_json|certificate_arn)(\.type)?: must be", str(caught.value))
    printed = capfd.readouterr()
    if not path.startswith("ingress"):  # an ARN is no secret
        assert CANARY not in str(caught.value) + printed.out + printed.err


def test_existing_secrets_are_referred_to_and_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    args = connected(
        api_key={"existing_secret": "my-key"},
        gcs_access={"existing_secret": "my-gcs"},
        pull_secret={"existing_secret": "my-registry"},
        create_namespace=False,
    )
    recording = made(args, monkeypatch)
    assert set(recording.found) == {"CartesiaRelease:voice", RELEASE}
    found = values(recording)
    assert (found["apiKeySecret"], found["gcs"]["secret"]) == ("my-key", "my-gcs")
    assert found["imagePullSecrets"] == [{"name": "my-registry"}]


def test_an_empty_path_says_the_chart_reads_a_fixed_name(monkeypatch: pytest.MonkeyPatch) -> None:
    args = changed(connected(), "key_paths/api_key_secret", "")
    args["api_key"]["secret_name"] = "the-name-the-chart-reads"
    recording = made(args, monkeypatch)
    assert "apiKeySecret" not in values(recording)
    assert recording.found["Secret:voice-api-key"].inputs["metadata"]["name"] == "the-name-the-chart-reads"


def test_a_role_of_its_own_overrules_the_map_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    args = changed(connected(), "key_paths/worker_min_replicas", "scaling.{worker}.floor")
    args["key_paths"]["worker_model"] = "workers.{worker}.model"
    args["key_paths"]["worker_enabled"] = "workers.{worker}.enabled"
    found = values(made(args, monkeypatch))
    assert found["scaling"]["cartesia-sonic-azure-disco"] == {"floor": 1}
    assert found["workers"]["cartesia-sonic-azure-disco"] == {
        "maxReplicas": 2,
        "model": "azure-disco",
        "enabled": True,
    }


def test_the_users_values_are_laid_over_the_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    args = connected(values={"release": {"releaseTag": "sonic-20260503", "own": 1}, "infra": {"x": [1]}})
    found = values(made(args, monkeypatch))
    assert found["release"] == {"releaseTag": "sonic-20260503", "maxUnavailable": 0, "own": 1}
    assert found["infra"] == {"authenticate": True, "x": [1]}


def test_nulls_travel_as_a_file_for_the_sdk_would_drop_them(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = made(connected(values={"a": {"b": None, "c": 1}}), monkeypatch).found[RELEASE].inputs
    assert inputs["values"]["a"] == {"c": 1}
    assert inputs["allowNullValues"] is True
    [file] = inputs["valueYamlFiles"]
    assert json.loads(file.text) == {"a": {"b": None}}


def test_outputs_may_stand_in_values(monkeypatch: pytest.MonkeyPatch) -> None:
    def program() -> CartesiaRelease:
        return CartesiaRelease("voice", connected(values={"role": [pulumi.Output.from_input("arn:aws:iam::1:role/r")]}))

    assert values(recorded(program, monkeypatch))["role"] == ["arn:aws:iam::1:role/r"]


@pytest.mark.parametrize("secret", [True, False])
def test_an_output_that_brings_a_secret_into_values_is_refused(secret: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    leaf = f"plain looking {CANARY}" if secret else API_KEY

    def program() -> CartesiaRelease:
        output = pulumi.Output.secret(leaf) if secret else pulumi.Output.from_input(leaf)
        return CartesiaRelease("voice", connected(values={"a": {"b": output}}))

    with pytest.raises(pulumi.RunError, match=r"values\.a\.b") as caught:
        recorded(program, monkeypatch)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(("level", "enforced"), [(None, None), ("restricted", "restricted")])
def test_a_made_namespace_warns_and_enforces_only_on_demand(
    level: str | None, enforced: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    args = connected() if level is None else connected(pod_security=level)
    labels = made(args, monkeypatch).found["Namespace:voice-namespace"].inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/warn"] == "baseline"
    assert labels.get("pod-security.kubernetes.io/enforce") == enforced


def test_every_annotated_output_is_assigned_and_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = made(connected(), monkeypatch).outputs["CartesiaRelease:voice"]
    assert outputs == {
        "namespace": "cartesia",
        "release_name": "cartesia",
        "release_status": "deployed",
        "release_tag": "sonic-20260503",
        "api_endpoint": "https://api.voice.example.com",
        "worker_names": ["cartesia-sonic-azure-disco", "cartesia-sonic-rosy-dragon"],
    }
    assert set(outputs) == set(CartesiaRelease.__annotations__)


def test_a_preview_shows_the_whole_release(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = made(connected(), monkeypatch, preview=True)
    assert values(recording)["release"]["releaseTag"] == "sonic-20260503"
    assert secret_text(recording, "Secret:voice-api-key", "api-key") == API_KEY
