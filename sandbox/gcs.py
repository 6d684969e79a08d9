"""The fake Google Cloud Storage, loaded with the vendor's archive.

Owns one process and its store. What is uploaded later stays over a restart; what the vendor ships is packed anew at
each `up`, and the server started again if it changed, for it reads its first objects only once.
"""

import filecmp
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox import processes
from sandbox.errors import PortTaken, StartFailed
from sandbox.health import gcs_answers
from sandbox.layout import Layout
from sandbox.plane_store import read_process_table
from sandbox.ports import HOST, free_ports, is_free
from sandbox.processes import Command, Process
from sandbox.records import read_json

NAME = "fake-gcs-server"

_ATTEMPTS = 3
_READY_SECONDS = 30.0
_SECOND_LOOK_SECONDS = 3.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Gcs:
    """A running fake GCS."""

    port: int
    process: Process

    @property
    def url(self) -> str:
        """What STORAGE_EMULATOR_HOST must be."""
        return f"http://{HOST}:{self.port}"


def recorded_gcs(layout: Layout) -> Gcs | None:
    """What `world.json` says of the server; it may have ended since."""
    record = read_json(layout.record) or {}
    process = read_process_table(record.get("services")).get(NAME)
    gcs = record.get("gcs")
    return Gcs(int(gcs["port"]), process) if isinstance(gcs, dict) and process is not None else None


def gcs_command(layout: Layout, program: Path, port: int) -> Command:
    """How the server is started.

    Args:
        layout: The world.
        program: Path of fake-gcs-server.
        port: Port it shall listen on.
    """
    return Command(
        name=NAME,
        argv=(
            str(program),
            *("-scheme", "http", "-host", HOST, "-port", str(port)),
            *("-external-url", f"http://{HOST}:{port}", "-public-host", f"{HOST}:{port}"),
            *("-backend", "filesystem", "-filesystem-root", str(layout.gcs), "-data", str(layout.vendor_buckets)),
            *("-log-level", "warn"),
        ),
        folder=layout.root,
        log=layout.logs / f"{NAME}.log",
    )


def ensure_gcs(layout: Layout, program: Path, known: Gcs | None) -> Gcs:
    """Have the server running with the vendor's current archive, on the port it had if that is possible.

    Args:
        layout: The world, locked by the caller.
        program: Path of fake-gcs-server.
        known: What is recorded of a server started earlier.

    Raises:
        StartFailed: It does not come up.
    """
    changed = _pack_vendor(layout)
    if known is not None and known.process.alive and not changed and _answers_soon(known.port):
        return known
    # One that was started and not recorded, since its starter was killed in between, would be left for ever.
    end_gcs(layout)
    ports = [known.port] if known is not None and is_free(known.port) else []
    for attempt in range(_ATTEMPTS):
        port = ports.pop() if ports else free_ports(1)[0]
        try:
            return _start(gcs_command(layout, program, port), port)
        except PortTaken:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def end_gcs(layout: Layout) -> None:
    """End the server of a world, recorded or not; its objects stay on disk."""
    processes.kill(processes.find_with(("-filesystem-root", str(layout.gcs))))


def _start(command: Command, port: int) -> Gcs:
    """Start the server and wait until it answers.

    Raises:
        PortTaken: Somebody else was faster.
        StartFailed: It ended or is silent.
    """
    process = processes.start(command, {"PATH": "/usr/bin:/bin", "HOME": str(command.folder)})
    deadline = time.monotonic() + _READY_SECONDS
    while not (gcs_answers(port) and process.alive):
        if not process.alive:
            tail = command.log.read_text(errors="replace")[-2000:]
            kind = PortTaken if "address already in use" in tail else StartFailed
            raise kind(f"{command.name} ended at once ({tail.strip().splitlines()[-1:]}); log: {command.log}")
        if time.monotonic() > deadline:
            processes.kill([process])
            raise StartFailed(f"{command.name} does not answer within {_READY_SECONDS:.0f} s; read {command.log}")
        time.sleep(_POLL_SECONDS)
    return Gcs(port, process)


def _answers_soon(port: int) -> bool:
    """Whether a running server answers, with some patience."""
    deadline = time.monotonic() + _SECOND_LOOK_SECONDS
    while not gcs_answers(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _pack_vendor(layout: Layout) -> bool:
    """Pack the vendor's bucket and write the key; returns whether the bucket differs from the one served so far."""
    from sandbox.vendor import pack_vendor_bundle, write_service_account

    fresh = layout.vendor / "packing"
    shutil.rmtree(fresh, ignore_errors=True)
    pack_vendor_bundle(fresh)
    if not layout.vendor_key.exists():
        layout.vendor_key.parent.mkdir(parents=True, exist_ok=True)
        write_service_account(layout.vendor_key)
    if layout.vendor_buckets.exists() and _same_files(fresh, layout.vendor_buckets):
        shutil.rmtree(fresh)
        return False
    shutil.rmtree(layout.vendor_buckets, ignore_errors=True)
    fresh.rename(layout.vendor_buckets)
    return True


def _same_files(one: Path, other: Path) -> bool:
    """Whether two trees hold the same files with the same content."""
    first, second = _files(one), _files(other)
    return first.keys() == second.keys() and all(
        filecmp.cmp(first[name], second[name], shallow=False) for name in first
    )


def _files(root: Path) -> Mapping[str, Path]:
    """Every file of a tree by its relative name."""
    return {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
