"""A stack file in the making: its settings, comments and secrets, and the account of every variable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from toolkit.terraform.settings import Cloud

__all__ = ["KEPT", "Conversion", "Fate", "Line", "Path"]

KEPT = "terraform:notConverted"
"""Key of the stack file with what no setting takes."""

Path = tuple[str, ...]


class Fate(StrEnum):
    """What became of a variable, or where a setting comes from."""

    MAPPED = "mapped"
    SECRET = "secret"  # noqa: S105 - a word
    DEFAULTED = "defaulted"
    """The setting is needed and no variable says it."""
    KEPT = "kept"
    """No setting takes it; it stands under `terraform:notConverted`."""
    LEFT_OUT = "left out"
    MISSING = "missing"
    """The setting is needed, and has to be written by hand."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the account. Holds no value."""

    fate: Fate
    variable: str
    """Dotted name in Terraform; empty where there was none."""
    place: str
    setting: str
    """Path in the stack file; empty where there is none."""
    note: str = ""


@dataclass(slots=True)
class Conversion:
    """A stack file in the making, and the account of it."""

    cloud: Cloud
    sections: dict[str, Any] = field(default_factory=dict)
    """Values by section, e.g. `eks`."""
    kept: dict[str, Any] = field(default_factory=dict)
    comments: dict[Path, tuple[str, ...]] = field(default_factory=dict)
    """Lines of comment by path, which starts with the section or with `KEPT`."""
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    """Secrets by the key of their setting."""
    lines: list[Line] = field(default_factory=list)

    def put(self, path: Path, value: Any) -> None:
        """Set a value, making the maps on the way."""
        tree = self.sections
        for key in path[:-1]:
            tree = tree.setdefault(key, {})
        tree[path[-1]] = value

    def at(self, path: Path) -> Any:
        """The value at a path; None where there is none."""
        tree: Any = self.sections
        for key in path:
            tree = tree.get(key) if isinstance(tree, Mapping) else None
        return tree

    def account(self, fate: Fate, variable: str, place: str, setting: Iterable[str] = (), note: str = "") -> None:
        """Add a line. A setting is written as stack files spell it."""
        path = tuple(setting)
        text = KEPT if path[:1] == (KEPT,) else f"cartesia:{'.'.join(path)}" if path else ""
        self.lines.append(Line(fate, variable, place, text, note))
