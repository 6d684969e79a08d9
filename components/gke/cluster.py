"""`GkeCluster`: a GKE cluster for the voice stack, with its network, key, service account and node pools.

Owns everything from the VPC to the nodes, and the Kubernetes provider made from them. Leaves alone what runs in the
cluster: the chart is `CartesiaRelease`, and the device plugin and storage classes are GKE's own. It looks nothing up:
project, number and zones are arguments, so a preview needs no call to Google Cloud.

Order, which destroy follows backwards: network and key, control plane, the pool `default`, the other pools.

Makes, by type: compute Network, Subnetwork, Router, RouterNat; kms KeyRing, CryptoKey, CryptoKeyIAMMember;
serviceaccount Account; projects IAMMember; container Cluster, NodePool.
"""

from typing import cast

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from components.cluster import GpuPool
from components.gke.args import (
    GkeClusterArgs,
    GkeCredentialsArgs,
    GkeMaintenanceArgs,
    GkeMaintenanceExclusionArgs,
    GkeNetworkArgs,
    GkeNodePoolArgs,
    GkeTaintArgs,
)
from components.gke.control_plane import make_cluster, make_key
from components.gke.identity import make_admins, make_node_account
from components.gke.network import make_network, use_network
from components.gke.node_pools import make_node_pool
from components.gke.resolve import resolve_gke_cluster
from components.gke.resolve_pools import DEFAULT_POOL
from components.gke.spec import GkeClusterSpec
from components.replacing import without_dependencies
from core.kube.kubeconfig import gke_kubeconfig

__all__ = [
    "GkeCluster",
    "GkeClusterArgs",
    "GkeCredentialsArgs",
    "GkeMaintenanceArgs",
    "GkeMaintenanceExclusionArgs",
    "GkeNetworkArgs",
    "GkeNodePoolArgs",
    "GkeTaintArgs",
    "resolve_gke_cluster",
]


class GkeCluster(pulumi.ComponentResource):
    """A GKE cluster with private nodes, encrypted secrets, a service account of its own and GPU node pools."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster in GKE."""
    cluster_id: pulumi.Output[str]
    """Id of the cluster, `projects/.../locations/.../clusters/...`."""
    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API server."""
    certificate_authority: pulumi.Output[str]
    """Base64 of the API server's CA certificate."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig with exec credentials (`gke-gcloud-auth-plugin`). It holds no secret."""
    workload_pool: pulumi.Output[str]
    """Workload identity pool, `<project>.svc.id.goog`."""
    gpu_pools: pulumi.Output[list[GpuPool]]
    """GPU node pools, by name. Their keys are spelled as in the schema (`gpusPerNode`), in Python too."""
    network: pulumi.Output[str]
    """VPC of the cluster."""
    subnetwork: pulumi.Output[str]
    """Subnetwork of the nodes."""
    node_service_account: pulumi.Output[str]
    """Address of the service account of all nodes; let it read the registries of other projects."""

    def __init__(self, name: str, args: GkeClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = resolve_gke_cluster(args, name)  # before super(): wrong arguments register nothing
        props = {"cluster_name": spec.cluster_name, "project": spec.project, "location": spec.location}
        super().__init__("cartesia:index:GkeCluster", name, props, opts)
        network = make_network(name, spec, self) if spec.network.made else use_network(args["network"])
        if spec.own_key:
            key_id, key_use = make_key(name, spec, self)
        else:
            key_id, key_use = pulumi.Output.from_input(args["kms_key"]), []
        account, rights = make_node_account(name, spec, self)
        cluster = make_cluster(
            name,
            spec,
            network=network,
            key_id=key_id,
            node_account=account.email,
            needs=[*key_use, *rights, *network.needs],
            parent=self,
        )
        admins = make_admins(name, spec, self)
        default = self._pool(name, spec, DEFAULT_POOL, cluster, account, [*rights])
        for key in spec.node_pools.keys() - {DEFAULT_POOL}:
            # After the first pool: GKE taints GPU nodes only where other pods have somewhere else to go.
            self._pool(name, spec, key, cluster, account, [*rights, default])

        self.cluster_name = cluster.name
        self.cluster_id = cluster.id
        self.endpoint = _endpoint(spec, cluster)
        self.certificate_authority = cluster.master_auth.cluster_ca_certificate
        self.kubeconfig = _kubeconfig(spec, cluster)
        self.workload_pool = cluster.workload_identity_config.workload_pool
        self.gpu_pools = pulumi.Output.from_input([pool.output() for pool in spec.gpu_pools])
        self.network = network.network
        self.subnetwork = network.subnetwork
        self.node_service_account = account.email
        self.provider = kubernetes.Provider(
            f"{name}-kubernetes",
            # Not the output, which people use with credentials of their own: this one asks as the stack says.
            kubeconfig=without_dependencies(_kubeconfig(spec, cluster, application_default=spec.application_default)),
            enable_server_side_apply=True,
            # Pods name their secrets, so a rotated key must change content: a replacement deletes the secret first.
            enable_secret_mutable=True,
            # A change of the kubeconfig's text alone replaces nothing; objects are made again in a new cluster.
            cluster_identifier=without_dependencies(self.endpoint),
            # While anything lives in the cluster, those who look after it must be let in.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[cluster, *admins]),
        )
        """Provider of this cluster, for what runs in it. Plain Python, no output."""
        self.access = _kubeconfig(spec, cluster, application_default=spec.application_default)
        """Kubeconfig of that provider, for a program that looks into the cluster itself. Plain Python, no output."""
        self.resource: pulumi.Resource = cluster
        """The cluster in GKE, for what is replaced with it. Plain Python, no output."""
        self.register_outputs({key: getattr(self, key) for key in GkeCluster.__annotations__})

    def _pool(
        self,
        name: str,
        spec: GkeClusterSpec,
        key: str,
        cluster: "gcp.container.Cluster",
        account: "gcp.serviceaccount.Account",
        needs: list[pulumi.Resource],
    ) -> pulumi.Resource:
        made = make_node_pool(
            name, spec, spec.node_pools[key], cluster=cluster, node_account=account.email, needs=needs, parent=self
        )
        return cast(pulumi.Resource, made)


def _endpoint(spec: GkeClusterSpec, cluster: "gcp.container.Cluster") -> pulumi.Output[str]:
    """URL of the API server: that of the DNS endpoint where the kubeconfig uses it."""
    if spec.connect_by_dns:
        host = cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
        return pulumi.Output.concat("https://", host)
    return pulumi.Output.concat("https://", cluster.endpoint)


def _kubeconfig(
    spec: GkeClusterSpec, cluster: "gcp.container.Cluster", *, application_default: bool = False
) -> pulumi.Output[str]:
    """The kubeconfig, once the cluster is there."""
    known = pulumi.Output.all(endpoint=_endpoint(spec, cluster), authority=cluster.master_auth.cluster_ca_certificate)
    return known.apply(
        lambda found: gke_kubeconfig(
            cluster_name=spec.cluster_name,
            project=spec.project,
            location=spec.location,
            endpoint=found["endpoint"],
            # The DNS endpoint has a certificate that everybody trusts, and not the cluster's own.
            certificate_authority="" if spec.connect_by_dns else found["authority"],
            application_default=application_default,
        )
    )
