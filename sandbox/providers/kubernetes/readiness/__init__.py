"""Readiness rules by kind: pure folds from objects to `Ready`, `NotReady` or `Failed`.

Adding a kind is one fold and one row here. Kinds without a row are ready once the API server has taken them.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.providers.kubernetes.readiness import cluster, network, pods, workloads
from sandbox.providers.kubernetes.readiness.reasons import explain_pods
from sandbox.providers.kubernetes.readiness.verdict import Failed, NotReady, Object, Ready, Rule, Seen, Verdict

RULES: Final[Mapping[tuple[str, str], Rule]] = {
    ("apps", "Deployment"): Rule(workloads.deployment, explained_by_pods=True),
    ("apps", "StatefulSet"): Rule(workloads.stateful_set, explained_by_pods=True),
    ("apps", "DaemonSet"): Rule(workloads.daemon_set, explained_by_pods=True),
    ("batch", "Job"): Rule(pods.job, explained_by_pods=True),
    ("", "Pod"): Rule(pods.pod, explained_by_pods=True),
    ("", "Service"): Rule(network.service, frozenset({"endpoint_slices"}), explained_by_pods=True),
    ("networking.k8s.io", "Ingress"): Rule(network.ingress),
    ("", "PersistentVolumeClaim"): Rule(cluster.claim, frozenset({"storage_class"})),
    ("", "Namespace"): Rule(cluster.namespace),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): Rule(cluster.definition),
}
"""By API group and kind."""

DELETION: Final = Rule(cluster.gone)


def rule_for(obj: Object) -> Rule | None:
    """The rule of the object's kind, None if it is ready at once."""
    api_version = str(obj.get("apiVersion", ""))
    group = api_version.split("/")[0] if "/" in api_version else ""
    return RULES.get((group, str(obj.get("kind"))))


__all__ = [
    "DELETION",
    "RULES",
    "Failed",
    "NotReady",
    "Object",
    "Ready",
    "Rule",
    "Seen",
    "Verdict",
    "explain_pods",
    "rule_for",
]
