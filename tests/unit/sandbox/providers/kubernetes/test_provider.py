"""The Kubernetes stand-in's pure parts: names, settings, diffs, outputs, redaction, and its likeness to the SDK."""

import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.providers import base
from sandbox.providers.base import UNKNOWN, Secret
from sandbox.providers.kubernetes import naming
from sandbox.providers.kubernetes.cluster import Cluster
from sandbox.providers.kubernetes.inputs import check_object_inputs, payload
from sandbox.providers.kubernetes.outputs import live_inputs, outputs_of, preview_outputs
from sandbox.providers.kubernetes.provider import KubernetesProvider
from sandbox.providers.kubernetes.redaction import Redactor
from sandbox.providers.kubernetes.replacing import replace_under, replacing_paths, replacing_unknowns
from sandbox.providers.kubernetes.settings import KEYS, Settings, check_settings, read_settings
from tests.support.kubernetes_sdk import property_names, request

CANARY = "canary-5b9d2c-do-not-print"
KUBECONFIG = json.dumps(
    {
        "clusters": [{"name": "c", "cluster": {"server": "https://one:1"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "namespace": "team"}}],
        "current-context": "x",
    }
)


def checked(type_, news, *, olds=None, settings=None):
    return check_object_inputs(request(type_, news, olds=olds), Cluster(settings or Settings()))


def test_provider_settings_are_those_of_the_sdk():
    assert property_names("provider.py", "class ProviderArgs", "class Provider(") == KEYS


@pytest.mark.parametrize(
    ("token", "found"),
    [
        ("kubernetes:core/v1:Pod", ("v1", "Pod")),
        ("kubernetes:apps/v1:Deployment", ("apps/v1", "Deployment")),
        ("kubernetes:keda.sh/v1alpha1:ScaledObject", ("keda.sh/v1alpha1", "ScaledObject")),
        ("kubernetes:example.com/v1:WatchList", ("example.com/v1", "WatchList")),
    ],
)
def test_tokens_name_api_version_and_kind(token, found):
    assert naming.parse_token(token) == found


@pytest.mark.parametrize("token", ["kubernetes:core/v1:PodList", "kubernetes:apps/v1:DeploymentPatch", "a:b", "a:b:C"])
def test_what_is_no_single_object_is_refused(token):
    assert checked(token, {}).failures


def test_names_are_made_once_and_kept():
    first = checked("kubernetes:core/v1:ConfigMap", {"data": {}})
    name = first.inputs["metadata"]["name"]
    assert re.fullmatch(r"web-[0-9a-f]{8}", name)
    assert first.inputs["metadata"]["namespace"] == "default"
    again = checked("kubernetes:core/v1:ConfigMap", {"data": {"a": "b"}}, olds=first.inputs)
    assert again.inputs["metadata"] == first.inputs["metadata"]
    given_name = checked("kubernetes:core/v1:ConfigMap", {"metadata": {"generateName": "x-"}})
    assert "name" not in given_name.inputs["metadata"]


def test_namespaces_come_from_the_settings_and_cluster_wide_kinds_have_none():
    in_team = checked("kubernetes:core/v1:Pod", {}, settings=Settings(kubeconfig=KUBECONFIG))
    assert in_team.inputs["metadata"]["namespace"] == "team"
    elsewhere = checked("kubernetes:core/v1:Pod", {}, settings=Settings(kubeconfig=KUBECONFIG, namespace="set"))
    assert elsewhere.inputs["metadata"]["namespace"] == "set"
    assert "namespace" not in checked("kubernetes:core/v1:Namespace", {}).inputs["metadata"]


def test_wrong_identity_and_unsupported_annotations_fail():
    annotations = {"pulumi.com/waitFor": "x", "pulumi.com/timeoutSeconds": "soon"}
    result = checked("kubernetes:core/v1:Pod", {"kind": "Service", "metadata": {"annotations": annotations}})
    assert {failure.path for failure in result.failures} == {
        "kind",
        'metadata.annotations["pulumi.com/waitFor"]',
        'metadata.annotations["pulumi.com/timeoutSeconds"]',
    }


