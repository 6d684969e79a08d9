"""A conversion as the text of a stack file: settings in the order of the table, each below the comments it had.

Owns the layout and nothing of the meaning. What is written is read again and compared before anybody gets it, since a
word like `yes` or `012` means different things to different readers of YAML; strings are quoted unless they are plain
words.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from core.input.stack_file import read_stack_file
from toolkit.terraform.conversion import KEPT, Conversion

__all__ = ["stack_file_text"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*\Z")
_WORDS = re.compile(r"(?:y|n|yes|no|on|off|true|false|null|nan|inf|e\d+)\Z", re.I)
_WIDTH = 110


def stack_file_text(done: Conversion, source: str) -> str:
    """The stack file, checked by reading it again.

    Args:
        done: What was converted.
        source: Names of the files it comes from, for the first line.
    """
    sections = {f"cartesia:{key}": value for key, value in _ordered(done)}
    config = {**sections, **({KEPT: done.kept} if done.kept else {})}
    comments = {(_key(path[0]), *path[1:]): lines for path, lines in done.comments.items() if path}
    lines = [f"# Converted from {source} by `cartesia-infra terraform convert`.", "config:"]
    lines += _mapping(config, (), comments, 1)
    text = "\n".join(lines) + "\n"
    read_stack_file(text.encode(), "the converted file")
    if yaml.safe_load(text) != {"config": config}:
        raise AssertionError("the converted file does not say what it is meant to say")
    return text


def _key(section: str) -> str:
    return section if section == KEPT else f"cartesia:{section}"


def _ordered(done: Conversion) -> Iterator[tuple[str, Any]]:
    order = ("aws", "gcp", done.cloud.section, "addons", "release")
    yield from sorted(done.sections.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order))


def _mapping(
    tree: Mapping[str, Any], path: tuple[str, ...], comments: Mapping[tuple[str, ...], tuple[str, ...]], depth: int
) -> Iterator[str]:
    indent = "  " * depth
    for key, value in tree.items():
        at = (*path, key)
        yield from (f"{indent}# {line}" for line in comments.get(at, ()))
        head = f"{indent}{_scalar(key)}:"
        if isinstance(value, Mapping) and value:
            yield head
            yield from _mapping(value, at, comments, depth + 1)
        elif isinstance(value, list) and _by_line(head, value):
            yield head
            yield from (f"{indent}  - {_flow(each)}" for each in value)
        else:
            yield f"{head} {_flow(value)}"


def _by_line(head: str, value: list[Any]) -> bool:
    """Whether a list takes a line an item: it holds more than words, or would be too long."""
    return any(isinstance(each, Mapping | list) for each in value) or len(head) + len(_flow(value)) > _WIDTH


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    # A name like `cartesia:eks` is a plain word to every reader, for no blank follows its colon.
    plain = all(_PLAIN.match(part) and not _WORDS.match(part) for part in value.split(":"))
    return value if plain else yaml.safe_dump(value, default_style='"', width=sys.maxsize, allow_unicode=True).rstrip()
