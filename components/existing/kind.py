"""A cluster made elsewhere as a kind of cluster: the row by which `VoiceStack` knows it."""

from collections.abc import Mapping
from typing import Any, cast

from components.cluster import ClusterKind
from components.existing.args import ExistingClusterArgs
from components.existing.cluster import ExistingCluster
from components.existing.resolve import resolve_existing_cluster, with_release

__all__ = ["EXISTING"]


def _with_defaults(args: Any, _environment: str, _production: bool) -> ExistingClusterArgs:
    """The arguments as they are: nothing of the cluster is ours to mark or to protect."""
    return cast(ExistingClusterArgs, args)


def _with_release(args: Any, release: Any, addons: Any) -> Any:
    return with_release(args, release, addons) if isinstance(args, Mapping) else args


EXISTING = ClusterKind(
    section="existing",
    pools="gpu_pools",
    pool_example="say which GPU nodes it has, e.g. gpu: {gpu: L40S, gpus_per_node: 1, max_nodes: 2}",
    with_defaults=_with_defaults,
    resolve=resolve_existing_cluster,
    component=ExistingCluster,
    leaves_out=("device_plugin", "storage_class"),
    with_release=_with_release,
)
