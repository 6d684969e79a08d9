"""What a caller writes of a pool of nodes on any cloud. The rules are in `gpus`."""

from typing import NotRequired, TypedDict


class UnlistedGpuArgs(TypedDict):
    """GPUs of a machine type that is newer than the catalogue. Nobody checked it: try it before calls depend on it."""

    gpu: str
    """GPU model, e.g. `H200`. One older than Ampere is refused."""
    count: int
    """GPUs of one node, 1 to 16."""
    memory_gib: int
    """Memory of one GPU in GB, at least 24."""
    accelerator: NotRequired[str]
    """Google Cloud's accelerator type, e.g. `nvidia-l4`. Default: made from model and memory where it is known."""
