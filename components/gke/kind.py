"""GKE as a kind of cluster: the row by which `VoiceStack` knows it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

from components.cluster import ClusterKind
from components.gke.args import GkeClusterArgs
from components.gke.cluster import GkeCluster
from components.gke.resolve import resolve_gke_cluster
from core.gcp.labels import label_value

__all__ = ["GKE"]


def _with_defaults(args: Any, environment: str, production: bool) -> GkeClusterArgs:
    """The arguments with the environment's label, and with protection in production."""
    if not isinstance(args, Mapping):
        return cast(GkeClusterArgs, args)  # for the cluster's own rules to refuse
    labels = args.get("labels", {})
    if isinstance(labels, Mapping):
        labels = {"cartesia-stack": label_value(environment), **labels}
    protection = args.get("deletion_protection", production)
    return cast(GkeClusterArgs, {**args, "labels": labels, "deletion_protection": protection})


GKE = ClusterKind(
    section="gke",
    pools="node_pools",
    pool_example="add one with a `profile`, e.g. gpu: {profile: l4, zones: [us-central1-a], max_nodes: 2}",
    with_defaults=_with_defaults,
    resolve=resolve_gke_cluster,
    component=GkeCluster,
    brings=MappingProxyType(
        {
            "device_plugin": "GKE runs a device plugin of its own on every GPU node, and two would fight",
            "storage_class": "its driver is that of AWS, and GKE has classes of its own (standard-rwo)",
        }
    ),
)
