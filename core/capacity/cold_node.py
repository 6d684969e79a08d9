"""How long until one more GPU node serves: from a raised count to a worker that is ready, part by part.

No vendor promises a time, so each part is a parameter with a name. What is documented is said with its source; the rest
are assumptions to be replaced by what you measure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["ColdNode", "Part"]

PLAIN_ROOT_MIBPS = 125
"""Of a gp3 volume that is given no more. source: Amazon EBS user guide, "General Purpose SSD volumes", 2026-11-25."""
LOCAL_NVME_MIBPS = 1000
"""Of local NVMe. An assumption: EC2 publishes operations a second for it, and no throughput."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the wait."""

    name: str
    seconds: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdNode:
    """What decides how long a node takes."""

    autoscaled: bool = False
    """An autoscaler has to see the pod first. False: the count is raised by hand."""
    scan_seconds: float = 10
    """Between two looks of the autoscaler. source: Cluster Autoscaler's default, which the vendor's setup keeps."""
    launch_seconds: float = 90
    """From the raised count to a running instance. An assumption."""
    join_seconds: float = 60
    """From a running instance to a node that is Ready. An assumption."""
    offer_seconds: float = 20
    """Until the device plugin offers the GPUs. An assumption."""
    image_gib: float = 15
    """Image of a worker, unpacked. An assumption: CUDA and weights, of undocumented size."""
    write_mibps: float = PLAIN_ROOT_MIBPS
    """At which layers are unpacked: of the root volume, or of local NVMe."""
    load_seconds: float = 120
    """Until the worker's capacity is above 0. An assumption."""

    def parts(self) -> Iterator[Part]:
        """The parts in their order."""
        if self.autoscaled:
            yield Part("autoscaler", self.scan_seconds, f"looks every {self.scan_seconds:g} s")
        yield Part("launch", self.launch_seconds, "EC2 starts the instance")
        yield Part("join", self.join_seconds, "the node becomes Ready")
        yield Part("offer", self.offer_seconds, "the device plugin offers its GPUs")
        pull = self.image_gib * 1024 / self.write_mibps
        yield Part("image", pull, f"{self.image_gib:g} GiB are unpacked at {self.write_mibps:g} MiB/s")
        yield Part("load", self.load_seconds, "the worker loads its model")

    @property
    def seconds(self) -> float:
        """All parts together."""
        return sum(part.seconds for part in self.parts())
