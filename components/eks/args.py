"""What a caller of `EksCluster` writes: its Args.

Owns names, types and documented defaults; the rules are in `resolve`, `resolve_network` and `resolve_nodes`.
"""

from typing import NotRequired, TypedDict

import pulumi

from components.pools.args import UnlistedGpuArgs


class EksNetworkArgs(TypedDict):
    """A network to make (the default), or `vpc_id` with `private_subnet_ids` to use one made elsewhere."""

    cidr: NotRequired[str]
    """IPv4 block of a VPC to make, /16 to /20, private. Default 10.0.0.0/16. Change: replaces network and cluster."""
    nat: NotRequired[str]
    """Gateways to the internet: `one` (cheap, one zone) or `per-zone`. Default `per-zone`. Change: in place."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """VPC made elsewhere. Needs `private_subnet_ids` too. Change: replaces the cluster."""
    private_subnet_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """Private subnet of each zone in `availability_zones`, by zone name. Change: replaces node groups."""


class EksTaintArgs(TypedDict):
    """One taint of a node group."""

    key: str
    """Taint key, e.g. `dedicated`."""
    value: NotRequired[str]
    """Taint value. Default empty."""
    effect: str
    """`NoSchedule`, `PreferNoSchedule` or `NoExecute`, as Kubernetes writes them."""


class EksNodeGroupArgs(TypedDict):
    """One managed node group."""

    profile: NotRequired[str]
    """GPU profile, e.g. `l40s`; see the table of profiles for those that EC2 has. Change: replaces the group."""
    instance_types: NotRequired[list[str]]
    """EC2 types, alike in GPUs. Given alone or to narrow `profile`. Default m7a.4xlarge. Change: replaces the group."""
    unlisted_gpu: NotRequired[UnlistedGpuArgs]
    """GPUs of `instance_types` that are newer than the catalogue; the group is unlisted. Change: replaces the group."""
    ami_type: NotRequired[str]
    """`AL2023_x86_64_STANDARD` or `AL2023_x86_64_NVIDIA`. Default: what the types need. Change: replaces the group."""
    min_nodes: NotRequired[int]
    """Lower bound, nodes. Default 1 for CPU groups, 0 for GPU groups (scale to zero). Change: in place."""
    max_nodes: int
    """Upper bound, nodes, at least 1. Change: in place."""
    desired_nodes: NotRequired[int]
    """Nodes at start. Default `min_nodes`. Change: in place; ignored after creation where `autoscaled`."""
    autoscaled: NotRequired[bool]
    """True: an autoscaler sets the count; new bounds are taken whatever it is then. Default false. Change: in place."""
    disk_gib: NotRequired[int]
    """Root volume, GiB. At least 20, on GPU groups at least 100. Default 50, on GPU groups 100. Change: rolls nodes."""
    disk_throughput_mibps: NotRequired[int]
    """Root volume, MiB/s, 125 to 2000. Default 125, on GPU groups without `local_storage` 500. Change: rolls nodes."""
    disk_iops: NotRequired[int]
    """Root volume, operations a second, 3000 to 80000; 4 a MiB/s at least. Default 3000. Change: rolls nodes."""
    local_storage: NotRequired[str]
    """`raid0`: images and pods' files on the type's local NVMe; `none`. Default raid0 on GPU types. Rolls nodes."""
    release_version: NotRequired[str]
    """AMI release, e.g. `1.35.7-20260911`. Default: the catalogue's; EKS has no way back. Change: rolls nodes."""
    labels: NotRequired[dict[str, str]]
    """Node labels beside the ones GPU groups get. Default none. Change: in place."""
    taints: NotRequired[list[EksTaintArgs]]
    """Taints beside the one GPU groups get. Default none. Change: in place."""
    capacity: NotRequired[str]
    """`on_demand` (default), `spot`, `capacity_reservation` or `capacity_block`. Change: replaces the group."""
    capacity_reservation_id: NotRequired[str]
    """`cr-...` of the reservation or block. Required with those two capacities. Change: rolls nodes."""
    zones: NotRequired[list[str]]
    """Zones of the nodes, out of `availability_zones`. Default all. Change: replaces the group."""
    max_unavailable: NotRequired[int]
    """Nodes replaced at once in an update, 1 to 100. Default 1. Change: in place."""
    update_strategy: NotRequired[str]
    """`default` (new nodes start first) or `minimal` (old ones end first; so in reservations). Change: in place."""
    force_update: NotRequired[bool]
    """True: nodes go even if a disruption budget holds a pod after 15 minutes. Default false. Change: in place."""
    update_timeout_minutes: NotRequired[int]
    """Wait for an update, 10-1440. Default: 60, or 25 for each `max_unavailable` of `max_nodes`. Change: in place."""
    metadata_hop_limit: NotRequired[int]
    """IMDS hops, 1 or 2; 2 lets pods read the node's credentials. Default 1. Change: rolls nodes."""


