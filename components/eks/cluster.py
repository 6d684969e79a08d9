"""`EksCluster`: an EKS cluster for the voice stack, with its network, add-ons and node groups.

Owns everything from the VPC to the nodes, and the Kubernetes provider made from them. Leaves alone what runs in the
cluster: the device plugin and controllers are `ClusterPlatform`, the chart is `CartesiaRelease`. Zones,
region and versions are arguments. All it looks up is whether what is there is in service (`components.eks.in_service`).

Order, which destroy follows backwards: network, control plane, add-ons nodes need, node groups, the other add-ons.

Makes, by type: ec2 Vpc, DefaultSecurityGroup, InternetGateway, Subnet, RouteTable, Route, RouteTableAssociation, Eip,
NatGateway, VpcEndpoint, FlowLog, LaunchTemplate; vpc SecurityGroupIngressRule; iam Role, RolePolicy,
RolePolicyAttachment, OpenIdConnectProvider; kms Key; cloudwatch LogGroup; eks Cluster, AccessEntry,
AccessPolicyAssociation, Addon, NodeGroup; autoscaling Tag.
"""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.cluster import GpuPool
from components.eks.args import (
    EksClusterArgs,
    EksCredentialsArgs,
    EksNetworkArgs,
    EksNodeGroupArgs,
    EksTaintArgs,
)
from components.eks.control_plane import ControlPlane, make_cluster_role, make_control_plane
from components.eks.in_service import require_in_service
from components.eks.keys import logs_key, secrets_key
from components.eks.managed_addons import make_addons_after_nodes, make_addons_before_nodes
from components.eks.network import make_network, use_network
from components.eks.node_groups import make_node_group, make_node_role
from components.eks.resolve import resolve_eks_cluster
from components.eks.resolve_nodes import DEFAULT_GROUP
from components.eks.spec import Credentials
from components.eks.warnings import warnings_of
from components.replacing import without_dependencies
from components.warn import warn
from core.kube.kubeconfig import eks_kubeconfig

__all__ = [
    "EksCluster",
    "EksClusterArgs",
    "EksCredentialsArgs",
    "EksNetworkArgs",
    "EksNodeGroupArgs",
    "EksTaintArgs",
    "resolve_eks_cluster",
]


