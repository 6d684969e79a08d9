"""The control plane of `GkeCluster`: the key of its secrets, and the cluster itself without any pool."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.gke.network import Network
from components.gke.spec import GkeClusterSpec
from components.replacing import one_of_a_name

__all__ = ["make_cluster", "make_key"]

_ENCRYPTER = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
_ROTATION = "7776000s"  # 90 days, as Google advises
_LOGS = ("SYSTEM_COMPONENTS", "WORKLOADS")
_METRICS = ("SYSTEM_COMPONENTS",)


def make_key(
    name: str, spec: GkeClusterSpec, parent: pulumi.Resource
) -> tuple[pulumi.Output[str], list[pulumi.Resource]]:
    """The key of the Kubernetes secrets, and what must be there before GKE may use it.

    Neither ring nor key is ever deleted in Google Cloud, so both have names that no second stack has.
    """
    kept = pulumi.ResourceOptions(parent=parent, protect=True if spec.deletion_protection else None)
    ring = gcp.kms.KeyRing(f"{name}-keys", project=spec.project, location=spec.region, opts=kept)
    key = gcp.kms.CryptoKey(
        f"{name}-secrets-key",
        key_ring=ring.id,
        purpose="ENCRYPT_DECRYPT",
        rotation_period=_ROTATION,
        labels=dict(spec.labels) or None,
        opts=kept,
    )
    agent = f"serviceAccount:service-{spec.project_number}@container-engine-robot.iam.gserviceaccount.com"
    use = gcp.kms.CryptoKeyIAMMember(
        f"{name}-secrets-key-use",
        crypto_key_id=key.id,
        role=_ENCRYPTER,
        member=agent,
        opts=one_of_a_name(parent=parent),
    )
    return key.id, [use]


def make_cluster(
    name: str,
    spec: GkeClusterSpec,
    *,
    network: Network,
    key_id: pulumi.Output[str],
    node_account: pulumi.Output[str],
    needs: list[pulumi.Resource],
    parent: pulumi.Resource,
) -> gcp.container.Cluster:
    """Make the cluster as a child of `parent`; `needs` outlive it."""
    return gcp.container.Cluster(
        f"{name}-cluster",
        name=spec.cluster_name,
        project=spec.project,
        location=spec.location,
        node_locations=list(spec.node_zones) or None,
        min_master_version=spec.version or None,
        release_channel={"channel": spec.release_channel},
        network=network.network,
        subnetwork=network.subnetwork,
        networking_mode="VPC_NATIVE",
        datapath_provider="ADVANCED_DATAPATH",  # Dataplane V2, which enforces network policies by itself
        ip_allocation_policy={
            "cluster_secondary_range_name": spec.network.pods_range,
            "services_secondary_range_name": spec.network.services_range,
        },
        private_cluster_config={
            "enable_private_nodes": True,
            "enable_private_endpoint": not spec.public_access_cidrs,
        },
        master_authorized_networks_config={
            "cidr_blocks": [{"cidr_block": cidr} for cidr in spec.public_access_cidrs],
        },
        control_plane_endpoints_config={
            "dns_endpoint_config": {"allow_external_traffic": spec.dns_endpoint},
            "ip_endpoints_config": {"enabled": True},
        },
        workload_identity_config={"workload_pool": f"{spec.project}.svc.id.goog"},
        database_encryption={"state": "ENCRYPTED", "key_name": key_id},
        enable_shielded_nodes=True,
        # The API wants a pool to begin with. It is deleted at once, and its nodes run as ours for so long.
        initial_node_count=1,
        remove_default_node_pool=True,
        node_config={"service_account": node_account, "shielded_instance_config": {"enable_secure_boot": True}},
        cluster_autoscaling=_autoscaling(spec),
        logging_config={"enable_components": list(_LOGS) if spec.logging else []},
        monitoring_config={
            "enable_components": list(_METRICS),
            "managed_prometheus": {"enabled": spec.managed_prometheus},
        },
        addons_config={
            "gce_persistent_disk_csi_driver_config": {"enabled": True},
            "http_load_balancing": {"disabled": False},
        },
        maintenance_policy=_maintenance(spec),
        deletion_protection=spec.deletion_protection,
        resource_labels=dict(spec.labels) or None,
        opts=one_of_a_name(
            parent=parent,
            protect=True if spec.deletion_protection else None,
            depends_on=needs,
            # Of the pool that is gone: the API tells nothing of it any more; a difference would replace the cluster.
            ignore_changes=["nodeConfig", "initialNodeCount"],
        ),
    )


def _autoscaling(spec: GkeClusterSpec) -> dict[str, Any]:
    """No pools by themselves; the limits hold for our pools too, so they name the accelerators that these have."""
    return {
        "enabled": False,
        "autoscaling_profile": spec.autoscaling_profile,
        "resource_limits": [
            {"resource_type": kind, "minimum": 0, "maximum": most} for kind, most in spec.resource_limits.items()
        ],
    }


def _maintenance(spec: GkeClusterSpec) -> dict[str, Any] | None:
    told = spec.maintenance
    policy: dict[str, Any] = {}
    if told.start_time:
        policy["recurring_window"] = {
            "start_time": told.start_time,
            "end_time": told.end_time,
            "recurrence": told.recurrence,
        }
    if told.exclusions:
        policy["maintenance_exclusions"] = [
            {"exclusion_name": name, "start_time": start, "end_time": end, "exclusion_options": {"scope": scope}}
            for name, (start, end, scope) in told.exclusions.items()
        ]
    return policy or None
