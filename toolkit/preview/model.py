"""The report of a preview: plain, frozen data from which every format is rendered.

`VERSION` rises with a change that a reader of the JSON has to know of: a key that goes, or means something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.diff.edits import Edit
from toolkit.policy.findings import Finding, Unjudged

__all__ = [
    "VERSION",
    "Capacity",
    "Change",
    "ChangeKind",
    "Drift",
    "Images",
    "Level",
    "Made",
    "ObjectDiff",
    "Reason",
    "ReleaseDiff",
    "Report",
    "StackReport",
    "Verdict",
]

VERSION = 1


class Verdict(StrEnum):
    """What a reviewer has to do."""

    SAFE = "safe"
    """Nothing that needs a decision."""
    ATTENTION = "needs attention"
    """Something is lost, replaced, drifted, or could not be judged."""
    BLOCKED = "blocked"
    """The update would be refused, or the preview failed."""


class Level(StrEnum):
    """How much a reason weighs."""

    BLOCKS = "blocks"
    ATTENTION = "attention"


class ChangeKind(StrEnum):
    """What becomes of a resource, the gravest first."""

    DELETE = "delete"
    REPLACE = "replace"
    FORGET = "forget"
    """Leaves the state and stays in the cloud."""
    OTHER = "other"
    """An operation that is not known here."""
    UPDATE = "update"
    IMPORT = "import"
    RENAME = "rename"
    CREATE = "create"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is what it is."""

    level: Level
    text: str
    """Words of ours alone, so that every format may show them as they are."""
    stacks: tuple[str, ...]
    names: tuple[str, ...] = ()
    """What it is about: resources, policies."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one resource, in one stack or alike in several."""

    kind: ChangeKind
    urn: str
    """In the first of the stacks."""
    name: str
    type: str
    component: str
    """What it is part of, e.g. `voice-cluster`; empty at the top."""
    stacks: tuple[str, ...]
    operation: str
    """The engine's word."""
    order: str = ""
    """Of a replacement: `create before delete` or `delete before create`."""
    forced_by: tuple[str, ...] = ()
    """Properties that force a replacement."""
    stake: str = ""
    """What a deletion or replacement takes with it; empty where nothing is lost."""
    protected: bool = False
    """The engine refuses to delete it."""
    before: str = ""
    """Former URN of a renamed resource."""
    edits: tuple[Edit, ...] = ()

    @property
    def removes(self) -> bool:
        """Whether something that exists goes away."""
        return self.kind in (ChangeKind.DELETE, ChangeKind.REPLACE)


@dataclass(frozen=True, slots=True)
class Made:
    """Resources of one component and type that are created."""

    component: str
    type: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectDiff:
    """One object of a rendered chart that differs."""

    id: str
    """`Kind/name`."""
    kind: ChangeKind
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Images:
    """Images that a release's objects run, by what changes."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseDiff:
    """What changes inside a Helm release."""

    name: str
    namespace: str
    stacks: tuple[str, ...]
    kind: ChangeKind
    values: tuple[Edit, ...] = ()
    objects: tuple[ObjectDiff, ...] = ()
    images: Images = Images()
    note: str = ""
    """Why the objects are not told, or not in full."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Size of one pool of machines; None where it is not there, or known only after the update."""

    name: str
    machine: tuple[str | None, str | None]
    """Instance type before and after."""
    gpu: tuple[str | None, str | None]
    """Model of its GPUs."""
    nodes: tuple[int | None, int | None]
    """How many are asked for."""
    most: tuple[int | None, int | None]
    """How many there may be."""
    gpus: tuple[int, int]
    """GPUs of the nodes asked for."""
    most_gpus: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Drift:
    """A resource that is not as the state has it."""

    urn: str
    name: str
    type: str
    gone: bool
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class StackReport:
    """One stack."""

    name: str
    project: str
    result: str
    """`succeeded`, `failed` or `incomplete` (the stream ends too early)."""
    counts: Mapping[str, int]
    """Resources by what becomes of them, `same` included."""
    changes: tuple[Change, ...] = ()
    """Without creates; those that another stack has alike stand there."""
    made: tuple[Made, ...] = ()
    releases: tuple[ReleaseDiff, ...] = ()
    findings: tuple[Finding, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()
    judged: bool = False
    """Whether a policy pack ran."""
    capacity: tuple[Capacity, ...] = ()
    slots: tuple[tuple[str, int | None, int | None], ...] = ()
    """Voice slots that the stack exports: name, before, after."""
    outputs: tuple[Edit, ...] = ()
    """Exports that change."""
    drift: tuple[Drift, ...] = ()
    refreshed: bool = False
    """Whether the state was compared with the cloud."""
    secrets: tuple[tuple[str, str], ...] = ()
    """Secrets of configuration and state: name, and `set`, `changed`, `removed` or `not known`."""
    secretless: bool = False
    """Whether it ran with placeholders for secrets."""
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unread: Mapping[str, int] = field(default_factory=dict)
    """Events that are not known here, by kind; `malformed` counts lines that are none."""
    digest: str = ""
    """Of the plan: equal for two previews that would do the same."""


@dataclass(frozen=True, slots=True)
class Report:
    """All stacks and the verdict."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    stacks: tuple[StackReport, ...]
    changes: tuple[Change, ...]
    """Of all stacks, the gravest first, without creates; what several stacks have alike is told once."""
    releases: tuple[ReleaseDiff, ...]
    digest: str
    version: int = VERSION
