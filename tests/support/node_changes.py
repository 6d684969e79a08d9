"""What the engine plans for a change of nodes, in the form that the table in the documentation has."""

import copy

import yaml

from docs.reference.cluster_changes import Effect
from tests.support.stack_world import StackWorld

__all__ = ["plan_of", "plan_said"]

_RELEASE = ("voice-release", "voice-addons")


def plan_said(effect: Effect) -> dict[str, list[str]]:
    """The plan of a row."""
    return {operation: sorted(names) for operation, names in effect.plan.items()}


def plan_of(world: StackWorld, stack: str, section: str, effect: Effect) -> dict[str, list[str]]:
    """The plan of the engine, release and add-ons left out."""
    file = world.settings(stack)
    before = file.path.read_text()
    content = copy.deepcopy(yaml.safe_load(before))
    for path, value in effect.settings.items():
        *parents, last = path.split("__")
        node = content["config"][f"cartesia:{section}"]
        for part in parents:
            node = node.setdefault(part, {})
        if value is None:
            node.pop(last, None)
        else:
            node[last] = value
    file.path.write_text(yaml.safe_dump(content, sort_keys=False))
    try:
        planned = world.preview(stack)
    finally:
        file.path.write_text(before)
    own = {op: [name for name in names if not name.startswith(_RELEASE)] for op, names in planned.items()}
    if not effect.whole:
        own = {op: [name for name in names if name in effect.plan.get(op, ())] for op, names in own.items()}
    return {op: sorted(set(names)) for op, names in own.items() if names}
