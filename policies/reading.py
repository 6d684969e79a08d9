"""Reads a resource's inputs, of which a preview does not know all.

A rule asks positive questions only (`is_`, `is_not`, `absent`, `lacks`): each answers False where the value is not
known, so a rule that joins them with `and` stays silent then. What it asked and could not be told is noted in the
reading, and counted by whoever started it. A value of an unexpected type counts as not known, too.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_policy.proxy import (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
)

__all__ = ["Reading", "Value"]

_UNKNOWNS: Final = frozenset(
    {
        UNKNOWN_ARCHIVE_VALUE,
        UNKNOWN_ARRAY_VALUE,
        UNKNOWN_ASSET_VALUE,
        UNKNOWN_BOOLEAN_VALUE,
        UNKNOWN_NUMBER_VALUE,
        UNKNOWN_OBJECT_VALUE,
        UNKNOWN_STRING_VALUE,
        "[secret]",  # stands for a secret in a state that is analyzed without its passphrase
    }
)


class _Unknown:
    """The type of `_UNKNOWN`."""


_UNKNOWN: Final = _Unknown()


@dataclass(slots=True)
class Reading:
    """What one rule asked of one resource."""

    unjudged: set[str] = field(default_factory=set)
    """Dotted paths of properties that were asked for and not known."""

    def of(self, properties: Any) -> "Value":
        """The inputs of a resource, to be read."""
        return Value(properties, "", self)


@dataclass(frozen=True, slots=True)
class Value:
    """A property: known, absent or not known before the update."""

    _raw: Any
    path: str
    """Where it stands, e.g. `vpcConfig.subnetIds`."""
    _reading: Reading

    def __getitem__(self, path: str) -> "Value":
        """The value at a dotted path below; absent where a part of it is."""
        value = self
        for key in path.split("."):
            value = value.key(key)
        return value

    def key(self, key: str) -> "Value":
        """The value of a key, which may hold dots."""
        path = f"{self.path}.{key}" if self.path else key
        if self._raw is None or isinstance(self._raw, _Unknown):
            return Value(self._raw, path if self._raw is None else self.path, self._reading)
        if not isinstance(self._raw, Mapping):
            return Value(_UNKNOWN, self.path, self._reading)
        return Value(_item(self._raw, key), path, self._reading)

    @property
    def known(self) -> bool:
        """Whether it can be judged; if it cannot, that is noted."""
        if isinstance(self._raw, _Unknown):
            return self._missed()
        return True

    @property
    def absent(self) -> bool:
        """Known not to be there; an empty text, list or map counts as not there."""
        return self.known and (self._raw is None or self._raw == "" or self._is_empty())

    @property
    def present(self) -> bool:
        """Known to be there."""
        return self.known and not self.absent

    @property
    def text(self) -> str | None:
        """Its text; None where it is absent or not known."""
        text: str | None = self._typed(str)
        return text

    def text_if_text(self) -> str:
        """Its text; empty, and nothing noted, where it is something else that is known."""
        return self._raw if self.known and isinstance(self._raw, str) else ""

    @property
    def flag(self) -> bool | None:
        """Its truth value, also if it is written as a text; None where it is absent or not known."""
        if self._raw in ("true", "false"):
            return bool(self._raw == "true")
        flag: bool | None = self._typed(bool)
        return flag

    @property
    def number(self) -> float | None:
        """Its number, also if it is written as a text; None where it is absent or not known."""
        if isinstance(self._raw, bool):
            self._missed()
            return None
        if isinstance(self._raw, str) and self._raw.strip().lstrip("-").isdecimal():
            return float(self._raw)
        if isinstance(self._raw, int):
            return float(self._raw)
        number: float | None = self._typed(float)
        return number

    @property
    def json(self) -> "Value":
        """What is written in its text as JSON."""
        if self._raw is None or isinstance(self._raw, Mapping):
            return self
        text = self.text
        if text is None:
            return Value(_UNKNOWN, self.path, self._reading)
        try:
            return Value(json.loads(text), self.path, self._reading)
        except (ValueError, RecursionError):
            return Value(_UNKNOWN, self.path, self._reading)

    def is_(self, *wanted: object) -> bool:
        """Known, and one of these."""
        return self.known and any(self._raw == each and type(self._raw) is type(each) for each in wanted)

    def is_not(self, *wanted: object) -> bool:
        """Known, and none of these; an absent one is none of them."""
        return self.known and not self.is_(*wanted)

    def items(self) -> "list[Value]":
        """The items of a list; the value itself where one stands without a list, none where it is absent."""
        if not self.known or self._raw is None:
            return []
        if isinstance(self._raw, Sequence) and not isinstance(self._raw, str | bytes):
            return [self._at(index) for index in range(len(self._raw))]
        return [self]

    def texts(self) -> "list[str]":
        """The texts among the items; what is none is noted as not judged."""
        found = (item.text for item in self.items())
        return [text for text in found if text is not None]

    def lacks(self, wanted: str) -> bool:
        """Known, with every item of it, and none is this text."""
        if not self.known:
            return False
        items = self.items()
        return all(item.text is not None for item in items) and wanted not in self.texts()

    def keys(self) -> "list[str]":
        """The keys of a map; keys are known even where their values are not."""
        if not self.known or self._raw is None:
            return []
        if isinstance(self._raw, Mapping):
            return [key for key in self._raw if isinstance(key, str)]
        self._missed()
        return []

    def keys_if_map(self) -> "list[str]":
        """The keys where it is a map; none, and nothing noted, where it is something else that is known."""
        return self.keys() if isinstance(self._raw, Mapping) or not self.known else []

    def leaves(self) -> "Iterator[Value]":
        """Every value below that is neither a map nor a list."""
        if not self.known or self._raw is None:
            return
        if isinstance(self._raw, Mapping):
            for key in self.keys():
                yield from self.key(key).leaves()
        elif isinstance(self._raw, Sequence) and not isinstance(self._raw, str | bytes):
            for item in self.items():
                yield from item.leaves()
        else:
            yield self

    def _at(self, index: int) -> "Value":
        return Value(_item(self._raw, index), f"{self.path}[{index}]", self._reading)

    def _is_empty(self) -> bool:
        return isinstance(self._raw, Mapping | Sequence) and len(self._raw) == 0

    def _typed(self, kind: type[Any]) -> Any:
        if self._raw is None:
            return None
        if isinstance(self._raw, kind):
            return self._raw
        self._missed()
        return None

    def _missed(self) -> bool:
        self._reading.unjudged.add(self.path or "inputs")
        return False


def _item(holder: Any, key: Any) -> Any:
    """An item of a map or list; None where there is none."""
    try:
        found = holder[key]
    except UnknownValueError:
        return _UNKNOWN
    except (KeyError, IndexError):
        return None
    return _UNKNOWN if isinstance(found, str) and found in _UNKNOWNS else found
