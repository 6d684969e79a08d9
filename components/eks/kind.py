"""EKS as a kind of cluster: the row by which `VoiceStack` knows it."""

from collections.abc import Mapping
from typing import Any, cast

from components.cluster import ClusterKind
from components.eks.args import EksClusterArgs
from components.eks.cluster import EksCluster
from components.eks.resolve import resolve_eks_cluster

__all__ = ["EKS"]


_YEAR = 365
"""Days that logs of production are kept: what auditors ask for who ask for a year."""


def _with_defaults(args: Any, environment: str, production: bool) -> EksClusterArgs:
    """The arguments with the environment's tag, and with protection in production."""
    if not isinstance(args, Mapping):
        return cast(EksClusterArgs, args)  # for the cluster's own rules to refuse
    tags = args.get("tags", {})
    if isinstance(tags, Mapping):
        tags = {"cartesia:stack": environment, **tags}
    protection = args.get("deletion_protection", production)
    kept = {"log_retention_days": _YEAR} if production else {}
    return cast(EksClusterArgs, {**kept, **args, "tags": tags, "deletion_protection": protection})


EKS = ClusterKind(
    section="eks",
    pools="node_groups",
    pool_example="add one with a `profile`, e.g. gpu: {profile: l40s, max_nodes: 2}",
    with_defaults=_with_defaults,
    resolve=resolve_eks_cluster,
    component=EksCluster,
)
