"""Helm releases of the Kubernetes stand-in: options as in the SDK, checks, diffs, flags, checksums."""

import re

import pytest

from sandbox.providers import base
from sandbox.providers.base import Secret
from sandbox.providers.kubernetes import naming
from sandbox.providers.kubernetes.helm.chart import checksum
from sandbox.providers.kubernetes.helm.check import check_release, command_inputs, diff_release
from sandbox.providers.kubernetes.helm.options import SHAPE, flags, wait_flags
from sandbox.providers.kubernetes.helm.record import resource_names
from tests.support.kubernetes_sdk import property_names, request


def test_release_options_are_those_of_the_sdk():
    assert set(SHAPE["object"]) == property_names("helm/v3/Release.py", "class ReleaseArgs", "class Release(")
    repository = property_names("helm/v3/_inputs.py", "class RepositoryOptsArgs:", None)
    assert repository == set(SHAPE["object"]["repositoryOpts"]["object"])


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
    given_options = {"atomic": True, "maxHistory": 3, "skipCrds": True, "values": {"k": "v"}, "version": "1"}
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
