"""How a long fetch tells what it is doing; who listens decides how it looks."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is going on. Never holds anything of a key."""

    text: str
    """What is being done, in the present tense, e.g. `downloading cartesia-kube-latest.tar.gz`."""
    done_bytes: int = 0
    total_bytes: int = 0
    """0 where the step has no size."""


Progress = Callable[[Step], None]
"""Called with each step, and about once a block within a sized one."""


def silent(step: Step) -> None:
    """Tell nobody."""
