"""The right-hand side of a Terraform variable as plain data: what may stand in a `.tfvars` file, and nothing else.

Owns the way from the parsed tree of HCL to values, and where its comments belong. Terraform takes literals alone in
these files: no variable, no function, no template (developer.hashicorp.com/terraform/language/values/variables, read
2026-11-25). What is refused here Terraform refuses too, but for operators between literals, which it would work out.
"""

import re
import textwrap
from dataclasses import dataclass, field
from typing import Any

import hcl2.utils
from lark import Token, Tree

from core.input.problems import Problems

__all__ = ["Comments", "Node", "Path", "ValueReader", "first_token", "solid"]

Node = Tree[Token] | Token
Path = tuple[str, ...]
Comments = dict[Path, list[str]]
"""Lines of comment above an entry or behind it in its line, by the keys that lead to the entry."""

_LITERALS = {"true": True, "false": False, "null": None}
_TEMPLATE = re.compile(r"(?<!\$)\$\{|(?<!%)%\{")
_COMMENT = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/", re.S)
_LITERAL = "must be a value that is written out"
_LITERAL_FIX = "write the value itself; Terraform takes no variables, functions or templates in this file"
_BETWEEN = "new_line_or_comment"


def first_token(node: Node) -> Token:
    """The first word of a part of the tree, which knows its line and column."""
    return next(iter(node.scan_values(lambda _: True))) if isinstance(node, Tree) else node


def solid(node: Tree[Token]) -> list[Tree[Token]]:
    """The children that are neither punctuation nor blanks."""
    return [child for child in node.children if isinstance(child, Tree) and child.data != _BETWEEN]


@dataclass(slots=True)
class ValueReader:
    """Reads the values of one file. Problems go to the collector, and a refused value is None."""

    place: str
    """Name of the file."""
    problems: Problems
    comments: Comments = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    """Line of each key, by the keys that lead to it."""

    def value(self, node: Node, path: Path) -> Any:
        """The value of one expression.

        Args:
            node: Its tree.
            path: Keys that lead to it, for comments and errors.
        """
        while isinstance(node, Tree) and node.data == "expr_term" and len(solid(node)) == 1:
            node = solid(node)[0]
        if isinstance(node, Tree):
            match str(node.data):
                case "literal_value":
                    return _LITERALS[_word(node)]
                case "int_lit":
                    return int(_word(node))
                case "float_lit":
                    return _number(_word(node))
                case "unary_op":
                    return self._negative(node, path)
                case "string":
                    return self._text(node, path)
                case "heredoc_template" | "heredoc_template_trim":
                    return self._heredoc(first_token(node), path)
                case "tuple":
                    return list(self._entries(node, path).values())
                case "object":
                    return self._entries(node, path)
        return self.refuse(first_token(node), path, _LITERAL, _LITERAL_FIX)

    def refuse(self, token: Token, path: Path, rule: str, fix: str) -> None:
        """Record that a value cannot be used. It is not shown, since it may be a secret."""
        place = f"{self.place}:{token.line}:{token.column}: {'.'.join(path)}"
        self.problems.add(place, rule, fix=fix)

    def between(self, node: Tree[Token], before: Path | None) -> list[str]:
        """Give comments that end a line to the entry before, and return those that stand above the next one."""
        text = "".join(str(token) for token in node.scan_values(lambda _: True))
        above: list[str] = []
        for found in _COMMENT.finditer(text):
            behind = before is not None and "\n" not in text[: found.start()]
            (self.comments.setdefault(before, []) if behind and before else above).extend(_lines(found[0]))
        return above

    def above(self, path: Path, lines: list[str]) -> None:
        """Put comments above an entry."""
        if lines:
            self.comments[path] = lines + self.comments.get(path, [])

    def _entries(self, node: Tree[Token], path: Path) -> dict[str, Any]:
        """The items of a list or a map, by index or key, and their comments."""
        values: dict[str, Any] = {}
        before: Path | None = None
        waiting: list[str] = []
        for child in node.children:
            if not isinstance(child, Tree):
                continue
            if child.data == _BETWEEN:
                waiting += self.between(child, before)
                continue
            key = self._key(solid(child)[0], path) if child.data == "object_elem" else str(len(values))
            before = (*path, key)
            self.above(before, waiting)
            waiting = []
            self.lines[before] = first_token(child).line or 0
            if key in values:
                self.refuse(first_token(child), before, "stands twice", "keep one of them")
            values[key] = self.value(solid(child)[-1] if child.data == "object_elem" else child, before)
        return values

    def _key(self, node: Tree[Token], path: Path) -> str:
        while node.data in ("object_elem_key", "expr_term") and len(solid(node)) == 1:
            node = solid(node)[0]
        if node.data == "identifier":
            return _word(node)
        if node.data in ("string", "int_lit", "literal_value"):
            return str(self._text(node, path)) if node.data == "string" else _word(node)
        self.refuse(first_token(node), path, "must have a key that is written out", _LITERAL_FIX)
        return _word(node)

    def _negative(self, node: Tree[Token], path: Path) -> Any:
        seen = len(self.problems)
        value = self.value(solid(node)[-1], path) if _word(node) == "-" and solid(node) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return -value
        if len(self.problems) == seen:
            self.refuse(first_token(node), path, _LITERAL, _LITERAL_FIX)
        return None

    def _text(self, node: Tree[Token], path: Path) -> str | None:
        pieces: list[str] = []
        for part in solid(node):
            token = part.children[0]
            if not isinstance(token, Token):
                self.refuse(first_token(token), path, _LITERAL, _LITERAL_FIX)
                return None
            if token.type.startswith("ESCAPED"):
                pieces.append(str(token)[1:])
                continue
            if bad := _bad_escape(str(token)):
                self.refuse(token, path, f"holds {bad}, which HCL does not have", 'write "\\\\" for a backslash')
                return None
            pieces.append(hcl2.utils.process_escape_sequences(str(token)))
        return "".join(pieces)

    def _heredoc(self, token: Token, path: Path) -> str | None:
        trimmed = token.startswith("<<-")
        pattern = hcl2.utils.HEREDOC_TRIM_PATTERN if trimmed else hcl2.utils.HEREDOC_PATTERN
        found = pattern.match(token.strip())
        body = found[2].replace("\r\n", "\n") if found else ""
        body = body[: body.rfind("\n") + 1]
        if _TEMPLATE.search(body):
            self.refuse(token, path, _LITERAL, _LITERAL_FIX)
            return None
        return (textwrap.dedent(body) if trimmed else body).replace("$${", "${").replace("%%{", "%{")


def _word(node: Tree[Token]) -> str:
    return str(first_token(node)).strip()


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _lines(comment: str) -> list[str]:
    bare = comment[2:-2] if comment.startswith("/*") else comment.lstrip("#/")
    return [line for raw in bare.splitlines() if (line := raw.strip(" \t*"))]


def _bad_escape(text: str) -> str | None:
    """The first escape that HCL does not have. Pairs are taken from the left, so that two backslashes are one."""
    for found in re.finditer(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", text, re.S):
        if len(found[0]) == 2 and found[0][1] not in 'nrt"\\':
            return found[0]
    return None
