"""The fake Google Cloud Storage, loaded with the vendor's archive.

Owns one process and its store. What is uploaded later stays over a restart; what the vendor ships is packed again at
each `up`, and the server started again if it changed, for it reads its first objects only once.
"""

import filecmp
import shutil
from collections.abc import Mapping
from pathlib import Path

from sandbox.host import processes
from sandbox.host.health import serves
from sandbox.host.layout import Layout
from sandbox.host.ports import HOST
from sandbox.host.processes import Command
from sandbox.host.records import read_json
from sandbox.host.service import Running, Service
from sandbox.planes.record import read_process_table

NAME = "fake-gcs-server"


def recorded_gcs(layout: Layout) -> Running | None:
    """What `world.json` says of the server; it may have ended since."""
    record = read_json(layout.record) or {}
    process = read_process_table(record.get("services")).get(NAME)
    gcs = record.get("gcs")
    return Running(int(gcs["port"]), process) if isinstance(gcs, dict) and process is not None else None


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


def gcs_answers(port: int) -> bool:
    """Whether the server lists its buckets."""
    return serves(port, "/storage/v1/b?project=sandbox")


def ensure_gcs(layout: Layout, program: Path, known: Running | None) -> Running:
    """Have the server running with the vendor's current archive, on the port it had if that is possible.

    Args:
        layout: The world, locked by the caller.
        program: Path of fake-gcs-server.
        known: What is recorded of a server started earlier.

    Raises:
        StartFailed: It does not come up.
    """
    service = Service(lambda port: gcs_command(layout, program, port), gcs_answers)
    changed = _pack_vendor(layout)
    if known is not None and not changed and service.works(known):
        return known
    # One that was started and not recorded, since its starter was killed in between, would be left for ever.
    end_gcs(layout)
    return service.start(known.port if known is not None else None)


def end_gcs(layout: Layout) -> None:
    """End the server of a world, recorded or not; its objects stay on disk."""
    known = recorded_gcs(layout)
    recorded = [] if known is None else [known.process]  # its command line differs if the world was moved meanwhile
    processes.kill([*recorded, *processes.find_with(("-filesystem-root", str(layout.gcs)))])


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
    end_gcs(layout)  # before the exchange: killed between the two, the next `up` would see no change
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
