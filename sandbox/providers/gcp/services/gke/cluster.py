"""GKE clusters: a record here, a local control plane in the sandbox."""

import base64
import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog.gcp.gke import MAX_EXCLUSIONS, VENDOR_TESTED_GKE_VERSION
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import CloudObject, Plane
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import AutoName, ResourceType, constant
from sandbox.providers.cloud.rules import all_of, cidr, matches
from sandbox.providers.cloud.store import Record
from sandbox.providers.cloud.walk import values_at
from sandbox.providers.gcp.errors import PROVIDER
from sandbox.providers.gcp.facts.project import SERVICE_AGENT, is_zone, region_of, zones_of
from sandbox.providers.gcp.services import tokens
from sandbox.providers.gcp.services.compute import find_named
from sandbox.providers.gcp.services.gke.storage import make_storage
from sandbox.providers.gcp.services.kms import find_key, location_of_key, may_encrypt

NAME: Final = r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?"
DEFAULT_VERSION: Final = f"{VENDOR_TESTED_GKE_VERSION}.1-gke.1000000"
_VERSION: Final = r"1\.\d+(\.\d+(-gke\.\d+)?)?"
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NO_LOCATION: Final = "Cannot determine location: set location in this resource, or set provider-level zone"
_REPLACES: Final = (
    # source: terraform-provider-google, resource_container_cluster, ForceNew, as of 2026-11-25
    *("name", "location", "project", "description", "network", "subnetwork", "networkingMode", "datapathProvider"),
    *("defaultMaxPodsPerNode", "initialNodeCount", "nodeConfig", "nodePools", "confidentialNodes", "enableAutopilot"),
    *("ipAllocationPolicy.clusterSecondaryRangeName", "ipAllocationPolicy.servicesSecondaryRangeName"),
    *("ipAllocationPolicy.clusterIpv4CidrBlock", "ipAllocationPolicy.servicesIpv4CidrBlock"),
    *("ipAllocationPolicy.stackType", "clusterIpv4Cidr", "enableTpu", "enableKubernetesAlpha"),
    *("privateClusterConfig.masterIpv4CidrBlock", "privateClusterConfig.privateEndpointSubnetwork"),
)


def cluster_id(project: str, location: object, name: object) -> str:
    """The id of a cluster."""
    return f"projects/{project}/locations/{location}/clusters/{name}"


def plane_key(project: str, location: object, name: object) -> str:
    """The name of a cluster's control plane in the world: that of its context in kubeconfigs of gcloud."""
    return f"gke_{project}_{location}_{name}"


def plane_of(made: CloudObject, location: object, name: object) -> Plane | None:
    """The control plane of a cluster."""
    return made.account.planes.plane_of(made.account.world_dir, plane_key(made.account.id, location, name))


def minor(version: str) -> int:
    """Minor number of `1.34.1-gke.1000000`."""
    return int(version.split(".")[1])


def _id(made: CloudObject) -> str:
    return cluster_id(made.account.id, made["location"], made["name"])


def _check(values: Mapping[str, Any]) -> Iterator[Failure]:
    if values.get("location") is None:
        yield Failure("location", NO_LOCATION)
    removed = values.get("removeDefaultNodePool")
    if removed and values.get("initialNodeCount") is None:
        yield Failure("initialNodeCount", "is required with removeDefaultNodePool: the API wants a pool to begin with")
    if removed and values.get("nodeVersion") is not None:
        yield Failure("nodeVersion", "node_version can only be specified if remove_default_node_pool is not true")
    if not removed and not values.get("nodePools") and not (values.get("initialNodeCount") or 0) > 0:
        yield Failure("initialNodeCount", "Cluster.initial_node_count must be greater than zero")
    policy = values.get("maintenancePolicy") or {}
    yield from _check_maintenance(policy)
    limits = values_at(values, "clusterAutoscaling.resourceLimits.resourceType")
    for name in {name for name in limits if limits.count(name) > 1}:
        yield Failure("clusterAutoscaling.resourceLimits", f"duplicate resource type {name}")


