"""The node pools of `GkeCluster`."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.gke.spec import AcceleratorSpec, GkeClusterSpec, NodePoolSpec

__all__ = ["make_node_pool"]

_TAINT_EFFECTS = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}


def make_node_pool(
    name: str,
    spec: GkeClusterSpec,
    pool: NodePoolSpec,
    *,
    cluster: gcp.container.Cluster,
    node_account: pulumi.Output[str],
    needs: list[pulumi.Resource],
    parent: pulumi.Resource,
) -> gcp.container.NodePool:
    """Make one pool. `needs` outlive the nodes."""
    flex = pool.capacity == "flex_start"
    return gcp.container.NodePool(
        f"{name}-{pool.key}",
        name=pool.name,
        project=spec.project,
        location=spec.location,
        cluster=cluster.name,
        node_locations=list(pool.zones) or None,
        max_pods_per_node=pool.max_pods,
        **_count(pool),
        management={"auto_repair": not flex, "auto_upgrade": True},  # flex-start nodes are never repaired
        upgrade_settings=None if flex else _upgrade(pool),
        network_config={"enable_private_nodes": True},
        node_config=_node_config(spec, pool, node_account),
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=needs,
            # The count at the beginning is of no interest later, and any change of it would replace the pool.
            ignore_changes=["initialNodeCount"] if pool.autoscaled else None,
        ),
    )


def _count(pool: NodePoolSpec) -> dict[str, Any]:
    """How many nodes: GKE counts those of a zone at the beginning, and those of the pool between the bounds."""
    per_zone = pool.desired_nodes // pool.zone_count
    if not pool.autoscaled:
        return {"node_count": per_zone}
    return {
        "initial_node_count": per_zone,
        "autoscaling": {
            "total_min_node_count": pool.min_nodes,
            "total_max_node_count": pool.max_nodes,
            # A GPU is taken where there is one; other nodes are spread, so that a zone may fail.
            "location_policy": "ANY" if pool.accelerator or pool.capacity == "spot" else "BALANCED",
        },
    }


def _upgrade(pool: NodePoolSpec) -> dict[str, Any]:
    if pool.blue_green:
        # One zone's worth at a time, then an hour in which a person may still go back.
        return {
            "strategy": "BLUE_GREEN",
            "blue_green_settings": {
                "standard_rollout_policy": {"batch_node_count": 1, "batch_soak_duration": "60s"},
                "node_pool_soak_duration": "3600s",
            },
        }
    return {"strategy": "SURGE", "max_surge": pool.max_surge, "max_unavailable": pool.max_unavailable}


def _node_config(spec: GkeClusterSpec, pool: NodePoolSpec, node_account: pulumi.Output[str]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "machine_type": pool.machine_type,
        "disk_size_gb": pool.disk_gib,
        "disk_type": pool.disk_type,
        "image_type": "COS_CONTAINERD",
        "service_account": node_account,
        "oauth_scopes": ["https://www.googleapis.com/auth/cloud-platform"],  # IAM alone decides
        "labels": dict(pool.labels) or None,
        "taints": [
            {"key": taint.key, "value": taint.value, "effect": _TAINT_EFFECTS[taint.effect]} for taint in pool.taints
        ]
        or None,
        "metadata": {"disable-legacy-endpoints": "true"},
        "workload_metadata_config": {"mode": "GKE_METADATA"},  # pods cannot reach the node's credentials
        "shielded_instance_config": {"enable_secure_boot": pool.secure_boot, "enable_integrity_monitoring": True},
        "gcfs_config": {"enabled": spec.image_streaming},
        "resource_labels": dict(spec.labels) or None,
        "reservation_affinity": _affinity(pool),
    }
    if pool.accelerator is not None:
        config["guest_accelerators"] = [_accelerator(pool.accelerator)]
    if pool.local_ssds:
        # Stated where they are bundled too: the API would fill it in, and the difference would replace the pool.
        config["ephemeral_storage_local_ssd_config"] = {"local_ssd_count": pool.local_ssds}
    if pool.capacity == "spot":
        config["spot"] = True
    if pool.capacity == "flex_start":
        config["flex_start"] = True
    return config


def _affinity(pool: NodePoolSpec) -> dict[str, Any] | None:
    """By default a reservation that somebody made for other nodes is left alone."""
    if pool.capacity == "reservation":
        return {
            "consume_reservation_type": "SPECIFIC_RESERVATION",
            "key": "compute.googleapis.com/reservation-name",
            "values": [pool.reservation],
        }
    return {"consume_reservation_type": "NO_RESERVATION"} if pool.accelerator else None


def _accelerator(gpu: AcceleratorSpec) -> dict[str, Any]:
    """GPUs with a driver always: without one no node would ever offer any."""
    found: dict[str, Any] = {
        "type": gpu.type,
        "count": gpu.count,
        "gpu_driver_installation_config": {"gpu_driver_version": gpu.driver},
    }
    if gpu.partition:
        found["gpu_partition_size"] = gpu.partition
    if gpu.shared_clients > 1:
        found["gpu_sharing_config"] = {
            "gpu_sharing_strategy": gpu.sharing,
            "max_shared_clients_per_gpu": gpu.shared_clients,
        }
    return found
