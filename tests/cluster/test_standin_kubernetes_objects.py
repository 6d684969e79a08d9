"""The Kubernetes stand-in's objects against a real API server, scheduler and controllers."""

import itertools
from contextlib import ExitStack

import pytest

from sandbox.providers import base
from sandbox.providers.base import UNKNOWN, Secret
from tests.support.standin_kubernetes import (
    Declared,
    Engine,
    add_node,
    client_of,
    control_plane,
    deployment,
    new_namespace,
)

pytestmark = pytest.mark.cluster

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAMESPACE = "kubernetes:core/v1:Namespace"
SECRET = "kubernetes:core/v1:Secret"
SERVICE = "kubernetes:core/v1:Service"
CANARY = "canary-6f1d0b7e-do-not-print"

_numbers = itertools.count()


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory):
    with control_plane(tmp_path_factory.mktemp("objects") / "world") as text:
        with client_of(text) as client:
            add_node(client, "cpu-0")
            add_node(client, "gpu-0", gpus=1)
        yield text


@pytest.fixture(scope="module")
def client(kubeconfig):
    with client_of(kubeconfig) as client:
        yield client


@pytest.fixture
def engine(kubeconfig):
    with Engine(kubeconfig) as engine:
        yield engine


@pytest.fixture
def other(kubeconfig):
    """Engines with other settings of the provider."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(Engine(kubeconfig, **settings))


@pytest.fixture
def namespace(client):
    return new_namespace(client, f"case-{next(_numbers)}")


def config_map(namespace, data, **metadata):
    return {"metadata": {"namespace": namespace, **metadata}, "data": data}


def test_an_object_goes_up_changes_and_goes_away(engine, client, namespace):
    made = engine.create(DEPLOYMENT, "web", deployment(namespace))
    assert made.id == f"{namespace}/web"
    assert made.outputs["status"]["availableReplicas"] == 1
    assert engine.changes(made, deployment(namespace)) == {}
    more = deployment(namespace, replicas=2)
    assert engine.changes(made, more) == {"spec.replicas": "update"}
    made = engine.update(made, more)
    assert made.outputs["status"]["availableReplicas"] == 2
    engine.delete(made)
    assert client.get("apps/v1", "Deployment", "web", namespace) is None
    engine.delete(made)


def test_a_changed_selector_replaces_and_the_same_name_is_deleted_first(engine, namespace):
    made = engine.create(DEPLOYMENT, "web", deployment(namespace))
    changed = deployment(namespace, labels={"app": "other"})
    found = engine.diff(made, engine.checked(made, changed))
    assert found.changes["spec.selector.matchLabels.app"] == "update-replace"
    assert found.delete_before_replace
    preview = engine.create(DEPLOYMENT, "web", changed, preview=True)
    assert "status" not in preview.outputs


def test_a_field_only_the_server_knows_to_be_immutable_replaces(engine, namespace):
    job = {
        "metadata": {"name": "once", "namespace": namespace, "annotations": {"pulumi.com/skipAwait": "true"}},
        "spec": {
            "completionMode": "NonIndexed",
            "completions": 1,
            "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}},
        },
    }
    made = engine.create("kubernetes:batch/v1:Job", "once", job)
    changed = {**job, "spec": {**job["spec"], "completionMode": "Indexed"}}
    assert engine.changes(made, changed) == {"spec.completionMode": "update-replace"}


def test_content_replaces_unless_it_may_be_mutated(engine, other, namespace):
    one, two = config_map(namespace, {"k": "1"}), config_map(namespace, {"k": "2"})
    made = engine.create(CONFIG_MAP, "settings", one)
    assert made.id.startswith(f"{namespace}/settings-")
    assert engine.changes(made, two) == {"data.k": "update-replace"}
    assert not engine.diff(made, engine.checked(made, two)).delete_before_replace
    assert other(enableConfigMapMutable="true").changes(made, two) == {"data.k": "update"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"dta": {}}, ".dta: field not declared in schema"),
        ({"data": {"k": 1}}, "expected string"),
        ({"data": {"bad key": "v"}}, "Invalid value"),
    ],
)
def test_the_server_validates_at_preview(engine, namespace, wrong, words):
    made = engine.create(CONFIG_MAP, "settings", config_map(namespace, {"k": "v"}, name="fixed"))
    with pytest.raises(base.ProviderError, match=words):
        engine.update(made, {**config_map(namespace, {"k": "v"}, name="fixed"), **wrong}, preview=True)


def test_a_create_is_validated_strictly_at_preview(engine, namespace):
    broken = deployment(namespace)
    broken["spec"]["replicsa"] = 2
    with pytest.raises(base.ProviderError, match="replicsa"):
        engine.create(DEPLOYMENT, "web", broken, preview=True)


def test_a_preview_does_not_need_what_the_same_run_makes(engine):
    assert engine.create(CONFIG_MAP, "a", config_map("not-there-yet", {}), preview=True).id == ""
    unknown = engine.create(CONFIG_MAP, "b", config_map(UNKNOWN, {"k": UNKNOWN}), preview=True)
    assert unknown.outputs["data"]["k"] is UNKNOWN
    custom = {"metadata": {"name": "x"}, "spec": {}}
    assert engine.create("kubernetes:keda.sh/v1alpha1:ScaledObject", "s", custom, preview=True).id == ""


def test_a_preview_works_before_there_is_a_cluster(namespace):
    engine = Engine(None)
    made = engine.create(DEPLOYMENT, "web", deployment(namespace), preview=True)
    assert made.outputs["metadata"]["uid"] is UNKNOWN
    with pytest.raises(base.ProviderError, match="kubeconfig is not known"):
        engine.create(DEPLOYMENT, "web", deployment(namespace))


def test_a_gpu_short_is_told_in_the_schedulers_words(engine, namespace):
    with pytest.raises(base.InitFailed) as caught:
        engine.create(DEPLOYMENT, "voice", deployment(namespace, "voice", replicas=2, gpus=1), timeout=2)
    text = str(caught.value)
    assert "Insufficient nvidia.com/gpu" in text
    assert "1 of 2 replicas available" in text
    assert caught.value.id == f"{namespace}/voice"


def test_a_failed_rollout_ends_the_wait(engine, namespace):
    stuck = deployment(namespace, gpus=9)
    stuck["spec"]["progressDeadlineSeconds"] = 1
    with pytest.raises(base.InitFailed, match="ProgressDeadlineExceeded"):
        engine.create(DEPLOYMENT, "web", stuck, timeout=30)


def test_a_refresh_sees_what_others_changed_and_what_is_not_ready(engine, client, namespace):
    made = engine.create(DEPLOYMENT, "web", deployment(namespace))
    assert engine.read(made).inputs == made.inputs
    client.patch("apps/v1", "Deployment", "web", {"spec": {"replicas": 0}}, namespace)
    assert engine.read(made).inputs["spec"]["replicas"] == 0
    nowhere = {"replicas": 1, "template": {"spec": {"nodeSelector": {"no": "such"}}}}
    client.patch("apps/v1", "Deployment", "web", {"spec": nowhere}, namespace)
    with pytest.raises(base.InitFailed, match="didn't match Pod's node affinity/selector"):
        engine.read(made)
    client.delete("apps/v1", "Deployment", "web", namespace, wait_seconds=20)
    assert engine.read(made).id == ""


def test_an_import_reads_the_whole_object(engine, client, namespace):
    made = engine.create(CONFIG_MAP, "a", config_map(namespace, {"k": "v"}, name="kept"))
    found = engine.read(Declared(CONFIG_MAP, "a", made.id))
    assert found.id == f"{namespace}/kept"
    assert found.inputs["data"] == {"k": "v"}
    assert "uid" not in found.inputs["metadata"]


def test_an_object_of_somebody_else_is_not_taken_over_but_ones_own_is(engine, other, client, namespace):
    client.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", **config_map(namespace, {"a": "1"}, name="theirs")}, field_manager="x"
    )
    with pytest.raises(base.ProviderError, match="already exists"):
        engine.create(CONFIG_MAP, "a", config_map(namespace, {"a": "2"}, name="theirs"))
    adopting = other(upsertExistingObjects="true")
    with pytest.raises(base.ProviderError, match="patchForce"):
        adopting.create(CONFIG_MAP, "a", config_map(namespace, {"a": "2"}, name="theirs"))
    force = {"name": "theirs", "annotations": {"pulumi.com/patchForce": "true"}}
    assert adopting.create(CONFIG_MAP, "a", config_map(namespace, {"a": "2"}, **force)).outputs["data"] == {"a": "2"}
    engine.create(CONFIG_MAP, "b", config_map(namespace, {"a": "1"}, name="ours"))
    engine.create(CONFIG_MAP, "b", config_map(namespace, {"a": "3"}, name="ours"))
    assert any("taken over" in text for _, text in engine.lines)


def test_a_secret_stays_secret_and_loses_removed_keys(engine, other, client, namespace):
    texts = {"metadata": {"name": "key", "namespace": namespace}, "stringData": {"k": CANARY, "other": "v"}}
    mutable = other(enableSecretMutable="true")
    made = mutable.create(SECRET, "key", texts)
    assert isinstance(made.inputs["stringData"], Secret)
    assert isinstance(made.outputs["data"], Secret)
    assert CANARY not in repr(made)
    found = mutable.read(made)
    assert isinstance(found.inputs["stringData"], Secret)
    assert base.plain(found.inputs) == base.plain(made.inputs)
    mutable.update(made, {**texts, "stringData": {"k": CANARY}})
    assert set(client.get("v1", "Secret", "key", namespace)["data"]) == {"k"}
    with pytest.raises(base.ProviderError) as caught:
        mutable.update(made, {**texts, "type": CANARY, "stringData": {CANARY: CANARY, "k !": CANARY}})
    assert "invalid" in str(caught.value).lower()
    assert CANARY not in str(caught.value)
    assert CANARY not in str(mutable.lines)


def test_services_wait_for_pods_only_where_they_select_some(engine, namespace):
    ports = [{"port": 80}]
    base_spec = {"metadata": {"name": "s", "namespace": namespace}}
    engine.create(SERVICE, "s", {**base_spec, "spec": {"ports": ports}}, timeout=1)
    with pytest.raises(base.InitFailed, match=r"no ready pod matches spec\.selector"):
        engine.create(
            SERVICE,
            "t",
            {"metadata": {"name": "t", "namespace": namespace}, "spec": {"ports": ports, "selector": {"app": "web"}}},
            timeout=1,
        )
    engine.create(DEPLOYMENT, "web", deployment(namespace))
    found = engine.create(
        SERVICE,
        "u",
        {"metadata": {"name": "u", "namespace": namespace}, "spec": {"ports": ports, "selector": {"app": "web"}}},
        timeout=10,
    )
    assert found.outputs["spec"]["clusterIP"]


def test_a_namespace_is_gone_with_all_that_was_in_it(engine, client):
    made = engine.create(NAMESPACE, "team", {})
    inside = engine.create(CONFIG_MAP, "a", config_map(made.id, {}, name="a", finalizers=["example.com/hold"]))
    with pytest.raises(base.ProviderError, match="still exists after 1 s"):
        engine.delete(made, timeout=1)
    client.patch("v1", "ConfigMap", "a", {"metadata": {"finalizers": None}}, made.id)
    engine.delete(made, timeout=20)
    assert client.get("v1", "Namespace", made.id) is None
    engine.delete(inside)


def test_a_wait_ends_when_the_engine_cancels_and_the_object_is_recorded(engine, namespace):
    timer = engine.cancel_after(0.5)
    with pytest.raises(base.InitFailed, match="cancelled"):
        engine.create(DEPLOYMENT, "web", deployment(namespace, gpus=5))
    timer.join()


def test_a_custom_kind_can_be_used_as_soon_as_it_is_made(engine, namespace):
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    names = {"plural": "voices", "singular": "voice", "kind": "Voice", "listKind": "VoiceList"}
    spec = {"group": "test.example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    definition = {"metadata": {"name": "voices.test.example.com"}, "spec": spec}
    engine.create("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "crd", definition)
    made = engine.create(
        "kubernetes:test.example.com/v1:Voice", "v", {"metadata": {"namespace": namespace}, "spec": {"pitch": 1}}
    )
    assert made.outputs["spec"] == {"pitch": 1}
