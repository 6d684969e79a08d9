"""One environment of the voice stack: cluster, what the cluster needs beside it, and the release on top.

Owns the composition and the rules between the parts (GPUs for the workers, protection in production). Each part's own
rules are the part's. Leaves alone settings, providers of clouds and secrets' sources (`stacks/`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict, cast

import pulumi

from components.addons.args import ClusterPlatformArgs
from components.addons.cluster_platform import ClusterPlatform, resolve_cluster_platform
from components.args import ArgsError, unknown_args
from components.eks.args import EksClusterArgs, GpuPool
from components.eks.cluster import EksCluster
from components.eks.resolve import resolve_eks_cluster
from components.eks.spec import NodeGroupSpec
from components.release.args import CartesiaReleaseArgs
from components.release.cartesia_release import CartesiaRelease
from components.release.resolve import resolve_cartesia_release
from core.input.problems import BROKEN, Problems, holds_broken


class VoiceStackArgs(TypedDict):
    """Arguments of `VoiceStack`."""

    environment: str
    """Name of the environment; the tag `cartesia:stack` on every AWS object. Change: in place."""
    eks: EksClusterArgs
    """The cluster on EKS."""
    addons: NotRequired[ClusterPlatformArgs]
    """What the cluster needs beside it. Default: the GPU device plugin."""
    release: CartesiaReleaseArgs
    """The Helm release of the vendor's chart."""
    production: NotRequired[bool]
    """True protects what holds state (cluster, key, logs, release) from deletion. Default false. Change: in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceStackSpec:
    """Checked arguments, each part ready for its component."""

    production: bool
    eks: EksClusterArgs
    addons: ClusterPlatformArgs
    release: CartesiaReleaseArgs


def resolve_voice_stack(args: VoiceStackArgs) -> VoiceStackSpec:
    """Check all parts and the rules between them.

    Raises:
        ArgsError: With every violation of every part, each path below the part's name.
    """
    problems = Problems()
    problems.extend(unknown_args(args, VoiceStackArgs))
    production = bool(args.get("production", False))
    eks = _with_defaults(args["eks"], args["environment"], production=production)
    addons = args.get("addons", ClusterPlatformArgs())
    cluster = _resolved("eks", resolve_eks_cluster, eks, problems)
    _resolved("addons", resolve_cluster_platform, addons, problems)
    release = args["release"]
    if cluster is not None and not holds_broken(eks.get("node_groups")):
        release = _with_gpu_budget(release, sum(map(_gpus_max, cluster.node_groups.values())))
        _check_gpus(release, cluster.gpu_pools, problems)
    _resolved("release", resolve_cartesia_release, release, problems)
    _check_addon_images(addons, release, problems)
    if problems:
        raise ArgsError("VoiceStack", problems)
    return VoiceStackSpec(production=production, eks=eks, addons=addons, release=release)


def _resolved(part: str, resolve: Callable[[Any], Any], args: Any, problems: Problems) -> Any:
    """What `resolve` makes of a part, or None after adding its problems under the part's name."""
    if args is BROKEN:
        return None  # told before
    try:
        return resolve(args)
    except ArgsError as error:
        problems.extend(problem.below(part) for problem in error.problems)
        return None


def _with_defaults(eks: Any, environment: str, *, production: bool) -> EksClusterArgs:
    """The cluster's arguments with what the environment adds: its tag, and protection in production."""
    if not isinstance(eks, Mapping):
        return cast(EksClusterArgs, eks)  # for the cluster's own rules to refuse
    tags = eks.get("tags", {})
    if isinstance(tags, Mapping):
        tags = {"cartesia:stack": environment, **tags}
    protection = eks.get("deletion_protection", production)
    return cast(EksClusterArgs, {**eks, "tags": tags, "deletion_protection": protection})


def _gpus_max(group: NodeGroupSpec) -> int:
    """GPUs a node group can give during an update: without an autoscaler it stays as large as it is."""
    return group.gpus_per_node * (group.max_nodes if group.autoscaled else group.desired_nodes)


