"""GKE node pools: a record here, KWOK nodes in the cluster's control plane."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.errors import CloudError, UnfulfillableError
from sandbox.providers.cloud.row import AutoName, ResourceType, constant
from sandbox.providers.cloud.rules import all_of, between, matches, one_of
from sandbox.providers.cloud.store import Record
from sandbox.providers.gcp.facts.project import is_zone, region_of, zones_of
from sandbox.providers.gcp.services import tokens
from sandbox.providers.gcp.services.gke.cluster import cluster_id, minor, plane_of
from sandbox.providers.gcp.services.gke.nodes import (
    PoolShape,
    node_pool,
    per_node_prefix,
    places_of,
    selector_of,
    shape_of,
    taints_of,
)
from sandbox.providers.gcp.services.gke.pool_checks import MOST_NODES, check_pool
from sandbox.providers.gcp.services.iam import account_exists

_NAME: Final = r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?"
_VERSIONS_BEHIND: Final = 2
_EFFECTS: Final = ("NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE")
_REPLACES: Final = (
    # source: terraform-provider-google, node_config and resource_container_node_pool, ForceNew, as of 2026-11-25
    *("name", "location", "project", "cluster", "initialNodeCount", "maxPodsPerNode", "placementPolicy"),
    *("queuedProvisioning", "networkConfig.podRange", "networkConfig.podIpv4CidrBlock"),
    *(
        f"nodeConfig.{key}"
        for key in (
            *("guestAccelerators", "serviceAccount", "oauthScopes", "spot", "preemptible", "flexStart"),
            *("maxRunDuration", "reservationAffinity", "localSsdCount", "localNvmeSsdBlockConfig"),
            *("ephemeralStorageLocalSsdConfig", "ephemeralStorageConfig", "secondaryBootDisks", "bootDiskKmsKey"),
            *("shieldedInstanceConfig", "metadata", "minCpuPlatform", "sandboxConfig", "advancedMachineFeatures"),
        )
    ),
)


def _id(made: CloudObject) -> str:
    return f"{cluster_id(made.account.id, made['location'], made['cluster'])}/nodePools/{made['name']}"


def _cluster(made: CloudObject) -> Record:
    wanted = cluster_id(made.account.id, made["location"], made["cluster"])
    return made.account.one(tokens.CLUSTER, wanted, CloudError("notFound", f"Not found: {wanted}."))


def _admit(made: CloudObject) -> None:
    cluster = _cluster(made)
    region = region_of(made["location"])
    for zone in made["nodeLocations"] or ():
        if not is_zone(zone) or region_of(zone) != region:
            raise CloudError("badRequest", f"Zone {zone} is not in region {region}.")
    email = made.at("nodeConfig.serviceAccount")
    if email not in (None, "default") and not account_exists(made.account, email):
        raise CloudError("badRequest", f"Service account {email} does not exist.")
    _check_version(made, cluster.facts["version"])
    _check_addresses(made, cluster)


def _check_version(made: CloudObject, newest: str) -> None:
    version = made["version"]
    if version and not 0 <= minor(newest) - minor(version) <= _VERSIONS_BEHIND:
        raise CloudError(
            "badRequest",
            f"Node version {version} must not be newer than the master's {newest}, and at most two minors behind.",
        )


def _check_addresses(made: CloudObject, cluster: Record) -> None:
    """Each node takes a block of the range for pods, which is of a fixed size."""
    policy = cluster.inputs.get("ipAllocationPolicy") or {}
    most = made["maxPodsPerNode"] or cluster.inputs.get("defaultMaxPodsPerNode") or 110
    for subnet in made.account.all(tokens.SUBNETWORK):
        for row in subnet.inputs.get("secondaryIpRanges") or ():
            if row["rangeName"] != policy.get("clusterSecondaryRangeName") or not row.get("ipCidrRange"):
                continue
            room = 2 ** max(0, per_node_prefix(most) - int(row["ipCidrRange"].partition("/")[2]))
            others = sum(
                _count(other.inputs) for other in _pools_of(made, cluster) if other.id != (made.id or _id(made))
            )
            if others + _count(made.inputs) > room:
                raise UnfulfillableError(
                    "IP_SPACE_EXHAUSTED",
                    f"Instance creation failed: IP space of '{subnet.id}-{row['rangeName']}' is exhausted: it has room "
                    f"for {room} nodes of {most} pods.",
                )


def _pools_of(made: CloudObject, cluster: Record) -> list[Record]:
    own = (cluster.outputs["name"], cluster.inputs["location"])
    return [
        pool for pool in made.account.all(tokens.NODE_POOL) if (pool.inputs["cluster"], pool.inputs["location"]) == own
    ]


def _count(inputs: Mapping[str, Any]) -> int:
    zones = inputs.get("nodeLocations") or zones_of(inputs["location"])
    return int(inputs.get("nodeCount") or inputs.get("initialNodeCount") or 0) * len(zones)


def _shape(made: CloudObject) -> PoolShape:
    cluster = _cluster(made)
    zones = made["nodeLocations"] or cluster.inputs.get("nodeLocations") or zones_of(made["location"])
    return shape_of(made, cluster.outputs["name"], places_of(made.account, cluster, zones))


def _start(made: CloudObject) -> Mapping[str, Any]:
    cluster = _cluster(made)
    plane = plane_of(made, made["location"], made["cluster"])
    if plane is None:
        raise CloudError("notFound", f"Not found: {cluster.id}.")
    facts = {
        # The taint that keeps other pods off GPUs, which GKE adds only where they have somewhere else to go.
        "gpuTaint": made.facts.get("gpuTaint", _has_other_pool(made, cluster)),
        "version": made["version"] or made.facts.get("version") or cluster.facts["version"],
    }
    shape = _shape(dataclasses.replace(made, facts={**made.facts, **facts}))
    made.account.nodes.reconcile(node_pool(shape), plane)
    return facts


def _empty(made: CloudObject) -> Mapping[str, Any]:
    """A pool none of whose machines could be had."""
    cluster = _cluster(made)
    return {
        "gpuTaint": _has_other_pool(made, cluster),
        "version": made["version"] or cluster.facts["version"],
    }


def _has_other_pool(made: CloudObject, cluster: Record) -> bool:
    return any(
        not (pool.inputs.get("nodeConfig") or {}).get("guestAccelerators")
        for pool in _pools_of(made, cluster)
        if pool.id != made.id
    )


def _follow(old: CloudObject, new: CloudObject) -> Mapping[str, Any]:
    return _start(new)


def _stop(made: CloudObject) -> None:
    plane = plane_of(made, made["location"], made["cluster"])
    if plane is not None:
        made.account.nodes.remove(selector_of(str(made["name"])), plane)


def _groups(made: CloudObject) -> list[str]:
    zones = made["nodeLocations"] or zones_of(made["location"])
    start = f"https://www.googleapis.com/compute/v1/projects/{made.account.id}/zones"
    tail = f"instanceGroups/gke-{made['cluster']}-{made['name']}-{made.derived('group', 8)}-grp"
    return [f"{start}/{zone}/{tail}" for zone in zones]


def _node_config(made: CloudObject) -> dict[str, Any]:
    return {
        "machineType": "e2-medium",
        "diskSizeGb": 100,
        "diskType": "pd-balanced",
        "imageType": "COS_CONTAINERD",
        "serviceAccount": "default",
        "effectiveTaints": [dict(taint) for taint in taints_of(made)],
        "loggingVariant": "DEFAULT",
    }


ROWS = (
    ResourceType(
        token=tokens.NODE_POOL,
        service="container",
        noun="NodePool",
        id=_id,
        name=AutoName("name", 40, prefix_key="namePrefix"),
        replaces=_REPLACES,
        unordered=("nodeLocations", "nodeConfig.oauthScopes", "nodeConfig.tags", "nodeConfig.taints"),
        check=all_of(
            matches("name", _NAME, "must be 1 to 40 small letters, digits and inner dashes, a letter first"),
            between("nodeCount", 0, MOST_NODES),
            between("initialNodeCount", 0, MOST_NODES),
            between("maxPodsPerNode", 8, 256),
            between("nodeConfig.diskSizeGb", 10, 65536),
            between("upgradeSettings.maxSurge", 0, 20),
            between("upgradeSettings.maxUnavailable", 0, 20),
            one_of("nodeConfig.taints.effect", *_EFFECTS),
            one_of("nodeConfig.workloadMetadataConfig.mode", "GCE_METADATA", "GKE_METADATA"),
            one_of("upgradeSettings.strategy", "SURGE", "BLUE_GREEN"),
            check_pool,
        ),
        admit=_admit,
        on_create=_start,
        on_update=_follow,
        on_delete=_stop,
        in_service="RUNNING",
        # source: terraform-provider-google, resource_container_node_pool: kept in the state, and ERROR and
        # RUNNING_WITH_ERROR are resting states that fail the call, 2026-11-25
        broken={"create": "ERROR", "update": "RUNNING_WITH_ERROR", "delete": "ERROR"},
        repairable=("ERROR", "RUNNING_WITH_ERROR"),
        heals=constant(True),  # its group goes on asking for machines, and here has them by the next look
        on_half_made=_empty,
        outputs={
            "instanceGroupUrls": _groups,
            "managedInstanceGroupUrls": lambda made: [
                url.replace("instanceGroups", "instanceGroupManagers") for url in _groups(made)
            ],
            "nodeCount": lambda made: made["initialNodeCount"] or 0,
            "initialNodeCount": lambda made: made["nodeCount"] or 0,
            "nodeLocations": lambda made: zones_of(made["location"]),
            "version": lambda made: made.facts["version"],
            "maxPodsPerNode": constant(110),
            "management": constant({"autoRepair": True, "autoUpgrade": True}),
            "upgradeSettings": constant({"maxSurge": 1, "maxUnavailable": 0, "strategy": "SURGE"}),
            "nodeConfig": _node_config,
            "operation": constant(None),
        },
        volatile=("version",),
        exists=("alreadyExists", "resource - {id} - already exists"),
    ),
)
