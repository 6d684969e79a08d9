"""Readiness rules of the Kubernetes stand-in: one table a kind, and the words of those that are not ready."""

import pytest

from sandbox.providers.kubernetes.readiness import (
    DELETION,
    RULES,
    Failed,
    NotReady,
    Ready,
    Seen,
    explain_pods,
    rule_for,
)
from sandbox.providers.kubernetes.waiting import selector_text

WORDS = "0/3 nodes are available: 2 Insufficient nvidia.com/gpu, 1 node(s) had untolerated taint(s)."


def fold(kind, obj, **neighbours):
    rule = next(rule for (_, name), rule in RULES.items() if name == kind)
    return rule.fold(Seen(obj, **neighbours))


def condition(type_, status, reason="", message=""):
    return {"type": type_, "status": status, "reason": reason, "message": message}


def workload(spec, status, generation=2, observed=2):
    return {"metadata": {"generation": generation}, "spec": spec, "status": {"observedGeneration": observed, **status}}


LATE = condition("Progressing", "False", "ProgressDeadlineExceeded", "timed out")
ROLLED = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}
SCHEDULED = {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}
SLICE = {"endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": True}}]}
UNREADY_SLICE = {"endpoints": [{"conditions": {"ready": False}}]}
ADDRESS = {"loadBalancer": {"ingress": [{"hostname": "x"}]}}
FIRST_CONSUMER = {"volumeBindingMode": "WaitForFirstConsumer"}


