"""Waivers: findings that somebody answers for, until a day.

The file is read before anything is judged. One that cannot be read in full stops the check; what was meant to be
waived is then a finding again, and never the other way round.
"""

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from core.input.problems import InvalidInput, Problems, nearest

__all__ = ["Waiver", "parse_waivers", "read_waivers"]

_KEYS = ("rule", "resource", "reason", "owner", "expires")
_LIST = "waivers"
_EXAMPLE = f"write a list `{_LIST}:` of entries with {', '.join(_KEYS)}"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry of the file."""

    rule: str
    resource: str
    """Pattern of URNs: `*` stands for anything, `?` for one character."""
    reason: str
    owner: str
    """Whom to ask."""
    expires: date
    """Its last day."""
    line: int
    """Where it starts in the file."""

    def covers(self, rule: str, urn: str) -> bool:
        """Whether it speaks of this rule and this resource, expired or not."""
        return rule == self.rule and fnmatch.fnmatchcase(urn, self.resource)

    def concerns(self, stack: str) -> bool:
        """Whether a resource of this stack can match."""
        return fnmatch.fnmatchcase(stack, self.resource.split(":")[2])

    def is_over(self, today: date) -> bool:
        """Whether its last day has passed."""
        return today > self.expires

    def __str__(self) -> str:
        return f"line {self.line} ({self.rule})"


def read_waivers(path: Path, rules: Iterable[str]) -> tuple[Waiver, ...]:
    """The waivers of a file; none where there is no file.

    Args:
        path: The file.
        rules: Ids that a waiver may name.

    Raises:
        InvalidInput: The file breaks a rule; every problem is told with its line.
    """
    return parse_waivers(path.read_text(encoding="utf-8"), rules, path.name) if path.exists() else ()


def parse_waivers(text: str, rules: Iterable[str], name: str = "waivers.yaml") -> tuple[Waiver, ...]:
    """The waivers in a text.

    Args:
        text: YAML.
        rules: Ids that a waiver may name.
        name: Of the file, for messages.

    Raises:
        InvalidInput: The text breaks a rule; every problem is told with its line.
    """
    problems = Problems()
    known = frozenset(rules)
    found = [_waiver(node, known, problems) for node in _entries(text, problems)]
    if problems:
        raise InvalidInput(name, problems)
    return tuple(waiver for waiver in found if waiver is not None)


def _entries(text: str, problems: Problems) -> Iterator[yaml.Node]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        problems.add(_place(getattr(error, "problem_mark", None)), "is not YAML", fix="correct the text there")
        return
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode) or [key.value for key, _ in root.value] != [_LIST]:
        problems.add(_place(root.start_mark), f"must hold `{_LIST}:` and nothing else", fix=_EXAMPLE)
        return
    entries = root.value[0][1]
    if isinstance(entries, yaml.SequenceNode):
        yield from entries.value
    elif entries.tag != "tag:yaml.org,2002:null":
        problems.add(_place(entries.start_mark), "must be a list", fix=_EXAMPLE)


def _waiver(node: yaml.Node, rules: frozenset[str], problems: Problems) -> Waiver | None:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        problems.add(f"line {line}", "must be an entry with keys", fix=_EXAMPLE)
        return None
    before = len(problems)
    given = _values(node, problems)
    for key in (key for key in _KEYS if key not in given and len(problems) == before):
        problems.add(f"line {line}", f"lacks `{key}`", fix=_EXAMPLE)
    if len(problems) == before:
        _check(given, line, rules, problems)
    return Waiver(**given, line=line) if len(problems) == before else None


def _values(node: yaml.MappingNode, problems: Problems) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for key_node, value_node in node.value:
        place, key = _place(key_node.start_mark), key_node.value
        value = _scalar(value_node)
        if key not in _KEYS:
            problems.add(place, f"has no meaning: `{key}`", fix=nearest(str(key), _KEYS))
        elif key in given:
            problems.add(place, f"`{key}` stands there twice", fix="remove one")
        elif type(value) is not (date if key == "expires" else str):
            form = "must be a day" if key == "expires" else "must be a text"
            problems.add(place, f"`{key}` {form}", fix="write it as 2027-03-31" if key == "expires" else "write one")
        given[key] = value
    return given


def _scalar(node: yaml.Node) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return None
    try:
        value = yaml.SafeLoader("").construct_object(node)
    except (ValueError, yaml.YAMLError):
        return None
    return None if isinstance(value, str) and not value.strip() else value


def _check(given: Mapping[str, Any], line: int, rules: frozenset[str], problems: Problems) -> None:
    if given["rule"] not in rules:
        problems.add(f"line {line}", "names no rule of the pack", got=given["rule"], fix=nearest(given["rule"], rules))
    parts = given["resource"].split(":")
    if parts[:2] != ["urn", "pulumi"] or len(parts) < 5:
        fix = "write urn:pulumi:<stack>::<project>::*::<name>"
        problems.add(f"line {line}", "`resource` must be a pattern of a URN", got=given["resource"], fix=fix)


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}" if mark is not None else "file"
