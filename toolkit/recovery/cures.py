"""Look at what is recorded and not in service, and do what brings it back, through the engine."""

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients.engine import Engine
from toolkit.recovery.eks_conditions import EksConditions
from toolkit.recovery.half_made import CURES, Condition, Conditions, Cure, HalfMade, half_made, marked, unprotected
from toolkit.recovery.inventory import InventoryError

__all__ = ["COMMAND_VARIABLE", "KnownConditions", "begin_cures", "condition_lines", "condition_rows", "look"]

COMMAND_VARIABLE = "CARTESIA_INVENTORY_COMMAND"
"""Names a command that lists what exists; the sandbox sets it."""
_COMMAND_SECONDS = 60
Show = Callable[[str], None]
Write = Callable[[Mapping[str, Any], Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class KnownConditions:
    """Conditions that were listed all at once, by type and id."""

    known: Mapping[tuple[str, str], Condition]

    def of(self, type_token: str, object_id: str) -> Condition | None:
        """See `half_made.Conditions.of`."""
        return self.known.get((type_token, object_id))

    @classmethod
    def of_command(cls, command: Sequence[str]) -> "KnownConditions":
        """What a command says that prints a JSON list of `{"type", "id", "condition": {"status", "issues"}}`.

        Raises:
            InventoryError: It did not run, or printed something else.
        """
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=True)
            rows = json.loads(done.stdout)
            return cls({(row["type"], row["id"]): _condition(row["condition"]) for row in rows if row.get("condition")})
        except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
            raise InventoryError(f"the inventory command {command[0]} told no conditions: {error}") from error


def look(exported: Mapping[str, Any], region: str | None) -> tuple[HalfMade, ...]:
    """What is recorded and not in service.

    Args:
        exported: What `pulumi stack export` printed.
        region: Region of the stack; None takes that of the AWS configuration.

    Raises:
        InventoryError: The cloud could not be asked.
    """
    resources = (exported.get("deployment") or {}).get("resources") or []
    if not any(each["type"] in CURES for each in resources):
        return ()
    return half_made(exported, _conditions(region))


def begin_cures(engine: Engine, write: Write, found: Iterable[HalfMade], show: Show) -> bool:
    """Remove what never was in service, and mark what the next update is to replace; whether one can run now.

    Args:
        engine: Of the stack, whose lock is free.
        write: Puts the second state into the place of the first, if that is still the one.
        found: What `look` found after a refresh.
        show: Gets lines of progress.
    """
    listed = list(found)
    if any(each.cure is Cure.REPLACE for each in listed):
        read = engine.export()
        write(read, marked(read, listed))
    removed = [each for each in listed if each.cure is Cure.REMAKE]
    if removed:
        read = engine.export()
        write(read, unprotected(read, removed))
        engine.destroy([each.urn for each in removed], show)
    return all(each.cure is not Cure.WAIT for each in listed)


def condition_lines(found: Iterable[HalfMade]) -> list[str]:
    """What to tell a person, a line for each object and each of its reasons."""
    lines = []
    for each in found:
        lines.append(f"{each.type}  {each.name}: {each.condition.status}; {_WORDS[each.cure]}")
        lines += [f"  {issue}" for issue in each.condition.issues]
    return lines


def condition_rows(found: Iterable[HalfMade]) -> list[dict[str, Any]]:
    """The same as data."""
    return [
        {
            "urn": each.urn,
            "type": each.type,
            "id": each.id,
            "status": each.condition.status,
            "issues": list(each.condition.issues),
            "cure": each.cure.value,
        }
        for each in found
    ]


_WORDS: Mapping[Cure, str] = {
    Cure.WAIT: "the cloud is at work on it; run this again when that has ended",
    Cure.REMAKE: "it never was in service: it is removed, and the next update makes it again",
    Cure.REPLACE: "the next update replaces it",
    Cure.UPDATE: "its last update failed; the next one tries again",
    Cure.WATCH: "it comes back by itself when the reason has gone",
}


def _conditions(region: str | None) -> Conditions:
    command = os.environ.get(COMMAND_VARIABLE)
    if command:
        return KnownConditions.of_command(shlex.split(command))
    import boto3  # costs a quarter of a second, and the sandbox does not need it

    try:
        return EksConditions(boto3.client("eks", region_name=region))
    except Exception as error:  # botocore has many for a region or profile that it cannot find
        raise InventoryError(f"EKS cannot be asked: {error}") from error


def _condition(row: Mapping[str, Any]) -> Condition:
    return Condition(row["status"], tuple(row.get("issues") or ()))
