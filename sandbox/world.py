"""The world as a whole: brought up, looked at, taken down.

Owns the order in which parts come and go, and `world.json`. Each step can be interrupted at any point by a kill; the
next `up` or `down` finds what was left, by record or by command line, and finishes the work.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core.bundle.removal import remove_tree
from sandbox import launchers
from sandbox.host import processes
from sandbox.host.errors import SandboxError, StartFailed
from sandbox.host.layout import Layout, world_directory
from sandbox.host.records import changing, require_world, write_json
from sandbox.host.service import Running
from sandbox.host.strays import by_plane, residents
from sandbox.host.usage import alone
from sandbox.planes import kwok
from sandbox.planes.lifecycle import create_plane, destroy_plane, mend_plane
from sandbox.planes.record import PlaneRecord, load_planes, point_kubeconfig, process_table
from sandbox.secrets import write_secrets
from sandbox.status import WorldStatus, look
from sandbox.toolchain import ensure
from sandbox.vendor.gcs import NAME as GCS
from sandbox.vendor.gcs import end_gcs, ensure_gcs, recorded_gcs
from sandbox.voice.service import end_voice, ensure_voice

TOOLS = tuple(dict.fromkeys((*launchers.PROGRAMS, *kwok.TOOLS, GCS)))
"""Every program a world needs."""

_LAST = ("lock", "ending")
"""Entries that stay until all others are gone."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class World:
    """One sandbox; any number of them may exist side by side, each in its own directory."""

    layout: Layout

    @classmethod
    def at(cls, directory: Path | None = None) -> "World":
        """The world of a directory; None takes the one a command means (`sandbox.host.layout.world_directory`)."""
        return cls(Layout(directory.resolve() if directory else world_directory()))

    def up(self, *, say: Say | None = None, progress: bool = True) -> WorldStatus:
        """Have everything running: starts what is missing, repairs what is broken, leaves the rest alone.

        Args:
            say: Called with a line for each step.
            progress: Whether building programs is reported on standard error.

        Returns:
            How it is afterwards.

        Raises:
            ToolError: A program is missing and cannot be built.
            SandboxError: A part does not come up, or the directory is not a world and not empty.
        """
        require_world(self.layout)
        tell = say or (lambda _line: None)
        with _path_without(self.layout.bin):
            tools = ensure(TOOLS, progress=progress)
        with changing(self.layout, say=tell):
            if self.layout.ending.exists():
                tell("removing what an interrupted `down` left")
                self._end(tell)
            self._end_strays(tell)
            self.layout.root.chmod(0o700)  # kwokctl lets others read private keys, and `up` may not have made it
            self._write_record(tools, recorded_gcs(self.layout))
            self._make_folders()
            launchers.write_bin(self.layout, tools)
            with ThreadPoolExecutor(max_workers=3) as pool:
                tell("starting the control plane and the fake Cloud Storage")
                planes = pool.submit(self._ensure_planes, tools, tell)
                gcs = pool.submit(ensure_gcs, self.layout, tools[GCS], recorded_gcs(self.layout))
                voice = pool.submit(ensure_voice, self.layout)
                try:
                    self._write_record(tools, gcs.result())
                finally:
                    planes.result()
                    voice.result()
        return self.status()

    def down(self, *, say: Say | None = None, force: bool = True) -> bool:
        """End every process and remove every file of the world.

        Args:
            say: Called with a line for each step.
            force: Whether engines that run in it are ended too; else the world is left as it is if there is one.

        Returns:
            Whether there was anything to remove or to end.

        Raises:
            SandboxError: A process does not end, the directory is not a world, or somebody works in it.
        """
        require_world(self.layout)
        tell = say or (lambda _line: None)
        if not self.layout.root.exists():
            lost = residents(self.layout.root)
            processes.kill(each.process for each in lost)
            return bool(lost)
        with changing(self.layout, say=tell), alone(self.layout) as user:
            if user and not force:
                raise SandboxError(f"{user} works in the sandbox; it was left as it is; wait, or add --yes")
            if user:
                processes.kill(processes.find_with((str(self.layout.engine / "pulumi"),)))
            self._end(tell)
            self.layout.lock.unlink()  # last, for whoever waits for it looks whether it is still there
        # Fails only if another `up` has begun to fill the directory again, which is then its own.
        with contextlib.suppress(OSError):
            self.layout.root.rmdir()
        return True

    def _end(self, tell: Say) -> None:
        """End every process and remove every file but the lock; what cannot be removed keeps nothing else from it.

        A mark stands from the first step to the last, so that nobody takes what is left for a world.
        """
        layout = self.layout
        layout.ending.touch(mode=0o600)
        for record in load_planes(layout):
            tell(f"ending the control plane of {record.cluster_name or 'no cluster'}")
            destroy_plane(record)
        end_gcs(layout)
        end_voice(layout)
        processes.kill(each.process for each in residents(layout.root))
        failed = [error for error in map(_removed, sorted(layout.root.iterdir())) if error is not None]
        if failed:
            what = "; ".join(f"{error.filename}: {error.strerror}" for error in failed)
            raise SandboxError(f"{layout.root} is not quite gone ({what}); make that removable and run `down` again")
        layout.ending.unlink(missing_ok=True)

    def status(self) -> WorldStatus:
        """How everything is, without changing anything."""
        return look(self.layout)

    def _end_strays(self, tell: Say) -> None:
        """End what runs for files that are gone: nothing else would ever end it, and it would take ports and memory."""
        found = residents(self.layout.root)
        strays = [
            process
            for plane, lost in by_plane(found, self.layout.planes).items()
            if not (self.layout.planes / plane / "plane.json").exists()
            for process in lost
        ]
        if not self.layout.record.exists():
            strays += [each.process for each in found if each.home == self.layout.root]
        if strays:
            tell(f"ending {len(set(strays))} processes of a world whose files were removed")
            processes.kill(strays)

    def _ensure_planes(self, tools: Mapping[str, Path], tell: Say) -> None:
        """Have every claimed plane repaired and at least one plane."""
        kept: list[PlaneRecord] = []
        for record in load_planes(self.layout):
            if not record.complete:
                destroy_plane(record)
                continue
            try:
                kept.append(mend_plane(self.layout, record))
            except StartFailed:
                if record.cluster_name is not None:
                    raise
                destroy_plane(record)
        if not kept:
            create_plane(self.layout, tools)
        tell("the control plane answers")
        point_kubeconfig(self.layout)

    def _make_folders(self) -> None:
        """Folders that programs expect to be there."""
        layout = self.layout
        for folder in (layout.planes, layout.logs, layout.gcs, layout.pulumi_home, layout.pulumi_state, layout.tokens):
            folder.mkdir(parents=True, exist_ok=True)
        write_secrets(layout)

    def _write_record(self, tools: Mapping[str, Path], gcs: Running | None) -> None:
        """Write `world.json`."""
        record: dict[str, object] = {"version": 1, "tools": {name: str(path) for name, path in tools.items()}}
        if gcs is not None:
            record |= {"gcs": {"url": gcs.url, "port": gcs.port}, "services": process_table({GCS: gcs.process})}
        write_json(self.layout.record, record)


@contextlib.contextmanager
def _path_without(folder: Path) -> Iterator[None]:
    """PATH without a folder: inside the sandbox its own links would be found, and linked to themselves."""
    before = os.environ.get("PATH")
    entries = (before or "").split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(entry for entry in entries if entry != str(folder))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before


def _removed(path: Path) -> OSError | None:
    """Remove an entry of a world unless it holds the removal together; returns what keeps it."""
    if path.name in _LAST:
        return None
    try:
        remove_tree(path)
    except OSError as error:
        return error
    return None
