"""What nodes of a GKE node pool are: names, addresses, labels of Google's own, and what the kubelet keeps back."""

import hashlib
import ipaddress
import random
import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog.gcp.gke import NO_DEVICE_PLUGIN_LABEL, PODS_OF_A_NODE
from catalog.gcp.machines import MACHINE_TYPES
from catalog.gpus import GPU_TAINT, MIG_SLICES
from catalog.machine import ARM64, GCP, X86_64
from catalog.machine import Machine as MachineType
from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.nodes.pool import Machine, NodePool, Place, Software, generation_of
from sandbox.providers.cloud.store import Record
from sandbox.providers.gcp.facts.project import region_of
from sandbox.providers.gcp.services import tokens

POOL_LABEL: Final = "cloud.google.com/gke-nodepool"
_TAINT_EFFECTS: Final = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
_SMALLEST: Final = MachineType(
    cloud=GCP,
    name="e2-medium",
    family="e2",
    vcpus=2,
    memory_gib=4.0,
    gpus=0,
    gpu=None,
    gpu_memory_gib=None,
    arch=X86_64,
)
"""What GKE takes where no machine type is given."""
_DEFAULT_BLOCK: Final = "10.128.0.0/20"
_NO_DRIVER: Final = "INSTALLATION_DISABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolShape:
    """A node pool with what its cluster fills in."""

    cluster: str
    name: str
    project: str
    region: str
    machine: MachineType
    gpus: int
    """GPUs that a node offers: 0 without a driver, more than the machine has where they are cut or shared."""
    accelerator: str
    node: Mapping[str, Any]
    """`nodeConfig`."""
    per_zone: int
    """Nodes in each zone."""
    max_pods: int
    version: str
    taints: tuple[Mapping[str, str], ...]
    """As the API writes them."""
    places: tuple[Place, ...]


def shape_of(made: CloudObject, cluster: str, places: tuple[Place, ...]) -> PoolShape:
    """The shape of a node pool.

    Args:
        made: The pool.
        cluster: Name of its cluster.
        places: Where its nodes may stand.
    """
    node = made["nodeConfig"] or {}
    machine = MACHINE_TYPES.get(node.get("machineType") or "", _SMALLEST)
    accelerator: Mapping[str, Any] = next(iter(node.get("guestAccelerators") or ()), {})
    return PoolShape(
        cluster=cluster,
        name=str(made["name"]),
        project=made.account.id,
        region=region_of(made["location"]),
        machine=machine,
        gpus=_offered(machine, accelerator, node),
        accelerator=str(accelerator.get("type", "")),
        node=node,
        per_zone=int(made["nodeCount"] if made["nodeCount"] is not None else made["initialNodeCount"] or 0),
        max_pods=int(made["maxPodsPerNode"] or 110),
        version=made.facts["version"],
        taints=tuple(taints_of(made)),
        places=places,
    )


def _offered(machine: MachineType, accelerator: Mapping[str, Any], node: Mapping[str, Any]) -> int:
    """How many `nvidia.com/gpu` the kubelet reports: none before a driver and a device plugin are there."""
    driver = (accelerator.get("gpuDriverInstallationConfig") or {}).get("gpuDriverVersion")
    if not accelerator or driver == _NO_DRIVER or (node.get("labels") or {}).get(NO_DEVICE_PLUGIN_LABEL) == "true":
        return 0
    cuts = {one.size: one.count for one in MIG_SLICES.get((str(machine.gpu), int(machine.gpu_memory_gib or 0)), ())}
    shared = (accelerator.get("gpuSharingConfig") or {}).get("maxSharedClientsPerGpu") or 1
    return int(accelerator["count"]) * cuts.get(accelerator.get("gpuPartitionSize") or "", 1) * int(shared)


def taints_of(made: CloudObject) -> list[Mapping[str, str]]:
    """Taints as the API lists them: those of the program, and GKE's own on GPU nodes."""
    node = made["nodeConfig"] or {}
    given = list(node.get("taints") or ())
    own = node.get("guestAccelerators") and made.facts.get("gpuTaint")
    if own and not any(row["key"] == GPU_TAINT for row in given):
        given.append({"key": GPU_TAINT, "value": "present", "effect": "NO_SCHEDULE"})
    return given


def places_of(account: Account, cluster: Record, zones: Collection[str]) -> tuple[Place, ...]:
    """A place in each zone: a subnetwork of Google Cloud spans all zones of its region."""
    wanted = str(cluster.inputs.get("subnetwork") or "")
    block = next(
        (
            str(row.inputs["ipCidrRange"])
            for row in account.all(tokens.SUBNETWORK)
            if wanted in (row.id, row.outputs.get("name"), row.outputs.get("selfLink"))
            and row.inputs.get("ipCidrRange")
        ),
        _DEFAULT_BLOCK,
    )
    return tuple(Place(zone=zone, cidr=block) for zone in sorted(zones))


def selector_of(pool: str) -> Mapping[str, str]:
    """Labels by which GKE finds the nodes of a pool."""
    return {POOL_LABEL: pool}


