"""What `GkeCluster` builds, after checks: plain, complete, immutable values that the makers of resources read."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from catalog.gpus import GPU_TAINT
from components.cluster import GpuPoolSpec, Taint


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """A network to make, or one made elsewhere."""

    cidr: str | None
    """Block of the nodes. None: the network is given."""
    pods_cidr: str
    services_cidr: str
    pods_range: str
    """Name of the secondary range of pods."""
    services_range: str
    nat: bool

    @property
    def made(self) -> bool:
        """Whether the network is ours to make."""
        return self.cidr is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorSpec:
    """The GPUs of a node."""

    type: str
    """Google Cloud's name."""
    model: str
    """A key of `catalog.gpus.GPU_MODELS`, or what settings say."""
    count: int
    """GPUs of the machine."""
    driver: str
    """`DEFAULT` or `LATEST`."""
    partition: str
    """MIG slice; empty for whole GPUs."""
    slices: int
    """Slices that one GPU gives, 1 for whole GPUs."""
    shared_clients: int
    """Pods of one GPU or slice."""
    sharing: str
    """`TIME_SHARING` or `MPS`."""

    @property
    def offered(self) -> int:
        """`nvidia.com/gpu` of one node."""
        return self.count * self.slices * self.shared_clients


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePoolSpec:
    """One of `node_pools`, checked, with every default filled in."""

    key: str
    """Name in `node_pools`."""
    machine_type: str
    vcpus: int
    """vCPUs of one node; 0 where the catalogue does not know the type."""
    memory_gib: float
    accelerator: AcceleratorSpec | None
    """None on CPU pools."""
    min_nodes: int
    max_nodes: int
    desired_nodes: int
    """A multiple of the number of zones."""
    autoscaled: bool
    zones: tuple[str, ...]
    """Empty: the cluster's."""
    zone_count: int
    """How many zones the pool is spread over."""
    disk_gib: int
    disk_type: str
    local_ssds: int
    """Local SSDs of a node, the bundled ones included."""
    labels: Mapping[str, str]
    """Every node label, those of GPU pools included."""
    taints: tuple[Taint, ...]
    """Every taint, that of GPU pools included."""
    capacity: str
    """`on_demand`, `spot`, `reservation` or `flex_start`."""
    reservation: str
    blue_green: bool
    max_surge: int
    max_unavailable: int
    max_pods: int
    secure_boot: bool
    unlisted: bool = False
    """The catalogue does not know the type: settings say what it is."""

    @property
    def name(self) -> str:
        """Name in GKE: the key, and eight digits that change with what cannot be changed in place.

        So a pool that has to be replaced is made beside the one it replaces, whose pods then have somewhere to go.
        """
        fixed = (
            self.accelerator and (self.accelerator.type, self.accelerator.count, self.accelerator.driver),
            self.accelerator and (self.accelerator.partition, self.accelerator.shared_clients),
            self.accelerator and self.accelerator.shared_clients > 1 and self.accelerator.sharing,
            (self.local_ssds, self.capacity, self.reservation, self.max_pods, self.secure_boot),
        )
        digest = hashlib.sha256(json.dumps(fixed).encode()).hexdigest()[:8]
        return f"{self.key}-{digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceSpec:
    """When GKE may upgrade. Empty texts: its choice."""

    start_time: str
    end_time: str
    recurrence: str
    exclusions: Mapping[str, tuple[str, str, str]]
    """Start, end and scope by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GkeClusterSpec:
    """One cluster with its network and node pools."""

    cluster_name: str
    project: str
    project_number: str
    location: str
    region: str
    node_zones: tuple[str, ...]
    version: str
    """Lowest minor version. Empty: the channel's."""
    release_channel: str
    network: NetworkSpec
    public_access_cidrs: tuple[str, ...]
    """Empty: no public endpoint."""
    dns_endpoint: bool
    connect_by_dns: bool
    admins: Mapping[str, str]
    own_key: bool
    """Whether the key is ours to make."""
    image_streaming: bool
    logging: bool
    managed_prometheus: bool
    maintenance: MaintenanceSpec
    autoscaling_profile: str
    resource_limits: Mapping[str, int]
    """Most of each resource that nodes may have together."""
    application_default: bool
    deletion_protection: bool
    labels: Mapping[str, str]
    node_pools: Mapping[str, NodePoolSpec]
    """By key. `default` is always there."""

    @property
    def account_id(self) -> str:
        """Id of the nodes' service account: 6 to 30 characters that belong to the cluster's place and name."""
        digest = hashlib.sha256(f"{self.location}/{self.cluster_name}".encode()).hexdigest()[:6]
        return f"{self.cluster_name[:17].rstrip('-')}-nodes-{digest}"

    @property
    def gpu_pools(self) -> tuple[GpuPoolSpec, ...]:
        """The node pools with GPUs, in the order of their names."""
        return tuple(
            GpuPoolSpec(
                name=key,
                instance_types=(pool.machine_type,),
                gpu=pool.accelerator.model,
                gpus_per_node=pool.accelerator.offered,
                min_nodes=pool.min_nodes,
                max_nodes=pool.max_nodes,
                desired_nodes=pool.desired_nodes,
                autoscaled=pool.autoscaled,
                closed_by=tuple(
                    taint.key for taint in pool.taints if taint.key != GPU_TAINT and taint.effect != "PreferNoSchedule"
                ),
                unlisted=pool.unlisted,
            )
            for key, pool in sorted(self.node_pools.items())
            if pool.accelerator is not None
        )
