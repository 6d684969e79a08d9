"""Which Kubernetes secrets of a stack a key becomes, and which changes of a preview are not theirs.

Pure: reads an exported state and the steps of a preview.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.secrets.table import Secret

__all__ = ["Change", "MadeSecret", "made_of", "other_changes"]

_SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 - a type of resources
_RELEASE = "cartesia:index:CartesiaRelease$"
_NO_CHANGE = frozenset({"same", "read", "refresh"})


@dataclass(frozen=True, slots=True)
class MadeSecret:
    """One Kubernetes secret that the stack made of the key."""

    urn: str
    name: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that an update would do."""

    op: str
    """The engine's word, e.g. `update`, `replace`."""
    urn: str

    def __str__(self) -> str:
        return f"{self.op} {self.urn.rpartition('::')[2]} ({self.urn.split('::')[2].rpartition('$')[2]})"


def made_of(exported: Mapping[str, Any], secret: Secret) -> tuple[MadeSecret, ...]:
    """The Kubernetes secrets that a release of the stack makes of a secret; none where it names existing ones.

    Args:
        exported: What `pulumi stack export` printed.
        secret: Row of the table.
    """
    ends = tuple(f"-{argument.child}{more}" for argument in secret.arguments for more in ("", "-secret"))
    resources = (exported.get("deployment") or {}).get("resources") or []
    return tuple(
        MadeSecret(each["urn"], metadata["name"], metadata.get("namespace") or "default")
        for each in resources
        if each["type"] == _SECRET and _RELEASE in each["urn"] and each["urn"].endswith(ends)
        if isinstance((metadata := (each.get("inputs") or {}).get("metadata") or {}).get("name"), str)
    )


def other_changes(steps: Iterable[Mapping[str, Any]], made: Iterable[MadeSecret]) -> tuple[Change, ...]:
    """What a preview would change besides the secrets.

    Components count only by what is in them: a change of their arguments alone changes nothing outside the state.

    Args:
        steps: Of `pulumi preview --json`.
        made: The Kubernetes secrets that are meant to change.
    """
    own = {secret.urn for secret in made}
    return tuple(
        Change(str(step["op"]), str(step["urn"]))
        for step in steps
        if step["op"] not in _NO_CHANGE and step["urn"] not in own and _is_object(step)
    )


def _is_object(step: Mapping[str, Any]) -> bool:
    state = step.get("newState") or step.get("oldState") or {}
    return bool(state.get("custom", True)) and state.get("type") != "pulumi:pulumi:Stack"
