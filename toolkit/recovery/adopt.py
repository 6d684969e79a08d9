"""Write a recovery plan into an exported state, so that the engine's own refresh settles it.

An object to take over is entered as a resource with its id and the inputs of the begun creation. A refresh then reads
it: if it exists, the state gets its true outputs; if it does not, the refresh drops it again. Either way the next
update goes on from the truth. Nothing is decrypted: inputs are moved as they stand.
"""

import copy
from collections.abc import Mapping
from typing import Any

from toolkit.recovery.plan import Decision, Plan

__all__ = ["adopt"]


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
    recorded = {(resource["urn"], resource.get("id")) for resource in resources}
    still_pending = []
    for operation in deployment.get("pending_operations") or []:
        resource = operation["resource"]
        urn = resource["urn"]
        if operation.get("type") != "creating" or urn in open_urns:
            still_pending.append(operation)
        elif urn in ids and (urn, ids[urn]) not in recorded:
            resources.append(resource | {"id": ids[urn], "custom": True})
            recorded.add((urn, ids[urn]))
    deployment["pending_operations"] = still_pending
    return state
