"""The shape of the house: folders that can be taken in at a glance, and no circle between modules or folders."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.unit.house.test_rooms import ROOMS, ROOT, TREES, imported

MOST_FILES = 12
BESIDE = ("benchmarks", "docs", "tests")
"""Folders that may import every room, and that no room may import."""
WATCHED = [name for name in (*ROOMS, *BESIDE) if (ROOT / name).is_dir()]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]


def folders(room: str) -> list[Path]:
    """A room and what is below it, without what is made while programs run."""
    below = [path for path in sorted((ROOT / room).rglob("*")) if path.is_dir()]
    return [path for path in (ROOT / room, *below) if "__pycache__" not in path.parts]


@pytest.mark.parametrize("folder", [*WATCHED, "stacks/targets", "core/aws"])
def test_a_folder_can_be_taken_in_at_a_glance(folder: str) -> None:
    assert files(ROOT / folder)
    assert len(files(ROOT / folder)) <= MOST_FILES


@pytest.mark.parametrize("room", WATCHED)
def test_no_file_repeats_the_name_of_its_folder(room: str) -> None:
    """`eks/eks_nodes.py` would say twice what an import says once."""
    assert folders(room)
    assert not [
        str(path.relative_to(ROOT))
        for folder in folders(room)
        for path in files(folder)
        if repeats(path.stem, folder.name)
    ]


def repeats(stem: str, folder: str) -> bool:
    return stem == folder or stem.startswith((f"{folder}_", f"{folder}-"))


def test_names_that_repeat_are_seen_and_others_are_not() -> None:
    assert repeats("eks", "eks")
    assert repeats("eks_nodes", "eks")
    assert not repeats("eksctl", "eks")
    assert not repeats("nodes", "eks")


def test_no_room_imports_what_stands_beside_it() -> None:
    wrong = {path: used for path in TREES if (used := {name.split(".")[0] for name in imported(path)} & set(BESIDE))}
    assert not wrong


# -- circles


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


MODULES = {module_name(path): tree for path, tree in TREES.items()}


def read(name: str, known: Iterable[str]) -> str | None:
    """The module that an import of this name reads, if it is ours."""
    return next((module for module in (name, f"{name}.__init__") if module in known), None)


def uses(tree: ast.AST, known: Iterable[str]) -> set[str]:
    """Modules of ours that a module imports, at its top or in a function."""
    named: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            named |= {full if read(full, known) else node.module for full in inner.values()}
    return {module for name in named if (module := read(name, known))}


def siblings(imports: Mapping[str, set[str]]) -> dict[str, dict[str, set[str]]]:
    """For each folder, which of its modules and folders imports which of the others."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for module, used in imports.items():
        for other in used - {module}:
            mine, theirs = module.split("."), other.split(".")
            depth = next(at for at, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b)
            found[".".join(mine[:depth])][mine[depth]].add(theirs[depth])
    return found


def circles(imports: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """Folders in which modules or folders import each other in a circle, with one such circle."""
    found: dict[str, list[str]] = {}
    for folder, graph in siblings(imports).items():
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            found[folder] = error.args[1]
    return found


def test_neither_modules_nor_folders_import_each_other_in_a_circle() -> None:
    imports = {name: uses(tree, MODULES) for name, tree in MODULES.items()}
    assert sum(map(len, imports.values())) > 500
    assert not circles(imports)


def test_a_circle_is_seen_between_modules_between_folders_and_through_a_third() -> None:
    assert circles({"a.one": {"a.two"}, "a.two": {"a.one"}}).keys() == {"a"}
    assert circles({"a.b.one": {"a.c.one"}, "a.c.two": {"a.b.two"}}).keys() == {"a"}
    assert circles({"a.one": {"a.b.one"}, "a.b.two": {"a.c.one"}, "a.c.one": {"a.one"}}).keys() == {"a"}
    assert not circles({"a.one": {"a.b.one"}, "a.b.one": {"a.two"}, "a.two": set()})


def test_imports_are_read_in_every_form() -> None:
    tree = ast.parse("import a.one\nfrom a import two, name\ndef f():\n    from a.three import name\nimport os")
    assert uses(tree, ("a.__init__", "a.one", "a.two", "a.three")) == {"a.__init__", "a.one", "a.two", "a.three"}
