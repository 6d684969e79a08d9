"""The voice server of a world: speaks for every SageMaker endpoint of the aws stand-in, from the first to the last.

Owns that one process runs while an endpoint is there, and what it serves. Its port is chosen by `sandbox up`, so that a
shell knows where calls go before anything answers there. The endpoints are the server's own file, which outlives it.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.host import processes
from sandbox.host.health import serves
from sandbox.host.layout import Layout
from sandbox.host.ports import free_ports
from sandbox.host.processes import Command
from sandbox.host.records import changing, read_json
from sandbox.host.service import Running, Service
from sandbox.voice.control import VoiceControl
from sandbox.voice.record import NAME, VoiceRecord, needed_voice, recorded_voice, save_voice, served_endpoints

__all__ = [
    "end_voice",
    "endpoint_of",
    "ensure_voice",
    "serve_endpoint",
    "voice_answers",
    "withdraw_endpoint",
]


def ensure_voice(layout: Layout) -> None:
    """Have a port chosen, and the server running if an endpoint needs it.

    Args:
        layout: The world, locked by the caller.

    Raises:
        StartFailed: It does not come up.
    """
    if served_endpoints(layout):
        _running(layout)
    elif recorded_voice(layout) is None:
        save_voice(layout, VoiceRecord(free_ports(1)[0], None))


def voice_answers(port: int) -> bool:
    """Whether the server tells its endpoints."""
    return serves(port, "/_control/endpoints")


def end_voice(layout: Layout) -> None:
    """End the server of a world, recorded or not; its endpoints stay on disk."""
    known = recorded_voice(layout)
    recorded = [known.process] if known is not None and known.process is not None else []
    processes.kill([*recorded, *processes.find_with(("--state", str(layout.voice_endpoints)))])


def serve_endpoint(world_dir: Path, name: str, settings: Mapping[str, Any]) -> None:
    """Have the server speak for an endpoint; settings not given, such as faults, stay as they are.

    A world of which only the store exists, since it was never up, has no voice.

    Args:
        world_dir: The world.
        name: Name of the endpoint.
        settings: As `sandbox.voice.spec.read_endpoint` takes them.

    Raises:
        SandboxError: The server does not come up, or refuses the settings.
    """
    layout = Layout(world_dir.absolute())
    if read_json(layout.record) is None:
        return
    with changing(layout):
        control = VoiceControl(_running(layout).url)
        before = control.endpoints().get(name, {})
        wanted = {**before, **settings}
        if wanted != before:
            control.put_endpoint(name, **wanted)


def withdraw_endpoint(world_dir: Path, name: str) -> None:
    """Remove an endpoint, and end the server with the last one; nothing happens where there is none."""
    layout = Layout(world_dir.absolute())
    if name not in served_endpoints(layout):
        return
    with changing(layout):
        running = _running(layout)
        control = VoiceControl(running.url)
        control.delete_endpoint(name)
        if not control.endpoints():
            end_voice(layout)
            save_voice(layout, VoiceRecord(running.port, None))


def endpoint_of(world_dir: Path, name: str) -> dict[str, Any] | None:
    """What the server says of an endpoint; None where it has none of that name.

    Raises:
        SandboxError: It does not answer.
    """
    voice = needed_voice(Layout(world_dir.absolute()))
    return VoiceControl(voice.url).endpoints().get(name) if voice is not None else None


def _running(layout: Layout) -> Running:
    """The server, started or repaired as needed; on the port it had, if that is possible."""
    service = Service(lambda port: _command(layout, port), voice_answers)
    known = recorded_voice(layout)
    if known is not None and known.process is not None:
        running = Running(known.port, known.process)
        if service.works(running):
            return running
    end_voice(layout)  # also one that was started and not recorded
    running = service.start(known.port if known is not None else None)
    save_voice(layout, VoiceRecord(running.port, running.process))
    return running


def _command(layout: Layout, port: int) -> Command:
    """How the server is started."""
    return Command(
        name=NAME,
        argv=(
            *(sys.executable, "-P", "-m", "sandbox.voice"),
            *("--port", str(port), "--state", str(layout.voice_endpoints)),
            *("--store", str(layout.root / "aws")),
        ),
        folder=layout.root,
        log=layout.logs / f"{NAME}.log",
    )
