"""Profiles: a name for a sensible pool of GPU nodes, with the machine types that it means on each cloud."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from catalog.gpus import GPU_MODELS, GpuModel
from catalog.machine import AWS, GCP

__all__ = ["GPU_PROFILES", "GpuProfile", "profiles_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuProfile:
    """A name for a sensible GPU node group. All its types have the same GPU and the same number of them."""

    name: str
    """What settings write, e.g. `l40s`."""
    gpu: str
    """Key of `GPU_MODELS`."""
    gpus_per_node: int
    """GPUs of one node."""
    instance_types: tuple[str, ...] = ()
    """EC2 types in order of preference. Empty: EC2 has none."""
    machine_type: str = ""
    """Machine type of Google Cloud. Empty: it has none."""
    note: str
    """Why these types."""

    @property
    def model(self) -> GpuModel:
        """The GPU's row."""
        return GPU_MODELS[self.gpu]

    def types_on(self, cloud: str) -> tuple[str, ...]:
        """Machine types on a cloud, in order of preference."""
        return {AWS: self.instance_types, GCP: (self.machine_type,) if self.machine_type else ()}[cloud]


GPU_PROFILES: Mapping[str, GpuProfile] = MappingProxyType(
    {
        row.name: row
        for row in (
            GpuProfile(
                name="a10g",
                gpu="A10G",
                gpus_per_node=1,
                instance_types=("g5.2xlarge", "g5.4xlarge"),
                note="the vendor's own AWS example",
            ),
            GpuProfile(
                name="l4",
                gpu="L4",
                gpus_per_node=1,
                instance_types=("g6.2xlarge", "g6.4xlarge"),
                machine_type="g2-standard-8",
                note="sizes as in the vendor's g5 example; concurrency must come from the user",
            ),
            GpuProfile(
                name="l40s",
                gpu="L40S",
                gpus_per_node=1,
                instance_types=("g6e.2xlarge", "g6e.4xlarge"),
                note="sizes as in the vendor's g5 example; twice the streams of A10G, and Ink 2",
            ),
            GpuProfile(
                name="a100",
                gpu="A100",
                gpus_per_node=8,
                instance_types=("p4d.24xlarge",),
                machine_type="a2-highgpu-8g",
                note="40 GB each; A100 comes in eights on EC2",
            ),
            GpuProfile(
                name="a100-1gpu",
                gpu="A100",
                gpus_per_node=1,
                machine_type="a2-highgpu-1g",
                note="40 GB; one GPU a node, so that a node is lost with one worker",
            ),
            GpuProfile(
                name="a100-80gb",
                gpu="A100",
                gpus_per_node=8,
                instance_types=("p4de.24xlarge",),
                machine_type="a2-ultragpu-8g",
                note="80 GB each; A100 comes in eights on EC2",
            ),
            GpuProfile(
                name="a100-80gb-1gpu",
                gpu="A100",
                gpus_per_node=1,
                machine_type="a2-ultragpu-1g",
                note="80 GB; one GPU a node",
            ),
            GpuProfile(
                name="h100",
                gpu="H100",
                gpus_per_node=8,
                instance_types=("p5.48xlarge",),
                machine_type="a3-highgpu-8g",
                note="often only to be had reserved",
            ),
            GpuProfile(
                name="h100-1gpu",
                gpu="H100",
                gpus_per_node=1,
                instance_types=("p5.4xlarge",),
                machine_type="a3-highgpu-1g",
                note="the one-GPU size; on Google Cloud as Spot or flex-start only",
            ),
            GpuProfile(
                name="h200",
                gpu="H200",
                gpus_per_node=8,
                instance_types=("p5e.48xlarge", "p5en.48xlarge"),
                machine_type="a3-ultragpu-8g",
                note="named by the vendor, without a figure: concurrency must come from the user",
            ),
            GpuProfile(
                name="b200",
                gpu="B200",
                gpus_per_node=8,
                instance_types=("p6-b200.48xlarge",),
                machine_type="a4-highgpu-8g",
                note="newer than the vendor's page: concurrency must come from the user",
            ),
            GpuProfile(
                name="rtx-pro-6000",
                gpu="RTX PRO 6000",
                gpus_per_node=1,
                instance_types=("g7e.2xlarge", "g7e.4xlarge"),
                machine_type="g4-standard-48",
                note="newer than the vendor's page: concurrency must come from the user",
            ),
        )
    }
)
"""Every GPU profile by name."""


def profiles_of(cloud: str) -> tuple[str, ...]:
    """Names of the profiles that a cloud has machines for."""
    return tuple(name for name, row in GPU_PROFILES.items() if row.types_on(cloud))