@dataclass(frozen=True, slots=True)
class GceFacts:
    """How GKE names the nodes of a pool."""

    shape: PoolShape

    def host(self, place: Place, taken: Collection[str], source: random.Random) -> str:
        """A free name: cluster, pool, a part that belongs to the group of the zone, and four signs."""
        group = hashlib.sha256(f"{self.shape.cluster}/{self.shape.name}/{place.zone}".encode()).hexdigest()[:8]
        start = f"gke-{self.shape.cluster[:20]}-{self.shape.name[:20]}-{group}"
        for _ in range(10_000):
            host = f"{start}-{''.join(source.choices(string.ascii_lowercase + string.digits, k=4))}"
            if host not in taken:
                return host
        raise ValueError(f"no free name in {place.zone}")

    def provider_id(self, place: Place, host: str) -> str:
        """The path of the instance."""
        return f"gce://{self.shape.project}/{place.zone}/{host}"

    def labels(self, zone: str) -> Mapping[str, str]:
        """Labels that GKE and the cloud controller of Google set."""
        shape = self.shape
        labels = {
            "cloud.google.com/gke-boot-disk": str(shape.node.get("diskType") or "pd-balanced"),
            "cloud.google.com/gke-container-runtime": "containerd",
            "cloud.google.com/gke-os-distribution": "cos",
            "cloud.google.com/gke-provisioning": "spot" if shape.node.get("spot") else "standard",
            "cloud.google.com/machine-family": shape.machine.family.partition("-")[0],
            "iam.gke.io/gke-metadata-server-enabled": "true",
            "topology.gke.io/zone": zone,
        }
        if shape.node.get("spot"):
            labels["cloud.google.com/gke-spot"] = "true"
        return labels | self._gpu_labels()

    def _gpu_labels(self) -> dict[str, str]:
        accelerator = next(iter(self.shape.node.get("guestAccelerators") or ()), None)
        if accelerator is None:
            return {}
        labels = {"cloud.google.com/gke-accelerator": accelerator["type"], "cloud.google.com/gke-gpu": "true"}
        driver = (accelerator.get("gpuDriverInstallationConfig") or {}).get("gpuDriverVersion") or "DEFAULT"
        labels["cloud.google.com/gke-gpu-driver-version"] = driver.lower().replace("installation_", "")
        if accelerator.get("gpuPartitionSize"):
            labels["cloud.google.com/gke-gpu-partition-size"] = accelerator["gpuPartitionSize"]
        sharing = accelerator.get("gpuSharingConfig")
        if sharing:
            strategy = sharing["gpuSharingStrategy"].lower().replace("_", "-")
            labels["cloud.google.com/gke-gpu-sharing-strategy"] = strategy
            labels["cloud.google.com/gke-max-shared-clients-per-gpu"] = str(sharing["maxSharedClientsPerGpu"])
        return labels

    def addresses(self, host: str) -> list[dict[str, str]]:
        """An address of the subnetwork that belongs to the name, and the name itself."""
        network = ipaddress.ip_network(self.shape.places[0].cidr)  # one subnetwork spans all zones
        number = int(hashlib.sha256(host.encode()).hexdigest(), 16)
        address = network[2 + number % max(1, network.num_addresses - 4)]
        return [{"type": "InternalIP", "address": str(address)}, {"type": "Hostname", "address": host}]


def node_pool(shape: PoolShape) -> NodePool:
    """The pool of nodes that a node pool is: as many in each zone, since a new node goes where the fewest are."""
    node = shape.node
    return NodePool(
        selector=selector_of(shape.name),
        desired=shape.per_zone * len(shape.places),
        region=shape.region,
        machine=machine_of(shape),
        software=Software(
            kubelet=f"v{shape.version}",
            runtime="containerd://2.0.6",
            kernel="6.6.97+",
            image="Container-Optimized OS from Google",
        ),
        labels=dict(node.get("labels") or {}),
        taints=tuple(
            {"key": row["key"], "value": row.get("value") or "", "effect": _TAINT_EFFECTS[row["effect"]]}
            for row in shape.taints
        ),
        places=shape.places,
        # "In place" in the provider, new nodes in GKE. source: container API, "recreates nodes", 2026-11-25.
        generation=generation_of(
            shape.machine.name,
            shape.gpus,
            shape.version,
            *(node.get(key) for key in ("diskSizeGb", "diskType", "imageType", "kubeletConfig", "gcfsConfig")),
        ),
        facts=GceFacts(shape),
    )


def per_node_prefix(max_pods: int) -> int:
    """Prefix of the block of pod addresses that a node gets."""
    return next(prefix for most, prefix in PODS_OF_A_NODE if max_pods <= most)


def machine_of(shape: PoolShape) -> Machine:
    """The hardware of one node.

    What the kubelet keeps back follows GKE's formula. source: GKE documentation, "Plan node sizes", 2026-11-25.
    """
    row = shape.machine
    disk = int(shape.node.get("diskSizeGb") or 100)
    return Machine(
        type=row.name,
        arch="arm64" if row.arch == ARM64 else "amd64",
        cpus=row.vcpus,
        memory_gib=row.memory_gib,
        disk_gib=disk,
        gpus=shape.gpus,
        max_pods=shape.max_pods,
        reserved_millicores=_reserved_millicores(row.vcpus),
        reserved_memory_mib=int(_reserved_gib(row.memory_gib) * 1024) + 100,
        allocatable_disk_bytes=int(disk * 1024**3 * 0.9) - min(disk * 1024**3 // 2, 100 * 1024**3) * 35 // 100 // 2,
    )


def _reserved_millicores(vcpus: int) -> int:
    """6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the rest."""
    steps = [60, 10, 5, 5]
    return int(sum(steps[:vcpus]) + max(0, vcpus - len(steps)) * 2.5)


def _reserved_gib(memory: float) -> float:
    """25 % of the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112, 2 % above."""
    kept = 0.0
    for size, share in ((4, 0.25), (4, 0.20), (8, 0.10), (112, 0.06), (float("inf"), 0.02)):
        part = min(memory, size)
        kept, memory = kept + part * share, memory - part
    return kept
