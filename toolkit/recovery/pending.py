"""Read from an exported state what the engine began to create and never recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["PendingCreate", "name_of", "pending_creates", "recorded_ids"]


@dataclass(frozen=True, slots=True)
class PendingCreate:
    """One creation that was begun: its outcome is unknown."""

    urn: str
    type: str
    """Type token, e.g. `aws:ec2/vpc:Vpc`."""
    inputs: Mapping[str, Any]
    """The inputs sent to the provider, secrets as the state holds them (encrypted)."""

    @property
    def name(self) -> str:
        """The logical name, last part of the URN."""
        return name_of(self.urn)


def name_of(urn: str) -> str:
    """The logical name in a URN."""
    return urn.rsplit("::", 1)[-1]


def pending_creates(exported: Mapping[str, Any]) -> tuple[PendingCreate, ...]:
    """The unfinished creations in what `pulumi stack export` printed, in the order they were begun."""
    operations = (exported.get("deployment") or {}).get("pending_operations") or []
    return tuple(
        PendingCreate(
            urn=operation["resource"]["urn"],
            type=operation["resource"]["type"],
            inputs=operation["resource"].get("inputs") or {},
        )
        for operation in operations
        if operation.get("type") == "creating"
    )


def recorded_ids(exported: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Type and id of every resource that the state knows."""
    resources = (exported.get("deployment") or {}).get("resources") or []
    return frozenset((resource["type"], resource["id"]) for resource in resources if resource.get("id"))
