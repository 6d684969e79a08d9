"""How a world is: looked at from outside, changing nothing and waiting for nobody."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from core.input.plain import plain
from sandbox.host.errors import SandboxDown
from sandbox.host.layout import Layout
from sandbox.host.processes import Process
from sandbox.planes.health import part_answers
from sandbox.planes.kwok import PARTS
from sandbox.planes.record import PlaneRecord, load_planes
from sandbox.vendor.gcs import NAME as GCS
from sandbox.vendor.gcs import gcs_answers, recorded_gcs
from sandbox.voice.record import NAME as VOICE
from sandbox.voice.record import needed_voice
from sandbox.voice.service import voice_answers

_LOOKS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One process."""

    name: str
    pid: int | None
    """None where it does not run."""
    port: int
    state: str
    """`running`, `ended` (no such process) or `silent` (it runs and does not answer)."""


@dataclass(frozen=True, slots=True)
class PlaneStatus:
    """One control plane."""

    id: str
    cluster_name: str | None
    """None while it is idle."""
    server: str
    state: str
    """`running`, `broken`, or `unfinished` where its start was interrupted."""
    services: tuple[ServiceStatus, ...]


@dataclass(frozen=True, slots=True)
class WorldStatus:
    """Everything."""

    directory: str
    state: str
    """`up`, `broken` (`sandbox up` repairs it) or `down`."""
    gcs_url: str | None
    services: tuple[ServiceStatus, ...]
    planes: tuple[PlaneStatus, ...]

    def to_json(self) -> dict[str, Any]:
        """As `sandbox status --json` prints it."""
        report: dict[str, Any] = plain(self)
        return report


def look(layout: Layout) -> WorldStatus:
    """Look at every service of a world."""
    if layout.ending.exists() or not layout.record.exists():
        return WorldStatus(str(layout.root), "down", None, (), ())
    gcs, voice = recorded_gcs(layout), needed_voice(layout)
    with ThreadPoolExecutor(max_workers=_LOOKS_AT_ONCE) as pool:
        planes = [(record, _look_at_parts(pool, record)) for record in load_planes(layout)]
        services = [_look_at(GCS, gcs.process, gcs.port, lambda: gcs_answers(gcs.port))] if gcs else []
        if voice is not None:
            services.append(_look_at(VOICE, voice.process, voice.port, lambda: voice_answers(voice.port)))
        found = tuple(_plane_status(record, tuple(look() for look in looks)) for record, looks in planes)
    # Without any plane all is well: the next cluster starts one.
    states = [each.state for each in services] + [each.state for each in found]
    sound = gcs is not None and all(state == "running" for state in states)
    url = gcs.url if gcs else None
    return WorldStatus(str(layout.root), "up" if sound else "broken", url, tuple(services), found)


def require_sound(layout: Layout) -> None:
    """Make sure that every process of a world that is up still runs; asks none of them, so it takes no time.

    A plane that is not complete is passed over: another command may be making or removing it right now.

    Raises:
        SandboxDown: One has ended.
    """
    gcs = recorded_gcs(layout)
    ended = [GCS] if gcs is None or not gcs.process.alive else []
    voice = needed_voice(layout)
    ended += [VOICE] if voice is not None and not voice.alive else []
    for record in filter(lambda each: each.complete, load_planes(layout)):
        ended += [f"{part} of {record.id}" for part in PARTS if part not in record.running]
    if ended:
        what = f"the sandbox is broken ({', '.join(ended)} ended)"
        raise SandboxDown(f"{what}; repair it with `cartesia-infra sandbox up`")


def _look_at_parts(pool: ThreadPoolExecutor, record: PlaneRecord) -> list[Callable[[], ServiceStatus]]:
    """Begin to look at the parts of a plane; each result is a function to call for it."""
    if not record.complete:
        return []
    return [
        pool.submit(
            _look_at,
            part,
            record.processes.get(part),
            record.ports[part],
            lambda part=part: part_answers(record, part),  # type: ignore[misc]
        ).result
        for part in PARTS
    ]


def _look_at(name: str, process: Process | None, port: int, answers: Callable[[], bool]) -> ServiceStatus:
    """Look at one service."""
    if process is None or not process.alive:
        return ServiceStatus(name, None, port, "ended")
    return ServiceStatus(name, process.pid, port, "running" if answers() else "silent")


def _plane_status(record: PlaneRecord, services: tuple[ServiceStatus, ...]) -> PlaneStatus:
    """What the parts make of the plane."""
    broken = any(each.state != "running" for each in services)
    state = "unfinished" if not record.complete else "broken" if broken else "running"
    return PlaneStatus(record.id, record.cluster_name, record.server, state, services)
