"""Compares two trees of plain data and tells each difference by its path."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from core.diff.documents import document
from core.diff.edits import ABSENT, Edit, Kind, Mark
from core.diff.lines import line_diff
from core.diff.lists import key_of, pairs

__all__ = ["edits", "no_marks"]

Marker = Callable[[Any], Mark | None]
_DEEPEST: Final = 60
"""Levels; what lies deeper is compared as a whole."""
_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_/@$:-]+")


def no_marks(_value: Any) -> Mark | None:
    """For data in which nothing is hidden."""
    return None


def edits(old: Any, new: Any, path: str = "", mark: Marker = no_marks) -> Iterator[Edit]:
    """Each difference, in the order of keys.

    Args:
        old: Before; `ABSENT` where there was nothing.
        new: After.
        path: Where the values stand.
        mark: Says of a value what must stand in its place. A value that stands in both trees and is hidden in both
            counts as equal, for nobody can tell.
    """
    yield from _Walk(mark).edits(_plain(old), _plain(new), path, 0)


def _plain(value: Any) -> Any:
    """A map that is read only, as a dict: below it there are none."""
    return dict(value) if isinstance(value, Mapping) and not isinstance(value, dict) else value


class _Walk:
    def __init__(self, mark: Marker) -> None:
        self._mark = mark

    def edits(self, old: Any, new: Any, path: str, depth: int) -> Iterator[Edit]:
        if _same(old, new):
            return
        hidden, now_hidden = self._mark(old), self._mark(new)
        if hidden is not None or now_hidden is not None:
            if hidden != now_hidden:
                yield self._leaf(old, new, path)
        elif depth < _DEEPEST and isinstance(old, dict) and isinstance(new, dict):
            yield from self._maps(old, new, path, depth)
        elif depth < _DEEPEST and isinstance(old, list) and isinstance(new, list):
            yield from self._lists(old, new, path, depth)
        elif isinstance(old, str) and isinstance(new, str) and not isinstance(old, Mark) and not isinstance(new, Mark):
            yield from self._texts(old, new, path, depth)
        elif not self._equal(old, new):
            yield self._leaf(old, new, path)

    @staticmethod
    def _equal(old: Any, new: Any) -> bool:
        """Numbers are equal by value, so that 2 and 2.0 are; a truth value is no number."""
        return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)

    def _maps(self, old: dict[str, Any], new: dict[str, Any], path: str, depth: int) -> Iterator[Edit]:
        for key in sorted(old.keys() | new.keys()):
            below = _joined(path, key)
            yield from self.edits(old.get(key, ABSENT), new.get(key, ABSENT), below, depth + 1)

    def _lists(self, old: list[Any], new: list[Any], path: str, depth: int) -> Iterator[Edit]:
        found = pairs(old, new)
        if not found and list(map(key_of, old)) != list(map(key_of, new)):
            yield Edit(path, Kind.ORDER, self.shown(old), self.shown(new))
        for each in found:
            before, after = each.old if each.has_old else ABSENT, each.new if each.has_new else ABSENT
            yield from self.edits(before, after, f"{path}[{each.label}]", depth + 1)

    def _texts(self, old: str, new: str, path: str, depth: int) -> Iterator[Edit]:
        before, after = document(old), document(new)
        if before is not None and type(before) is type(after) and depth < _DEEPEST:
            inside = list(self.edits(before, after, f"{path}{{}}", depth + 1))
            yield from inside or [Edit(path, Kind.FORMAT, old, new)]
            return
        several = "\n" in old.strip() or "\n" in new.strip()
        edit = Edit(path, Kind.CHANGE, old, new)
        yield replace(edit, lines=line_diff(old, new)) if several else edit

    def _leaf(self, old: Any, new: Any, path: str) -> Edit:
        kind = Kind.ADD if old is ABSENT else Kind.REMOVE if new is ABSENT else Kind.CHANGE
        return Edit(path, kind, self.shown(old), self.shown(new))

    def shown(self, value: Any, depth: int = 0) -> Any:
        """The value with marks in place of what is hidden in it."""
        found = self._mark(value)
        if found is not None:
            return found
        if depth > _DEEPEST:
            return Mark.LARGE
        if isinstance(value, Mapping):
            return {str(key): self.shown(item, depth + 1) for key, item in value.items()}
        return [self.shown(item, depth + 1) for item in value] if isinstance(value, list | tuple) else value


def _same(old: Any, new: Any) -> bool:
    """Whether two values are alike in every bit: for Python, 1 equals true."""
    return bool(old == new) and (repr(old) == repr(new) or key_of(old) == key_of(new))


def _joined(path: str, key: str) -> str:
    part = key if _PLAIN_KEY.fullmatch(key) else f'["{key}"]'
    return part if not path else f"{path}{part}" if part.startswith("[") else f"{path}.{part}"
