"""Warnings of components in the words of the stack file: its keys' spelling, and file and line.

Owns the way from a component's arguments to the section of the stack file that they were written in.
"""

from core.input.problems import Problem
from core.input.shapes import camel, fields, respell
from stacks.file.places import placed
from stacks.target import Sources, Target

__all__ = ["worded"]


def worded(problem: Problem, shape: type, target: Target, sources: Sources) -> Problem:
    """A warning about arguments of `shape` as the writer of the stack file must read it.

    Args:
        problem: The warning in the spelling of Python, its path counted from the arguments.
        shape: TypedDict of the component's arguments.
        target: Target of the stack.
        sources: Where the stack file lies.
    """
    section = next((camel(name) for name, (hint, _) in fields(target.shape).items() if hint is shape), None)
    prefix = "" if section is None else f"cartesia:{section}"
    return placed([respell(problem, shape, prefix)], sources)[0]
