"""Which property paths differ between old and new inputs, and which of them force a replacement.

Owns the comparison and the spelling of paths; leaves alone which properties are immutable: that is the caller's table.
"""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from sandbox.providers.base.provider import ChangeKind
from sandbox.providers.base.values import UNKNOWN, Secret, plain

_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*\Z")


def detailed_diff(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    replaces: Collection[str] = (),
    unordered: Collection[str] = (),
) -> dict[str, ChangeKind]:
    """Changed paths with their kind.

    Args:
        old: Inputs of the last run, or the inputs a refresh has read.
        new: Checked inputs of this run. An unknown differs from everything.
        replaces: Paths whose change needs a new object, without list indices: `vpcId`, `launchTemplate.name`. A path
            covers everything below it; `*` covers all.
        unordered: Paths of lists in which order means nothing, as sets in the vendor's API.
    """
    found: dict[str, ChangeKind] = {}
    for key in sorted(old.keys() | new.keys()):
        _compare((key,), old.get(key), new.get(key), frozenset(unordered), found, frozenset(replaces))
    return found


def path_text(path: tuple[str | int, ...]) -> str:
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


def _compare(
    path: tuple[str | int, ...],
    old: Any,
    new: Any,
    unordered: frozenset[str],
    found: dict[str, ChangeKind],
    replaces: frozenset[str],
) -> None:
    old, new = _bare(old), _bare(new)
    if old is None and new is None:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            _compare((*path, key), old.get(key), new.get(key), unordered, found, replaces)
        return
    if isinstance(old, list) and isinstance(new, list):
        if _covered(path, unordered):
            old, new = sorted(old, key=_sort_key), sorted(new, key=_sort_key)
        for index in range(max(len(old), len(new))):
            left = old[index] if index < len(old) else None
            right = new[index] if index < len(new) else None
            _compare((*path, index), left, right, unordered, found, replaces)
        return
    if old is not UNKNOWN and new is not UNKNOWN and _same(old, new):
        return
    kind: ChangeKind = "add" if old is None else "delete" if new is None else "update"
    if _covered(path, replaces):
        kind = _REPLACING[kind]
    found[path_text(path)] = kind


_REPLACING: Mapping[str, ChangeKind] = {"add": "add-replace", "delete": "delete-replace", "update": "update-replace"}


def _bare(value: Any) -> Any:
    return _bare(value.value) if isinstance(value, Secret) else value


def _same(old: Any, new: Any) -> bool:
    # True == 1 in Python; as inputs they are different values.
    return isinstance(old, bool) == isinstance(new, bool) and bool(plain(old) == plain(new))


def _covered(path: tuple[str | int, ...], patterns: frozenset[str]) -> bool:
    names = [part for part in path if isinstance(part, str)]
    return "*" in patterns or any(".".join(names[: end + 1]) in patterns for end in range(len(names)))


def _sort_key(value: Any) -> str:
    return json.dumps(plain(value), sort_keys=True, default=repr)
