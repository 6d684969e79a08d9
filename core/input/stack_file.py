"""A stack file as text: read strictly and compared by meaning, without turning its values into Python's.

Owns which files the engine and we understand alike. The engine reads YAML 1.2 and PyYAML 1.1, so `yes`, `12:30` or
`1e3` mean different things to the two; values are therefore kept as they are written, and only the structure is looked
at. What would be read in two ways, or silently, is refused with path and line (tried with Pulumi 3.259): a key that is
not text would be respelled (`~` becomes `<nil>`), a second document would be passed over.
"""

import codecs
import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from core.input.problems import InvalidInput, Problem

__all__ = ["StackFile", "read_stack_file"]

_TAG = "tag:yaml.org,2002:"
_TEXT, _MERGE = f"{_TAG}str", f"{_TAG}merge"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SECTION = "config"


class _Loader(yaml.SafeLoader):
    """Takes plain words for what the engine takes them for."""


class _Dumper(yaml.SafeDumper):
    """The other way round."""


_NUMBER = r"[-+]?0b[01_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?0o?[0-7_]+|[-+]?[0-9][0-9_]*"
_FRACTION = r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?i:inf)|\.(?i:nan)"
_PLAIN = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", _NUMBER, "-+0123456789"),
    ("float", _FRACTION, "-+0123456789."),
)
"""Kind, pattern and first letters of plain words. To YAML 1.1 `yes` is a truth value and `12:30` a number as well."""

for _class in (_Loader, _Dumper):
    _replaced = {f"{_TAG}{kind}" for kind, _, _ in _PLAIN}
    _class.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rows if tag not in _replaced]
        for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for _kind_name, _pattern, _firsts in _PLAIN:
        _class.add_implicit_resolver(f"{_TAG}{_kind_name}", re.compile(f"(?:{_pattern})\\Z"), list(_firsts))


@dataclass(frozen=True, slots=True, eq=False)
class StackFile:
    """A stack file that the engine can read. Its `config` is a mapping or missing."""

    text: str
    """Without a byte-order mark."""
    root: MappingNode

    def entries(self, *, without: Sequence[str] = ()) -> list[tuple[ScalarNode, Node]]:
        """Keys and values of the top level, some left out."""
        return [(key, value) for key, value in self.root.value if key.value not in without]

    def scalar(self, *path: str) -> str | None:
        """The plain value at a path, as written. None where there is none."""
        node: Node | None = self.root
        for word in path:
            node = _child(node, word)
        return node.value if isinstance(node, ScalarNode) and node.value else None

    def sections(self) -> tuple[str, ...]:
        """Keys of `config`, in order."""
        config = _child(self.root, _SECTION)
        return tuple(key.value for key, _ in config.value) if isinstance(config, MappingNode) else ()

    @property
    def config_digest(self) -> str:
        """Equal for two files whose `config` says the same, whatever the layout, the order and the quotes."""
        config = _child(self.root, _SECTION)
        return _digest(config, {}) if isinstance(config, MappingNode) else _digest(MappingNode("", []), {})

    def kept(self, without: Sequence[str]) -> "StackFile":
        """The same without some keys of the top level and without encrypted values. Itself if it has none of them."""
        if not any(key.value in without for key, _ in self.root.value) and not _holds_secret(self.root, set()):
            return self
        pruned = {key: value for key, value in self.entries(without=without) if not _is_secret(value)}
        root = MappingNode(self.root.tag, [(key, _pruned(value, {})) for key, value in pruned.items()])
        return _serialized(root)

    def extended(self, texts: Mapping[str, str]) -> "StackFile":
        """The same with more texts at the top level, below the text as it stands where that is possible."""
        if not texts:
            return self
        rows = [(ScalarNode(_TEXT, key), ScalarNode(_TEXT, value)) for key, value in texts.items()]
        root = MappingNode(self.root.tag, [*self.root.value, *rows], flow_style=False)
        below = f"{self.text.rstrip(chr(10))}\n{yaml.safe_dump(dict(texts), sort_keys=False)}"
        with contextlib.suppress(InvalidInput):  # `{}` or `...` allow nothing below
            if _digest(read_stack_file(below.encode(), "").root, {}) == _digest(root, {}):
                return StackFile(below, root)
        return _serialized(root)


def read_stack_file(content: bytes, name: str) -> StackFile:
    """Read a stack file and check its structure.

    Args:
        content: Bytes of the file: UTF-8, or UTF-16 with its mark.
        name: What to call it in errors.

    Raises:
        InvalidInput: With each place that the engine would refuse or respell, by path and line.
    """
    text = _decoded(content, name)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise InvalidInput(name, [_syntax(error)]) from error
    except RecursionError as error:
        raise InvalidInput(name, [Problem("file", "must not be nested so deep", "", "write it flat")]) from error
    if root is None or (isinstance(root, ScalarNode) and root.tag == f"{_TAG}null"):
        root = MappingNode(f"{_TAG}map", [])
    if not isinstance(root, MappingNode):
        raise InvalidInput(name, [Problem("file", "must be a mapping with the key config", _kind(root), "repair it")])
    problems = [*_structure(root, "", set(), set()), *_config(root)]
    if problems:
        raise InvalidInput(name, problems)
    return StackFile(text, root)


