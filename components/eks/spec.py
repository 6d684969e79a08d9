"""What `EksCluster` builds, after checks: plain, complete, immutable values that the makers of resources read."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.aws.eks import EKS_ADDONS
from catalog.gpus import GPU_TAINT
from components.cluster import GpuPoolSpec, Taint
from components.eks.resolve_updates import Updates
from core.aws.cidrs import SubnetPair


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """A network to make, or one made elsewhere."""

    zones: tuple[str, ...]
    """Zones, as the caller ordered them."""
    cidr: str | None
    """Block of the VPC to make. None: the network is given."""
    subnets: Mapping[str, SubnetPair]
    """Blocks of the subnets to make, by zone. Empty where the network is given."""
    nat_per_zone: bool
    """A NAT gateway in every zone, or one in the first zone by name."""
    flow_logs: bool
    """Record the traffic of the VPC."""
    log_retention_days: int
    """Days the flow logs are kept."""

    @property
    def made(self) -> bool:
        """Whether the network is ours to make."""
        return self.cidr is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGroupSpec:
    """One of `node_groups`, checked, with every default filled in."""

    key: str
    """Name in `node_groups`."""
    instance_types: tuple[str, ...]
    """At least one. More only where they have the same GPUs."""
    ami_type: str
    """EKS image type."""
    gpu: str | None
    """GPU model, None on CPU groups."""
    gpus_per_node: int
    """GPUs of one node, 0 on CPU groups."""
    min_nodes: int
    max_nodes: int
    desired_nodes: int
    autoscaled: bool
    """An autoscaler owns the count after creation."""
    disk_gib: int
    """Root volume, GiB."""
    disk_throughput_mibps: int | None
    """Of the root volume. None: what EBS gives by itself, 125 MiB/s."""
    disk_iops: int | None
    """Of the root volume. None: what EBS gives by itself, 3000."""
    local_storage: bool
    """Keep images and files of pods on the local disks of the type."""
    release_version: str | None
    """AMI release. None: the newest at each creation and change, since none is known for the version."""
    labels: Mapping[str, str]
    """Every node label, those of GPU groups included."""
    taints: tuple[Taint, ...]
    """Every taint, that of GPU groups included."""
    capacity: str
    """`on_demand`, `spot`, `capacity_reservation` or `capacity_block`."""
    capacity_reservation_id: str | None
    """Reservation or block the nodes start in."""
    zones: tuple[str, ...]
    """Zones of the nodes."""
    updates: Updates
    """How it changes its nodes."""
    metadata_hop_limit: int
    """Hops that answers of the metadata service live: with 1 no pod reads the credentials of its node."""
    unlisted: bool = False
    """The catalogue does not know the types: settings say what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How the Kubernetes provider reaches AWS for its token. Empty means the standard chain."""

    profile: str
    role_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EksClusterSpec:
    """One cluster with its network and node groups."""

    cluster_name: str
    region: str
    partition: str
    """Partition in ARNs: `aws`, `aws-cn` or `aws-us-gov`."""
    version: str
    """Kubernetes minor version of control plane and nodes."""
    support: str
    """`STANDARD` or `EXTENDED`, as the API writes it."""
    network: NetworkSpec
    control_plane_zones: tuple[str, ...]
    """Zones of the control plane's interfaces, among those of the network. EKS refuses a later change."""
    service_cidr: str
    public_access_cidrs: tuple[str, ...]
    """Empty: no public endpoint."""
    private_access_cidrs: tuple[str, ...]
    """Blocks let in to the private endpoint, beside the nodes."""
    admins: Mapping[str, str]
    """Name to ARN."""
    creator_is_admin: bool
    credentials: Credentials
    log_retention_days: int
    addon_versions: Mapping[str, str]
    """Pinned add-on versions. An add-on that is not in here gets EKS's default: none is known for the version."""
    node_session_manager: bool
    deletion_protection: bool
    tags: Mapping[str, str]
    node_groups: Mapping[str, NodeGroupSpec]
    """By name. `default` is always there."""

    @property
    def unpinned(self) -> tuple[str, ...]:
        """Add-ons and node groups whose version AWS chooses, as paths of the arguments."""
        addons = [f"addon_versions.{name}" for name in EKS_ADDONS if name not in self.addon_versions]
        groups = [key for key, group in sorted(self.node_groups.items()) if group.release_version is None]
        return (*addons, *(f"node_groups.{key}.release_version" for key in groups))

    @property
    def gpu_pools(self) -> tuple[GpuPoolSpec, ...]:
        """The node groups with GPUs, in the order of their names."""
        return tuple(
            GpuPoolSpec(
                name=key,
                instance_types=group.instance_types,
                gpu=group.gpu,
                gpus_per_node=group.gpus_per_node,
                min_nodes=group.min_nodes,
                max_nodes=group.max_nodes,
                desired_nodes=group.desired_nodes,
                autoscaled=group.autoscaled,
                closed_by=tuple(
                    taint.key for taint in group.taints if taint.key != GPU_TAINT and taint.effect != "PreferNoSchedule"
                ),
                unlisted=group.unlisted,
            )
            for key, group in sorted(self.node_groups.items())
            if group.gpu is not None
        )


def name_tags(spec: EksClusterSpec, role: str) -> dict[str, str]:
    """The caller's tags and a `Name`, for objects whose id the cloud makes up: by their tags they are found again.

    A creation that was begun and never recorded (the engine was killed) can be told from others only so.
    """
    return {**spec.tags, "Name": f"{spec.cluster_name}-{role}"}
