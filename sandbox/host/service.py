"""One server of the world on a port of its own: started, asked whether it works, moved where its port is lost.

Owns the way from a command to a server that answers. Leaves alone which servers there are and where they are recorded.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.host import processes
from sandbox.host.errors import PortTaken, StartFailed
from sandbox.host.ports import HOST, free_ports, is_free
from sandbox.host.processes import Command, Process

__all__ = ["Running", "Service"]

_ATTEMPTS = 3
_READY_SECONDS = 30.0
_SECOND_LOOK_SECONDS = 3.0
"""How long a server that runs may keep silent before it counts as hung."""
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Running:
    """A server that was started."""

    port: int
    process: Process

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True, slots=True)
class Service:
    """How a server is started and asked."""

    command: Callable[[int], Command]
    """The command for a port."""
    answers: Callable[[int], bool]
    """Whether it does its work on a port."""

    def works(self, known: Running) -> bool:
        """Whether a server started earlier still does its work; it is given some patience."""
        deadline = time.monotonic() + _SECOND_LOOK_SECONDS
        while known.process.alive:
            if self.answers(known.port):
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return False

    def start(self, wanted_port: int | None) -> Running:
        """Start it and wait until it answers.

        Args:
            wanted_port: Port to listen on if it is free; None, or a taken one, means any.

        Raises:
            StartFailed: It ended or is silent.
        """
        ports = [wanted_port] if wanted_port is not None and is_free(wanted_port) else []
        for attempt in range(_ATTEMPTS):
            try:
                return self._start(ports.pop() if ports else free_ports(1)[0])
            except PortTaken:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _start(self, port: int) -> Running:
        command = self.command(port)
        process = processes.start(command, _environment(command))
        deadline = time.monotonic() + _READY_SECONDS
        while not (self.answers(port) and process.alive):
            if not process.alive:
                tail = command.log.read_text(errors="replace")[-2000:]
                kind = PortTaken if "address already in use" in tail else StartFailed
                raise kind(f"{command.name} ended at once ({tail.strip().splitlines()[-1:]}); log: {command.log}")
            if time.monotonic() > deadline:
                processes.kill([process])
                raise StartFailed(f"{command.name} does not answer within {_READY_SECONDS:.0f} s; read {command.log}")
            time.sleep(_POLL_SECONDS)
        return Running(port, process)


def _environment(command: Command) -> Mapping[str, str]:
    """A bare environment: servers take nothing from the caller's."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(command.folder)}
