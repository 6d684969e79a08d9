"""The network of a cluster: a VPC with one subnetwork and its secondary ranges, or one that somebody else made.

Owns VPC, subnetwork, router and NAT. Leaves alone peering, VPN, DNS and firewall rules (GKE makes its own). Nodes have
private addresses only: they reach Google's registries by Private Google Access, and the rest of the world by Cloud NAT.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.gke.args import GkeNetworkArgs
from components.gke.spec import GkeClusterSpec

__all__ = ["Network", "make_network", "use_network"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What the cluster needs of its network."""

    network: pulumi.Output[str]
    subnetwork: pulumi.Output[str]
    needs: tuple[pulumi.Resource, ...]
    """What must be there before a node starts and until the last one is gone. Empty for a given network."""


def use_network(args: GkeNetworkArgs) -> Network:
    """A network made elsewhere, taken as it is."""
    return Network(
        network=pulumi.Output.from_input(args["network"]),
        subnetwork=pulumi.Output.from_input(args["subnetwork"]),
        needs=(),
    )


def make_network(name: str, spec: GkeClusterSpec, parent: pulumi.Resource) -> Network:
    """Make the network as children of `parent`; `spec.network.made` must be true."""
    opts = pulumi.ResourceOptions(parent=parent)
    # Protected where the cluster is: what stands in it cannot move to another one.
    kept = pulumi.ResourceOptions(parent=parent, protect=True if spec.deletion_protection else None)
    vpc = gcp.compute.Network(
        f"{name}-network",
        project=spec.project,
        auto_create_subnetworks=False,  # the ranges below are ours to plan
        routing_mode="REGIONAL",
        description=f"Network of GKE cluster {spec.cluster_name}",
        opts=kept,
    )
    subnetwork = gcp.compute.Subnetwork(
        f"{name}-nodes",
        project=spec.project,
        region=spec.region,
        network=vpc.id,
        ip_cidr_range=spec.network.cidr,
        secondary_ip_ranges=[
            {"range_name": spec.network.pods_range, "ip_cidr_range": spec.network.pods_cidr},
            {"range_name": spec.network.services_range, "ip_cidr_range": spec.network.services_cidr},
        ],
        private_ip_google_access=True,
        opts=kept,
    )
    needs = [_nat(name, spec, vpc.id, opts)] if spec.network.nat else []
    return Network(network=vpc.id, subnetwork=subnetwork.id, needs=tuple(needs))


def _nat(name: str, spec: GkeClusterSpec, network: pulumi.Output[str], opts: pulumi.ResourceOptions) -> pulumi.Resource:
    router = gcp.compute.Router(f"{name}-router", project=spec.project, region=spec.region, network=network, opts=opts)
    nat: pulumi.Resource = gcp.compute.RouterNat(
        f"{name}-nat",
        project=spec.project,
        region=spec.region,
        router=router.name,
        nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
        # A worker keeps many connections to the bucket and the registry; a fixed share of 64 ports ends there.
        enable_dynamic_port_allocation=True,
        min_ports_per_vm=64,
        max_ports_per_vm=4096,
        log_config={"enable": True, "filter": "ERRORS_ONLY"},
        opts=opts,
    )
    return nat
