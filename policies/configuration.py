"""Checks a policy configuration before the engine reads it.

The engine checks types of parameters. It passes over names that the pack does not have, so a misspelt rule would be
left at its default without a word. `python -m policies.configuration FILE` ends with 1 and every such name.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from core.input.problems import Problems, nearest, render
from policies.pack import EXPIRED, UNJUDGED, UNMATCHED
from policies.table import RULES

__all__ = ["configuration_problems", "main"]

_LEVEL = "enforcementLevel"
_LEVELS = ("advisory", "mandatory", "disabled")
_ALL = "all"
"""The engine's word for every rule that has no entry of its own."""


def configuration_problems(text: str) -> Problems:
    """What is wrong with a policy configuration, by line.

    Args:
        text: JSON: rule to a level, or to an object of parameters with `enforcementLevel`.
    """
    problems = Problems()
    try:
        given = json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, text, problems))
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        problems.add(f"line {line}", "is not JSON", fix="correct the text there")
        return problems
    if not isinstance(given, Mapping):
        problems.add("line 1", "must be an object", fix='write {"<rule>": "<level>"}')
        return problems
    known = [*RULES, UNJUDGED, EXPIRED, UNMATCHED, _ALL]
    for name, entry in given.items():
        if name in known:
            _check(text, name, entry, problems)
        else:
            problems.add(_line(text, name), f"names no rule of the pack: {name}", fix=nearest(name, known))
    return problems


def _check(text: str, name: str, entry: Any, problems: Problems) -> None:
    parameters = entry if isinstance(entry, Mapping) else {_LEVEL: entry}
    allowed = [_LEVEL, *(RULES[name].schema if name in RULES else ())]
    for key in (key for key in parameters if key not in allowed):
        problems.add(_line(text, key), f"is no parameter of {name}: {key}", fix=nearest(key, allowed))
    for key in (key for key in parameters if key in allowed and key != _LEVEL):
        wrong = _type_problem(parameters[key], RULES[name].schema[key])
        if wrong is not None:
            problems.add(_line(text, key), f"{key} of {name} {wrong}", fix=RULES[name].schema[key]["description"])
    level = parameters.get(_LEVEL, _LEVELS[0])
    if level not in _LEVELS:
        problems.add(_line(text, name), f"the level of {name} must be known", got=level, fix=", ".join(_LEVELS))


def _once(pairs: Sequence[tuple[str, Any]], text: str, problems: Problems) -> dict[str, Any]:
    """The pairs of an object; the engine would take the last of two with one key, and say nothing."""
    for key in (key for key, count in Counter(key for key, _ in pairs).items() if count > 1):
        problems.add(_line(text, key), f"`{key}` stands there twice", fix="remove one")
    return dict(pairs)


def _type_problem(value: Any, schema: Mapping[str, Any]) -> str | None:
    """What is wrong with the value of a parameter."""
    if schema["type"] == "number":
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return None if is_number else "must be a number"
    if schema["type"] == "array":
        is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return None if is_list else "must be a list of texts"
    if not isinstance(value, str):
        return "must be a text"
    return "must be a day, as 2026-11-25" if value and "pattern" in schema and not _is_day(value) else None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _line(text: str, name: str) -> str:
    found = (number for number, line in enumerate(text.splitlines(), 1) if json.dumps(name) in line)
    return f"line {next(found, 1)}"


def main(argv: Sequence[str]) -> Iterator[str]:
    """Yield the complaints about each file."""
    for name in argv:
        path = Path(name)
        problems = configuration_problems(path.read_text(encoding="utf-8"))
        if problems:
            yield render(path.name, problems)


if __name__ == "__main__":
    said = "\n".join(main(sys.argv[1:]))
    sys.exit(said or 0)
