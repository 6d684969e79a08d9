"""What an object says of itself that is there and not in service, and what its cloud still does with it.

Kept among the facts of an object, so that it goes with it through every read and ends with an update that repairs it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.faults import Fault
from sandbox.providers.cloud.row import ResourceType

CONDITION: Final = "condition"
FAILURE: Final = "last_failure"
"""What the cloud says of the last operation that failed, whatever became of the object."""
_NO_STATUS: Final[Mapping[str, str]] = {}


def status(in_service: str = "ACTIVE") -> Callable[[CloudObject], str]:
    """The output `status` of a row: its `in_service`, unless the object is not."""
    return lambda made: str(condition_of(made.facts).get("status") or in_service)


def condition_of(facts: Mapping[str, Any]) -> Mapping[str, str]:
    """`status`, `code` and `message` of an object that is not in service; empty for all others."""
    found: Mapping[str, str] = facts.get(CONDITION) or _NO_STATUS
    return found


def broken(row: ResourceType, facts: Mapping[str, Any], fault: Fault, operation: str) -> Mapping[str, Any]:
    """The facts of an object that a fault leaves behind; a type without a status of its own is as asked for."""
    told = row.broken.get(operation) if fault.status is None else fault.status
    facts = {**facts, FAILURE: fault.error.message}
    if told in (None, "", row.in_service):
        return facts
    return {**facts, CONDITION: {"status": told, "code": fault.error.code, "message": fault.error.message}}


def repaired(row: ResourceType, made: CloudObject) -> Mapping[str, Any]:
    """The facts of an object that an update with a change brings back into service.

    Raises:
        CloudError: This object takes no update in the state that it is in.
    """
    found = condition_of(made.facts)
    if found and found["status"] not in row.repairable:
        code, message = row.out_of_service
        raise CloudError(code, message.format(noun=row.noun, id=made.id, status=found["status"]))
    return in_service(made.facts)


def in_service(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts of an object about which there is nothing to say."""
    return {key: value for key, value in facts.items() if key not in (CONDITION, FAILURE)}