class EksCredentialsArgs(TypedDict):
    """With which AWS credentials the Kubernetes provider asks for its token. Holds no secret."""

    profile: NotRequired[str]
    """Profile of the AWS configuration where Pulumi runs. Default: the standard chain. Change: in place."""
    role_arn: NotRequired[str]
    """Role to assume. Must be one of `admins`, unless the creator is admin. Default: none. Change: in place."""


class EksClusterArgs(TypedDict):
    """Arguments of `EksCluster`."""

    cluster_name: str
    """Name of the cluster in EKS, 1-100 letters, digits, `-`, `_`. Change: replaces the cluster."""
    region: str
    """AWS region, e.g. `us-west-2`. Must be the region of the AWS provider used. Change: replaces everything."""
    availability_zones: list[str]
    """Two zones or more, e.g. `us-west-2a`. Change: replaces groups without `zones`; see also `control_plane_zones`."""
    control_plane_zones: NotRequired[list[str]]
    """Zones of the API server. EKS fixes them at creation, so name the old ones to add a zone. Default: all."""
    node_groups: dict[str, EksNodeGroupArgs]
    """Node groups by name. `default` (without GPUs) is required. Change: adds or removes groups."""
    account_id: NotRequired[str]
    """AWS account of the cluster, twelve digits, to compare ARNs with. Default: that of the first admin."""
    admins: NotRequired[dict[str, str]]
    """Cluster admins: a name of yours to an IAM user or role ARN; include who runs Pulumi. Change: in place."""
    admins_of_other_accounts: NotRequired[bool]
    """True permits admins of an account other than the cluster's. Default false."""
    creator_is_admin: NotRequired[bool]
    """True: the creator is admin without an entry in `admins`. Default false. Change: replaces the cluster."""
    credentials: NotRequired[EksCredentialsArgs]
    """What the AWS provider was given as profile and role, for the Kubernetes provider. Default: the standard chain."""
    kubernetes_version: NotRequired[str]
    """Minor version. Default `1.35` (`catalog.aws.eks.EKS_DEFAULT_VERSION`). Change: rolls nodes, one up at a time."""
    support: NotRequired[str]
    """`standard` (AWS upgrades when that support ends) or `extended` (paid). Default `standard`. Change: in place."""
    network: NotRequired[EksNetworkArgs]
    """Network to make or to use. Default: made, 10.0.0.0/16, a NAT gateway per zone."""
    service_cidr: NotRequired[str]
    """Block of service addresses, /12 to /24, private. Default 172.20.0.0/16. Change: replaces the cluster."""
    public_access_cidrs: NotRequired[list[str]]
    """Blocks that may reach the public API endpoint. Default none: the endpoint is private only. Change: in place."""
    private_access_cidrs: NotRequired[list[str]]
    """Blocks of VPN, peering or bastion that may reach the private API endpoint. Default none. Change: in place."""
    private_access_security_groups: NotRequired[dict[str, pulumi.Input[str]]]
    """Security groups that may reach the private API endpoint, by names of yours. Default none. Change: in place."""
    allow_public_access_from_anywhere: NotRequired[bool]
    """True permits 0.0.0.0/0 in `public_access_cidrs`. Default false."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that encrypts Kubernetes secrets. Default: a new one. Change: refused; EKS keeps the first."""
    log_retention_days: NotRequired[int]
    """Days that control-plane and flow logs are kept. Default 90, in production 365. Change: in place."""
    log_kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key of the logs, which CloudWatch Logs may use. Default: a new rotating key. Change: in place."""
    flow_logs: NotRequired[bool]
    """True records the traffic of a made VPC. Default true. Has no effect on a given one. Change: in place."""
    addon_versions: NotRequired[dict[str, str]]
    """Add-on versions by name. Default: the catalogue's for the Kubernetes version. Change: in place."""
    node_session_manager: NotRequired[bool]
    """True lets operators open Systems Manager sessions on nodes. Default false. Change: in place."""
    deletion_protection: NotRequired[bool]
    """True: EKS and Pulumi refuse to delete the cluster, Pulumi its key and logs. Default false. Change: in place."""
    tags: NotRequired[dict[str, str]]
    """AWS tags on all that takes them. Nodes and volumes keep those their group was made with. Change: in place."""
