"""The seams: a target and a kind of cluster are named in their own modules and in their tables, and nowhere else."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.voice_stack import CLUSTER_KINDS, VoiceStack
from stacks.targets import TARGETS
from tests.unit.house.test_rooms import ROOT, TREES, modules

PAGES = sorted((ROOT / "docs").rglob("*.py"))
READ = {path: TREES[path] for room in ("components", "stacks") for path in modules(room)} | {
    path: ast.parse(path.read_text()) for path in PAGES
}
"""Every module that might be tempted to tell targets apart."""


def literals(tree: ast.Module) -> Iterator[str]:
    """The texts of a module that are values: docstrings are not."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def named_in(path: Path, section: str) -> bool:
    """Whether a module names a target: as a value, as a field, or by importing what is its own."""
    own = (f"components.{section}", f"stacks.targets.{section}")
    nodes = [node for node in ast.walk(READ[path]) if isinstance(node, ast.AnnAssign | ast.Import | ast.ImportFrom)]
    fields = {ast.unparse(node.target) for node in nodes if isinstance(node, ast.AnnAssign)}
    imports = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)} | {
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    used = {name for name in imports if f"{name}.".startswith(tuple(f"{module}." for module in own))}
    return section in fields or section in literals(READ[path]) or bool(used)


def others(section: str) -> set[str]:
    """The modules that name a target, its own left out."""
    folder, module = ROOT / "components" / section, ROOT / "stacks/targets" / f"{section}.py"
    return {
        str(path.relative_to(ROOT))
        for path in READ
        if not path.is_relative_to(folder) and path != module and named_in(path, section)
    }


@pytest.mark.parametrize("section", sorted(TARGETS.keys() - CLUSTER_KINDS.keys()))
def test_a_target_is_named_in_the_table_and_in_the_package(section: str) -> None:
    assert others(section) == {"stacks/targets/__init__.py", "components/package.py"}


@pytest.mark.parametrize("section", sorted(CLUSTER_KINDS))
def test_a_kind_of_cluster_is_named_in_the_two_tables(section: str) -> None:
    assert others(section) == {"stacks/targets/__init__.py", "components/voice_stack.py"}


def test_every_kind_of_cluster_is_a_target_and_every_target_with_a_cluster_is_of_a_kind() -> None:
    with_cluster = {section for section, target in TARGETS.items() if target.component is VoiceStack}
    assert with_cluster == set(CLUSTER_KINDS)


def test_every_target_is_in_the_table_and_none_is_forgotten() -> None:
    shared = {"__init__", "aws", "caller", "chart", "cluster", "gcp", "survey"}
    assert {path.stem for path in (ROOT / "stacks/targets").glob("*.py")} - shared == set(TARGETS)


@pytest.mark.parametrize("section", TARGETS)
def test_every_target_has_an_environment_to_start_from(section: str) -> None:
    """Settings without a target point there."""
    text = (ROOT / TARGETS[section].example).read_text()
    assert f"cartesia:{section}:" in text


# -- folders of programs


@pytest.mark.parametrize("room", ["components", "stacks"])
def test_no_name_in_a_programs_folder_hides_a_module_of_python(room: str) -> None:
    """The engine runs `python <folder>`, which puts the folder before the standard library."""
    assert (ROOT / room / "__main__.py").is_file()
    names = {path.stem for path in (ROOT / room).iterdir()} - {"__init__", "__main__", "__pycache__"}
    assert len(names) > 5
    assert not names & set(sys.stdlib_module_names)
