"""Foreign text in Markdown: it stands in code spans and fences alone, where neither markup, mentions nor HTML act."""

import re
from collections.abc import Iterable
from typing import Final

from toolkit.preview.render.lines import clip, visible

__all__ = ["cell", "code", "fence"]

_TICKS: Final = re.compile("`+")
_SPACES: Final = re.compile(r"\s+")
SPAN: Final = 300
"""Characters of a code span."""


def code(text: str, longest: int = SPAN) -> str:
    """A code span with the text in it, on one line."""
    shown = clip(_SPACES.sub(" ", visible(text)).strip(), longest)
    if not shown:
        return "` `"
    ticks = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    return f"{ticks} {shown} {ticks}" if shown[0] == "`" or shown[-1] == "`" else f"{ticks}{shown}{ticks}"


def cell(text: str, longest: int = SPAN) -> str:
    """A code span for a cell of a table, in which a bar would end the cell even within code."""
    return code(text.replace("|", "\u00a6"), longest)


def fence(lines: Iterable[str], language: str = "diff") -> str:
    """A fenced block; its fence is longer than any run of backticks in it."""
    body = [visible(line) for line in lines]
    longest = max((len(run) for line in body for run in _TICKS.findall(line)), default=0)
    ticks = "`" * max(3, longest + 1)
    return "\n".join([f"{ticks}{language}", *body, ticks])
