"""GPU pools of GKE: that a voice worker can run there, nothing else does, and that they can grow."""

from collections.abc import Iterator, Sequence

from catalog.gcp.gke import GPU_DRIVERS
from catalog.gcp.machines import MACHINE_TYPES, OLD_ACCELERATORS, accelerator_of
from catalog.gcp.zones import offers
from catalog.gpu_nodes import GPU_NODES, refusal_of_type
from catalog.gpus import GPU_LABEL, GPU_TAINT, MIN_GPU_DISK_GIB
from catalog.machine import GCP, Machine
from policies.areas.gke import CLUSTER
from policies.areas.gke_nodes import NODE_POOL
from policies.reading import Value
from policies.rule import PRODUCTION, Finding, Level, Parameters, Resource, Rule, Severity

__all__ = ["RULES", "gpus_at_most", "is_autoscaled"]

_PROVIDER = "Pulumi Registry, gcp.container.NodePool"


def _machine(pool: Resource) -> Machine | None:
    """Its machine type, where the catalog knows it."""
    return MACHINE_TYPES.get(pool.inputs["nodeConfig.machineType"].text or "")


def _accelerators(pool: Resource) -> list[Value]:
    return pool.inputs["nodeConfig.guestAccelerators"].items()


def _has_gpu(pool: Resource) -> bool:
    machine = _machine(pool)
    return bool(_accelerators(pool)) or (machine is not None and machine.gpu is not None)


def gpus_at_most(pool: Resource) -> float:
    """GPUs of a pool at its upper bound; 0 where that is not known."""
    return _gpus_per_node(pool) * _nodes_at_most(pool) if _has_gpu(pool) else 0


def _gpus_per_node(pool: Resource) -> float:
    machine = _machine(pool)
    given = sum(each["count"].number or 0 for each in _accelerators(pool))
    return given or (machine.gpus if machine else 0)


def _nodes_at_most(pool: Resource) -> float:
    """Nodes over all zones: `max_node_count` and `node_count` are counted by zone, `total_max_node_count` is not."""
    bounds = pool.inputs["autoscaling"]
    total = bounds["totalMaxNodeCount"].number
    if total is not None:
        return total
    zones = len(pool.inputs["nodeLocations"].items()) or 1
    return zones * (bounds["maxNodeCount"].number or pool.inputs["nodeCount"].number or 0)


def is_autoscaled(pool: Resource) -> bool:
    """Whether GKE adds nodes to a pool."""
    return pool.inputs["autoscaling"].present


def _driver(pool: Resource, _: Parameters) -> Iterator[str]:
    for accelerator in _accelerators(pool):
        if accelerator["gpuDriverInstallationConfig.gpuDriverVersion"].is_not(*GPU_DRIVERS):
            yield f"{accelerator.path}.gpuDriverInstallationConfig installs no driver"


def _taint(pool: Resource, _: Parameters) -> Iterator[str]:
    taints = pool.inputs["nodeConfig.taints"]
    keys = [taint["key"] for taint in taints.items()]
    if _has_gpu(pool) and taints.known and all(key.is_not(GPU_TAINT) for key in keys):
        yield f"nodeConfig.taints has no {GPU_TAINT}"


def _label(pool: Resource, _: Parameters) -> Iterator[str]:
    if _has_gpu(pool) and pool.inputs["nodeConfig.labels"].key(GPU_LABEL).is_not("true"):
        yield f"nodeConfig.labels has no {GPU_LABEL}: true"


def _family(pool: Resource, _: Parameters) -> Iterator[str]:
    kind = pool.inputs["nodeConfig.machineType"]
    row = GPU_NODES.get((GCP, kind.text or ""))
    why = row.refusal if row else refusal_of_type(GCP, kind.text or "")
    if why is not None:
        yield f"{kind.path}: {why}"
    for accelerator in _accelerators(pool):
        old = OLD_ACCELERATORS.get(accelerator["type"].text or "")
        if old is not None:
            yield f"{accelerator.path}.type: {old} is older than Ampere"


