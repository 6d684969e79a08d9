"""One environment of the voice stack: a cluster of any kind, what it needs beside it, and the release on top.

Owns the composition and the rules between the parts (GPUs for the workers, protection in production), which know a
cluster only as `components.cluster` describes it. Each part's own rules are the part's. Leaves alone settings,
providers of clouds and secrets' sources (`stacks/`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NotRequired, TypedDict, cast

import pulumi

from components.addons.args import ClusterPlatformArgs
from components.addons.cluster_platform import ClusterPlatform, resolve_cluster_platform
from components.args import ArgsError, unknown_args
from components.cluster import ClusterKind, ClusterSpec, GpuPool, GpuPoolSpec
from components.eks.args import EksClusterArgs
from components.eks.kind import EKS
from components.existing.args import ExistingClusterArgs
from components.existing.kind import EXISTING
from components.foundation import check_open_pool, foundation, open_pools
from components.gke.args import GkeClusterArgs
from components.gke.kind import GKE
from components.release.args import CartesiaReleaseArgs
from components.release.cartesia_release import CartesiaRelease
from components.release.resolve import resolve_cartesia_release
from components.replacing import living_in
from core.input.problems import BROKEN, Problems, holds_broken
from core.kube.kubeconfig import in_one_line

CLUSTER_KINDS: Mapping[str, ClusterKind] = MappingProxyType({row.section: row for row in (EKS, GKE, EXISTING)})
"""Kinds of cluster by their key in `VoiceStackArgs`, which has one key for each."""


class VoiceStackArgs(TypedDict):
    """Arguments of `VoiceStack`. Exactly one kind of cluster is given."""

    environment: str
    """Name of the environment. Marks every object of the cloud (AWS: tag `cartesia:stack`). Change: in place."""
    eks: NotRequired[EksClusterArgs]
    """The cluster, on EKS. Change to another kind: replaces everything."""
    gke: NotRequired[GkeClusterArgs]
    """The cluster, on GKE. Change to another kind: replaces everything."""
    existing: NotRequired[ExistingClusterArgs]
    """A cluster made elsewhere. Change to another kind: everything is made again in the other cluster."""
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
    kind: ClusterKind
    cluster: Any
    """Arguments of the kind's component."""
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
    clusters = _clusters(args, production)
    _check_one_cluster(clusters, problems)
    resolved = {
        section: _resolved(section, CLUSTER_KINDS[section].resolve, cluster, problems, CLUSTER_KINDS[section].pools)
        for section, cluster in clusters.items()
    }
    addons = _addons(args.get("addons", ClusterPlatformArgs()), clusters, problems)
    platform = _resolved("addons", resolve_cluster_platform, addons, problems)
    release = args["release"]
    if len(resolved) == 1:
        section, cluster = resolved.popitem()
        if cluster is not None and not holds_broken(clusters[section].get(CLUSTER_KINDS[section].pools)):
            release = _fitted(release, CLUSTER_KINDS[section], cluster, problems)
            release = _with_foundation(release, foundation(cluster, platform))
    _resolved("release", resolve_cartesia_release, release, problems)
    _check_addon_images(addons, release, problems)
    if problems:
        raise ArgsError("VoiceStack", problems)
    section, given = clusters.popitem()
    kind = CLUSTER_KINDS[section]
    given = kind.with_release(given, release, addons)
    return VoiceStackSpec(production=production, kind=kind, cluster=given, addons=addons, release=release)


def _clusters(args: VoiceStackArgs, production: bool) -> dict[str, Any]:
    """The arguments of each kind of cluster that is given, with what the environment adds to them."""
    given: Mapping[str, Any] = cast(Mapping[str, Any], args)
    return {
        section: kind.with_defaults(given[section], args["environment"], production)
        for section, kind in CLUSTER_KINDS.items()
        if given.get(section) is not None
    }


def _check_one_cluster(clusters: Mapping[str, Any], problems: Problems) -> None:
    if not clusters:
        problems.add(" or ".join(CLUSTER_KINDS), "is required and missing", fix="give the arguments of one cluster")
    for section in list(clusters)[1:]:
        rule = f"must not stand beside {next(iter(clusters))}: an environment has one cluster"
        problems.add(section, rule, fix="keep one, and give the other an environment of its own")


def _addons(addons: object, clusters: Mapping[str, Any], problems: Problems) -> ClusterPlatformArgs:
    """The add-ons' arguments, with those off that the cluster brings itself; asking for one of them is a problem."""
    brings = {key: why for section in clusters for key, why in CLUSTER_KINDS[section].brings.items()}
    if not isinstance(addons, Mapping):
        return cast(ClusterPlatformArgs, addons)  # for the add-ons' own rules to refuse
    for key in brings.keys() & addons.keys():
        if _given(addons, key, "enabled") is not False:
            fix = f"remove addons.{key}, or set its enabled to false"
            problems.add(f"addons.{key}", f"must be off: {brings[key]}", fix=fix, needs=(f"addons.{key}",))
    left_out = {key for section in clusters for key in CLUSTER_KINDS[section].leaves_out}
    off = {key: {"enabled": False} for key in {*brings, *left_out}}
    return cast(ClusterPlatformArgs, {**off, **addons})


