"""Names of stacks, read off the names of their files."""

from collections.abc import Sequence
from pathlib import Path

from core.input.problems import closest

__all__ = ["PREFIX", "SUFFIX", "meant_stack", "stack_names", "stack_of"]

PREFIX, SUFFIX = "Pulumi.", ".yaml"
"""What stands before and after the name of a stack in the name of its file."""


def stack_of(file: Path) -> str:
    """Name of the stack that a file is of; it may hold dots."""
    return file.name.removeprefix(PREFIX).removesuffix(SUFFIX)


def stack_names(folder: Path) -> list[str]:
    """Names of the stacks that a folder has files of, sorted; they may hold dots."""
    return sorted(stack_of(file) for file in folder.glob(f"{PREFIX}*{SUFFIX}"))


def meant_stack(stack: str, known: Sequence[str]) -> str:
    """The stack that a mistyped name must mean, else all names."""
    near = closest(stack, known)
    return f"did you mean {near}?" if near else f"known stacks: {', '.join(known)}"