class EksCluster(pulumi.ComponentResource):
    """An EKS cluster with private nodes in at least two zones, encrypted secrets and GPU node groups."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster in EKS."""
    cluster_arn: pulumi.Output[str]
    """ARN of the cluster."""
    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API server."""
    certificate_authority: pulumi.Output[str]
    """Base64 of the API server's CA certificate."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig with exec credentials (`aws eks get-token`). It holds no secret."""
    oidc_provider_arn: pulumi.Output[str]
    """ARN of the IAM OIDC provider of the cluster."""
    oidc_issuer: pulumi.Output[str]
    """URL of the issuer of service-account tokens."""
    gpu_pools: pulumi.Output[list[GpuPool]]
    """GPU node groups, by name. Their keys are spelled as in the schema (`gpusPerNode`), in Python too."""
    vpc_id: pulumi.Output[str]
    """VPC of the cluster."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Private subnets, in the order of `availability_zones`."""
    node_role_arn: pulumi.Output[str]
    """ARN of the role of all nodes."""
    cluster_security_group_id: pulumi.Output[str]
    """Security group that EKS made for control plane and nodes."""

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = resolve_eks_cluster(args, name)  # before super(): wrong arguments register nothing
        props = {"cluster_name": spec.cluster_name, "region": spec.region, "kubernetes_version": spec.version}
        super().__init__("cartesia:index:EksCluster", name, props, opts)
        protect = True if spec.deletion_protection else None  # None, so that a caller's own still comes through
        kept = pulumi.ResourceOptions(parent=self, protect=protect)
        plane_role = make_cluster_role(name, spec, kept)
        log_key_arn = logs_key(name, spec, args.get("log_kms_key_arn"), plane_role.arn, kept)
        if spec.network.made:
            network = make_network(
                name,
                spec.network,
                region=spec.region,
                label=spec.cluster_name,
                tags=spec.tags,
                parent=self,
                log_key_arn=log_key_arn,
                protect=protect,
            )
        else:
            network = use_network(args["network"], spec.network)
        ways_in = args.get("private_access_security_groups", {})
        key_arn = secrets_key(name, spec, args.get("kms_key_arn"), plane_role.arn, kept)
        plane = make_control_plane(name, spec, network, plane_role, key_arn, log_key_arn, ways_in, self)
        for warning in warnings_of(spec):
            warn(warning, EksClusterArgs, self)
        role, rights = make_node_role(name, spec, self)
        early = make_addons_before_nodes(name, spec, plane.cluster, self)
        groups: dict[str, aws.eks.NodeGroup] = {
            key: make_node_group(
                name,
                spec,
                group,
                cluster=plane.cluster,
                security_group_id=plane.security_group_id,
                node_role_arn=role.arn,
                subnet_ids=network.private_subnet_ids,
                needs=[*rights, *early],
                parent=self,
            )
            for key, group in spec.node_groups.items()
        }
        late = make_addons_after_nodes(name, spec, plane.cluster, self, groups[DEFAULT_GROUP])
        require_in_service(plane.cluster, groups.values(), [*early, *late], self)

        self.cluster_name = plane.cluster.name
        self.cluster_arn = plane.cluster.arn
        self.endpoint = plane.cluster.endpoint
        self.certificate_authority = plane.certificate_authority
        self.kubeconfig = _kubeconfig(plane, spec.region)
        self.oidc_provider_arn = plane.oidc_provider_arn
        self.oidc_issuer = plane.oidc_issuer
        self.gpu_pools = pulumi.Output.from_input([pool.output() for pool in spec.gpu_pools])
        self.vpc_id = network.vpc_id
        self.private_subnet_ids = pulumi.Output.all(*(network.private_subnet_ids[zone] for zone in spec.network.zones))
        self.node_role_arn = role.arn
        self.cluster_security_group_id = plane.security_group_id
        self.provider = kubernetes.Provider(
            f"{name}-kubernetes",
            # Not the output, which people use with credentials of their own: this one asks as the AWS provider does.
            kubeconfig=without_dependencies(_kubeconfig(plane, spec.region, spec.credentials)),
            enable_server_side_apply=True,
            # Pods name their secrets, so a rotated key must change content: a replacement deletes the secret first.
            enable_secret_mutable=True,
            # The endpoint is unlike that of any other cluster, even of one that replaces this under the same name: so
            # objects are made again in a new cluster, and a change of the kubeconfig's text alone replaces nothing.
            cluster_identifier=without_dependencies(plane.cluster.endpoint),
            # Before an admin's entry is there the API refuses; while anything lives in the cluster it must stay.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[plane.cluster, *plane.access]),
        )
        """Provider of this cluster, for what runs in it. Plain Python, no output."""
        self.access = _kubeconfig(plane, spec.region, spec.credentials)
        """Kubeconfig of that provider, for a program that looks into the cluster itself. Plain Python, no output."""
        self.resource: pulumi.Resource = plane.cluster
        """The cluster in EKS, for what is replaced with it. Plain Python, no output."""
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_arn": self.cluster_arn,
                "endpoint": self.endpoint,
                "certificate_authority": self.certificate_authority,
                "kubeconfig": self.kubeconfig,
                "oidc_provider_arn": self.oidc_provider_arn,
                "oidc_issuer": self.oidc_issuer,
                "gpu_pools": self.gpu_pools,
                "vpc_id": self.vpc_id,
                "private_subnet_ids": self.private_subnet_ids,
                "node_role_arn": self.node_role_arn,
                "cluster_security_group_id": self.cluster_security_group_id,
            }
        )


def _kubeconfig(plane: ControlPlane, region: str, credentials: Credentials | None = None) -> pulumi.Output[str]:
    """The kubeconfig, once the cluster is there. Without `credentials` it asks as whoever uses it."""
    return pulumi.Output.all(
        cluster_name=plane.cluster.name, endpoint=plane.cluster.endpoint, authority=plane.certificate_authority
    ).apply(
        lambda known: eks_kubeconfig(
            cluster_name=known["cluster_name"],
            region=region,
            endpoint=known["endpoint"],
            certificate_authority=known["authority"],
            profile=credentials.profile if credentials else "",
            role_arn=credentials.role_arn if credentials else "",
        )
    )
