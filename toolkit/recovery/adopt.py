"""Write a recovery plan into an exported state, so that the engine's own refresh settles it.

An object to take over is entered as a resource with its id and the inputs of the begun creation. A refresh then reads
it: if it exists, the state gets its true outputs; if it does not, the refresh drops it again. Either way the next
update goes on from the truth. Nothing is decrypted: inputs are moved as they stand.

A creation may have been half of a replacement. The object to be replaced is then in the state under the same name: one
that was deleted first gives its place to the new one, one that still exists is marked for deletion, as the engine would
have done next. Where the refresh finds that the new one was never made, `undo_replacements` takes the mark off again.
"""

import copy
from collections.abc import Mapping
from typing import Any

from toolkit.recovery.plan import Decision, Plan

__all__ = ["adopt", "undo_replacements"]


def adopt(exported: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """The state with every decided creation settled; those to ask about stay pending.

    Args:
        exported: What `pulumi stack export` printed.
        plan: The decisions.
    """
    state = copy.deepcopy(dict(exported))
    deployment = state["deployment"]
    ids = {step.pending.urn: step.ids[0] for step in plan.of(Decision.TAKE_OVER)}
    open_urns = {step.pending.urn for step in plan.of(Decision.ASK)}
    resources = deployment.setdefault("resources", [])
    still_pending = []
    for operation in deployment.get("pending_operations") or []:
        resource = operation["resource"]
        urn = resource["urn"]
        if operation.get("type") != "creating" or urn in open_urns:
            still_pending.append(operation)
        elif urn in ids:
            _enter(resources, resource | {"id": ids[urn], "custom": True})
    deployment["pending_operations"] = still_pending
    return state


def undo_replacements(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any] | None:
    """The state after a refresh without the marks that `adopt` made for objects that turned out not to exist.

    Args:
        before: The state as exported before `adopt`.
        after: The state as exported after the refresh.

    Returns:
        The repaired state; None if there is nothing to repair.
    """
    unmarked = {(each["urn"], each.get("id")) for each in _resources(before) if not each.get("delete")}
    live = {each["urn"] for each in _resources(after) if not each.get("delete")}
    state = copy.deepcopy(dict(after))
    changed = False
    for resource in _resources(state):
        if resource.get("delete") and resource["urn"] not in live and (resource["urn"], resource.get("id")) in unmarked:
            del resource["delete"]
            changed = True
    return state if changed else None


def _enter(resources: list[dict[str, Any]], entry: dict[str, Any]) -> None:
    """Put a resource into the state, in place of, or beside, the one it replaces."""
    place = len(resources)
    for index, known in enumerate(resources):
        if known["urn"] != entry["urn"] or known.get("delete"):
            continue
        if known.get("pendingReplacement"):  # it exists no more, and the new one may have its very id
            place = index
        elif known.get("id") == entry["id"]:
            return
        else:
            known["delete"] = True
    if place < len(resources):
        del resources[place]
        # The engine wants everything behind what it depends on; what depends on this one is behind this place.
        if not _needed(entry) <= {known["urn"] for known in resources[:place]}:
            place = len(resources)
    resources.insert(place, entry)


def _needed(resource: Mapping[str, Any]) -> set[str]:
    """URNs that a resource refers to."""
    by_property = (resource.get("propertyDependencies") or {}).values()
    found = {*(resource.get("dependencies") or []), *(urn for urns in by_property for urn in urns or [])}
    return found | {str(resource[key]) for key in ("parent", "deletedWith") if resource.get(key)}


def _resources(exported: Mapping[str, Any]) -> list[dict[str, Any]]:
    return (exported.get("deployment") or {}).get("resources") or []
