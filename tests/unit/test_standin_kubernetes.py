"""The Kubernetes stand-in's pure parts: names, settings, diffs, outputs, redaction, and its likeness to the SDK."""

import base64
import json
import re
from pathlib import Path

import pulumi_kubernetes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.providers import base
from sandbox.providers.base import UNKNOWN, Secret
from sandbox.providers.kubernetes import naming
from sandbox.providers.kubernetes.cluster import Cluster
from sandbox.providers.kubernetes.helm.chart import checksum
from sandbox.providers.kubernetes.helm.check import check_release, command_inputs, diff_release
from sandbox.providers.kubernetes.helm.options import SHAPE, flags, wait_flags
from sandbox.providers.kubernetes.helm.record import resource_names
from sandbox.providers.kubernetes.inputs import check_object_inputs, payload
from sandbox.providers.kubernetes.outputs import live_inputs, outputs_of, preview_outputs
from sandbox.providers.kubernetes.provider import KubernetesProvider
from sandbox.providers.kubernetes.redaction import Redactor
from sandbox.providers.kubernetes.replacing import replace_under, replacing_paths
from sandbox.providers.kubernetes.settings import KEYS, Settings, check_settings, read_settings

SDK = Path(pulumi_kubernetes.__file__).parent
CANARY = "canary-5b9d2c-do-not-print"
KUBECONFIG = json.dumps(
    {
        "clusters": [{"name": "c", "cluster": {"server": "https://one:1"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "namespace": "team"}}],
        "current-context": "x",
    }
)


def request(type_, news, *, olds=None, name="web"):
    urn = f"urn:pulumi:s::p::{type_}::{name}"
    return base.CheckRequest(urn=urn, type=type_, name=name, olds=olds or {}, news=news, seed=b"seed")


def checked(type_, news, *, olds=None, settings=None):
    return check_object_inputs(request(type_, news, olds=olds), Cluster(settings or Settings()))


def property_names(path, first, last):
    """Property names between two class statements of a generated SDK file."""
    text = (SDK / path).read_text()
    part = text[text.index(first) : text.index(last) if last else None]
    return {
        wire or python for wire, python in re.findall(r'@pulumi\.getter(?:\(name="(\w+)"\))?\s+def (\w+)\(self\)', part)
    }


def test_release_options_are_those_of_the_sdk():
    assert set(SHAPE["object"]) == property_names("helm/v3/Release.py", "class ReleaseArgs", "class Release(")
    repository = property_names("helm/v3/_inputs.py", "class RepositoryOptsArgs:", None)
    assert repository == set(SHAPE["object"]["repositoryOpts"]["object"])


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


def release(news, **more):
    return check_release(request(naming.RELEASE, news, **more), "team")


def test_a_release_gets_name_namespace_and_timeout():
    found = release({"chart": "c", "repositoryOpts": {"repo": "https://charts.example.com"}})
    assert not found.failures
    assert found.inputs["namespace"] == "team"
    assert found.inputs["timeout"] == 300
    assert re.fullmatch(r"web-[0-9a-f]{8}", found.inputs["name"])
    assert "timeout" not in release({"chart": "oci://r/c", "skipAwait": True}).inputs


@pytest.mark.parametrize(
    ("news", "path"),
    [
        ({}, "chart"),
        ({"chart": "no-such-chart"}, "chart"),
        ({"chart": "./no/such"}, "chart"),
        ({"chart": "oci://r/c", "value": {}}, "value"),
        ({"chart": "oci://r/c", "disableCRDHooks": True}, "disableCRDHooks"),
        ({"chart": "oci://r/c", "manifest": {"a": 1}}, "manifest"),
        ({"chart": "oci://r/c", "timeout": "soon"}, "timeout"),
        ({"chart": "oci://r/c", "repositoryOpts": {"url": "x"}}, "repositoryOpts.url"),
    ],
)
def test_wrong_release_inputs_are_named(news, path):
    assert path in {failure.path for failure in release(news).failures}


def release_diff(old, new, **more):
    identity = {"urn": "u::p::t::n", "type": naming.RELEASE, "name": "n", "id": "team/n"}
    request_ = base.DiffRequest(**identity, old_inputs=old, news=new, **{"state": {}, **more})
    return dict(diff_release(request_).changes)


def test_release_changes_are_upgrades_but_for_name_and_namespace():
    old = {"name": "a", "namespace": "n", "checksum": "1", "values": {"x": Secret("1"), "y": {"z": 1}}}
    new = {"name": "a", "namespace": "n", "checksum": "2", "values": {"x": Secret("2"), "y": {"z": 1}}}
    assert release_diff(old, new) == {"checksum": "update", "values.x": "update"}
    assert "checksum" not in release_diff(old, new, ignore_changes=["checksum"])
    assert release_diff(old, {**old, "name": "b"}) == {"name": "update-replace"}
    assert release_diff(old, old, state={"status": {"status": "failed"}}) == {"status": "update"}
    assert release_diff(old, old, state={"status": {"status": "deployed"}}) == {}


def test_flags_come_from_the_table():
    given_options = {"atomic": True, "maxHistory": 3, "skipCrds": True, "values": {"k": CANARY}, "version": "1"}
    assert flags(given_options) == ["--atomic", "--skip-crds", "--history-max", "3", "--version", "1"]
    assert flags(given_options, template=True) == ["--skip-crds", "--version", "1"]
    assert wait_flags({"waitForJobs": True}, 30) == ["--wait", "--wait-for-jobs", "--timeout", "30s"]
    assert wait_flags({"skipAwait": True}, 30) == ["--timeout", "30s"]
    assert wait_flags({"skipAwait": True, "atomic": True}, 30)[0] == "--wait"


def test_null_values_reach_helm_only_when_asked_for():
    assert command_inputs({"values": {"a": None, "b": {"c": None}}})["values"] == {"b": {}}
    assert command_inputs({"values": {"a": None}, "allowNullValues": True})["values"] == {"a": None}


def test_a_chart_has_another_checksum_when_any_file_of_it_changes(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.yaml").write_text("a")
    first = checksum(tmp_path)
    assert checksum(tmp_path) == first
    (tmp_path / "templates" / "a.yaml").rename(tmp_path / "templates" / "b.yaml")
    assert checksum(tmp_path) != first


def test_resource_names_are_grouped_as_by_the_released_provider():
    manifest = "kind: Secret\napiVersion: v1\nmetadata: {name: b}\n---\n# nothing\n---\n" + (
        "kind: Role\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: r, namespace: n}\n"
    )
    assert resource_names(manifest) == {
        "Role.rbac.authorization.k8s.io/rbac.authorization.k8s.io/v1": ["n/r"],
        "Secret/v1": ["b"],
    }
