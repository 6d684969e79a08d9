"""One difference between two trees of plain data, and the marks that stand for what cannot be shown."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["ABSENT", "Edit", "Kind", "Mark"]


class Mark(StrEnum):
    """Stands for a value that is not shown."""

    ABSENT = "(absent)"
    SECRET = "(secret)"  # noqa: S105 - a word for a value
    UNKNOWN = "(known after the update)"
    LARGE = "(too large to compare)"


ABSENT = Mark.ABSENT
"""There is no value."""


class Kind(StrEnum):
    """What became of a value."""

    ADD = "add"
    REMOVE = "remove"
    CHANGE = "change"
    ORDER = "order"
    """The same items in another order."""
    FORMAT = "format"
    """A document that says the same in other letters."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference."""

    path: str
    """From the root, e.g. `scalingConfig.maxSize` or `policy{}.Statement[Sid=Read].Action`; `{}` enters a document."""
    kind: Kind
    old: Any
    """Plain data or a `Mark`; `ABSENT` for what was added."""
    new: Any
    lines: tuple[str, ...] = ()
    """For texts of several lines: the lines as `core.diff.lines` tells them."""