@pytest.mark.parametrize(
    ("kind", "obj", "neighbours", "verdict"),
    [
        ("Deployment", workload({"replicas": 2}, ROLLED), {}, Ready),
        ("Deployment", workload({"replicas": 2}, ROLLED, observed=1), {}, NotReady),
        ("Deployment", workload({"replicas": 2}, {**ROLLED, "conditions": [LATE]}), {}, Failed),
        ("Deployment", workload({"replicas": 3}, ROLLED), {}, NotReady),
        ("Deployment", workload({"replicas": 2}, {**ROLLED, "replicas": 3}), {}, NotReady),
        ("Deployment", workload({"replicas": 2}, {**ROLLED, "availableReplicas": 1}), {}, NotReady),
        ("Deployment", workload({"replicas": 0}, {}), {}, Ready),
        ("Deployment", workload({}, {}), {}, NotReady),
        ("StatefulSet", workload({"replicas": 2}, ROLLED), {}, Ready),
        ("StatefulSet", workload({"replicas": 2}, {**ROLLED, "readyReplicas": 1}), {}, NotReady),
        ("StatefulSet", workload({"replicas": 2}, {**ROLLED, "updatedReplicas": 1}), {}, NotReady),
        ("StatefulSet", workload({"replicas": 2}, ROLLED, observed=1), {}, NotReady),
        (
            "StatefulSet",
            workload(
                {"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}}, {**ROLLED, "updatedReplicas": 1}
            ),
            {},
            Ready,
        ),
        (
            "StatefulSet",
            workload({"replicas": 2, "updateStrategy": {"type": "OnDelete"}}, {**ROLLED, "updatedReplicas": 0}),
            {},
            Ready,
        ),
        ("DaemonSet", workload({}, SCHEDULED), {}, Ready),
        ("DaemonSet", workload({}, {**SCHEDULED, "numberAvailable": 1}), {}, NotReady),
        ("DaemonSet", workload({}, {**SCHEDULED, "updatedNumberScheduled": 0}), {}, NotReady),
        ("DaemonSet", workload({}, {}), {}, Ready),
        ("DaemonSet", workload({}, {}, observed=1), {}, NotReady),
        ("DaemonSet", workload({"updateStrategy": {"type": "OnDelete"}}, {"desiredNumberScheduled": 1}), {}, Ready),
        ("Job", {"status": {"conditions": [condition("Complete", "True")]}}, {}, Ready),
        ("Job", {"status": {"conditions": [condition("Failed", "True", "BackoffLimitExceeded")]}}, {}, Failed),
        ("Job", {"status": {"active": 1}}, {}, NotReady),
        ("Job", {"spec": {"suspend": True}}, {}, Ready),
        ("Pod", {"status": {"phase": "Running", "conditions": [condition("Ready", "True")]}}, {}, Ready),
        ("Pod", {"status": {"phase": "Running", "conditions": [condition("Ready", "False")]}}, {}, NotReady),
        ("Pod", {"status": {"phase": "Succeeded"}}, {}, Ready),
        ("Pod", {"status": {"phase": "Failed", "reason": "Evicted"}}, {}, Failed),
        ("Pod", {}, {}, NotReady),
        ("Service", {"spec": {"selector": {"a": "b"}}}, {}, NotReady),
        ("Service", {"spec": {"selector": {"a": "b"}}}, {"endpoint_slices": [UNREADY_SLICE]}, NotReady),
        ("Service", {"spec": {"selector": {"a": "b"}}}, {"endpoint_slices": [SLICE]}, Ready),
        ("Service", {"spec": {"selector": {"a": "b"}, "clusterIP": "None"}}, {}, Ready),
        ("Service", {"spec": {"type": "ExternalName", "selector": {"a": "b"}}}, {}, Ready),
        ("Service", {"spec": {}}, {}, Ready),
        ("Service", {"spec": {"type": "LoadBalancer"}}, {}, NotReady),
        ("Service", {"spec": {"type": "LoadBalancer"}, "status": ADDRESS}, {}, Ready),
        ("Ingress", {}, {}, NotReady),
        ("Ingress", {"status": ADDRESS}, {}, Ready),
        ("PersistentVolumeClaim", {"status": {"phase": "Bound"}}, {}, Ready),
        ("PersistentVolumeClaim", {"status": {"phase": "Pending"}}, {}, NotReady),
        ("PersistentVolumeClaim", {"status": {"phase": "Pending"}}, {"storage_class": FIRST_CONSUMER}, Ready),
        ("PersistentVolumeClaim", {"status": {"phase": "Lost"}}, {"storage_class": FIRST_CONSUMER}, Failed),
        ("Namespace", {"status": {"phase": "Active"}}, {}, Ready),
        ("Namespace", {"status": {"phase": "Terminating"}}, {}, NotReady),
        ("CustomResourceDefinition", {"status": {"conditions": [condition("Established", "True")]}}, {}, Ready),
        ("CustomResourceDefinition", {}, {}, NotReady),
        ("CustomResourceDefinition", {"status": {"conditions": [condition("NamesAccepted", "False")]}}, {}, Failed),
    ],
)
def test_verdicts(kind, obj, neighbours, verdict):
    found = fold(kind, obj, **neighbours)
    assert isinstance(found, verdict), found
    assert isinstance(found, Ready) or all(found.reasons)


def test_every_rule_is_found_by_group_and_kind():
    for (group, kind), rule in RULES.items():
        assert rule_for({"apiVersion": f"{group}/v1" if group else "v1", "kind": kind}) is rule
    assert rule_for({"apiVersion": "example.com/v1", "kind": "Service"}) is None


def test_a_deletion_names_what_holds_it_back():
    held = {
        "metadata": {"finalizers": ["a/b"]},
        "status": {"conditions": [condition("NamespaceContentRemaining", "True", message="2 pods remain")]},
    }
    assert DELETION.fold(Seen(held)).reasons == ("2 pods remain; finalizers a/b are not done",)


def pod(name, **status):
    return {"kind": "Pod", "metadata": {"name": name}, "status": {"phase": "Pending", **status}}


def container(**state):
    return {"name": "main", "ready": False, **state}


def event(reason, message, name, kind="Pod", path=""):
    target = {"kind": kind, "name": name, "fieldPath": path}
    return {"type": "Warning", "reason": reason, "message": message, "involvedObject": target}


def test_pods_that_fail_alike_are_told_once_in_the_schedulers_words():
    unscheduled = [condition("PodScheduled", "False", "Unschedulable", WORDS)]
    pods = [pod(f"p{number}", conditions=unscheduled) for number in range(3)]
    assert explain_pods(pods, []) == (f"pod p0 and 2 more: Unschedulable: {WORDS}",)


@pytest.mark.parametrize(
    ("status", "events", "words"),
    [
        (
            {
                "containerStatuses": [
                    container(state={"waiting": {"reason": "ImagePullBackOff", "message": "no such tag"}})
                ]
            },
            [],
            "pod p: container main is waiting: ImagePullBackOff: no such tag",
        ),
        (
            {
                "containerStatuses": [
                    container(
                        state={"waiting": {"reason": "CrashLoopBackOff"}},
                        lastState={"terminated": {"exitCode": 3}},
                        restartCount=4,
                    )
                ]
            },
            [],
            "pod p: container main is waiting: CrashLoopBackOff (last exit code 3, 4 restarts)",
        ),
        (
            {"initContainerStatuses": [container(state={"terminated": {"exitCode": 1, "reason": "Error"}})]},
            [],
            "pod p: container main ended with exit code 1: Error",
        ),
        (
            {"containerStatuses": [container(state={"running": {}})]},
            [
                event("Unhealthy", "Startup probe failed: HTTP 503", "p", path="spec.containers{main}"),
                event("Unhealthy", "of another container", "p", path="spec.containers{sync}"),
                event("Unhealthy", "of another pod", "q"),
            ],
            "pod p: container main: Startup probe failed: HTTP 503",
        ),
        ({"containerStatuses": [container(state={"running": {}})]}, [], "pod p: container main runs but is not ready"),
        (
            {"containerStatuses": [container(state={"waiting": {"reason": "ContainerCreating"}})]},
            [event("FailedMount", 'secret "key" not found', "p")],
            'pod p: FailedMount: secret "key" not found',
        ),
        (
            {"conditions": [condition("Ready", "False", "ReadinessGatesNotReady", "gate")]},
            [],
            "pod p: Ready is False: ReadinessGatesNotReady: gate",
        ),
        ({}, [], "pod p: phase Pending, not ready"),
    ],
)
def test_a_pod_says_why(status, events, words):
    assert explain_pods([pod("p", **status)], events) == (words,)


def test_ready_and_leaving_pods_say_nothing():
    leaving = pod("p")
    leaving["metadata"]["deletionTimestamp"] = "now"
    assert explain_pods([pod("q", phase="Running", conditions=[condition("Ready", "True")]), leaving], []) == ()


def test_controllers_that_cannot_make_a_pod_are_heard():
    events = [event("FailedCreate", "exceeded quota: gpus", "web-5c9f", kind="ReplicaSet")] * 2
    assert explain_pods([], events, {"metadata": {"name": "web"}}) == ("FailedCreate: exceeded quota: gpus",)


def test_a_long_list_is_cut():
    pods = [pod(f"p{n}", conditions=[condition("PodScheduled", "False", "R", str(n))]) for n in range(20)]
    assert explain_pods(pods, [])[-1] == "and 10 more reasons"


def test_selectors_become_query_text():
    expressions = [
        {"key": "a", "operator": "In", "values": ["x", "y"]},
        {"key": "b", "operator": "NotIn", "values": ["z"]},
        {"key": "c", "operator": "Exists"},
        {"key": "d", "operator": "DoesNotExist"},
    ]
    text = selector_text({"matchLabels": {"app": "web"}, "matchExpressions": expressions})
    assert text == "app=web,a in (x,y),b notin (z),c,!d"
