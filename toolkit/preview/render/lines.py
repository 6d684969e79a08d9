"""Differences as lines of a diff, the same for every format: `+`, `-`, `!` (changed) or a blank stands first.

Owns how long a value may be. Characters that could turn text around, hide it or end a line are made visible.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from core.diff.edits import Edit, Kind, Mark

__all__ = ["clip", "diff_lines", "edit_lines", "visible"]

SHORT: Final = 60
"""Characters of a value that stands beside its new one."""
LONGEST: Final = 600
"""Characters of a value; of a longer one, the part around the first difference is shown."""
_AROUND: Final = 40
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """The text with each character that nobody would see written as its number."""
    return _UNSEEN.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text.replace("\r\n", "\n"))


def clip(text: str, longest: int = LONGEST) -> str:
    """The beginning of a text, and how much is left out."""
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text) - longest} more characters)"


def diff_lines(edits: Iterable[Edit]) -> Iterator[str]:
    """The lines of several differences."""
    for edit in edits:
        yield from edit_lines(edit)


def edit_lines(edit: Edit) -> list[str]:
    """The lines of one difference."""
    path = _line(edit.path)
    if edit.kind is Kind.ORDER:
        return [f"! {path}: the same items in another order: {clip(_text(edit.new))}"]
    if edit.kind is Kind.FORMAT:
        return [f"  {path}: the same document, written otherwise"]
    if edit.lines:
        return [f"! {path}:", *(_inner(line) for line in edit.lines)]
    if edit.kind is Kind.ADD:
        return [f"+ {path}: {clip(_text(edit.new))}"]
    if edit.kind is Kind.REMOVE:
        return [f"- {path}: {clip(_text(edit.old))}"]
    return _changed(path, edit)


def _changed(path: str, edit: Edit) -> list[str]:
    if edit.old is Mark.SECRET and edit.new is Mark.SECRET:
        return [f"! {path}: (secret) changed"]
    old, new = _text(edit.old), _text(edit.new)
    if old == new:
        return [f"! {path}: {clip(old)} (changed)"]
    if len(old) <= SHORT and len(new) <= SHORT:
        return [f"! {path}: {old} -> {new}"]
    start = _common(old, new) if max(len(old), len(new)) > LONGEST else 0
    return [f"- {path}: {_around(old, start)}", f"+ {path}: {_around(new, start)}"]


def _common(old: str, new: str) -> int:
    """Characters that two texts begin with alike, less some for orientation."""
    length = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return max(0, length - _AROUND)


def _around(text: str, start: int) -> str:
    return clip(text if not start else f"...({start} characters)...{text[start:]}")


def _inner(line: str) -> str:
    sign, text = line[:1], clip(_line(line[1:]))
    return "  @@" if sign == "@" else f"{sign}   {text}"


def _text(value: Any) -> str:
    if isinstance(value, Mark):
        return str(value)
    return _line(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(", ", ": "), default=str))


def _line(text: str) -> str:
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")
