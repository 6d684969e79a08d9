"""Changes single settings in the text of a stack file and leaves everything else as it was: comments, order, layout.

Owns where in the text a value stands or would stand. The result is read again and must say what was asked for, so a
layout that this module misreads is refused and never written.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from core.input.problems import InvalidInput, Problem
from core.kube.helm_values import copy

__all__ = ["with_settings"]

_INDENT: Final = 2


def with_settings(text: str, settings: Mapping[tuple[str, ...], str], name: str) -> str:
    """The text with each setting at its path, made where it was missing.

    Args:
        text: A stack file.
        settings: Text by path from the top (`config`, `cartesia:eks`, ...).
        name: What to call the file in errors.

    Raises:
        InvalidInput: A path leads through something that is no map, or more than the values would have to change.
    """
    wanted = copy(yaml.safe_load(text))  # an alias must not share what one path changes
    for path, value in settings.items():
        text = _with(text, path, value, name)
        _put(wanted, path, value)
    if yaml.safe_load(text) != wanted:
        fix = "write the values by hand"
        raise InvalidInput(name, [Problem("file", "has a layout in which single values cannot be changed", "", fix)])
    return text


def _put(tree: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value


def _with(text: str, path: tuple[str, ...], value: str, name: str) -> str:
    node: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for depth, key in enumerate(path):
        if not isinstance(node, MappingNode):
            place = ".".join(path[:depth])
            raise InvalidInput(name, [Problem(place, "must be a map", "", "write it as a map of name to value")])
        below = next((inner for outer, inner in node.value if outer.value == key), None)
        if below is None:
            return _inserted(text, node, path[depth:], value)
        node = below
    if not isinstance(node, ScalarNode):
        raise InvalidInput(name, [Problem(".".join(path), "must be one value", "", "write it as text")])
    return text[: node.start_mark.index] + _scalar(value) + text[node.end_mark.index :]


def _inserted(text: str, node: MappingNode, missing: Sequence[str], value: str) -> str:
    """The text with a new entry at the end of a map."""
    if node.flow_style:
        end = node.end_mark.index - 1
        entry = _flow(missing, value)
        return f"{text[:end].rstrip()}{', ' if node.value else ''}{entry}{text[end:]}"
    indent = node.value[0][0].start_mark.column
    lines = text.splitlines(keepends=True)
    last = _last_line(node)
    if not lines[last].endswith("\n"):
        lines[last] += "\n"
    return "".join([*lines[: last + 1], *_block(missing, value, indent), *lines[last + 1 :]])


def _last_line(node: Node) -> int:
    """The line on which the last leaf of a block ends, so that comments below it stay below."""
    while isinstance(node, MappingNode) and not node.flow_style and node.value:
        node = node.value[-1][1]
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1])
    line: int = node.end_mark.line
    # The mark of a plain scalar is behind it, that of a folded one at the start of the next line.
    return line - 1 if isinstance(node, ScalarNode) and node.style in ("|", ">") else line


def _block(keys: Sequence[str], value: str, indent: int) -> list[str]:
    lines = [f"{' ' * (indent + _INDENT * depth)}{key}:\n" for depth, key in enumerate(keys[:-1])]
    return [*lines, f"{' ' * (indent + _INDENT * (len(keys) - 1))}{keys[-1]}: {_scalar(value)}\n"]


def _flow(keys: Sequence[str], value: str) -> str:
    head, *rest = keys
    return f"{head}: {'{' + _flow(rest, value) + '}' if rest else _scalar(value)}"


def _scalar(value: str) -> str:
    """The value as YAML, quoted where it would be a number otherwise."""
    return value if yaml.safe_load(value) == value else f'"{value}"'