def _with_gpu_budget(release: CartesiaReleaseArgs, gpus_max: int) -> CartesiaReleaseArgs:
    """The release's arguments, knowing how many GPUs the pools can give where the caller did not say."""
    if not isinstance(_given(release, "rollout"), Mapping | None):
        return release  # for the release's own rules to refuse
    rollout = {"gpus_max": gpus_max, **release.get("rollout", {})}
    return cast(CartesiaReleaseArgs, {**release, "rollout": rollout})


def _given(args: object, *keys: str) -> object:
    """What stands there; None where nothing does, `BROKEN` where a part on the way is not a map."""
    for key in keys:
        args = args.get(key, {} if key != keys[-1] else None) if isinstance(args, Mapping) else BROKEN
    return args


def _check_gpus(release: CartesiaReleaseArgs, pools: list[GpuPool], problems: Problems) -> None:
    workers = _given(release, "workers")
    if isinstance(workers, Mapping) and workers and not pools:
        problems.add(
            "eks.node_groups",
            f"must have a GPU group for the workers {', '.join(sorted(workers))}",
            fix="add one with a `profile`, e.g. gpu: {profile: l40s, max_nodes: 2}",
        )


def _check_addon_images(addons: ClusterPlatformArgs, release: CartesiaReleaseArgs, problems: Problems) -> None:
    """A release that calls out to nobody must not stand on add-ons that are pulled from the internet."""
    plugin = _given(addons, "device_plugin", "enabled") in (None, True)
    if _given(release, "air_gapped") is True and plugin and not _given(addons, "image_registry"):
        problems.add(
            "addons.image_registry",
            "is required with release.air_gapped: the device plugin would be pulled from the internet",
            fix="mirror its image and name the registry, or set device_plugin.enabled to false",
        )


class VoiceStack(pulumi.ComponentResource):
    """One environment: an EKS cluster with GPU nodes, its add-ons, secrets and the release of the vendor's chart."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API server."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig that asks the AWS command for a token; holds no credential."""
    gpu_pools: pulumi.Output[list[GpuPool]]
    """GPU node groups: instance types, GPUs of a node, bounds."""
    namespace: pulumi.Output[str]
    """Namespace of the release."""
    release_name: pulumi.Output[str]
    """Name of the Helm release."""
    release_status: pulumi.Output[str]
    """What Helm says of the release, e.g. `deployed`."""
    release_tag: pulumi.Output[str]
    """Image tag of API, license proxy and workers."""
    api_endpoint: pulumi.Output[str]
    """URL of the voice API: the ingress host, or the service inside the cluster."""

    def __init__(self, name: str, args: VoiceStackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = resolve_voice_stack(args)  # before super(): wrong arguments register nothing
        super().__init__("cartesia:index:VoiceStack", name, {"environment": args["environment"]}, opts)
        cluster = EksCluster(f"{name}-cluster", spec.eks, pulumi.ResourceOptions(parent=self))
        addons = ClusterPlatform(
            f"{name}-addons",
            spec.addons,
            pulumi.ResourceOptions(parent=self, providers=[cluster.provider], depends_on=[cluster]),
        )
        # The release comes after everything in the cluster, so a destroy takes it away while nodes can end its pods.
        release = CartesiaRelease(
            f"{name}-release",
            spec.release,
            pulumi.ResourceOptions(
                parent=self,
                providers=[cluster.provider],
                depends_on=[cluster, addons],
                protect=spec.production or None,
            ),
        )
        self.cluster_name = cluster.cluster_name
        self.endpoint = cluster.endpoint
        self.kubeconfig = cluster.kubeconfig
        self.gpu_pools = cluster.gpu_pools
        self.namespace = release.namespace
        self.release_name = release.release_name
        self.release_status = release.release_status
        self.release_tag = release.release_tag
        self.api_endpoint = release.api_endpoint
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "endpoint": self.endpoint,
                "kubeconfig": self.kubeconfig,
                "gpu_pools": self.gpu_pools,
                "namespace": self.namespace,
                "release_name": self.release_name,
                "release_status": self.release_status,
                "release_tag": self.release_tag,
                "api_endpoint": self.api_endpoint,
            }
        )
