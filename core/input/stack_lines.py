"""Which line of a stack file a setting stands in, so that an error about it can be opened by a click.

Owns the way from a path as errors write it (`cartesia:eks.nodeGroups.gpu.maxNodes`, `cartesia:release.models[0]`) to a
place in the text. Settings arrive from the engine as values without places; the text is read for its places alone.
"""

import re
from collections.abc import Iterator

from yaml.nodes import MappingNode, Node, SequenceNode

from core.input.stack_file import StackFile

__all__ = ["line_of"]

_INDEX = re.compile(r"\[(\d+)\]")


def line_of(file: StackFile, path: str) -> int | None:
    """Line of the setting at `path`, counted from 1; of what it would stand in where it is missing.

    Args:
        file: The stack file.
        path: Dotted, in camelCase, with its namespace; a key may hold dots itself.

    Returns:
        None where not even the key below `config` is there.
    """
    config = next((value for key, value in file.entries() if key.value == "config"), None)
    return max(_found(config, path, 0), default=(0, None))[1] if config is not None else None


def _found(node: Node, path: str, depth: int) -> Iterator[tuple[int, int]]:
    """Each place that a beginning of the path leads to: how much of the path is used up, and the line."""
    for used, line, value in _steps(node, path):
        yield depth + used, line
        yield from _found(value, path[used:].removeprefix("."), depth + used)


def _steps(node: Node, path: str) -> Iterator[tuple[int, int, Node]]:
    """The next part of the path in each way it can be read: its length, the line and the value there."""
    if isinstance(node, MappingNode):
        for key, value in _entries(node, ()):
            if key.value and path.startswith(key.value) and path[len(key.value) :][:1] in ("", ".", "["):
                yield len(key.value), key.start_mark.line + 1, value
    elif isinstance(node, SequenceNode) and (index := _INDEX.match(path)) and int(index[1]) < len(node.value):
        item = node.value[int(index[1])]
        yield index.end(), item.start_mark.line + 1, item


def _entries(node: MappingNode, above: tuple[Node, ...]) -> Iterator[tuple[Node, Node]]:
    """Keys and values, with those that `<<` merges behind the mapping's own."""
    merged: list[Node] = []
    for key, value in node.value:
        if key.value == "<<":
            merged += value.value if isinstance(value, SequenceNode) else [value]
        else:
            yield key, value
    for other in merged:
        if isinstance(other, MappingNode) and other not in above:
            yield from _entries(other, (*above, node))
