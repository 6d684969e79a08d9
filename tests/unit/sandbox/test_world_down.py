"""Taking a world down as an ordinary user, also after a `down` that stopped half-way."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sandbox.world
from core.bundle.removal import remove_tree
from sandbox.environment import environment
from sandbox.host.errors import SandboxDown, SandboxError
from sandbox.host.records import write_json
from sandbox.world import World


def read_only(root: Path, mode: int) -> Path:
    """A tree whose directories and files have a mode that keeps their owner from removing them."""
    (root / "outer" / "inner").mkdir(parents=True)
    (root / "outer" / "inner" / "file").write_text("kept")
    (root / "outer" / "link").symlink_to(root.parent)
    for path in (root / "outer/inner/file", root / "outer/inner", root / "outer", root):
        path.chmod(mode)
    return root


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World.at(tmp_path / "world")
    write_json(made.layout.record, {"version": 1, "gcs": {"url": "http://127.0.0.1:1", "port": 1}, "services": []})
    read_only(made.layout.bundles, 0o555)
    return made


@pytest.mark.parametrize("mode", [0o000, 0o111, 0o444, 0o500, 0o555, 0o700])
def test_a_tree_goes_whatever_its_mode_and_nothing_beside_it(tmp_path: Path, mode: int) -> None:
    (tmp_path / "beside").write_text("kept")
    remove_tree(read_only(tmp_path / "tree", mode))
    assert [path.name for path in tmp_path.iterdir()] == ["beside"]


@given(st.sampled_from(["file", "link", "missing"]))
def test_what_is_not_a_directory_goes_too(tmp_path_factory: pytest.TempPathFactory, kind: str) -> None:
    folder = tmp_path_factory.mktemp("removal")
    path = folder / "path"
    if kind == "file":
        path.write_text("")
        path.chmod(0o400)
    elif kind == "link":
        path.symlink_to(folder)
    remove_tree(path)
    assert list(folder.iterdir()) == []


def test_a_world_with_a_read_only_store_goes_whole(world: World) -> None:
    assert world.down()
    assert not world.layout.root.exists()


def interrupt(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a `down` fail at the store; all else of the world may be gone by then."""

    def refused(path: Path) -> None:
        if path == world.layout.bundles:
            raise PermissionError(13, "Permission denied", str(path / "manifest"))
        remove_tree(path)

    with monkeypatch.context() as patched:
        patched.setattr(sandbox.world, "remove_tree", refused)
        with pytest.raises(SandboxError, match=r"bundles/manifest: Permission denied.*run `down` again"):
            world.down()


def test_a_down_that_failed_half_way_is_finished_by_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.layout.root / "of the user").write_text("")
    interrupt(world, monkeypatch)
    assert sorted(path.name for path in world.layout.root.iterdir()) == ["bundles", "ending", "lock"]
    assert world.down()
    assert not world.layout.root.exists()


def test_half_a_world_is_no_world(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt(world, monkeypatch)
    write_json(world.layout.record, {"version": 1, "gcs": {"url": "http://127.0.0.1:1", "port": 1}})
    assert world.status().state == "down"
    with pytest.raises(SandboxDown, match="was begun and has not ended"):
        environment(world.layout.root)


def test_an_up_after_half_a_down_starts_from_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt(world, monkeypatch)
    said: list[str] = []
    monkeypatch.setattr(sandbox.world, "ensure", lambda *_args, **_options: {})
    monkeypatch.setattr(sandbox.world.launchers, "write_bin", lambda *_: (_ for _ in ()).throw(SandboxError("enough")))
    with pytest.raises(SandboxError, match="enough"):
        world.up(say=said.append)
    assert said == ["removing what an interrupted `down` left"]
    assert not world.layout.ending.exists()
    assert not world.layout.bundles.exists()


@pytest.mark.parametrize("verb", ["up", "down"])
def test_a_world_of_another_user_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    monkeypatch.setattr(os, "getuid", lambda: world.layout.root.stat().st_uid + 1)
    before = sorted(world.layout.root.rglob("*"))
    with pytest.raises(SandboxError, match="must be a world of yours; it is one of user"):
        getattr(world, verb)()
    assert sorted(world.layout.root.rglob("*")) == before
