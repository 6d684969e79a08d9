"""The page `docs/reference/gpus.md`: the GPU catalogue of both clouds, from `catalog/`."""

from collections.abc import Iterator

from catalog.gcp.machines import RESERVED_ONLY_FAMILIES, SPOT_OR_FLEX_TYPES
from catalog.gpu_nodes import GPU_NODES, GpuNode
from catalog.gpus import GPU_MODELS, OLD_GPUS
from catalog.machine import AWS, GCP

__all__ = ["page"]

_HEAD = """\
<!-- Written by `python -m docs.generate` from `catalog/`. Change the rows there, not this page. -->
# GPUs and machine types

Which machine types the voice workers run on, on EKS and on GKE, and everything that follows from a type: driver,
labels, taint, device plugin, slices. Settings name a profile or a machine type and nothing else of it, so an image or a
driver that does not fit a GPU cannot be written. The rows stand in `catalog/gpus.py`, `catalog/aws/instances.py` and
`catalog/gcp/machines.py` with their sources; `catalog/gpu_nodes.py` makes one table of them.

The rule is the vendor's: Ampere or newer, at least 24 GB for each device (or each MIG slice). Anything else is refused
with the reason.

Every GPU node has the taint `nvidia.com/gpu` (`NoSchedule`; value `true` on EKS, `present` on GKE, which sets it so
itself), the label `nvidia.com/gpu.present: "true"`, and offers the resource `nvidia.com/gpu`. On EKS the driver is in
the image `AL2023_x86_64_NVIDIA`, and the add-on `devicePlugin` offers the GPUs. GKE installs the driver, and its device
plugin is built in.

A type that is newer than this release is possible too: name it, and say in `unlistedGpu` which GPU it has, how many,
and with how much memory. The pool is then marked `unlisted` in the output `gpuPools`, since nobody checked it.
"""


def page() -> str:
    """The text of the page."""
    parts = [_models(), _machines(AWS, "EC2"), _machines(GCP, "Google Cloud"), _refused()]
    return "\n".join([_HEAD, *(line for part in parts for line in part)])


def _models() -> Iterator[str]:
    yield "## GPUs\n"
    yield "Recommended concurrent streams of one worker, which has one GPU. Source: the vendor's hardware page. Where"
    yield "it publishes nothing, load-test before planning.\n"
    yield "| GPU | architecture | Sonic | Sonic, older revision | Ink 2 | Sonic on a MIG slice | Ink 2 on a MIG slice |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in GPU_MODELS.values():
        figures = (
            row.sonic_streams,
            row.sonic_streams_older,
            row.ink_streams,
            row.sonic_streams_slice,
            row.ink_streams_slice,
        )
        yield f"| {row.name} | {row.architecture} | " + " | ".join(_figure(each) for each in figures) + " |"
    yield ""


def _figure(value: int | None) -> str:
    return "not published" if value is None else str(value)


def _rows(cloud: str) -> list[GpuNode]:
    rows = [row for row in GPU_NODES.values() if row.machine.cloud == cloud]
    return sorted(rows, key=lambda row: (row.machine.family, row.machine.vcpus))


def _machines(cloud: str, title: str) -> Iterator[str]:
    yield f"## Machine types of {title}\n"
    yield "| type | GPUs | vCPU | memory, GiB | accelerator | MIG slices with 24 GB or more | to be had |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in _rows(cloud):
        machine = row.machine
        if row.refusal is None:
            gpus = f"{machine.gpus} x {machine.gpu} ({machine.gpu_memory_gib} GB)"
            slices = ", ".join(f"`{one.size}` ({one.count})" for one in row.slices)
            yield (
                f"| `{machine.name}` | {gpus} | {machine.vcpus} | {machine.memory_gib:g} | `{row.accelerator}` | "
                f"{slices or 'none'} | {_offer(row)} |"
            )
    yield ""


def _offer(row: GpuNode) -> str:
    if row.machine.name in SPOT_OR_FLEX_TYPES:
        return "as Spot or flex-start"
    if row.machine.family in RESERVED_ONLY_FAMILIES:
        return "reserved, as Spot or flex-start"
    return "on demand"


def _refused() -> Iterator[str]:
    yield "## Refused\n"
    yield "GPUs older than Ampere, whatever their memory: " + ", ".join(OLD_GPUS) + ". Machine types:\n"
    yield "| type | why |"
    yield "| --- | --- |"
    for cloud in (AWS, GCP):
        for row in _rows(cloud):
            if row.refusal is not None:
                yield f"| `{row.machine.name}` | {row.refusal} |"
    yield ""