def _check_maintenance(policy: Mapping[str, Any]) -> Iterator[Failure]:
    exclusions = policy.get("maintenanceExclusions") or ()
    if len(exclusions) > MAX_EXCLUSIONS:
        yield Failure("maintenancePolicy.maintenanceExclusions", f"at most {MAX_EXCLUSIONS} are allowed")
    window = policy.get("recurringWindow") or {}
    times = {"recurringWindow.startTime": window.get("startTime"), "recurringWindow.endTime": window.get("endTime")}
    for index, row in enumerate(exclusions):
        times |= {f"maintenanceExclusions[{index}].{key}": row.get(key) for key in ("startTime", "endTime")}
    for where, value in times.items():
        if value is not None and not _TIME.fullmatch(value):
            yield Failure(
                f"maintenancePolicy.{where}", f"must be a time in UTC such as 2026-01-01T03:00:00Z; got {value}"
            )


def _admit(made: CloudObject) -> None:
    account, region = made.account, region_of(made["location"])
    if made["network"] is not None:
        find_named(account, tokens.NETWORK, made["network"])
    subnet = find_named(account, tokens.SUBNETWORK, made["subnetwork"]) if made["subnetwork"] is not None else None
    if subnet is not None:
        if subnet.inputs["region"] != region:
            raise CloudError("badRequest", f"Subnetwork {made['subnetwork']} is not in region {region}.")
        _check_ranges(made, subnet)
    pool = made.at("workloadIdentityConfig.workloadPool")
    if pool is not None and pool != f"{account.id}.svc.id.goog":
        raise CloudError("badRequest", f"Workload pool must be {account.id}.svc.id.goog, got {pool}.")
    _check_encryption(made, region)
    for zone in made["nodeLocations"] or ():
        if region_of(zone) != region or not is_zone(zone):
            raise CloudError("badRequest", f"Zone {zone} is not in region {region}.")


def _check_ranges(made: CloudObject, subnet: Record) -> None:
    names = {row["rangeName"] for row in subnet.inputs.get("secondaryIpRanges") or ()}
    policy = made["ipAllocationPolicy"] or {}
    for key in ("clusterSecondaryRangeName", "servicesSecondaryRangeName"):
        wanted = policy.get(key)
        if wanted is not None and wanted not in names:
            raise CloudError("badRequest", f"Secondary range {wanted!r} does not exist in subnetwork {subnet.id!r}.")


def _check_encryption(made: CloudObject, region: str) -> None:
    encryption = made["databaseEncryption"] or {}
    if encryption.get("state") != "ENCRYPTED":
        return
    key = encryption.get("keyName")
    if not key or find_key(made.account, key) is None:
        raise CloudError("badRequest", f"CryptoKey {key} was not found.")
    if location_of_key(key) != region:
        raise CloudError("badRequest", f"CryptoKey {key} must be in the location of the cluster, {region}.")
    if not may_encrypt(made.account, key, SERVICE_AGENT):
        raise CloudError(
            "failedPrecondition",
            f'Cloud KMS: Permission "cloudkms.cryptoKeyVersions.useToEncrypt" denied on {key} for {SERVICE_AGENT}.',
        )


def _allow_update(old: CloudObject, new: CloudObject) -> None:
    before, after = old["minMasterVersion"], new["minMasterVersion"]
    if before and after and minor(after) < minor(before):
        raise CloudError("badRequest", f"Master cannot be downgraded from {before} to {after}.")
    current = old.facts["version"]
    if after and minor(after) > minor(current) + 1:
        raise CloudError("badRequest", f"Master cannot be upgraded from {current} to {after}: one minor at a time.")
    if old.at("clusterAutoscaling.resourceLimits") and not new.at("clusterAutoscaling.resourceLimits"):
        raise CloudError("badRequest", "Resource limits of cluster autoscaling can be replaced, never removed.")


def _allow_delete(made: CloudObject) -> None:
    if made["deletionProtection"]:
        raise CloudError(
            PROVIDER,
            "Cannot destroy cluster because deletion_protection is set to true. Set it to false to proceed with "
            "cluster deletion.",
        )


def _claim(made: CloudObject) -> Mapping[str, Any]:
    key = plane_key(made.account.id, made["location"], made["name"])
    plane = made.account.planes.claim_plane(made.account.world_dir, key)
    make_storage(plane)
    return {
        "server": plane.server,
        "ca": base64.b64encode(plane.ca_pem.encode()).decode(),
        "version": made.facts.get("version") or _whole(made["minMasterVersion"]),
    }


def _whole(version: str | None) -> str:
    """A version with patch and build, as GKE runs them."""
    parts = (version or DEFAULT_VERSION).split(".")
    return version if version and len(parts) > 3 else f"1.{parts[1]}.1-gke.1000000"


