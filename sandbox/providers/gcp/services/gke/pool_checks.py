"""Rules on the inputs of a GKE node pool alone: counts, capacity, and machine type against accelerators and disks."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog.gcp.gke import GPU_SHARED_CLIENTS
from catalog.gcp.machines import HYPERDISK, MACHINE_TYPES, OLD_ACCELERATORS, accelerator_of
from catalog.gpus import MIG_SLICES
from sandbox.providers.base import Failure
from sandbox.providers.gcp.services.gke.cluster import NO_LOCATION

MOST_NODES: Final = 1000


def check_pool(values: Mapping[str, Any]) -> Iterator[Failure]:
    """What the provider and the API say of the inputs."""
    if values.get("location") is None:
        yield Failure("location", NO_LOCATION)
    if values.get("nodeCount") is not None and values.get("initialNodeCount") is not None:
        yield Failure("initialNodeCount", "Cannot set both initial_node_count and node_count on node pool")
    scaling = values.get("autoscaling") or {}
    totals = [key for key in ("totalMinNodeCount", "totalMaxNodeCount") if scaling.get(key) is not None]
    zonal = [key for key in ("minNodeCount", "maxNodeCount") if scaling.get(key) is not None]
    if totals and zonal:
        yield Failure(f"autoscaling.{zonal[0]}", f'"{zonal[0]}": conflicts with {totals[0]}')
    for low, high in (("minNodeCount", "maxNodeCount"), ("totalMinNodeCount", "totalMaxNodeCount")):
        if (scaling.get(low) or 0) > scaling.get(high, MOST_NODES):
            yield Failure(f"autoscaling.{low}", f"must not be above {high}")
    node = values.get("nodeConfig") or {}
    yield from _check_capacity(values, node)
    yield from _check_machine(node)


def _check_capacity(values: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Failure]:
    kinds = [key for key in ("spot", "preemptible", "flexStart") if node.get(key)]
    if len(kinds) > 1:
        yield Failure(f"nodeConfig.{kinds[1]}", f'"{kinds[1]}": conflicts with {kinds[0]}')
    affinity = (node.get("reservationAffinity") or {}).get("consumeReservationType")
    if node.get("flexStart"):
        if (values.get("management") or {}).get("autoRepair") is not False:
            yield Failure("management.autoRepair", "must be false with flex-start")
        if values.get("nodeCount"):
            yield Failure("nodeCount", "flex-start takes no fixed count")
    if kinds and affinity not in (None, "NO_RESERVATION"):
        yield Failure("nodeConfig.reservationAffinity", f"{kinds[0]} needs NO_RESERVATION")
    if affinity == "SPECIFIC_RESERVATION" and not (node["reservationAffinity"].get("values")):
        yield Failure("nodeConfig.reservationAffinity.values", "must name the reservation")


def _check_machine(node: Mapping[str, Any]) -> Iterator[Failure]:
    name = node.get("machineType") or "e2-medium"
    row = MACHINE_TYPES.get(name)
    if row is None:
        if name != "e2-medium":
            yield Failure("nodeConfig.machineType", f"unknown machine type {name}")
        return
    disk = node.get("diskType") or "pd-balanced"
    if row.disk_type == HYPERDISK and disk.startswith("pd-"):
        yield Failure("nodeConfig.diskType", f"[{disk}] features are not compatible for creating instance of {name}")
    given = list(node.get("guestAccelerators") or ())
    wanted = accelerator_of(row)
    if wanted is None:
        for index, one in enumerate(given):
            why = "no longer offered" if one["type"] in OLD_ACCELERATORS else f"not for {name}"
            yield Failure(f"nodeConfig.guestAccelerators[{index}]", f"Accelerator type {one['type']} is {why}")
        return
    declared = {one["type"]: one["count"] for one in given}
    if declared != {wanted: row.gpus}:
        yield Failure("nodeConfig.guestAccelerators", f"{name} has {row.gpus} x {wanted}, and it must be declared so")
        return
    yield from _check_gpu(given[0], str(row.gpu), int(row.gpu_memory_gib or 0))
    ssds = (node.get("ephemeralStorageLocalSsdConfig") or node.get("localNvmeSsdBlockConfig") or {}).get(
        "localSsdCount"
    )
    if row.local_ssds and ssds not in (None, row.local_ssds):
        yield Failure("nodeConfig", f"{name} has {row.local_ssds} local SSDs; got {ssds}")


def _check_gpu(given: Mapping[str, Any], gpu: str, memory: int) -> Iterator[Failure]:
    where = "nodeConfig.guestAccelerators[0]"
    size = given.get("gpuPartitionSize")
    sizes = [one.size for one in MIG_SLICES.get((gpu, memory), ())]
    if size and size not in sizes:
        yield Failure(
            f"{where}.gpuPartitionSize", f"{given['type']} cannot be cut into {size}; sizes: {sizes or 'none'}"
        )
    clients = (given.get("gpuSharingConfig") or {}).get("maxSharedClientsPerGpu")
    low, high = GPU_SHARED_CLIENTS
    if clients is not None and not low <= clients <= high:
        yield Failure(f"{where}.gpuSharingConfig.maxSharedClientsPerGpu", f"must be {low} to {high}; got {clients}")
