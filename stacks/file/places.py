"""Errors of a stack file with the file's name and the line of each.

Owns finding the file that the user wrote: in the sandbox the engine reads a copy, and the program still lies beside the
original. A file that is not there or cannot be read gives no line, and no error of its own.
"""

from collections.abc import Iterable
from dataclasses import replace

from core.input.problems import InvalidInput, Problem
from core.input.stack_file import StackFile, read_stack_file
from core.input.stack_lines import line_of
from stacks.target import Sources

__all__ = ["placed"]


def placed(problems: Iterable[Problem], sources: Sources) -> list[Problem]:
    """The problems, each with `stacks/Pulumi.<stack>.yaml:LINE` where its path has a line."""
    path = sources.program / f"Pulumi.{sources.stack}.yaml"
    name = path.relative_to(sources.root).as_posix() if path.is_relative_to(sources.root) else path.name
    try:
        file = read_stack_file(path.read_bytes(), name)
    except (OSError, InvalidInput):
        return list(problems)
    return [_placed(problem, file, name) for problem in problems]


def _placed(problem: Problem, file: StackFile, name: str) -> Problem:
    line = line_of(file, problem.path)
    return problem if line is None else replace(problem, place=f"{name}:{line}")
