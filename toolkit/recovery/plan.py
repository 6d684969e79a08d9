"""Decide, for each unfinished creation, whether to take the object over, forget it or ask a person.

Pure but for the inventory it is given.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from toolkit.recovery.identity import id_from_inputs, is_overwritten
from toolkit.recovery.inventory import Found, Inventory
from toolkit.recovery.pending import PendingCreate

__all__ = ["Decision", "Plan", "Step", "ids_follow_from_inputs", "make_plan"]


class Decision(StrEnum):
    """What happens with one unfinished creation."""

    TAKE_OVER = "take over"
    """The object's id is known: the engine reads it and records it; where it does not exist, it is made again."""
    FORGET = "forget"
    """No such object exists: the next update makes it."""
    ASK = "ask"
    """More than one object fits, or one cannot be looked for: a person must say which is ours, or that none is."""


@dataclass(frozen=True, slots=True)
class Step:
    """The decision on one unfinished creation."""

    pending: PendingCreate
    decision: Decision
    ids: tuple[str, ...]
    """The ids that fit: one to take over, none to forget, several or none to ask about."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Decisions on all unfinished creations of a stack."""

    steps: tuple[Step, ...]

    def of(self, decision: Decision) -> tuple[Step, ...]:
        """The steps with this decision, in order."""
        return tuple(step for step in self.steps if step.decision is decision)


def ids_follow_from_inputs(pending: Iterable[PendingCreate]) -> bool:
    """Whether nobody has to be asked what exists, as in Google Cloud, where all ids are made of names."""
    return all(id_from_inputs(each.type, each.inputs) is not None for each in pending)


def make_plan(
    pending: Iterable[PendingCreate],
    stack: str,
    inventory: Inventory,
    recorded: Collection[tuple[str, str]] = frozenset(),
) -> Plan:
    """Decide on each of `pending`.

    Args:
        pending: The unfinished creations.
        stack: Name of the stack, as in the tag `cartesia:stack`.
        inventory: Where objects with made-up ids are looked for; asked once, and only if one of them needs it.
        recorded: Type and id of what the state knows already, which no unfinished creation can have made.

    Raises:
        InventoryError: The inventory was needed and could not be asked.
    """
    operations = list(pending)
    known = {operation.urn: id_from_inputs(operation.type, operation.inputs) for operation in operations}
    existing = inventory.with_tags({"cartesia:stack": stack}) if not all(known.values()) else []
    steps = []
    for operation in operations:
        identifier = known[operation.urn]
        ids = (identifier,) if identifier else _fitting(operation, existing, recorded)
        sure = is_overwritten(operation.type) or inventory.finds(operation.type)
        steps.append(Step(operation, _decide(ids, sure=sure), ids))
    return Plan(tuple(steps))


def _fitting(
    operation: PendingCreate, existing: Iterable[Found], recorded: Collection[tuple[str, str]]
) -> tuple[str, ...]:
    """Ids of the unrecorded objects of the operation's type that carry every tag it would have given."""
    given = operation.inputs.get("tags")
    wanted = {key: value for key, value in given.items() if isinstance(value, str)} if isinstance(given, dict) else {}
    return tuple(
        found.id
        for found in existing
        if found.type == operation.type
        and (found.type, found.id) not in recorded
        and all(found.tags.get(key) == value for key, value in wanted.items())
    )


def _decide(ids: tuple[str, ...], *, sure: bool) -> Decision:
    """What to do with these ids; `sure` tells whether none means that nothing exists."""
    if len(ids) == 1:
        return Decision.TAKE_OVER
    return Decision.ASK if ids or not sure else Decision.FORGET
