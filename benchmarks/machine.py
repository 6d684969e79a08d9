"""The machine that measures, as far as it explains the figures; nothing that tells whose it is."""

import os
import platform
from dataclasses import dataclass

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts beside which figures can be read."""

    cores: int
    """Processors this process may use."""
    memory_gib: int
    system: str
    """Kernel and instruction set."""
    python: str
    load: float
    """Average number of running processes over the last minute, before anything was measured."""

    @classmethod
    def this(cls) -> "Machine":
        """The machine this runs on."""
        return cls(
            cores=_cores(),
            memory_gib=round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GIB),
            system=f"{platform.system()} {platform.machine()}",
            python=platform.python_version(),
            load=round(os.getloadavg()[0], 2),
        )

    def __str__(self) -> str:
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        return (
            f"{cores}, {self.memory_gib} GiB of memory, {self.system}, Python {self.python}, "
            f"load {self.load:.1f} before the start"
        )


def _cores() -> int:
    """Processors this process may use; where the system does not tell (macOS), those it has."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1
