"""Names that the engine draws anew in each preview, and a word for them that stays.

A name is drawn where a provider made it up (`__defaults` lists the property) or where it is the resource's logical name
with random digits behind it. Nothing else is taken for one, however alike it looks: a date in a tag has digits too.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from clients.engine import Step

__all__ = ["DrawnNames", "drawn_keys"]

_SUFFIX: Final = re.compile(r"-[0-9a-f]{7,8}\Z")
_CANDIDATE: Final = re.compile(r"[\w.]+(?:-[\w.]+)*-[0-9a-f]{7,8}(?![0-9A-Za-z])")
NEW: Final = "(new)"
"""Stands for the random digits."""


def drawn_keys(step: Step) -> frozenset[str]:
    """Inputs of the resource whose new value is such a name, and not the one it had."""
    return frozenset(key for key, _ in _drawn(step))


def _drawn(step: Step) -> Iterator[tuple[str, str]]:
    new, old = (state.inputs if state else {} for state in (step.new, step.old))
    defaults = new.get("__defaults")
    made_up = defaults if isinstance(defaults, list) else ()
    name = _metadata_name(new)
    if _is_drawn(name, step.name, made_up=False) and name != _metadata_name(old):
        yield "metadata", str(name)
    for key, value in new.items():
        if _is_drawn(value, step.name, made_up=key in made_up) and old.get(key) != value:
            yield key, value


def _metadata_name(inputs: Mapping[str, Any]) -> Any:
    metadata = inputs.get("metadata")
    return metadata.get("name") if isinstance(metadata, Mapping) else None


def _is_drawn(value: Any, logical: str, *, made_up: bool) -> bool:
    if not isinstance(value, str) or not _SUFFIX.search(value):
        return False
    return made_up or _SUFFIX.sub("", value).endswith(logical)


class DrawnNames:
    """Such names of a whole stack."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def take(self, step: Step) -> None:
        """Remember the names that a step draws."""
        self._names.update(value for _, value in _drawn(step))

    def settled(self, text: str) -> str:
        """A text with the random digits of each such name replaced."""
        if not self._names:
            return text
        return _CANDIDATE.sub(self._replaced, text)

    def settled_value(self, value: Any) -> Any:
        """The same for every text in plain data."""
        if not self._names:
            return value
        if type(value) is str:
            return self.settled(value)
        if isinstance(value, Mapping):
            return {key: self.settled_value(item) for key, item in value.items()}
        return [self.settled_value(item) for item in value] if isinstance(value, list) else value

    def _replaced(self, match: re.Match[str]) -> str:
        return _SUFFIX.sub(f"-{NEW}", match[0]) if match[0] in self._names else match[0]
