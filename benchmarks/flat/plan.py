"""From the engine's own preview of a stack to a list of resources that a loop can declare.

Owns what of a preview is the program's and what the engine and the providers added to it.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

Plan = Mapping[str, Any]
"""What `pulumi preview --json` prints."""

_ADDED = ("__defaults", "__internal")


def declarations(plan: Plan) -> list[dict[str, Any]]:
    """What a flat program has to declare, in the order of the preview, so that dependencies come first.

    Values that are not known before an update stay the engine's own mark for them, which it understands from a
    program too. Values that the provider filled in are left out, for the provider will fill them in again.
    """
    return [
        {
            "urn": state["urn"],
            "type": state["type"],
            "name": _name(state["urn"]),
            "inputs": _written(state.get("inputs", {})),
            "provider": state.get("provider", "").rpartition("::")[0],
            "depends_on": sorted(state.get("dependencies", [])),
            "protect": state.get("protect", False),
        }
        for state in _custom(plan)
    ]


def planned(plan: Plan) -> Counter[tuple[str, str]]:
    """How often the plan creates each type and name; components, which only the engine knows, are left out."""
    return Counter((state["type"], _name(state["urn"])) for state in _custom(plan))


def _custom(plan: Plan) -> list[Mapping[str, Any]]:
    return [step["newState"] for step in plan["steps"] if step["op"] == "create" and step["newState"].get("custom")]


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        added = {*_ADDED, *value.get("__defaults", ())}
        return {key: _written(each) for key, each in value.items() if key not in added}
    return [_written(each) for each in value] if isinstance(value, list) else value
