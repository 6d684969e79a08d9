"""What a readiness rule sees and says; nothing here talks to a cluster."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """One object as it is now, with the neighbours its rule needs; empty where the rule needs none."""

    obj: Object
    endpoint_slices: Sequence[Object] = ()
    storage_class: Object | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """Nothing more to wait for."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """Worth waiting; `reasons` say for what, and stand in the error if time runs out."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """Waiting longer cannot help."""

    reasons: tuple[str, ...]


Verdict = Ready | NotReady | Failed
Fold = Callable[[Seen], Verdict]


@dataclass(frozen=True, slots=True)
class Rule:
    """How readiness of a kind is decided, and which neighbours have to be fetched for it."""

    fold: Fold
    needs: frozenset[str] = field(default_factory=frozenset)
    """Of `endpoint_slices`, `storage_class`."""
    explained_by_pods: bool = False
    """Whether its pods say why it is not ready."""


def waiting(reason: str) -> NotReady:
    """One reason to wait."""
    return NotReady((reason,))


def failed(reason: str) -> Failed:
    """One reason to give up."""
    return Failed((reason,))


def condition(obj: Object, kind: str) -> Object | None:
    """The status condition of that type, if the object has it."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((item for item in conditions if item.get("type") == kind), None)


def is_true(found: Object | None) -> bool:
    """Whether a condition is there and true."""
    return found is not None and found.get("status") == "True"


def words(found: Object) -> str:
    """Reason and message of a condition or container state in one line."""
    return ": ".join(str(found[key]) for key in ("reason", "message") if found.get(key)) or "no reason given"


def observed(obj: Object) -> bool:
    """Whether the controller has seen the current spec; before that, its status is about another one."""
    generation = (obj.get("metadata") or {}).get("generation") or 0
    return int((obj.get("status") or {}).get("observedGeneration") or 0) >= int(generation)


def count(obj: Object, key: str) -> int:
    """A number in `status`; absent is 0, as the API leaves zeros out."""
    return int((obj.get("status") or {}).get(key) or 0)
