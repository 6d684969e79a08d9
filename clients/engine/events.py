"""The kinds of events that the engine emits in a run, each a frozen object.

What an older engine does not tell was read off its published event types (3.100, 3.150, 3.200 and 3.259).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clients.engine.steps import Step

__all__ = [
    "Cancelled",
    "Diagnostic",
    "Event",
    "InternalError",
    "Malformed",
    "Other",
    "PolicyLoaded",
    "PolicyRemediated",
    "PolicySummary",
    "PolicyViolated",
    "Prelude",
    "StepBegun",
    "StepDone",
    "StepFailed",
    "Summary",
    "Told",
]


@dataclass(frozen=True, slots=True)
class Prelude:
    """The run begins."""

    config: Mapping[str, str]
    """Configuration of the stack; secret values are hidden by the engine."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something the engine, a provider or the program said."""

    severity: str
    """`info`, `info#err`, `warning` or `error`."""
    message: str
    urn: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the run fails by it."""
        return self.severity == "error"


@dataclass(frozen=True, slots=True)
class Told:
    """A line for people outside diagnostics: of the command line, or progress of a download."""

    message: str


@dataclass(frozen=True, slots=True)
class StepBegun:
    """A step is begun; in a preview, planned."""

    step: Step
    planning: bool


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step is done; in a refresh this one tells the finding."""

    step: Step
    planning: bool


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step failed; previews emit none."""

    step: Step


@dataclass(frozen=True, slots=True)
class PolicyLoaded:
    """Packs of policies are being loaded."""


@dataclass(frozen=True, slots=True)
class PolicyViolated:
    """A policy found fault."""

    urn: str
    """Of the resource; empty or the stack's for a policy on the whole stack."""
    policy: str
    pack: str
    pack_version: str
    level: str
    """`mandatory` or `advisory`."""
    message: str
    """Reason and text, one line each."""
    severity: str = ""
    """`low`, `medium`, `high` or `critical`; an engine of 3.200 does not tell."""


@dataclass(frozen=True, slots=True)
class PolicyRemediated:
    """A policy changed a resource."""

    urn: str
    policy: str
    pack: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PolicySummary:
    """Which policies passed and which failed; an engine of 3.150 does not tell."""

    kind: str
    """`analyze`, `remediate` or `stack`."""
    urn: str
    pack: str
    passed: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The run is over."""

    changes: Mapping[str, int]
    """How many resources have each operation."""
    result: str = ""
    """`succeeded`, `failed` or `canceled`; an engine of 3.200 does not tell."""
    is_preview: bool = False
    duration_seconds: int = 0
    maybe_corrupt: bool = False


@dataclass(frozen=True, slots=True)
class InternalError:
    """The engine itself went wrong."""

    message: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The stream ends; every run has it, whatever came of it."""


@dataclass(frozen=True, slots=True)
class Other:
    """An event of a kind that is not known here."""

    kind: str
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is no event. Its text is not kept: nobody can say what is in it."""

    characters: int


Event = (
    Prelude
    | Diagnostic
    | Told
    | StepBegun
    | StepDone
    | StepFailed
    | PolicyLoaded
    | PolicyViolated
    | PolicyRemediated
    | PolicySummary
    | Summary
    | InternalError
    | Cancelled
    | Other
    | Malformed
)
