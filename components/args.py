"""The error every component raises for wrong arguments, and the check for unknown keys.

Owns how a list of problems becomes one exception that the engine prints without a traceback.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from core.input.problems import Problem, render, unknown_keys

__all__ = ["ArgsError", "unknown_args"]


class ArgsError(pulumi.InputPropertiesError, pulumi.RunError):
    """Wrong arguments of one component; the text names them all.

    It is an `InputPropertiesError`, so a component host can report each property, and a `RunError`, so a Python program
    ends with the text alone. `problems` keeps the structured form.

    Args:
        component: Name of the component.
        problems: What is wrong.
        resolved: The spec with defaults where an argument is wrong, for rules on the rest of it.
    """

    def __init__(self, component: str, problems: Iterable[Problem], resolved: Any = None) -> None:
        self.problems = tuple(problems)
        self.resolved = resolved
        self._text = render(component, self.problems)
        super().__init__(self._text, [{"property_path": p.path, "reason": str(p)} for p in self.problems])

    def __str__(self) -> str:
        return self._text


def unknown_args(args: Mapping[str, Any], shape: type, path: str = "") -> list[Problem]:
    """Problems for keys of `args` that the TypedDict `shape` does not declare.

    A plain Python caller gets no check from the TypedDict at run time, and a typo would otherwise be dropped silently.
    """
    return unknown_keys(args, shape.__annotations__, path)