def _serialized(root: MappingNode) -> StackFile:
    return StackFile(yaml.serialize(root, allow_unicode=True, Dumper=_Dumper), root)


def _decoded(content: bytes, name: str) -> str:
    encoding = next((word for mark, word in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        got = f"byte 0x{content[error.start]:02x} in line {line}"
        raise InvalidInput(name, [Problem("file", "must be UTF-8", got, "save it as UTF-8")]) from error


def _syntax(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}" if mark else "file"
    said = getattr(error, "problem", None) or " ".join(str(error).split())
    if isinstance(error, yaml.composer.ComposerError) and "single document" in str(error.context):
        return Problem(where, "must be one YAML document", "a second one", "remove it, and the line ---")
    if "'\\t'" in said:
        return Problem(where, "must be indented with blanks", "a tab", "replace it by blanks")
    return Problem(where, "must be YAML", said, "repair it")


def _structure(node: Node, path: str, above: set[int], seen: set[int]) -> Iterator[Problem]:
    """Problems with the keys of a node and what is below. `above` are its ancestors, `seen` what was looked at."""
    if id(node) in above:
        yield Problem(_at(path, node), "must not hold itself", "an alias of what it is in", "write it out")
    if id(node) in seen:
        return
    seen.add(id(node))
    above = above | {id(node)}
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from _structure(item, f"{path}[{index}]", above, seen)
    elif isinstance(node, MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            place = f"{path}.{_word(key)}".removeprefix(".")
            yield from _key(key, place, lines)
            yield from _structure(value, place.removeprefix(f"{_SECTION}."), above, seen)


def _key(key: Node, path: str, lines: dict[str, int]) -> Iterator[Problem]:
    place = _at(path.removeprefix(f"{_SECTION}."), key)
    if not isinstance(key, ScalarNode) or key.tag not in (_TEXT, _MERGE):
        yield Problem(place, "must have a key that is text", f"a {_kind(key)}", f'quote it: "{_word(key)}"')
    elif key.value in lines:
        yield Problem(place, "must stand once", f"also in line {lines[key.value]}", "remove one of them")
    else:
        lines[key.value] = key.start_mark.line + 1


def _config(root: MappingNode) -> Iterator[Problem]:
    config = _child(root, _SECTION)
    if config is not None and not isinstance(config, MappingNode) and config.tag != f"{_TAG}null":
        yield Problem(
            _at(_SECTION, config), "must be a mapping", f"a {_kind(config)}", "write `cartesia:...` keys there"
        )


def _at(path: str, node: Node) -> str:
    line = node.start_mark.line + 1
    return f"{path or 'file'} (line {line})"


def _word(key: Node) -> str:
    return str(key.value) if isinstance(key, ScalarNode) else "..."


def _kind(node: Node) -> str:
    word = node.tag.removeprefix(_TAG)
    return {"map": "mapping", "seq": "list", "int": "number", "float": "number", "bool": "truth value"}.get(
        word, {"timestamp": "date", "null": "null", "str": "text"}.get(word, word)
    )


def _child(node: Node | None, key: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _is_secret(node: Node) -> bool:
    return isinstance(node, MappingNode) and [key.value for key, _ in node.value] == ["secure"]


def _children(node: Node) -> Sequence[Node]:
    if isinstance(node, MappingNode):
        return [value for _, value in node.value]
    return node.value if isinstance(node, SequenceNode) else []


def _holds_secret(node: Node, seen: set[int]) -> bool:
    if id(node) in seen:
        return False
    seen.add(id(node))
    return _is_secret(node) or any(_holds_secret(child, seen) for child in _children(node))


def _pruned(node: Node, done: dict[int, Node]) -> Node:
    """A node without encrypted values. What several aliases name stays one node."""
    if id(node) not in done:
        if isinstance(node, MappingNode):
            rows = [(key, _pruned(value, done)) for key, value in node.value if not _is_secret(value)]
            done[id(node)] = MappingNode(node.tag, rows, flow_style=node.flow_style)
        elif isinstance(node, SequenceNode):
            items = [_pruned(item, done) for item in node.value if not _is_secret(item)]
            done[id(node)] = SequenceNode(node.tag, items, flow_style=node.flow_style)
        else:
            done[id(node)] = node
    return done[id(node)]


def _digest(node: Node, done: dict[int, str]) -> str:
    """Each node once, however many aliases name it."""
    if id(node) not in done:
        if isinstance(node, MappingNode):
            parts = ["map", *sorted(f"{key.value}={_digest(value, done)}" for key, value in node.value)]
        elif isinstance(node, SequenceNode):
            parts = ["list", *(_digest(item, done) for item in node.value)]
        else:
            parts = [node.tag, str(node.value)]
        done[id(node)] = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return done[id(node)]
