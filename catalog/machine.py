"""What a machine type of any cloud is: processors, memory and GPUs. Pure rows; the tables are in `aws/` and `gcp/`."""

from dataclasses import dataclass

AWS = "aws"
GCP = "gcp"
X86_64 = "x86_64"
ARM64 = "arm64"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine type."""

    cloud: str
    """`aws` or `gcp`."""
    name: str
    """API name, e.g. `g6e.2xlarge` or `g2-standard-8`."""
    family: str
    """On AWS the whole word before the dot (`g5` is not `g5g`), on Google Cloud all before the size."""
    vcpus: int
    """Default vCPUs."""
    memory_gib: float
    """Memory in GiB."""
    gpus: int
    """NVIDIA GPUs, as `nvidia.com/gpu` counts them; 0 on CPU types and on slices that offer none."""
    gpu: str | None
    """GPU model, a key of `catalog.gpus.GPU_MODELS` or `OLD_GPUS`. None on CPU types."""
    gpu_memory_gib: int | None
    """Memory of one GPU as NVIDIA sells it (the driver reports a little less). None on CPU types and small slices."""
    arch: str
    """`x86_64` or `arm64`."""
    local_ssds: int = 0
    """Google Cloud: local SSDs of 375 GiB that always come with the type."""
    disk_type: str = "pd-balanced"
    """Google Cloud: a kind of boot disk that the type takes."""
