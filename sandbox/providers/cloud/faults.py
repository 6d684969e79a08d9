"""Failures on request: `faults.json` in the folder of a cloud makes its next calls fail as the cloud would.

The file is a list of `{"type", "name", "operation", "when", "error", "status", "times"}`. `type` is a type token and
`name` a logical name, both may hold `*`; `operation` is `create` (the default), `read`, `update` or `delete`; `error`
is `Code: message`; `times` counts down (default 1, -1 for ever). `when` says what is left behind:

- `before` (the default): nothing. The call is refused.
- `after`: an object that is there and not in service, as a cloud leaves it whose own work failed after it had taken the
  call. `status` is what it says of itself then, by default what the row says.
- `killed`: an object that is as asked for, and an engine that was killed before it could write that down; no `error`.
"""

import fnmatch
import json
from dataclasses import dataclass
from typing import Any, Final

from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.store import Store, write_atomic

BEFORE: Final = "before"
AFTER: Final = "after"
KILLED: Final = "killed"
_KILL: Final = "EngineKilled: the engine is killed before it hears that the call went through"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What shall become of one call."""

    when: str
    """`BEFORE`, `AFTER` or `KILLED`."""
    error: CloudError
    status: str | None
    """Status of what is left behind after `AFTER`; None: the one of the row."""


def take_fault(store: Store, type_: str, name: str, operation: str) -> Fault | None:
    """The fault planned for this call, if any, and count it; one that comes `BEFORE` is raised.

    Raises:
        CloudError: The call is refused.
    """
    path = store.root / "faults.json"
    if not path.exists():
        return None
    with store.locked():
        faults: list[dict[str, Any]] = json.loads(path.read_text())
        found = next((fault for fault in faults if _fits(fault, type_, name, operation)), None)
        if found is None:
            return None
        if found.get("times", 1) > 0:
            found["times"] = found.get("times", 1) - 1
            write_atomic(path, json.dumps(faults, indent=1))
    return _raised_or_told(found)


def _raised_or_told(found: dict[str, Any]) -> Fault:
    when = found.get("when", BEFORE)
    if when not in (BEFORE, AFTER, KILLED):
        raise ValueError(f"faults.json: when is {BEFORE}, {AFTER} or {KILLED}, not {when}")
    code, _, message = (_KILL if when == KILLED else found["error"]).partition(": ")
    fault = Fault(when=when, error=CloudError(code, message), status=found.get("status"))
    if when == BEFORE:
        raise fault.error
    return fault


def _fits(fault: dict[str, Any], type_: str, name: str, operation: str) -> bool:
    return (
        fault.get("times", 1) != 0
        and fault.get("operation", "create") == operation
        and fnmatch.fnmatchcase(type_, fault.get("type", "*"))
        and fnmatch.fnmatchcase(name, fault.get("name", "*"))
    )
