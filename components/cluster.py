"""What any cluster gives the rest of the stack, whoever runs it: a way in, its name, and its GPU pools.

Owns the types that the rules between cluster and release are written over. A kind of cluster is a folder beside this
module with a component that is a `Cluster`, a resolve function whose result is a `ClusterSpec`, and one `ClusterKind`
row; the rows are listed in `components.voice_stack`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired, Protocol, TypedDict, cast

import pulumi
import pulumi_kubernetes as kubernetes

from core.input.shapes import camel

__all__ = ["Cluster", "ClusterKind", "ClusterSpec", "GpuPool", "GpuPoolSpec", "Taint"]


class GpuPool(TypedDict):
    """One pool of GPU nodes, as a cluster's output tells it."""

    name: str
    """Name of the pool, as the caller of the cluster gave it."""
    instance_types: list[str]
    """Machine types the pool may start."""
    gpu: str
    """GPU model, a key of `catalog.gpus.GPU_MODELS`."""
    gpus_per_node: int
    """GPUs of one node."""
    min_nodes: int
    """Lower bound, nodes."""
    max_nodes: int
    """Upper bound, nodes."""
    desired_nodes: int
    """Nodes at start."""
    unlisted: NotRequired[bool]
    """True where settings say what the machine is, since the catalogue does not know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint:
    """One taint, effect as Kubernetes writes it."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuPoolSpec:
    """One pool of GPU nodes after checks: what the output tells, and who sets the count of nodes."""

    name: str
    instance_types: tuple[str, ...]
    gpu: str
    gpus_per_node: int
    min_nodes: int
    max_nodes: int
    desired_nodes: int
    autoscaled: bool
    """An autoscaler sets the count between the bounds. Without one the pool stays at `desired_nodes`."""
    closed_by: tuple[str, ...] = ()
    """Keys of the taints, that of all GPU nodes left out, by which its nodes keep pods away."""
    unlisted: bool = False
    """Settings say what the machine is: the catalogue does not know it."""

    @property
    def gpus_max(self) -> int:
        """GPUs the pool can give during an update."""
        return self.gpus_per_node * (self.max_nodes if self.autoscaled else self.desired_nodes)

    def output(self) -> GpuPool:
        """The pool as a cluster's output tells it, its keys spelled as in the schema (`gpusPerNode`)."""
        pool = GpuPool(
            name=self.name,
            instance_types=list(self.instance_types),
            gpu=self.gpu,
            gpus_per_node=self.gpus_per_node,
            min_nodes=self.min_nodes,
            max_nodes=self.max_nodes,
            desired_nodes=self.desired_nodes,
        )
        if self.unlisted:
            pool["unlisted"] = True
        # A component host renames the keys of an output, but not of the items of a list: so they are spelled here.
        return cast(GpuPool, {camel(key): value for key, value in pool.items()})


class ClusterSpec(Protocol):
    """Checked arguments of a cluster of any kind, as far as others need them."""

    @property
    def gpu_pools(self) -> Sequence[GpuPoolSpec]:
        """Pools of GPU nodes. Empty where the cluster has none."""


class Cluster(Protocol):
    """What the component of every kind gives. Each is a `pulumi.ComponentResource` too, which no protocol can say."""

    @property
    def cluster_name(self) -> pulumi.Output[str]:
        """Name of the cluster."""

    @property
    def endpoint(self) -> pulumi.Output[str]:
        """URL of the Kubernetes API server."""

    @property
    def kubeconfig(self) -> pulumi.Output[str]:
        """Kubeconfig for people, who bring credentials of their own. It holds no secret."""

    @property
    def gpu_pools(self) -> pulumi.Output[list[GpuPool]]:
        """Pools of GPU nodes, by name."""

    @property
    def provider(self) -> kubernetes.Provider:
        """Provider for what runs in the cluster. Ready as soon as the API server lets it in."""

    @property
    def resource(self) -> pulumi.Resource | None:
        """The cloud's object, with which all that lives in the cluster goes. None where somebody else made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterKind:
    """One kind of cluster: what the composition calls, and how it names things in messages."""

    section: str
    """Key of the cluster's arguments in `VoiceStackArgs`, and of its section in a stack file."""
    pools: str
    """Key of its pools below that section, for paths of problems."""
    pool_example: str
    """What a caller adds to get a GPU pool, for the fix of a problem."""
    with_defaults: Callable[[Any, str, bool], Any]
    """Its arguments with what the environment adds, from arguments, name of the environment, and production or not."""
    resolve: Callable[[Any], ClusterSpec]
    """Checks its arguments. Raises `ArgsError`."""
    component: Callable[[str, Any, pulumi.ResourceOptions], Cluster]
    """Its component."""
    brings: Mapping[str, str] = field(default_factory=dict)
    """Add-ons (keys of `ClusterPlatformArgs`) that must not be installed on it, and why: it has its own."""
    leaves_out: tuple[str, ...] = ()
    """Add-ons that are off unless somebody asks for them: whoever made the cluster has seen to that."""
    with_release: Callable[[Any, Any, Any], Any] = lambda cluster, release, addons: cluster
    """Its arguments with what the release needs of it, from its arguments, those of release and add-ons."""
