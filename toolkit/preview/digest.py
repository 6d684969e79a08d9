"""A digest of what a preview would do: equal for two previews of the same plan, different as soon as one step differs.

The engine's own plan files are no help: they hold times, random seeds and encrypted values anew each time. Masked here
is only what the engine draws, the digits of automatic names. What it hides cannot count: the value of a secret.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from clients.engine import Op, State, Step
from toolkit.preview.names import DrawnNames

__all__ = ["DigestFold", "combined"]


class DigestFold:
    """Collects the steps of one stack."""

    def __init__(self, names: DrawnNames) -> None:
        self._rows: list[str] = []
        self._names = names

    def take(self, step: Step) -> None:
        """Count a planned step; one that changes nothing counts if it renames."""
        if step.op == Op.SAME and not (step.old and step.old.urn != step.urn):
            return
        detailed = {path: diff.kind for path, diff in step.detailed.items()}
        self._add([step.urn, step.op, sorted(step.keys), sorted(step.diffs), detailed, *map(_told, _sides(step))])

    def take_outputs(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Count what a stack exports, where it changes."""
        if old != new:
            self._add(["outputs", dict(old), dict(new)])

    def hex(self) -> str:
        """64 hexadecimal digits, whatever the order of the steps was."""
        rows = sorted(
            hashlib.sha256(self._names.settled(row).encode(errors="surrogatepass")).digest() for row in self._rows
        )
        return hashlib.sha256(b"".join(rows)).hexdigest()

    def _add(self, row: list[Any]) -> None:
        self._rows.append(json.dumps(row, sort_keys=True, separators=(",", ":"), default=str))


def combined(digests: Mapping[str, str]) -> str:
    """One digest of several stacks."""
    rows = "\n".join(f"{name} {digest}" for name, digest in sorted(digests.items()))
    return hashlib.sha256(rows.encode()).hexdigest()


def _sides(step: Step) -> tuple[State | None, State | None]:
    return step.old, step.new


def _told(state: State | None) -> Any:
    if state is None:
        return None
    return [state.urn, dict(state.inputs), state.protect, state.retain_on_delete]