def _accelerator_fits(pool: Resource, _: Parameters) -> Iterator[str]:
    machine = _machine(pool)
    if machine is None or machine.gpu is None:
        return
    for accelerator in _accelerators(pool):
        if accelerator["type"].is_not(None, accelerator_of(machine)):
            yield f"{accelerator.path}.type is not the GPU of the machine type"
        count = accelerator["count"].number
        if count is not None and count != machine.gpus:
            yield f"{accelerator.path}.count is not the number of GPUs of the machine type"


def _no_spot(pool: Resource, parameters: Parameters) -> Iterator[str]:
    if pool.in_production(parameters) and _has_gpu(pool):
        node = pool.inputs["nodeConfig"]
        yield from (f"{node[key].path} is true" for key in ("spot", "preemptible", "flexStart") if node[key].is_(True))


def _disk(pool: Resource, _: Parameters) -> Iterator[str]:
    if not _has_gpu(pool):
        return
    for key in ("diskSizeGb", "bootDisk.sizeGb"):
        size = pool.inputs["nodeConfig"][key]
        if size.number is not None and size.number < MIN_GPU_DISK_GIB:
            yield f"{size.path} is below {MIN_GPU_DISK_GIB} GiB"


def _any_zone(pool: Resource, _: Parameters) -> Iterator[str]:
    if _has_gpu(pool) and is_autoscaled(pool) and pool.inputs["autoscaling.locationPolicy"].is_not("ANY"):
        yield "autoscaling.locationPolicy is not ANY"


def _zones_offer(pool: Resource, _: Parameters) -> Iterator[str]:
    kind = pool.inputs["nodeConfig.machineType"].text or ""
    location = pool.inputs["location"]
    zones = pool.inputs["nodeLocations"].items() or ([location] if (location.text or "").count("-") > 1 else [])
    for zone in zones:
        if zone.text is not None and offers(kind, zone.text) is False:
            yield f"{zone.path} does not offer the machine type"


def _spare_for_surge(pool: Resource, _: Parameters) -> Iterator[str]:
    settings = pool.inputs["upgradeSettings"]
    surges = settings["strategy"].is_(None, "SURGE") and settings["maxUnavailable"].is_(None, 0, 0.0)
    # Flex-start nodes are not upgraded but run out.
    if _has_gpu(pool) and surges and pool.inputs["nodeConfig.flexStart"].is_not(True):
        yield "upgradeSettings waits for one more GPU node before it takes an old one away"


