"""What a caller of `GkeCluster` writes: its Args.

Owns names, types and documented defaults; the rules are in `resolve`, `resolve_network` and `resolve_pools`.
"""

from typing import NotRequired, TypedDict

import pulumi

from components.pools.args import UnlistedGpuArgs


class GkeNetworkArgs(TypedDict):
    """A network to make (the default), or `network`, `subnetwork` and two range names to use one made elsewhere."""

    cidr: NotRequired[str]
    """Block of the nodes, /16 to /26, private. Default 10.0.0.0/20. Change: grows in place, else replaces."""
    pods_cidr: NotRequired[str]
    """Block of the pods, /9 to /21, private; a node takes a /24 of it. Default 10.64.0.0/14. Change: replaces."""
    services_cidr: NotRequired[str]
    """Block of service addresses, /16 to /27, private. Default 10.60.0.0/20. Change: replaces the cluster."""
    nat: NotRequired[bool]
    """Cloud NAT, by which private nodes reach the vendor's registry and licensing. Default true. Change: in place."""
    network: NotRequired[pulumi.Input[str]]
    """VPC made elsewhere: name, id or link. Needs the three below too. Change: replaces the cluster."""
    subnetwork: NotRequired[pulumi.Input[str]]
    """Subnetwork of that VPC in the cluster's region. Change: replaces the cluster."""
    pods_range: NotRequired[str]
    """Name of its secondary range for pods. Change: replaces the cluster."""
    services_range: NotRequired[str]
    """Name of its secondary range for services. Change: replaces the cluster."""


class GkeTaintArgs(TypedDict):
    """One taint of a node pool."""

    key: str
    """Taint key, e.g. `dedicated`."""
    value: NotRequired[str]
    """Taint value. Default empty."""
    effect: str
    """`NoSchedule`, `PreferNoSchedule` or `NoExecute`, as Kubernetes writes them."""


class GkeNodePoolArgs(TypedDict):
    """One node pool. Counts are of the whole pool, though GKE counts by zone."""

    profile: NotRequired[str]
    """GPU profile, e.g. `l4`; see the table of profiles for those Google Cloud has. Change: as `machine_type`."""
    machine_type: NotRequired[str]
    """Machine type. Default n2-standard-8, or the profile's. Change: new nodes; another GPU replaces the pool."""
    unlisted_gpu: NotRequired[UnlistedGpuArgs]
    """GPUs of a `machine_type` newer than the catalogue. Marks the pool as unlisted. Change: replaces the pool."""
    min_nodes: NotRequired[int]
    """Lower bound, nodes. Default 1 for CPU pools, 0 for GPU pools (scale to zero). Change: in place."""
    max_nodes: int
    """Upper bound, nodes, at least 1. Change: in place."""
    desired_nodes: NotRequired[int]
    """Nodes at start, a multiple of the zones. Default: what `min_nodes` needs. Ignored later where `autoscaled`."""
    autoscaled: NotRequired[bool]
    """True: GKE's autoscaler sets the count between the bounds. Default true. Change: in place."""
    zones: NotRequired[list[str]]
    """Zones of the nodes. Required for GPU pools of a regional cluster: not every zone has a GPU. Change: in place."""
    driver: NotRequired[str]
    """NVIDIA driver that GKE installs: `default` or `latest` for the node version. Change: replaces the pool."""
    partition: NotRequired[str]
    """MIG slice that each GPU is cut into, e.g. `3g.40gb`, at least 24 GB. Default: whole GPUs. Change: replaces."""
    shared_clients: NotRequired[int]
    """Pods that share one GPU (or slice), 2-48, each with at least 24 GB of it. Default: none share. Replaces."""
    sharing: NotRequired[str]
    """How they share: `time_sharing` or `mps`. Default `time_sharing`. Change: replaces the pool."""
    disk_gib: NotRequired[int]
    """Boot disk, GiB. At least 20, on GPU pools at least 100. Default 50, on GPU pools 100. Change: new nodes."""
    disk_type: NotRequired[str]
    """Kind of boot disk. Default `pd-balanced`, or `hyperdisk-balanced` where the type takes no other. New nodes."""
    local_ssds: NotRequired[int]
    """Local SSDs as scratch space, where none are bundled with the type. Default 0. Change: replaces the pool."""
    labels: NotRequired[dict[str, str]]
    """Node labels beside the ones GPU pools get. Default none. Change: in place."""
    taints: NotRequired[list[GkeTaintArgs]]
    """Taints beside the one GPU pools get. Default none. Change: in place."""
    capacity: NotRequired[str]
    """`on_demand`, `spot`, `reservation` or `flex_start`. Default `on_demand`. Change: replaces the pool."""
    reservation: NotRequired[str]
    """Name of the reservation. Required with that capacity. Change: replaces the pool."""
    upgrade: NotRequired[str]
    """`surge` or `blue_green` (twice the nodes for a while). Default `surge`. Change: in place."""
    max_surge: NotRequired[int]
    """Nodes added at once in an upgrade, 0-20. Default 1, on GPU pools 0. Change: in place."""
    max_unavailable: NotRequired[int]
    """Nodes taken at once in an upgrade, 0-20. Default 0, on GPU pools 1. Change: in place."""
    max_pods: NotRequired[int]
    """Pods of a node, 8-256; decides its share of `pods_cidr`. Default 110, on GPU pools 32. Change: replaces."""