def test_the_content_of_a_secret_is_secret_and_sent_as_data():
    result = checked("kubernetes:core/v1:Secret", {"stringData": {"a": CANARY}, "data": {"b": "Yg=="}})
    assert isinstance(result.inputs["stringData"], Secret)
    assert isinstance(result.inputs["data"], Secret)
    sent = payload(result.inputs)
    assert sent["data"] == {"a": base64.b64encode(CANARY.encode()).decode(), "b": "Yg=="}
    assert "stringData" not in sent


def test_nulls_are_not_sent():
    assert payload({"kind": "Pod", "spec": {"a": None, "b": [{"c": None}]}, "__x": 1}) == {
        "kind": "Pod",
        "spec": {"b": [{}]},
    }


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ({}, {"kubeconfig"}),
        ({"kubeconfig": "x", "kubconfig": "y"}, {"kubconfig"}),
        ({"kubeconfig": UNKNOWN}, set()),
        ({"kubeconfig": Secret(KUBECONFIG), "namespace": "n", "deleteUnreachable": "true"}, set()),
        ({"kubeconfig": "x", "deleteUnreachable": "maybe"}, {"deleteUnreachable"}),
        ({"kubeconfig": "x", "renderYamlToDirectory": "out"}, {"renderYamlToDirectory"}),
        ({"kubeconfig": "x", "enableServerSideApply": "false"}, {"enableServerSideApply"}),
        ({"kubeconfig": "x", "kubeClientSettings": '{"qps": 1, "x": 2}'}, {"kubeClientSettings.x"}),
        ({"kubeconfig": "x", "helmReleaseSettings": '{"driver": "memory"}'}, {"helmReleaseSettings.driver"}),
    ],
)
def test_settings_are_checked(settings, paths):
    assert {failure.path for failure in check_settings(settings)} == paths


def test_nothing_ambient_is_used_to_find_a_cluster(tmp_path, monkeypatch):
    (tmp_path / "config").write_text(KUBECONFIG)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    assert Cluster(read_settings({})).unreachable() == "its kubeconfig is not known yet"
    assert read_settings({"kubeconfig": str(tmp_path / "config")}).kubeconfig == KUBECONFIG


def config_diff(old, new):
    provider = KubernetesProvider()
    urn = "urn:pulumi:s::p::pulumi:providers:kubernetes::k"
    identity = {"urn": urn, "type": "pulumi:providers:kubernetes", "name": "k"}
    return provider.diff_config(base.DiffRequest(**identity, id="i", old_inputs=old, state=old, news=new)).changes


def test_another_cluster_replaces_the_provider_and_other_words_do_not():
    moved = KUBECONFIG.replace("one:1", "two:2")
    same = KUBECONFIG.replace("team", "other")
    assert config_diff({"kubeconfig": KUBECONFIG}, {"kubeconfig": moved}) == {"kubeconfig": "update-replace"}
    assert config_diff({"kubeconfig": KUBECONFIG}, {"kubeconfig": same}) == {"kubeconfig": "update"}
    assert config_diff({"kubeconfig": KUBECONFIG}, {"kubeconfig": UNKNOWN}) == {"kubeconfig": "update-replace"}
    kept = config_diff(
        {"kubeconfig": KUBECONFIG, "clusterIdentifier": "a"}, {"kubeconfig": moved, "clusterIdentifier": "a"}
    )
    assert kept == {"kubeconfig": "update"}
    other = config_diff({"clusterIdentifier": "a"}, {"clusterIdentifier": "b"})
    assert other == {"clusterIdentifier": "update-replace"}


def test_content_is_mutable_only_when_allowed_and_never_when_immutable():
    assert "data" in replacing_paths("Secret", {}, Settings())
    assert "data" not in replacing_paths("Secret", {}, Settings(enable_secret_mutable=True))
    assert "type" in replacing_paths("Secret", {}, Settings(enable_secret_mutable=True))
    assert "data" in replacing_paths("Secret", {"immutable": True}, Settings(enable_secret_mutable=True))
    assert "data" in replacing_paths("ConfigMap", {}, Settings(enable_secret_mutable=True))


