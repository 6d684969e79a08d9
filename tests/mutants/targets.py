"""Which modules a target means, and which tests are expected to hold them."""

import ast
from collections.abc import Iterator
from pathlib import Path


def modules_of(root: Path, target: str) -> list[Path]:
    """The modules of a room, a folder or a file, relative to `root`.

    Raises:
        ValueError: There is no such module or folder of product code.
    """
    path = root / target
    if target.split("/")[0] == "tests" or not path.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{target} is not product code; name a room, a folder in it, or a module")
    found = [path] if path.suffix == ".py" and path.is_file() else sorted(path.rglob("*.py"))
    if not found:
        raise ValueError(f"{target} holds no Python module; name a room such as core, or a module such as core/x.py")
    return [each.relative_to(root) for each in found]


def files_that_test(root: Path, target: str, modules: list[Path]) -> list[Path]:
    """Test files for a target, relative to `root`: the nearest mirrored folder, and what imports a module by name.

    Of a whole room, its own folder alone has to hold it.
    """
    folder = Path(target).with_suffix("")
    mirrored = root / "tests/unit" / folder
    while not mirrored.is_dir() and mirrored != root / "tests/unit":
        mirrored = mirrored.parent
    chosen = set(mirrored.rglob("test_*.py"))
    if "/" in target:
        names = {".".join(each.with_suffix("").parts).removesuffix(".__init__") for each in modules}
        house = root / "tests/unit/house"
        others = (each for each in (root / "tests/unit").rglob("test_*.py") if house not in each.parents)
        chosen |= {each for each in others if names & set(_imported(each))}
    return sorted(each.relative_to(root) for each in chosen)


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
