"""What a preview plans, as resources that a policy pack can judge: the objects of Kubernetes, and each loss.

The engine shows a pack resources and not operations, and a Helm release as values and not as the pods it makes. What is
missing there is described here by resources of a state that the same pack judges in a second run. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from clients.engine import Event, Op, State, Step, StepBegun, is_asset, is_secret

__all__ = ["HIDDEN", "STEP", "Resource", "described", "plain", "registered", "state_of"]

Resource = Mapping[str, Any]
"""As an exported state has it: `urn`, `type`, `inputs`."""

STEP: Final = "pulumi:policy:Step"
"""Type by which the rules on updates know a described operation."""
HIDDEN: Final = "[secret]"
"""Stands for what is not shown; the pack counts it as not known."""
_KUBERNETES: Final = "kubernetes:"
_NOT_SHOWN: Final = "kubernetes:core/v1:Secret"


def registered(events: Iterable[Event]) -> tuple[Resource, ...]:
    """The objects of Kubernetes that a preview registers, releases included and secrets left out."""
    found: dict[str, Resource] = {}
    for step in _steps(events):
        new = step.new
        if new is not None and new.type.startswith(_KUBERNETES) and new.type != _NOT_SHOWN:
            found[new.urn] = _resource(new)
    return tuple(found.values())


def described(events: Iterable[Event]) -> tuple[Resource, ...]:
    """One resource of type `STEP` for each deletion and replacement, with the URN of what it happens to."""
    order: dict[str, list[Step]] = {}
    for step in _steps(events):
        order.setdefault(step.urn, []).append(step)
    return tuple(each for steps in order.values() for each in _losses(steps))


def _losses(steps: list[Step]) -> Iterator[Resource]:
    ops = [step.op for step in steps]
    old = next((step.old for step in steps if step.old is not None), None)
    if old is None or not old.custom or old.retain_on_delete or old.external:
        return
    if Op.REPLACE in ops or Op.CREATE_REPLACEMENT in ops:
        yield _loss(old, "replace", deletes_first=_before(ops, Op.DELETE_REPLACED, Op.CREATE_REPLACEMENT))
    elif Op.DELETE in ops:
        yield _loss(old, "delete", deletes_first=True)


def _before(ops: list[str], one: str, other: str) -> bool:
    return one in ops and (other not in ops or ops.index(one) < ops.index(other))


def _loss(old: State, op: str, *, deletes_first: bool) -> Resource:
    inputs = {"op": op, "type": old.type, "deletesFirst": deletes_first, "old": plain(old.inputs)}
    return {"urn": old.urn, "type": STEP, "inputs": inputs}


def _steps(events: Iterable[Event]) -> Iterator[Step]:
    return (event.step for event in events if isinstance(event, StepBegun))


def _resource(state: State) -> Resource:
    return {"urn": state.urn, "type": state.type, "inputs": plain(state.inputs)}


def plain(value: Any) -> Any:
    """A value without secrets and files, which are hidden; whatever is not known keeps the engine's mark."""
    if is_secret(value) or is_asset(value):
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def state_of(resources: Iterable[Resource]) -> Mapping[str, Any]:
    """A state that holds resources, as `pulumi policy analyze` reads it."""
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    rows = [{"custom": False, "outputs": each["inputs"], **each} for each in resources]
    return {"version": 3, "deployment": {"manifest": manifest, "resources": rows}}
