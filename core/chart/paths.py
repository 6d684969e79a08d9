"""Whether a path exists in a chart's own values, and which one is meant where it does not.

Helm takes a key that no template reads without a word, so a wrong path shows half an hour later, as pods that cannot
pull. What a chart's author left open is open here too: a map without keys may hold any.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog.chart import WORKER_PLACEHOLDER
from core.kube.helm_values import dotted, setting_at

__all__ = ["every_path", "missing_part", "nearest_path"]

_MARK: Final = object()
_LAST_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


def missing_part(path: str, values: Mapping[str, Any]) -> str | None:
    """The first part of a path that the values do not have; None where all of it is there, or may be.

    Args:
        path: As `key_paths` takes it. `{worker}` stands for any key.
        values: The chart's `values.yaml`.
    """
    setting = setting_at(path.replace(WORKER_PLACEHOLDER, "\0"), _MARK, "")
    node: Any = values
    for index, key in enumerate(setting.path):
        if node is None or node == {}:
            return None  # open: the author says what it is, and leaves to the user what is in it
        if not isinstance(node, Mapping):
            return _part(setting.path[: index + 1])
        if key == "\0":
            return _below_each(setting.path[index + 1 :], node, setting.path[: index + 1])
        if key not in node:
            return _part(setting.path[: index + 1])
        node = node[key]
    return None


def _below_each(rest: tuple[str, ...], node: Mapping[str, Any], above: tuple[str, ...]) -> str | None:
    """As `missing_part`, below a map of workers: what one of them has, each may have."""
    rows = [row for row in node.values() if isinstance(row, Mapping)]
    if not rows or not rest:
        return None
    found = [missing_part(dotted(rest), row) for row in rows]
    wrong = None if None in found else found[0]
    return None if wrong is None else f"{_part(above)}.{wrong}"


def _part(keys: tuple[str, ...]) -> str:
    return dotted(keys).replace("\0", WORKER_PLACEHOLDER)


def every_path(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every path of the values with what stands there: leaves, lists and empty maps."""
    for key, value in values.items():
        path = (*above, str(key))
        if isinstance(value, Mapping) and value:
            yield from every_path(value, path)
        else:
            yield path, value


def nearest_path(path: str, values: Mapping[str, Any]) -> str | None:
    """The path of the values that `path` most likely means: alike in spelling, or in the words of its last part."""
    options = [dotted(keys) for keys, _ in every_path(values)]
    plain = path.replace(f".{WORKER_PLACEHOLDER}", "")
    close = difflib.get_close_matches(plain.casefold(), [each.casefold() for each in options], n=1, cutoff=0.6)
    if close:
        return next(each for each in options if each.casefold() == close[0])
    wanted = _words(plain)
    best = max(options, key=lambda each: len(_words(each) & wanted), default=None)
    return best if best is not None and _words(best) & wanted else None


def _words(path: str) -> set[str]:
    return {word.casefold() for word in _LAST_WORDS.findall(path)} - {"name", "enabled", "secret"} | {
        word.casefold() for word in _LAST_WORDS.findall(path.rpartition(".")[2])
    }