class GkeMaintenanceExclusionArgs(TypedDict):
    """A time in which GKE upgrades nothing, or less."""

    start_time: str
    """UTC, e.g. `2026-12-20T00:00:00Z`."""
    end_time: str
    """UTC."""
    scope: NotRequired[str]
    """`NO_UPGRADES`, `NO_MINOR_UPGRADES` or `NO_MINOR_OR_NODE_UPGRADES`. Default `NO_UPGRADES`."""


class GkeMaintenanceArgs(TypedDict):
    """When GKE may upgrade control plane and nodes."""

    start_time: NotRequired[str]
    """Start of the first window, UTC, e.g. `2026-01-03T02:00:00Z`. Needs the two below. Default: GKE's choice."""
    end_time: NotRequired[str]
    """End of the first window, UTC; GKE wants 48 hours in 32 days in all."""
    recurrence: NotRequired[str]
    """Rule of RFC 5545, e.g. `FREQ=WEEKLY;BYDAY=SA,SU`."""
    exclusions: NotRequired[dict[str, GkeMaintenanceExclusionArgs]]
    """Exclusions by a name of yours, at most 20. Change: in place."""


class GkeCredentialsArgs(TypedDict):
    """With which Google credentials the Kubernetes provider asks for its token. Holds no secret."""

    application_default: NotRequired[bool]
    """True: application default credentials, as in CI. Default false: what gcloud is logged in with. In place."""


class GkeClusterArgs(TypedDict):
    """Arguments of `GkeCluster`."""

    cluster_name: str
    """Name of the cluster, 1-40 small letters, digits and inner dashes. Change: replaces the cluster."""
    project: str
    """Id of the project, e.g. `example-voice`. Change: replaces everything."""
    project_number: NotRequired[str]
    """Number of the project, for the right of GKE to use the key. Required unless `kms_key` is given."""
    location: str
    """Region (control plane and nodes in several zones) or zone. Change: replaces the cluster."""
    node_zones: NotRequired[list[str]]
    """Zones of pools that name none. Default: GKE's choice of three. Change: in place."""
    node_pools: dict[str, GkeNodePoolArgs]
    """Node pools by name. `default` (without GPUs) is required. Change: adds or removes pools."""
    admins: NotRequired[dict[str, str]]
    """Cluster admins: a name of yours to an IAM member (`group:...`); get `roles/container.admin`. Change: in place."""
    release_channel: NotRequired[str]
    """`STABLE` (vendor tested), `REGULAR`, `RAPID` or `EXTENDED`. Default `STABLE`. Change: in place."""
    kubernetes_version: NotRequired[str]
    """Lowest minor version, e.g. `1.34`; GKE upgrades beyond it. Default: the channel's. Change: in place, upwards."""
    network: NotRequired[GkeNetworkArgs]
    """Network to make or to use. Default: made, with Cloud NAT."""
    public_access_cidrs: NotRequired[list[str]]
    """Blocks that may reach the public IP endpoint. Default none: the endpoint is private only. Change: in place."""
    allow_public_access_from_anywhere: NotRequired[bool]
    """True permits 0.0.0.0/0 in `public_access_cidrs`. Default false."""
    dns_endpoint: NotRequired[bool]
    """True opens the DNS endpoint to the outside, guarded by IAM alone. Default false. Change: in place."""
    connect: NotRequired[str]
    """Endpoint of the kubeconfig: `ip` or `dns`. Default `ip`. Change: in place."""
    kms_key: NotRequired[pulumi.Input[str]]
    """Id of the key that encrypts Kubernetes secrets; GKE must have the right. Default: a new one. Change: in place."""
    secure_boot: NotRequired[bool]
    """Secure Boot on pools without GPUs, where drivers are built in. Default true. Change: replaces the pools."""
    image_streaming: NotRequired[bool]
    """Start containers before their image is whole (Artifact Registry only). Default false. Change: new nodes."""
    logging: NotRequired[bool]
    """Logs of system and workloads in Cloud Logging. Default true. Change: in place."""
    managed_prometheus: NotRequired[bool]
    """Google's managed collection of metrics. Default true. Change: in place."""
    maintenance: NotRequired[GkeMaintenanceArgs]
    """When GKE may upgrade. Default: its choice."""
    autoscaling_profile: NotRequired[str]
    """`BALANCED` or `OPTIMIZE_UTILIZATION` (drops idle GPU nodes sooner). Default `BALANCED`. Change: in place."""
    resource_limits: NotRequired[dict[str, int]]
    """Most `cpu`, `memory` (GB) or accelerators of all nodes. Default: what the pools at their largest take."""
    credentials: NotRequired[GkeCredentialsArgs]
    """How the Kubernetes provider asks for its token. Default: as gcloud is logged in."""
    deletion_protection: NotRequired[bool]
    """True: provider and Pulumi refuse to delete the cluster, Pulumi its key and network. Default false. In place."""
    labels: NotRequired[dict[str, str]]
    """Labels on everything that takes them, nodes included. Default none. Change: in place."""
