"""Helm values as plain data: dotted paths, the deep merge, and conflicts between what two places say.

The merge is Helm's own for user values: maps merge key by key, everything else (lists too) is replaced as a whole, and
null survives, because it is Helm that drops a default of the chart for it. Nothing given is ever changed in place.
Leaves may be objects this module knows nothing about (Pulumi outputs); they are moved, never looked into.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

Path = tuple[str, ...]

_UNESCAPED_DOT: Final = re.compile(r"(?<!\\)\.")
_INDEX: Final = "[0]"


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that an argument puts at a path."""

    path: Path
    value: Any
    argument: str
    """Path of the argument, for messages."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A path for which a setting and the user's values say different things."""

    setting: Setting
    path: Path
    value: Any
    """What the user's values hold there."""


def setting_at(text: str, value: Any, argument: str) -> Setting:
    """A setting at a dotted path as people write it.

    A dot in a key is written `\\.`. A part may end in `[0]`: the value then goes into a list of one, as pull secrets
    want it (`imagePullSecrets[0].name`).

    Raises:
        ValueError: For an empty part, or brackets other than a final `[0]`; the text says which.
    """
    keys: list[str] = []
    wrapped: list[str | None] = []  # what lies inside the first list: keys, and None for a list
    for part in _UNESCAPED_DOT.split(text):
        key, is_list = (part.removesuffix(_INDEX), True) if part.endswith(_INDEX) else (part, False)
        key = key.replace("\\.", ".")
        if not key or key.strip() != key:
            raise ValueError("has an empty part or blanks")
        if "[" in key or "]" in key:
            raise ValueError("may use brackets only as [0] at the end of a part")
        (wrapped if wrapped else keys).append(key)
        if is_list:
            wrapped.append(None)
    for step in reversed(wrapped):
        value = [value] if step is None else {step: value}
    return Setting(tuple(keys), value, argument)


def dotted(path: Iterable[str]) -> str:
    """A path as `setting_at` reads it."""
    return ".".join(key.replace(".", "\\.") for key in path)


def merge(base: Any, over: Any) -> Any:
    """`base` with `over` laid on it; `over` wins. Maps merge, all else is replaced; both arguments stay as they are.

    The empty map is neutral on both sides. The merge is associative as long as no path holds a map in one layer and
    something else in another; where they mix, the later layer wins whole.
    """
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return copy(over)
    result = {key: copy(value) for key, value in base.items()}
    for key, value in over.items():
        result[key] = merge(result[key], value) if key in result else copy(value)
    return result


def copy(value: Any) -> Any:
    """Copies of maps and lists, with the same leaves."""
    if isinstance(value, Mapping):
        return {key: copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy(item) for item in value]
    return value


def tree(settings: Iterable[Setting]) -> dict[str, Any]:
    """The values map that `settings` make together."""
    layers = (_nested(setting) for setting in settings)
    return reduce(merge, layers, {})


def overlaps(settings: Sequence[Setting]) -> Iterator[tuple[Setting, Setting]]:
    """Pairs of settings of which one would write over the other: equal paths, or one path inside the other."""
    for index, one in enumerate(settings):
        for other in settings[index + 1 :]:
            shorter = min(len(one.path), len(other.path))
            if one.path[:shorter] == other.path[:shorter]:
                yield one, other


def conflicts(settings: Iterable[Setting], values: Mapping[str, Any]) -> Iterator[Conflict]:
    """Where `values` would change what a setting says. Saying the same thing twice is not a conflict."""
    for setting in settings:
        for path, value in _differences(_nested(setting), values, ()):
            yield Conflict(setting, path, value)


def split_nulls(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """`values` without nulls, and the nulls alone under their keys. Merged they give `values` again."""
    plain: dict[str, Any] = {}
    nulls: dict[str, Any] = {}
    for key, value in values.items():
        if value is None:
            nulls[key] = None
        elif isinstance(value, Mapping):
            plain[key], below = split_nulls(value)
            if below:
                nulls[key] = below
        else:
            plain[key] = value
    return plain, nulls


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path in readable form, `a.b[2].c`. Keys of maps come as leaves of their own path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def _nested(setting: Setting) -> dict[str, Any]:
    value: Any = setting.value
    for key in reversed(setting.path):
        value = {key: value}
    return value  # type: ignore[no-any-return]


def _differences(wanted: Any, found: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key in wanted.keys() & found.keys():
            yield from _differences(wanted[key], found[key], (*path, key))
    elif not _same(wanted, found):
        yield path, found


def _same(one: Any, other: Any) -> bool:
    """Equality as JSON means it: true is not 1, but 1 is 1.0."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    plain = (str, int, float, type(None))
    return isinstance(one, plain) and isinstance(other, plain) and one == other
