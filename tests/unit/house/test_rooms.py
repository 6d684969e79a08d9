"""The house: rooms import in one direction, modules stay short, and nothing real needs a stand-in."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("catalog", "core", "components", "stacks", "policies", "clients", "toolkit", "sandbox")
ALLOWED = {
    "catalog": {"catalog"},
    "core": {"core", "catalog"},
    "components": {"components", "core", "catalog"},
    "stacks": {"stacks", "components", "clients", "core", "catalog"},
    "policies": {"policies", "core", "catalog"},
    "clients": {"clients", "core", "catalog"},
    "toolkit": {"toolkit", "clients", "core", "catalog"},
    "sandbox": {"sandbox", "clients", "core", "catalog"},
}
LONGEST_MODULE_LINES = 300


def modules(room: str) -> list[Path]:
    return sorted(path for path in (ROOT / room).rglob("*.py") if "__pycache__" not in path.parts)


# Parsed while tests are collected, before any of them can leave a thread behind: Python 3.11 fails in `ast.parse` when
# two threads parse at the same time.
TREES = {path: ast.parse(path.read_text()) for room in ROOMS for path in modules(room)}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def rooms_used(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)} & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_in_one_direction(room: str) -> None:
    wrong = {
        str(path.relative_to(ROOT)): extra
        for path in modules(room)
        if (extra := rooms_used(path) - ALLOWED[room] - _door(path))
    }
    assert not wrong


def _door(path: Path) -> set[str]:
    """The one place where the command reaches into the sandbox: its own verb."""
    relative = path.relative_to(ROOT)
    return (
        {"sandbox"} if relative.parts[:2] == ("toolkit", "commands") and relative.stem.startswith("sandbox") else set()
    )


def test_the_pure_rooms_know_no_cloud_and_no_engine() -> None:
    forbidden = {
        "pulumi",
        "pulumi_aws",
        "pulumi_kubernetes",
        "boto3",
        "botocore",
        "kubernetes",
        "requests",
        "urllib3",
        "subprocess",
        "socket",
    }
    found = {
        str(path.relative_to(ROOT)): used
        for room in ("catalog", "core")
        for path in modules(room)
        if (used := {name.split(".")[0] for name in imported(path)} & forbidden)
    }
    assert not found


def test_the_neutral_part_of_the_stand_ins_knows_no_cloud() -> None:
    """Its words too: a term of one cloud there would shape the next stand-in."""
    of_one_cloud = re.compile(
        r"aws|\barns?\b|\bec2|\beks|\biam\b|amazon|sagemaker|botocore|availability.?zone"
        r"|gcp|google|\bgke|vertex|azure|\baks\b|\btags?\b|tagsAll",
        re.IGNORECASE,
    )
    folder = ROOT / "sandbox/providers/cloud"
    paths = [path for path in modules("sandbox") if path.is_relative_to(folder)]
    found = {
        f"{path.relative_to(ROOT)}:{number}": line
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if of_one_cloud.search(line)
    }
    assert len(paths) > 10
    assert not found


def test_components_read_neither_configuration_nor_environment() -> None:
    assert modules("components")
    for path in modules("components"):
        tree = TREES[path]
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert "os" not in {name.split(".")[0] for name in imported(path)}, path
        assert not attributes & {"Config", "environ", "getenv", "get_stack", "get_project"}, path


def test_modules_can_be_read_in_one_go() -> None:
    counted = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for room in (*ROOMS, "tests", "benchmarks")
        for path in modules(room)
    }
    limits = {
        name: LONGEST_MODULE_LINES if not name.startswith("tests/") else 2 * LONGEST_MODULE_LINES for name in counted
    }
    assert not {name: lines for name, lines in counted.items() if lines > limits[name]}


def test_every_module_is_imported_by_its_full_name() -> None:
    """`import settings` would work inside a program's folder and nowhere else."""
    assert any(modules(room) for room in ROOMS)
    for room in ROOMS:
        for path in modules(room):
            stems = (
                {other.stem for other in path.parent.glob("*.py")}
                - {"__init__", "__main__"}
                - set(sys.stdlib_module_names)
            )
            assert not {name for name in imported(path) if name in stems and name not in ROOMS}, path


def test_the_voice_client_knows_no_route() -> None:
    """What holds for every route stays above them: no SDK of one, no word of one, no module of one."""
    above = sorted((ROOT / "toolkit/voice").glob("*.py"))
    assert ROOT / "toolkit/voice/client.py" in above
    for path in above:
        assert not {name for name in imported(path) if name.startswith(("boto", "toolkit.voice.routes"))}, path
        assert not re.search(r"sagemaker|boto", path.read_text(), re.I), path


def test_only_the_table_names_a_route() -> None:
    """So a new route is a folder of its own and one line."""
    routes = "toolkit.voice.routes."
    assert any(modules(room) for room in ROOMS)
    for room in ROOMS:
        for path in modules(room):
            if (ROOT / "toolkit/voice/routes") not in path.parents:
                found = {name for name in imported(path) if name.startswith(routes)}
                assert found <= {f"{routes}table"}, path