def test_what_is_unknown_as_a_whole_replaces_where_a_part_of_it_would():
    paths = replacing_paths("Deployment", {}, Settings())
    unknown = {"metadata": UNKNOWN, "spec": UNKNOWN, "status": UNKNOWN, "kind": "Deployment"}
    assert replacing_unknowns(unknown, paths) == {"metadata": "update-replace", "spec": "update-replace"}
    assert replacing_unknowns({"metadata": {"name": "a", "labels": UNKNOWN}}, paths) == {}


def test_the_servers_word_on_a_field_turns_its_changes_into_replacements():
    changes = {"spec.a.b": "update", "metadata.labels.x": "add"}
    assert replace_under(changes, ["spec.a"]) == {"spec.a.b": "update-replace", "metadata.labels.x": "add"}
    assert set(replace_under(changes, ["status"]).values()) == {"update-replace", "add-replace"}


def test_outputs_are_secret_where_inputs_are_and_previews_know_what_they_do_not_know():
    inputs = {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"a": Secret("s"), "b": 1}}
    live = {
        "kind": "Pod",
        "metadata": {"name": "p", "uid": "1", "managedFields": []},
        "spec": {"a": "s", "b": 1, "c": 2},
        "status": {"x": 1},
    }
    found = outputs_of(live, inputs, "m")
    assert found["spec"] == {"a": Secret("s"), "b": 1, "c": 2}
    assert "managedFields" not in found["metadata"]
    early = preview_outputs(live, inputs, {}, "m")
    assert early["metadata"]["uid"] is UNKNOWN
    assert "status" not in early
    assert preview_outputs(live, inputs, found, "m")["metadata"]["uid"] == "1"


def test_a_dry_run_does_not_decide_the_address_of_a_new_service():
    service = {"kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 1}]}}
    dry = {**service, "spec": {"clusterIP": "10.0.0.1", "ports": [{"port": 1, "nodePort": 30001}]}}
    spec = preview_outputs(dry, service, {}, "m")["spec"]
    assert spec["clusterIP"] is UNKNOWN
    assert spec["ports"][0]["nodePort"] is UNKNOWN


def test_refreshed_inputs_ignore_defaults_and_spelling_but_not_drift():
    like = {"spec": {"cpu": "1000m", "memory": "1Gi", "n": 1, "list": [{"a": 1}], "gone": 1}}
    live = {"spec": {"cpu": "1", "memory": "1024Mi", "n": 2, "list": [{"a": 1, "default": 2}], "other": 1}}
    assert live_inputs(live, like) == {"spec": {"cpu": "1000m", "memory": "1Gi", "n": 2, "list": [{"a": 1}]}}


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=4, max_size=40)


@given(WORDS, WORDS, WORDS)
def test_a_secret_is_struck_out_of_any_text_in_any_form(secret, before, after):
    redact = Redactor({"values": {"list": [Secret({"k": secret})]}})
    for form in (secret, json.dumps(secret), base64.b64encode(secret.encode()).decode()):
        assert secret not in redact(before + form + after).replace("[secret]", "") or secret in "[secret]"


def test_lines_of_a_long_secret_are_struck_out_one_by_one():
    redact = Redactor({"key": Secret("first-line-of-it\nsecond-line-of-it")})
    assert redact('error near "second-line-of-it"') == 'error near "[secret]"'
    assert Redactor({"n": Secret("yes")})("yes, it is") == "yes, it is"


def test_a_world_is_told_once_what_the_provider_is(tmp_path, monkeypatch):
    (tmp_path / "logs").mkdir()
    monkeypatch.setenv("CARTESIA_SANDBOX_DIR", str(tmp_path))
    said = []
    for _ in range(3):
        provider = KubernetesProvider()
        provider.log = lambda *words, **_more: said.append(words)
        provider.configure(base.ConfigureRequest(urn="u", inputs={"kubeconfig": KUBECONFIG}))
    assert len(said) == 1
    monkeypatch.delenv("CARTESIA_SANDBOX_DIR")
    provider.configure(base.ConfigureRequest(urn="u", inputs={"kubeconfig": KUBECONFIG}))
    assert len(said) == 2
