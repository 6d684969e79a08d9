"""What a target is to a stack file: the sections it takes, and what they become.

Owns the type of a row; the table is in `stacks.targets`. Adding a target is a module there that makes one `Target`, and
its name in the table.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pulumi

from core.input.problems import Problem, Problems

__all__ = ["CommonSettings", "Judgement", "Sources", "Target"]


class CommonSettings(TypedDict):
    """Keys of every stack file, whatever its target. Each target's own shape extends it."""

    production: NotRequired[bool]
    """True protects what holds state or takes calls against deletion. Default false."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything a stack's settings are read from. Nothing else is looked at."""

    stack: str
    """Name of the stack."""
    config: Mapping[str, str]
    """Configuration by full key (`cartesia:eks`), decrypted. Structured values as JSON text."""
    is_secret: Callable[[str], bool]
    """Whether a full key was encrypted."""
    environment: Mapping[str, str]
    """Environment variables: files with secrets, lock and store of the vendor archive."""
    root: Path
    """Root of the checkout."""
    program: Path
    """Folder the engine runs providers in. Chart paths are relative to it, so they are alike on every machine."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What something outside of the stack file says to it. Paths start with the section, spelled as in Python."""

    problems: tuple[Problem, ...]
    """What stops the stack."""
    warnings: tuple[Problem, ...]
    """What is told, and may be meant."""


def _nothing_outside(_args: Any, _sources: Sources) -> Judgement:
    return Judgement((), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One place for the voice stack to run."""

    section: str
    """Key below `cartesia:` that chooses it."""
    title: str
    """Its name in prose, e.g. `SageMaker`."""
    shape: type
    """TypedDict of all keys such a stack file may have, secrets left out."""
    takes_secrets: bool
    """Whether it uses the secrets of `core.secrets.table`."""
    prepare: Callable[[dict[str, Any], Mapping[str, Any], Sources, Problems], None]
    """Adds what no stack file holds to the raw sections: takes them, the secrets by key, and the sources."""
    arguments: Callable[[Any, str], Any]
    """The component's arguments, from sections of the right shape and the stack's name."""
    check: Callable[[Any], Iterable[Problem]]
    """What the component would refuse. Paths start with the section, names are spelled as in Python."""
    provider: Callable[[Any, str], pulumi.ProviderResource | None]
    """The one provider of the stack's cloud, from the sections and the stack's name. None: it needs none."""
    component: Callable[[str, Any, pulumi.ResourceOptions], pulumi.ComponentResource]
    """The class of what the stack is. Its annotations are the stack's outputs."""
    environment: str = ""
    """Name of an environment to start from. Empty: `<section>-dev`."""
    judge: Callable[[Any, Sources], Judgement] = _nothing_outside
    """What lies on disk and must fit, asked once `check` finds nothing: the component's arguments, and the sources."""
    within: Callable[[Any, str], AbstractContextManager[None]] = lambda _sections, _stack: nullcontext()
    """What the component is declared within, from the sections and the stack's name: how to ask the cloud, for example,
    which components do not."""
    protected: tuple[str, ...] = ()
    """Types of resources that the stack protects in production, beside what the component protects itself."""

    @property
    def example(self) -> str:
        """The stack file of the environment to start from."""
        return f"stacks/Pulumi.{self.environment or f'{self.section}-dev'}.yaml"
