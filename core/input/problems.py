"""One way to collect and word what is wrong with somebody's input.

Owns the shape of a complaint (path, rule, value found, what to do) and the text all rooms print for a list of them.
Leaves alone which exception carries the text: components raise `components.args.ArgsError`, stacks `SettingsError`.
"""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.input.secret_scan import secrets_in

HIDDEN = "[secret]"
"""What stands in place of a secret value in every message."""

_LONGEST_SHOWN_VALUE = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One violated rule: where, which rule, what was found (already rendered, secrets hidden) and how to mend it."""

    path: str
    rule: str
    got: str
    fix: str

    def __str__(self) -> str:
        found = f"; got {self.got}" if self.got else ""
        return f"{self.path}: {self.rule}{found}; {self.fix}"


@dataclass(slots=True)
class Problems:
    """A collector: checks add to it, and the caller raises once with everything it holds."""

    found: list[Problem] = field(default_factory=list)

    def add(self, path: str, rule: str, *, got: object = None, fix: str, secret: bool = False) -> None:
        """Record one violation.

        Args:
            path: Dotted path of the offending value, e.g. `node_groups.gpu.max_nodes`.
            rule: The rule in present tense, e.g. `must be at least min_nodes (3)`.
            got: The value found; `None` shows nothing, since an absent value needs no echo.
            fix: What the reader should do, in the imperative.
            secret: True hides the value.
        """
        shown = "" if got is None else HIDDEN if secret else show(got)
        self.found.append(Problem(path, rule, shown, fix))

    def extend(self, others: Iterable[Problem]) -> None:
        """Take over the problems of a part."""
        self.found.extend(others)

    def __bool__(self) -> bool:
        return bool(self.found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


class InvalidInput(ValueError):  # noqa: N818 - reads as what it says at the raise site
    """Input that breaks at least one rule; `problems` holds them all, the text stands alone."""

    def __init__(self, owner: str, problems: Iterable[Problem]) -> None:
        self.owner = owner
        self.problems = tuple(problems)
        super().__init__(render(owner, self.problems))


def render(owner: str, problems: Iterable[Problem]) -> str:
    """`<owner>: <n> invalid argument(s)` and one line a problem, in the order they were found."""
    lines = [str(problem) for problem in problems]
    noun = "argument" if len(lines) == 1 else "arguments"
    return "\n".join([f"{owner}: {len(lines)} invalid {noun}", *(f"  {line}" for line in lines)])


def show(value: object) -> str:
    """A value as JSON where it is JSON, shortened to one readable line; hidden where it looks like a secret.

    A key is often pasted into the wrong field, and the check that finds it out of place must not print it.
    """
    if any(secrets_in(value, "")):
        return HIDDEN
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN_VALUE else text[: _LONGEST_SHOWN_VALUE - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean "x"?` for the closest known word, else the whole sorted list of them."""
    options = sorted(known)
    close = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else "known: " + ", ".join(options)


def unknown_keys(given: Mapping[str, Any], known: Iterable[str], path: str = "") -> list[Problem]:
    """A problem for each key of `given` that is not in `known`, naming the nearest known one."""
    names = list(known)
    prefix = f"{path}." if path else ""
    return [
        Problem(f"{prefix}{key}", "unknown key", "", nearest(key, names)) for key in sorted(set(given) - set(names))
    ]
