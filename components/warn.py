"""Warnings of components: told through the engine, in the spelling of whoever wrote the arguments.

A component knows its arguments by their Python names. A program that read them from a stack file says once how its
readers spell them (`wording`); without it, warnings speak of the Python names.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import pulumi

from core.input.problems import Problem

__all__ = ["Wording", "note", "tell", "warn", "wording"]

Wording = Callable[[Problem, type], Problem]
"""From a warning and the TypedDict of the arguments it is about to the warning as it is told."""

_wording: ContextVar[Wording] = ContextVar("wording", default=lambda problem, shape: problem)


@contextmanager
def wording(change: Wording) -> Iterator[None]:
    """Have every warning within it told as `change` words it."""
    token = _wording.set(change)
    try:
        yield
    finally:
        _wording.reset(token)


def note(text: str, resource: pulumi.Resource) -> None:
    """Tell something good to know beside a resource."""
    pulumi.log.info(text, resource=resource)


def warn(problem: Problem, shape: type, resource: pulumi.Resource) -> None:
    """Tell a warning about arguments of `shape` beside a resource."""
    pulumi.log.warn(str(_wording.get()(problem, shape)), resource=resource)


def tell(problem: Problem) -> None:
    """Tell a warning that is about no resource, in the words of the stack file already."""
    pulumi.log.warn(str(problem))