def _follow(old: CloudObject, new: CloudObject) -> Mapping[str, Any]:
    wanted = new["minMasterVersion"]
    current: str = old.facts["version"]
    return {"version": _whole(wanted)} if wanted and minor(wanted) > minor(current) else {}


def _release(made: CloudObject) -> None:
    for pool in made.account.all(tokens.NODE_POOL):
        if (pool.inputs["cluster"], pool.inputs["location"]) == (made["name"], made["location"]):
            made.account.store.remove(pool)  # GKE deletes its pools with it
    key = plane_key(made.account.id, made["location"], made["name"])
    made.account.planes.release_plane(made.account.world_dir, key)


def _server(made: CloudObject) -> str:
    """Address of the API server: an IP in GKE, address and port of the local control plane here."""
    return str(made.facts["server"]).removeprefix("https://")


def _endpoints(made: CloudObject) -> dict[str, Any]:
    host = f"gke-{made.derived('dns', 38)}-{PROJECT_DIGITS}.{region_of(made['location'])}.gke.goog"
    return {
        "dnsEndpointConfig": {
            "endpoint": host,
            "allowExternalTraffic": False,
            "enableK8sCertsViaDns": False,
            "enableK8sTokensViaDns": False,
        },
        "ipEndpointsConfig": {"enabled": True},
    }


PROJECT_DIGITS: Final = SERVICE_AGENT.removeprefix("service-").partition("@")[0]


def _services(made: CloudObject) -> str:
    policy = made["ipAllocationPolicy"] or {}
    if policy.get("servicesIpv4CidrBlock"):
        return str(policy["servicesIpv4CidrBlock"])
    for subnet in made.account.all(tokens.SUBNETWORK):
        for row in subnet.inputs.get("secondaryIpRanges") or ():
            if row["rangeName"] == policy.get("servicesSecondaryRangeName"):
                return str(ipaddress.IPv4Network(row["ipCidrRange"]))
    return "34.118.224.0/20"  # what GKE takes by itself


ROWS = (
    ResourceType(
        token=tokens.CLUSTER,
        service="container",
        noun="Cluster",
        id=_id,
        name=AutoName("name", 40, prefix_key=None),
        replaces=_REPLACES,
        unordered=("nodeLocations", "masterAuthorizedNetworksConfig.cidrBlocks", "loggingConfig.enableComponents"),
        defaults={"deletionProtection": True, "networkingMode": "VPC_NATIVE"},
        check=all_of(
            matches("name", NAME, "must be 1 to 40 small letters, digits and inner dashes, a letter first"),
            matches("minMasterVersion", _VERSION, "must be a version such as 1.34 or 1.34.1-gke.1000000"),
            cidr("masterAuthorizedNetworksConfig.cidrBlocks.cidrBlock"),
            _check,
        ),
        admit=_admit,
        allow_update=_allow_update,
        allow_delete=_allow_delete,
        on_create=_claim,
        on_update=_follow,
        on_delete=_release,
        in_service="RUNNING",
        broken={"create": "ERROR", "update": "RUNNING", "delete": "ERROR"},
        out_of_service=("failedPrecondition", "Cluster {id} cannot be updated: it is in state {status}."),
        on_half_made=constant({"server": "", "ca": "", "version": DEFAULT_VERSION}),
        outputs={
            "endpoint": _server,
            "masterVersion": lambda made: made.facts["version"],
            "masterAuth": lambda made: {
                "clusterCaCertificate": made.facts["ca"],
                "clientCertificate": "",
                "clientKey": "",
                "clientCertificateConfig": {"issueClientCertificate": False},
            },
            "controlPlaneEndpointsConfig": _endpoints,
            "selfLink": lambda made: f"https://container.googleapis.com/v1/{made.id}",
            "servicesIpv4Cidr": _services,
            "labelFingerprint": lambda made: made.derived("labels", 8),
            "nodeLocations": lambda made: zones_of(made["location"])[1 if is_zone(made["location"]) else 0 :],
            "nodeVersion": lambda made: made.facts["version"],
            "network": constant("default"),
            "subnetwork": constant("default"),
            "operation": constant(None),
        },
        volatile=("masterVersion", "labelFingerprint", "nodeVersion"),
        exists=("alreadyExists", "Already exists: {id}."),
    ),
)
