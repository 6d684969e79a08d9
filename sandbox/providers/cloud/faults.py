"""Failures on request: `faults.json` in the folder of a cloud makes its next calls fail as the cloud would.

The file is a list of `{"type", "name", "operation", "error", "times"}`. `type` is a type token and `name` a logical
name, both may hold `*`; `operation` is `create` (the default), `read`, `update` or `delete`; `error` is
`Code: message`; `times` counts down (default 1, -1 for ever).
"""

import fnmatch
import json
from typing import Any

from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.store import Store, write_atomic


def raise_fault(store: Store, type_: str, name: str, operation: str) -> None:
    """Raise the `CloudError` planned for this call, if any, and count it."""
    path = store.root / "faults.json"
    if not path.exists():
        return
    with store.locked():
        faults: list[dict[str, Any]] = json.loads(path.read_text())
        for fault in faults:
            if not _fits(fault, type_, name, operation):
                continue
            if fault.get("times", 1) > 0:
                fault["times"] = fault.get("times", 1) - 1
                write_atomic(path, json.dumps(faults, indent=1))
            code, _, message = fault["error"].partition(": ")
            raise CloudError(code, message)


def _fits(fault: dict[str, Any], type_: str, name: str, operation: str) -> bool:
    return (
        fault.get("times", 1) != 0
        and fault.get("operation", "create") == operation
        and fnmatch.fnmatchcase(type_, fault.get("type", "*"))
        and fnmatch.fnmatchcase(name, fault.get("name", "*"))
    )
