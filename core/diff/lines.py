"""The lines in which two texts differ, with a little around them."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Final

__all__ = ["line_diff"]

CONTEXT_LINES: Final = 2
"""Unchanged lines shown around a change."""
MOST_LINES: Final = 4000
"""Above this many lines a text is compared as two sets of lines: the exact comparison takes quadratic time."""


def line_diff(old: str, new: str) -> tuple[str, ...]:
    """Lines with `-`, `+` or a blank before each; a line `@` stands for unchanged lines that are left out."""
    before, after = old.splitlines(), new.splitlines()
    if len(before) + len(after) > MOST_LINES:
        return tuple(_as_sets(before, after))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    lines = list[str]()
    for number, group in enumerate(matcher.get_grouped_opcodes(CONTEXT_LINES)):
        if number:
            lines.append("@")
        for tag, low, high, low2, high2 in group:
            if tag == "equal":
                lines += [f" {line}" for line in before[low:high]]
                continue
            lines += [f"-{line}" for line in before[low:high]]
            lines += [f"+{line}" for line in after[low2:high2]]
    return tuple(lines)


def _as_sets(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    old, new = set(before), set(after)
    yield from (f"-{line}" for line in before if line not in new)
    yield from (f"+{line}" for line in after if line not in old)
