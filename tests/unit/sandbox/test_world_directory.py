"""Which directory is a world, and that no other one is ever filled or emptied."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.host import processes
from sandbox.host.errors import SandboxDown, SandboxError
from sandbox.host.layout import ENTRIES, Layout, world_directory
from sandbox.host.processes import Process
from sandbox.host.records import require_world, write_json
from sandbox.planes.kwok import PORTS
from sandbox.planes.lifecycle import destroy_plane
from sandbox.planes.record import PlaneRecord, load_planes
from sandbox.secrets import write_secrets
from sandbox.status import require_sound
from sandbox.vendor.gcs import end_gcs
from sandbox.world import World


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "world")


def fill(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("mine")


def test_down_empties_no_directory_that_is_no_world(layout: Layout) -> None:
    fill(layout.root, "photo.jpg", "bin")
    with pytest.raises(SandboxError, match=r"must be a world of the sandbox.*got photo\.jpg.*CARTESIA_SANDBOX_DIR"):
        World(layout).down()
    assert sorted(entry.name for entry in layout.root.iterdir()) == ["bin", "photo.jpg"]


def test_up_fills_no_directory_that_is_no_world(layout: Layout) -> None:
    fill(layout.root, "photo.jpg")
    with pytest.raises(SandboxError, match="must be a world of the sandbox"):
        World(layout).up(progress=False)
    assert [entry.name for entry in layout.root.iterdir()] == ["photo.jpg"]


def test_a_file_in_place_of_the_directory_is_named(layout: Layout) -> None:
    layout.root.write_text("mine")
    for act in (World(layout).up, World(layout).down):
        with pytest.raises(SandboxError, match="must be a directory"):
            act()
    assert layout.root.read_text() == "mine"


def test_somebody_elses_world_json_makes_no_world(layout: Layout) -> None:
    fill(layout.root, "photo.jpg")
    write_json(layout.record, {"level": "castle"})
    with pytest.raises(SandboxError, match="must be a world"):
        World(layout).down()


@pytest.mark.parametrize("names", [(), ("lock",), ("lock", ".world.json-x1y2"), ("aws", "logs"), tuple(ENTRIES)])
def test_what_a_killed_up_or_down_leaves_is_removed(layout: Layout, names: tuple[str, ...]) -> None:
    fill(layout.root, *(name for name in names if name != "planes"))
    assert World(layout).down()
    assert not layout.root.exists()


def test_whatever_was_put_into_a_world_goes_with_it(layout: Layout) -> None:
    write_json(layout.record, {"version": 1})
    fill(layout.root, "state.json")
    require_world(layout)
    assert World(layout).down()
    assert not layout.root.exists()


def test_every_place_of_the_layout_is_a_known_entry(layout: Layout) -> None:
    places = [getattr(layout, name) for name, value in vars(Layout).items() if isinstance(value, property)]
    assert places
    assert {place.relative_to(layout.root).parts[0] for place in places} <= ENTRIES


def test_a_world_has_one_name_whatever_links_lead_to_it(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for spelling in ("link/world", "real/../link/world", "real/world"):
        assert world_directory({"CARTESIA_SANDBOX_DIR": str(tmp_path / spelling)}) == tmp_path / "real" / "world"


def test_a_recorded_server_is_ended_under_whatever_command_line(layout: Layout) -> None:
    script = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(script) as moved, subprocess.Popen(script) as bystander:
        try:
            server = Process.of(moved.pid)
            assert server is not None
            services = [{"name": "fake-gcs-server", "pid": server.pid, "started": server.started}]
            write_json(layout.record, {"version": 1, "gcs": {"url": "", "port": 1}, "services": services})
            end_gcs(layout)
            assert not server.alive
            assert bystander.poll() is None
        finally:
            processes.kill([each for each in map(Process.of, (moved.pid, bystander.pid)) if each])


def a_plane(layout: Layout, *, complete: bool) -> PlaneRecord:
    """A plane none of whose parts run."""
    ports = dict.fromkeys(PORTS, 1)
    record = PlaneRecord(id="plane-1", folder=layout.planes / "plane-1", ports=ports, creator=(), complete=complete)
    record.save()
    return record


def test_a_plane_that_is_being_made_or_removed_is_no_broken_one(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = Process.of(os.getpid())
    assert me is not None
    services = [{"name": "fake-gcs-server", "pid": me.pid, "started": me.started}]
    write_json(layout.record, {"version": 1, "gcs": {"url": "", "port": 1}, "services": services})
    a_plane(layout, complete=False)
    require_sound(layout)
    record = a_plane(layout, complete=True)
    with pytest.raises(SandboxDown, match="etcd of plane-1"):
        require_sound(layout)

    def killed(_: object) -> None:
        require_sound(layout)
        raise KeyboardInterrupt

    monkeypatch.setattr(processes, "kill", killed)
    with pytest.raises(KeyboardInterrupt):
        destroy_plane(record)
    assert [each.complete for each in load_planes(layout)] == [False]


def test_secrets_are_written_once_and_whole(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during, pytest.raises(KeyboardInterrupt):
        during.setattr(os, "fchmod", killed)
        write_secrets(layout)
    assert list(layout.secrets.iterdir()) == []
    write_secrets(layout)
    first = {path.name: path.read_text() for path in layout.secrets.iterdir()}
    write_secrets(layout)
    assert {path.name: path.read_text() for path in layout.secrets.iterdir()} == first
    assert {path.stat().st_mode & 0o777 for path in layout.secrets.iterdir()} == {0o600}
