"""Small changes that a test should notice: which ones a module allows, and the module with one of them made.

Nodes are found in the syntax tree and replaced in the text, so every other line stays where it was.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
}
# Where a change says nothing about behaviour: what only type checkers and readers look at.
_SILENT_CALLS: Final = frozenset({"dataclass", "TypeVar", "cast", "overload"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change."""

    line: int
    statement: tuple[int, int]
    """First and last line of the statement, or of its header, that holds the change."""
    kind: str
    """Name of the operator."""
    before: str
    after: str
    start: int
    """Bytes before the replaced text."""
    end: int

    def apply(self, source: str) -> str:
        """`source` with the change made."""
        data = source.encode()
        return (data[: self.start] + self.after.encode() + data[self.end :]).decode()


def mutants(source: str) -> list[Mutant]:
    """All changes that the operators know for a module, in order of place."""
    lines = source.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    found = []
    for node, statement in _nodes(ast.parse(source)):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        before = source.encode()[start:end].decode()
        for kind, changed in _changes(node):
            text = ast.unparse(changed)
            after = f"({text})" if isinstance(node, ast.expr) else text
            span = _header(statement)
            found.append(
                Mutant(line=node.lineno, statement=span, kind=kind, before=before, after=after, start=start, end=end)
            )
    return sorted(found, key=lambda each: (each.start, each.end, each.kind, each.after))


def _nodes(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, ast.stmt]]:
    """Every node that may change, with its statement."""
    pending: list[tuple[ast.AST, ast.stmt | None]] = [(tree, None)]
    while pending:
        node, statement = pending.pop()
        if isinstance(node, ast.stmt):
            statement = node
        if isinstance(node, ast.expr | ast.stmt) and statement is not None:
            yield node, statement
        pending.extend((child, statement) for child in _children(node))


def _children(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and _called(node) in _SILENT_CALLS):
        return  # Python 3.11 does not tell where in the text the parts of an f-string stand
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "type_comment", "type_params"):
            children = value if isinstance(value, list) else [value]
            yield from (child for child in children if isinstance(child, ast.AST))


def _header(statement: ast.stmt) -> tuple[int, int]:
    body = getattr(statement, "body", None)
    last = statement.end_lineno or statement.lineno
    if isinstance(body, list) and body:
        last = max(statement.lineno, body[0].lineno - 1)
    return statement.lineno, last


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _changes(node: ast.expr | ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                changed = copy.deepcopy(node)
                changed.ops[index] = _COMPARISONS[type(operator)]()
                yield "comparison", changed
        case ast.BoolOp():
            changed_op: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "and/or", ast.BoolOp(op=changed_op, values=node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield "negation", node.operand
        case ast.IfExp():
            yield "negation", ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.BinOp(op=operator) if type(operator) in _ARITHMETIC and not _is_text(node):
            yield "arithmetic", ast.BinOp(node.left, _ARITHMETIC[type(operator)](), node.right)
        case ast.Constant(value=value):
            yield from (("constant", ast.Constant(other)) for other in _other(value))
        case ast.Call():
            yield from _without_keyword(node)
        case ast.Expr(value=ast.Call()):
            yield "dropped call", ast.Pass()


def _is_text(node: ast.BinOp) -> bool:
    """Whether an operand shows that this is no arithmetic; then the change fails wherever the line runs."""
    sides = (node.left, node.right)
    return any(
        isinstance(side, ast.JoinedStr | ast.List | ast.Tuple)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str | bytes))
        for side in sides
    )


def _other(value: object) -> Iterator[bool | int | float]:
    """Another value of the same type. Text is left alone: most of it is wording."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, float):
        yield value * 2 if value else 1.0


def _without_keyword(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    if _called(node) in _SILENT_CALLS:
        return
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            changed = copy.deepcopy(node)
            del changed.keywords[index]
            yield "dropped keyword", changed
