"""Processes of a world are known without its files; nobody else's are taken for them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.host.strays import by_plane, residents
from sandbox.world import World

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def start(stack: ExitStack, home: Path, *words: str) -> int:
    child = stack.enter_context(
        subprocess.Popen([*SLEEP, *words], env={"HOME": str(home), "PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE)
    )
    stack.callback(child.kill)
    assert child.stdout is not None
    child.stdout.readline()
    return child.pid


@pytest.mark.parametrize("name", ["world", "a world", "wörld ✓"])
def test_ours_name_the_world_and_live_in_it(tmp_path: Path, stack: ExitStack, name: str) -> None:
    root = tmp_path / name
    plane = root / "planes" / "plane-1"
    ours = {
        start(stack, plane, "--data-dir", f"{plane}/etcd"),
        start(stack, plane, f"--kubeconfig={plane}/kubeconfig"),
        start(stack, root, "-filesystem-root", str(root)),
    }
    for home, word in [
        (tmp_path, f"{root}/world.json"),  # an editor
        (root, "nothing of the world"),  # a shell whose home was pointed there
        (tmp_path / f"{name}-2", f"{tmp_path}/{name}-2/gcs"),  # a neighbour whose name begins alike
    ]:
        start(stack, home, word)
    found = residents(root)
    assert {each.process.pid for each in found} == ours
    assert {name: len(rows) for name, rows in by_plane(found, root / "planes").items()} == {"plane-1": 2}


def test_down_ends_them_where_the_directory_is_gone(tmp_path: Path, stack: ExitStack) -> None:
    root = tmp_path / "world"
    start(stack, root, str(root / "gcs"))
    other = start(stack, tmp_path, str(root / "world.json"))
    assert World.at(root).down()
    assert residents(root) == []
    assert Path(f"/proc/{other}").exists()
    assert not root.exists()
    assert not World.at(root).down()
