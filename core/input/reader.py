"""Read the keys of one args dictionary: type and range of each checked, every violation collected.

Owns the small rules that all arguments share (is it text, a whole number in a range, one of these words). A key that
breaks its rule is read as its default, so that the checks after it still run and all problems are told at once.
Paths are spelled as the caller wrote the keys.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from core.input.problems import BROKEN, Problems, meant_keys, nearest, unknown_keys

__all__ = ["Reader"]


class Reader:
    """Reads one dictionary. `path` is where it stands in the whole, empty at the top."""

    def __init__(self, args: object, known: Iterable[str], path: str, problems: Problems) -> None:
        self.path = path
        self.problems = problems
        self._args: Mapping[str, Any] = {}
        if isinstance(args, Mapping):
            self._args = args
            names = list(known)
            problems.extend(unknown_keys(args, names, path))
            problems.broken |= {self.at(key) for key in meant_keys(args, names)}
            problems.broken |= {self.at(key) for key, value in args.items() if value is BROKEN}
        elif args is BROKEN:
            problems.broken.add(path)
        else:
            problems.refuse(path, "must be a map", got=args, fix="write it as a map of name to value")

    def block(self, key: str, shape: type) -> "Reader":
        """A reader of the map at `key`, which has the keys of the TypedDict `shape`. One that is absent is empty."""
        return Reader(self.value(key) if self.has(key) else {}, shape.__annotations__, self.at(key), self.problems)

    def blocks(self, key: str, shape: type) -> Iterator[tuple[str, "Reader"]]:
        """Name and reader of each map in the map at `key`, sorted by name. Each has the keys of `shape`."""
        for name, item in sorted(self.mapping(key).items()):
            yield name, Reader(item, shape.__annotations__, f"{self.at(key)}.{name}", self.problems)

    def at(self, key: str) -> str:
        """The path of a key, for messages."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        """Whether the caller gave the key a value."""
        return self._args.get(key) is not None

    def value(self, key: str) -> Any:
        """The value as given, unread: for inputs that may not be known yet. None where it is broken."""
        value = self._args.get(key)
        return None if value is BROKEN else value

    def required(self, key: str, fix: str) -> bool:
        """Whether a key that must be there is there. Adds a problem if not."""
        if self.has(key):
            return True
        self.problems.refuse(self.at(key), "is required and missing", fix=fix)
        return False

    def text(self, key: str, default: str = "") -> str:
        """A string that is not empty."""
        if not self.has(key):
            return default
        value = self._args[key]
        if isinstance(value, str) and value:
            return value
        self.problems.refuse(self.at(key), "must be a non-empty string", got=value, fix="write it as text")
        return default

    def choice(self, key: str, options: Collection[str], default: str) -> str:
        """One of a few words."""
        value = self.text(key, default)
        if value in options:
            return value
        rule = "must be one of " + ", ".join(options)
        self.problems.refuse(self.at(key), rule, got=value, fix=nearest(value, options))
        return default

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        if not self.has(key):
            return default
        value = self._args[key]
        if isinstance(value, bool):
            return value
        self.problems.refuse(
            self.at(key), "must be true or false", got=value, fix="write True or False, without quotes"
        )
        return default

    def optional_flag(self, key: str) -> bool | None:
        """True or false as given, None where it was not."""
        return self.flag(key, False) if self.has(key) else None

    def optional_whole(self, key: str, low: int, high: int) -> int | None:
        """A whole number in a range as given, None where it was not."""
        return self.whole(key, low, low=low, high=high) if self.has(key) else None

    def whole(self, key: str, default: int, *, low: int, high: int, why: str = "") -> int:
        """A whole number in a range. A float without fraction is one, since Pulumi's wire has one number type."""
        if not self.has(key):
            return default
        value = self._args[key]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.problems.refuse(self.at(key), "must be a whole number", got=value, fix=f"give {low} to {high}")
            return default
        if low <= value <= high:
            return value
        rule = f"must be {low} to {high}" + (f" ({why})" if why else "")
        self.problems.refuse(
            self.at(key), rule, got=value, fix=f"raise it to {low}" if value < low else f"lower it to {high}"
        )
        return default

    def number(self, key: str, default: float, *, low: float, high: float, above: bool = False) -> float:
        """A number in a range. `above` leaves `low` itself out."""
        if not self.has(key):
            return default
        value = self._args[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problems.refuse(self.at(key), "must be a number", got=value, fix=f"give {low:g} to {high:g}")
            return default
        if (low < value if above else low <= value) and value <= high:
            return float(value)
        rule = f"must be above {low:g} and at most {high:g}" if above else f"must be {low:g} to {high:g}"
        self.problems.refuse(self.at(key), rule, got=value, fix=f"give e.g. {default:g}")
        return default

    def items(self, key: str) -> list[Any]:
        """A list. Its items are unread."""
        if not self.has(key):
            return []
        value = self._args[key]
        if isinstance(value, list | tuple):
            return list(value)
        self.problems.refuse(self.at(key), "must be a list", got=value, fix="write it as a list")
        return []

    def texts(self, key: str) -> list[str]:
        """A list of different strings."""
        found: list[str] = []
        for index, item in enumerate(self.items(key)):
            path = f"{self.at(key)}[{index}]"
            if item is BROKEN:
                self.problems.broken.add(path)
            elif not isinstance(item, str) or not item:
                self.problems.refuse(path, "must be a non-empty string", got=item, fix="write it as text")
            elif item in found:
                self.problems.refuse(path, "stands twice in the list", got=item, fix="remove one of the two")
            else:
                found.append(item)
        return found

    def mapping(self, key: str) -> dict[str, Any]:
        """A map with strings as keys. Its values are unread."""
        if not self.has(key):
            return {}
        value = self._args[key]
        if not isinstance(value, Mapping):
            self.problems.refuse(self.at(key), "must be a map", got=value, fix="write it as a map of name to value")
            return {}
        for name in value:
            if not isinstance(name, str):
                self.problems.refuse(f"{self.at(key)}.{name}", "must have a string as key", fix="put the key in quotes")
        return {name: item for name, item in value.items() if isinstance(name, str)}

    def text_map(self, key: str) -> dict[str, str]:
        """A map of strings to strings."""
        found: dict[str, str] = {}
        for name, item in self.mapping(key).items():
            if isinstance(item, str):
                found[name] = item
            elif item is BROKEN:
                self.problems.broken.add(f"{self.at(key)}.{name}")
            else:
                self.problems.refuse(
                    f"{self.at(key)}.{name}", "must be a string", got=item, fix="put the value in quotes"
                )
        return found