def _resolved(
    part: str, resolve: Callable[[Any], Any], args: Any, problems: Problems, needed: str | None = None
) -> Any:
    """What `resolve` makes of a part, or None after adding its problems under the part's name.

    Args:
        part: Its name.
        resolve: Raises `ArgsError`.
        args: The part's arguments.
        problems: Gets what is wrong.
        needed: What others judge of the part: while nothing is wrong there, they may, whatever else is.
    """
    if args is BROKEN:
        return None  # told before
    try:
        return resolve(args)
    except ArgsError as error:
        problems.extend(problem.below(part) for problem in error.problems)
        judged = needed is not None and not any(_is_at(problem.path, needed) for problem in error.problems)
        return error.resolved if judged else None


def _is_at(path: str, key: str) -> bool:
    return path == key or path.startswith((f"{key}.", f"{key}["))


def _fitted(
    release: CartesiaReleaseArgs, kind: ClusterKind, cluster: ClusterSpec, problems: Problems
) -> CartesiaReleaseArgs:
    """The release's arguments with what the cluster says of its GPUs."""
    _check_gpus(release, kind, cluster.gpu_pools, problems)
    values = _given(release, "values")
    if _given(release, "rollout", "allow_stall") is not True and _given(release, "workers"):
        check_open_pool(kind, cluster.gpu_pools, values, problems)
    pools = open_pools(cluster.gpu_pools, values) or cluster.gpu_pools  # with none open, the taints are the problem
    return _with_gpu_budget(release, sum(pool.gpus_max for pool in pools))


def _with_gpu_budget(release: CartesiaReleaseArgs, gpus_max: int) -> CartesiaReleaseArgs:
    """The release's arguments, knowing how many GPUs the pools can give where the caller did not say."""
    if not isinstance(_given(release, "rollout"), Mapping | None):
        return release  # for the release's own rules to refuse
    rollout = {"gpus_max": gpus_max, **release.get("rollout", {})}
    return cast(CartesiaReleaseArgs, {**release, "rollout": rollout})


def _with_foundation(release: object, digest: str) -> CartesiaReleaseArgs:
    """The release's arguments, knowing what they stand on."""
    known = {"foundation": digest, **release} if isinstance(release, Mapping) else release
    return cast(CartesiaReleaseArgs, known)


def _given(args: object, *keys: str) -> object:
    """What stands there. None where nothing does, `BROKEN` where a part on the way is not a map."""
    for key in keys:
        args = args.get(key, {} if key != keys[-1] else None) if isinstance(args, Mapping) else BROKEN
    return args


def _check_gpus(
    release: CartesiaReleaseArgs, kind: ClusterKind, pools: Sequence[GpuPoolSpec], problems: Problems
) -> None:
    workers = _given(release, "workers")
    if isinstance(workers, Mapping) and workers and not pools:
        rule = f"must have a GPU group for the workers {', '.join(sorted(workers))}"
        problems.add(f"{kind.section}.{kind.pools}", rule, fix=kind.pool_example)


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
    """One environment: a cluster with GPU nodes, its add-ons, secrets and the release of the vendor's chart."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API server."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig that asks the cloud's command for a token. It holds no secret."""
    gpu_pools: pulumi.Output[list[GpuPool]]
    """Pools of GPU nodes: instance types, GPUs of a node, bounds."""
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
        cluster = spec.kind.component(f"{name}-cluster", spec.cluster, pulumi.ResourceOptions(parent=self))
        made = cast(pulumi.Resource, cluster)
        inside = pulumi.ResourceOptions(
            parent=self, providers=[cluster.provider], transformations=living_in(cluster.resource)
        )
        addons = ClusterPlatform(
            f"{name}-addons",
            spec.addons,
            pulumi.ResourceOptions.merge(inside, pulumi.ResourceOptions(depends_on=[made])),
        )
        # The release comes after everything in the cluster, so a destroy takes it away while nodes can end its pods.
        release = CartesiaRelease(
            f"{name}-release",
            spec.release,
            pulumi.ResourceOptions.merge(
                inside, pulumi.ResourceOptions(depends_on=[made, addons], protect=spec.production or None)
            ),
        )
        self.cluster_access: pulumi.Output[str] = getattr(cluster, "access", cluster.kubeconfig)
        """Kubeconfig by which the program itself may look into the cluster. Plain Python, no output."""
        self.cluster_name = cluster.cluster_name
        self.endpoint = cluster.endpoint
        self.kubeconfig = cluster.kubeconfig.apply(in_one_line)
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