def _limits(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    clusters = [each for each in resources if each.type == CLUSTER]
    pools = [each for each in resources if each.type == NODE_POOL and _has_gpu(each)]
    for cluster in clusters:
        limits = cluster.inputs["clusterAutoscaling.resourceLimits"]
        for pool in (each for each in pools if limits.items() and _belongs(each, cluster, clusters)):
            yield from (Finding(cluster.urn, text) for text in _beyond(limits, pool))


def _belongs(pool: Resource, cluster: Resource, clusters: Sequence[Resource]) -> bool:
    """Whether a pool is one of a cluster's; the only cluster of a stack has all pools."""
    return len(clusters) == 1 or pool.inputs["cluster"].is_(cluster.inputs["name"].text, cluster.inputs["id"].text)


def _beyond(limits: Value, pool: Resource) -> Iterator[str]:
    """What the limits of a cluster keep a pool from."""
    kinds = [each["resourceType"] for each in limits.items()]
    for accelerator in _accelerators(pool):
        wanted = accelerator["type"].text
        if wanted is not None and all(kind.is_not(wanted) for kind in kinds):
            yield f"{limits.path} does not name the GPU of {pool.name}"
        most = [each["maximum"].number for each in limits.items() if wanted and each["resourceType"].is_(wanted)]
        if any(limit is not None and limit < gpus_at_most(pool) for limit in most):
            yield f"{limits.path} stops {pool.name} below its own maximum"


RULES = (
    Rule(
        id="gke-gpu-driver",
        types=(NODE_POOL,),
        severity=Severity.HIGH,
        reason="What GKE does without a word on the driver depends on its version; without one a node offers no GPU.",
        fix=f"Set gpuDriverVersion to {' or '.join(GPU_DRIVERS)}.",
        source=f"{_PROVIDER}; GKE documentation, run GPUs in Standard node pools",
        check=_driver,
    ),
    Rule(
        id="gke-gpu-taint",
        types=(NODE_POOL,),
        severity=Severity.MEDIUM,
        reason="GKE adds its own taint only to pools made while another pool exists, so it may be missing.",
        fix=f"Add the taint {GPU_TAINT} with value present and effect NO_SCHEDULE.",
        source="terraform-google-modules/terraform-google-kubernetes-engine#703; GKE documentation, GPUs",
        check=_taint,
    ),
    Rule(
        id="gke-gpu-label",
        types=(NODE_POOL,),
        severity=Severity.MEDIUM,
        reason="The vendor's charts select GPU nodes by this label.",
        fix=f'Add the label {GPU_LABEL}: "true".',
        source="vendor tfvars example for AWS; NVIDIA/gpu-operator, node labels",
        check=_label,
    ),
    Rule(
        id="gke-gpu-family",
        types=(NODE_POOL,),
        severity=Severity.HIGH,
        reason="Voice workers need NVIDIA GPUs of the Ampere generation or newer with at least 24 GB each.",
        fix="Use types of g2, g4, a2, a3 or a4.",
        source="docs.cartesia.ai/self-hosted, hardware selection; Compute Engine documentation, GPU machine types",
        check=_family,
    ),
    Rule(
        id="gke-gpu-accelerator-fits",
        types=(NODE_POOL,),
        severity=Severity.HIGH,
        reason="GKE refuses a pool whose accelerator is not that of its machine type, after the cluster was made.",
        fix="Set type and count as the machine type has them.",
        source="Compute Engine documentation, GPU machine types; cluster-toolkit, machine_mappings.json",
        check=_accelerator_fits,
    ),
    Rule(
        id="gke-gpu-no-spot",
        types=(NODE_POOL,),
        severity=Severity.HIGH,
        reason="A spot node ends with 30 seconds' notice, a flex-start node within 7 days, in the middle of calls.",
        fix="Use nodes on demand, or a reservation.",
        source=f"{_PROVIDER}; GKE documentation, Spot VMs and flex-start VMs",
        check=_no_spot,
        schema=PRODUCTION,
    ),
    Rule(
        id="gke-gpu-disk",
        types=(NODE_POOL,),
        severity=Severity.MEDIUM,
        reason="Images of voice workers fill a small disk, and the kubelet then evicts their pods.",
        fix=f"Set the size to {MIN_GPU_DISK_GIB} or more.",
        source="vendor tfvars example for AWS; Kubernetes documentation, node-pressure eviction",
        check=_disk,
    ),
    Rule(
        id="gke-gpu-any-zone",
        types=(NODE_POOL,),
        severity=Severity.LOW,
        level=Level.ADVISORY,
        reason="The default, BALANCED, spreads over zones and may wait for one that has no GPU left.",
        fix="Set autoscaling.locationPolicy to ANY.",
        source=f"{_PROVIDER}; GKE documentation, cluster autoscaler, location policy",
        check=_any_zone,
    ),
    Rule(
        id="gke-gpu-zone-offers",
        types=(NODE_POOL,),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="In a zone that does not offer the machine type no node ever starts.",
        fix="Name zones in nodeLocations that have the GPU, or choose another machine type.",
        source="Compute Engine documentation, GPU locations; catalog/gcp/zones.py",
        check=_zones_offer,
    ),
    Rule(
        id="gke-gpu-upgrade-without-spare",
        types=(NODE_POOL,),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="Where no GPU is free, an upgrade by surge never begins, and GKE tries again for ever.",
        fix="Set upgradeSettings to maxSurge 0 and maxUnavailable 1, or keep a GPU free.",
        source="GKE documentation, node upgrades and quota; cluster-toolkit, gke-node-pool",
        check=_spare_for_surge,
    ),
    Rule(
        id="gke-gpu-limits",
        types=(CLUSTER, NODE_POOL),
        severity=Severity.HIGH,
        reason="Limits of a cluster hold for every pool: a GPU that they do not name, or too low, is never added.",
        fix="Add a limit with the accelerator's type, as high as its pools may grow.",
        source="Pulumi Registry, gcp.container.Cluster; docs.cartesia.ai/self-hosted, auto-scaling",
        check_stack=_limits,
    ),
)
