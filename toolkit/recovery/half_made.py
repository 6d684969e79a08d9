"""Find what is there and not in service, and say what brings it back.

A cloud takes a call, makes the object and fails afterwards: a node group whose instances found no room, an add-on whose
pods never came up. The engine records it with the provider's error and counts a later update, which only reads, as
success. So every recorded object of a kind that has a status is looked at. Pure but for the statuses it is given.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

__all__ = ["CURES", "Condition", "Conditions", "Cure", "HalfMade", "half_made", "marked", "unprotected"]


@dataclass(frozen=True, slots=True)
class Condition:
    """What an object says of itself."""

    status: str
    """The cloud's word, e.g. `CREATE_FAILED`."""
    issues: tuple[str, ...] = ()
    """Its reasons, each with its code."""


class Conditions(Protocol):
    """Anything that can be asked how an object is."""

    def of(self, type_token: str, object_id: str) -> Condition | None:
        """The condition of an object; None where it does not exist. Raises `InventoryError`."""
        ...


class Cure(StrEnum):
    """What is done about an object that is not in service."""

    WAIT = "wait"
    """The cloud is at work on it: run this again when that has ended."""
    REMAKE = "remove, and make again"
    """It never was in service and nothing was built on it: it goes first, so that it takes no room from the next."""
    REPLACE = "replace"
    """The next update replaces it, and what was built on it follows."""
    UPDATE = "update"
    """The next update changes it again; reading it shows what is missing."""
    WATCH = "watch"
    """The cloud brings it back by itself when the reason has gone."""


CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"

# source: EKS API reference, ClusterStatus, NodegroupStatus and AddonStatus; aws/containers-roadmap#2204 (a degraded
# group takes no update) and #2242 (an add-on recovers by itself or by an update), 2026-11-25
_EKS_PASSING = dict.fromkeys(("CREATING", "UPDATING", "DELETING", "PENDING"), Cure.WAIT)
CURES: Mapping[str, Mapping[str, Cure | None]] = {
    CLUSTER: {"ACTIVE": None, **_EKS_PASSING, "FAILED": Cure.REMAKE},
    NODE_GROUP: {
        "ACTIVE": None,
        **_EKS_PASSING,
        "CREATE_FAILED": Cure.REMAKE,
        "DEGRADED": Cure.REPLACE,
        "DELETE_FAILED": Cure.REPLACE,
    },
    ADDON: {
        "ACTIVE": None,
        **_EKS_PASSING,
        "CREATE_FAILED": Cure.REMAKE,
        "DELETE_FAILED": Cure.REPLACE,
        "UPDATE_FAILED": Cure.UPDATE,
        "DEGRADED": Cure.WATCH,
    },
}
"""By type token and status, what helps; None where the object is in service. Any other status is watched."""


@dataclass(frozen=True, slots=True)
class HalfMade:
    """One object that is not in service."""

    urn: str
    type: str
    id: str
    condition: Condition
    cure: Cure

    @property
    def name(self) -> str:
        """Its logical name."""
        return self.urn.rsplit("::", 1)[-1]


def half_made(exported: Mapping[str, Any], conditions: Conditions) -> tuple[HalfMade, ...]:
    """Every recorded object that is not in service, in the order of the state.

    Args:
        exported: What `pulumi stack export` printed.
        conditions: Who is asked.

    Raises:
        InventoryError: The cloud could not be asked.
    """
    resources = (exported.get("deployment") or {}).get("resources") or []
    needed = {urn for each in resources for urn in _needed(each)}
    found = []
    for resource in resources:
        type_token, object_id = resource["type"], resource.get("id")
        if type_token not in CURES or not object_id or resource.get("delete") or resource.get("external"):
            continue
        condition = conditions.of(type_token, object_id)
        cure = CURES[type_token].get(condition.status, Cure.WATCH) if condition else None
        if condition and cure:
            wanted = Cure.REPLACE if cure is Cure.REMAKE and resource["urn"] in needed else cure
            found.append(HalfMade(resource["urn"], type_token, object_id, condition, wanted))
    return tuple(found)


def marked(exported: Mapping[str, Any], found: Iterable[HalfMade]) -> dict[str, Any]:
    """The state in which the next update replaces all that is to be replaced, as `pulumi state taint` marks it."""
    urns = {each.urn for each in found if each.cure is Cure.REPLACE}
    return _changed(exported, urns, {"taint": True})


def unprotected(exported: Mapping[str, Any], found: Iterable[HalfMade]) -> dict[str, Any]:
    """The state in which what never was in service may be removed; the update that makes it again protects it again."""
    urns = {each.urn for each in found if each.cure is Cure.REMAKE}
    return _changed(exported, urns, {"protect": False})


def _changed(exported: Mapping[str, Any], urns: set[str], values: Mapping[str, Any]) -> dict[str, Any]:
    state = copy.deepcopy(dict(exported))
    for resource in state["deployment"].get("resources") or []:
        if resource["urn"] in urns and not resource.get("delete"):
            resource.update(values)
    return state


def _needed(resource: Mapping[str, Any]) -> set[str]:
    by_property = (resource.get("propertyDependencies") or {}).values()
    parts = {*(resource.get("dependencies") or []), *(urn for urns in by_property for urn in urns or [])}
    return parts | {str(resource[key]) for key in ("parent", "deletedWith") if resource.get(key)}
