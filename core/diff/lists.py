"""Which items of two lists belong together: by what names them, never by where they stand."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Pair", "key_of", "pairs"]

_IDENTITIES: Final[tuple[tuple[str, ...], ...]] = (
    ("name",),
    ("key", "effect"),
    ("key",),
    ("Sid",),
    ("id",),
    ("containerPort",),
    ("mountPath",),
    ("variantName",),
    ("deviceName",),
    ("host",),
    ("path",),
    ("port",),
    ("metricName",),
)
"""Members that name an item, the first of which that all items have and that is unique in both lists is taken.

`name`, `key`, `containerPort`, `mountPath` are the merge keys of the Kubernetes API; taints are named by key and
effect; `Sid` names a statement of an IAM policy.
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """An item before and after; one of them may be missing."""

    label: str
    """What names the item in a path: `name=api`, its number, or nothing where it names itself."""
    old: Any
    new: Any
    has_old: bool
    has_new: bool


def pairs(old: Sequence[Any], new: Sequence[Any]) -> list[Pair]:
    """Items with their partners. Equal items are left out where nothing names them."""
    members = _identity(old, new)
    if members:
        return _named(old, new, members)
    return _by_content(old, new)


def key_of(value: Any) -> str:
    """A text that two values share exactly if they are equal."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def _identity(old: Sequence[Any], new: Sequence[Any]) -> tuple[str, ...]:
    items = [*old, *new]
    if not items or not all(isinstance(each, Mapping) for each in items):
        return ()
    for members in _IDENTITIES:
        if all(isinstance(each.get(member), str | int) for each in items for member in members) and all(
            len({_name(each, members) for each in side}) == len(side) for side in (old, new)
        ):
            return members
    return ()


def _name(item: Mapping[str, Any], members: tuple[str, ...]) -> str:
    return ",".join(f"{member}={item[member]}" for member in members)


def _named(old: Sequence[Any], new: Sequence[Any], members: tuple[str, ...]) -> list[Pair]:
    before = {_name(each, members): each for each in old}
    after = {_name(each, members): each for each in new}
    return [
        Pair(name, before.get(name), after.get(name), name in before, name in after)
        for name in sorted(before.keys() | after.keys())
    ]


def _by_content(old: Sequence[Any], new: Sequence[Any]) -> list[Pair]:
    """Equal items cancel out; the rest are partners in their order where as many maps or lists are left."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(new):
        waiting[key_of(item)].append(index)
    gone = list[int]()
    for index, item in enumerate(old):
        same = waiting.get(key_of(item))
        if same:
            same.pop(0)
        else:
            gone.append(index)
    come = sorted(index for indexes in waiting.values() for index in indexes)
    holders = [old[each] for each in gone] + [new[each] for each in come]
    if len(gone) == len(come) and all(isinstance(each, dict | list) for each in holders):
        return [Pair(str(a), old[a], new[b], True, True) for a, b in zip(gone, come, strict=True)]
    removed = [Pair(_place(each, old), old[each], None, True, False) for each in gone]
    return removed + [Pair(_place(each, new), None, new[each], False, True) for each in come]


def _place(index: int, items: Sequence[Any]) -> str:
    """What stands for an item in a path: a number is of no use where the value says all."""
    return str(index) if isinstance(items[index], dict | list) else ""
