"""A test that asserts only within a loop passes on an empty one, so it has to say that there is something."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).resolve().parents[2]

MAY_BE_EMPTY: Final = {
    "test_code_on_a_page_is_the_code_in_the_source": "a page may show no code",
    "test_links_resolve": "a page may have no links",
    "test_paths_that_a_page_names_exist": "a page may name no path",
    "test_commands_on_a_page_have_the_verbs_and_options_they_name": "a page may name no command",
    "test_settings_that_a_page_names_exist": "a page may name no setting",
    "test_a_value_of_the_wrong_type_is_one_error": "some paths have no type of their own",
    "test_sets_have_no_order": "a row may have nested sets alone",
    "test_the_api_server_takes_the_add_ons": "it first waits for a real API server to list its kinds",
    "test_line_of_every_key_holds_that_key": "a generated document may be empty",
    "test_every_path_of_any_values_exists": "generated values may be empty",
    "test_two_at_once": "processes end in its loop, and their number is written there",
}
"""Tests whose loop may have nothing to do, each with the reason."""


def holds_something(iterated: ast.expr) -> bool:
    """Whether the text itself shows that the loop runs: a literal, a constant's name, or a range of numbers."""
    match iterated:
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return bool(items)
        case ast.Dict(keys=keys):
            return bool(keys)
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id=name):
            return name.isupper()
        case ast.Call(func=ast.Name(id="range"), args=sizes):
            return all(isinstance(size, ast.Constant) for size in sizes)
        case ast.Call(func=ast.Name(id="enumerate" | "sorted" | "reversed" | "zip" | "list"), args=parts):
            return bool(parts) and all(map(holds_something, parts))
        case ast.Call(func=ast.Attribute(value=mapping, attr="items" | "keys" | "values")):
            return holds_something(mapping)
    return False


def expectations(node: ast.AST) -> list[ast.AST]:
    """Asserts, and blocks that have to raise or warn."""
    return [each for each in ast.walk(node) if isinstance(each, ast.Assert) or _must_raise(each)]


def _must_raise(node: ast.AST) -> bool:
    calls = [item.context_expr for item in node.items] if isinstance(node, ast.With) else []
    return any(isinstance(call, ast.Call) and ast.unparse(call.func).endswith(("raises", "warns")) for call in calls)


def passes_on_nothing(test: ast.AST) -> bool:
    """Whether all that a test expects stands in loops that may be empty."""
    loops = [each for each in ast.walk(test) if isinstance(each, ast.For) and not holds_something(each.iter)]
    within = {id(found) for loop in loops for statement in loop.body for found in expectations(statement)}
    found = expectations(test)
    return bool(found) and all(id(each) in within for each in found)


def functions_of(source: str) -> Iterator[ast.FunctionDef]:
    """Every test function, methods of classes too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            yield node


def test_no_test_passes_because_its_loop_is_empty() -> None:
    found = {
        test.name: f"{path.relative_to(TESTS)}:{test.lineno}"
        for path in TESTS.rglob("test_*.py")
        for test in functions_of(path.read_text(encoding="utf-8"))
        if passes_on_nothing(test)
    }
    assert {name: where for name, where in found.items() if name not in MAY_BE_EMPTY} == {}
    assert set(MAY_BE_EMPTY) <= set(found), "these excuses excuse nothing any more; remove them"


@pytest.mark.parametrize(
    ("body", "empty"),
    [
        ("for a in found(): assert a", True),
        ("for a in found():\n  with pytest.raises(E): a()", True),
        ("for a in found():\n  for b in (1, 2): assert b", True),
        ("for a in range(n): assert a", True),
        ("for a in (): assert a", True),
        ("assert found()\nfor a in found(): assert a", False),
        ("for a in (1, 2): assert a", False),
        ("for a, b in {1: 2}.items(): assert a", False),
        ("for a in CASES: assert a", False),
        ("for a in range(3): assert a", False),
        ("assert all(found())", False),
    ],
)
def test_the_rule_knows_loops_that_may_be_empty(body: str, empty: bool) -> None:
    lines = "\n".join(f"  {line}" for line in body.splitlines())
    (test,) = functions_of(f"def test_x():\n{lines}")
    assert passes_on_nothing(test) is empty
