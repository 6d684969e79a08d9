"""Which property paths differ between old and new inputs, and which of them force a replacement.

Owns the comparison and the spelling of paths; leaves alone which properties are immutable: that is the caller's table.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.providers.base.provider import ChangeKind
from sandbox.providers.base.values import UNKNOWN, Secret, plain

Path = tuple[str | int, ...]
"""Keys and list indices from the top."""
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*\Z")


def detailed_diff(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    replaces: Collection[str] = (),
    unordered: Collection[str] = (),
    addable: Collection[str] = (),
    removable: Collection[str] = (),
) -> dict[str, ChangeKind]:
    """Changed paths with their kind; an empty mapping or list is the same as none.

    Args:
        old: Inputs of the last run, or the inputs a refresh has read.
        new: Checked inputs of this run. An unknown differs from everything.
        replaces: Paths whose change needs a new object, without list indices: `vpcId`, `launchTemplate.name`. A path
            covers everything below it; `*` covers all.
        unordered: Paths of lists in which order means nothing, as sets in the vendor's API.
        addable: Paths that may come into being in place although a change of theirs replaces.
        removable: Paths whose removal replaces although a change of theirs does not.
    """
    comparison = _Comparison(frozenset(replaces), frozenset(unordered), frozenset(addable), frozenset(removable))
    for key in sorted(old.keys() | new.keys()):
        comparison.compare((key,), old.get(key), new.get(key))
    return comparison.found


def path_text(path: Path) -> str:
    """A property path as the engine spells it: `tags["a.b"]`, `ingress[0].cidr`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.match(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part)}]"
    return text


@dataclass(frozen=True, slots=True)
class _Comparison:
    replaces: frozenset[str]
    unordered: frozenset[str]
    addable: frozenset[str]
    removable: frozenset[str]
    found: dict[str, ChangeKind] = field(default_factory=dict)

    def compare(self, path: Path, old: Any, new: Any) -> None:
        old, new = _bare(old), _bare(new)
        if _is_none(old) and _is_none(new):
            return
        if _is_none(old) and _dotted(path) in self.addable:
            self.found[path_text(path)] = "add"
        elif _both(Mapping, old, new) and (None not in (old, new) or self._decided_below(path)):
            old, new = old or {}, new or {}
            for key in sorted(old.keys() | new.keys()):
                self.compare((*path, key), old.get(key), new.get(key))
        elif _both(list, old, new) and (None not in (old, new) or self._decided_below(path)):
            self._compare_lists(path, old or [], new or [])
        elif old is UNKNOWN or new is UNKNOWN or not _same(old, new):
            kind: ChangeKind = "add" if old is None else "delete" if new is None else "update"
            replaces = _covered(path, self.replaces) or (kind == "delete" and _dotted(path) in self.removable)
            self.found[path_text(path)] = _REPLACING[kind] if replaces else kind

    def _compare_lists(self, path: Path, old: list[Any], new: list[Any]) -> None:
        if _covered(path, self.unordered):
            old, new = sorted(old, key=_sort_key), sorted(new, key=_sort_key)
        for index in range(max(len(old), len(new))):
            left = old[index] if index < len(old) else None
            right = new[index] if index < len(new) else None
            self.compare((*path, index), left, right)

    def _decided_below(self, path: Path) -> bool:
        """Whether only a part of what comes or goes at `path` is immutable."""
        start = _dotted(path) + "."
        return any(pattern.startswith(start) for pattern in self.replaces)


def _both(kind: type, old: Any, new: Any) -> bool:
    return all(value is None or isinstance(value, kind) for value in (old, new))


def _is_none(value: Any) -> bool:
    return value is None or (isinstance(value, Mapping | list) and not value)


def _dotted(path: Path) -> str:
    return ".".join(part for part in path if isinstance(part, str))


_REPLACING: Mapping[str, ChangeKind] = {"add": "add-replace", "delete": "delete-replace", "update": "update-replace"}


def _bare(value: Any) -> Any:
    return _bare(value.value) if isinstance(value, Secret) else value


def _same(old: Any, new: Any) -> bool:
    # True == 1 in Python; as inputs they are different values.
    return isinstance(old, bool) == isinstance(new, bool) and bool(plain(old) == plain(new))


def _covered(path: Path, patterns: frozenset[str]) -> bool:
    names = [part for part in path if isinstance(part, str)]
    return "*" in patterns or any(".".join(names[: end + 1]) in patterns for end in range(len(names)))


def _sort_key(value: Any) -> str:
    return json.dumps(plain(value), sort_keys=True, default=repr)
