"""Runs previews without secrets, and says of each secret what can be said without reading it."""

import contextlib
import io
import json
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from clients.engine import Engine, EngineError
from toolkit.preview.model import StackReport
from toolkit.preview.secretless.copy import StackCopy
from toolkit.preview.secretless.placeholders import secret_settings, state_secrets

__all__ = ["Secretless", "is_new", "told_of_settings"]


_EMPTY: Mapping[str, Any] = {"version": 3, "deployment": {}}


def is_new(error: EngineError) -> bool:
    """Whether the engine says that the backend has no such stack yet."""
    return "no stack named" in str(error)


@dataclass(slots=True)
class Secretless:
    """Previews of copies."""

    root: Path
    """The checkout."""
    base: str
    """Commit that the states are from; empty: the checkout itself."""
    states: Path | None
    """Folder of exports, `STACK.json`; None exports from the backend, which needs no passphrase."""
    options: Sequence[str]
    """For the engine."""
    _told: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def lines(self, stack: str) -> Iterator[str]:
        """Lines of events of one stack's preview."""
        state = self._state(stack)
        self._told[stack] = tuple(self._secrets(stack, state))
        with tempfile.TemporaryDirectory(prefix="cartesia-preview-") as name, self._base_tree() as base:
            copy = StackCopy(stack, self.root, Path(name), state)
            copy.prepare(base)
            yield from copy.lines(self.options)

    def lines_of_any(self, stack: str) -> Iterator[str]:
        """The full preview; of a stack that is not in the backend yet, that of a copy without state."""
        try:
            yield from Engine(stack).preview_lines(self.options)
        except EngineError as error:
            if not is_new(error) or not (self.root / f"stacks/Pulumi.{stack}.yaml").is_file():
                raise
            yield from self.lines(stack)

    def finished(self, report: StackReport) -> StackReport:
        """The report, with what is known of the secrets; one that is not of a copy stays as it is."""
        if report.name not in self._told:
            return report
        return replace(report, secretless=True, secrets=self._told.get(report.name, ()))

    def _state(self, stack: str) -> Mapping[str, Any]:
        if self.states is None:
            try:
                return Engine(stack).export()
            except EngineError as error:
                if not is_new(error):
                    raise
                return _EMPTY
        file = self.states / f"{stack}.json"
        try:
            state: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return _EMPTY
        except ValueError as error:
            raise EngineError(f"{file.name} is no exported state: {error}") from None
        return state

    def _secrets(self, stack: str, state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        file = f"stacks/Pulumi.{stack}.yaml"
        old = _git(self.root, "show", f"{self.base}:{file}").decode("utf-8", "replace") if self.base else ""
        path = self.root / file
        new = path.read_text(encoding="utf-8") if path.is_file() else ""
        yield from told_of_settings(old or new, new)
        resources = (state.get("deployment") or {}).get("resources") or []
        labels = {each.label for each in state_secrets(resources) if each.path[0] == "inputs"}
        yield from ((label, "not known") for label in sorted(labels))

    @contextlib.contextmanager
    def _base_tree(self) -> Iterator[Path | None]:
        """The base's files; None where the checkout itself is the base."""
        packed = _git(self.root, "archive", "--format=zip", self.base) if self.base else b""
        if not packed:
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="cartesia-base-") as name:
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:  # which lets no name lead out of the folder
                archive.extractall(name)
            yield Path(name)


def told_of_settings(old: str, new: str) -> Iterator[tuple[str, str]]:
    """What a change does to the encrypted values of a stack file: `set`, `changed`, `removed`, or `unchanged`.

    A ciphertext stays until somebody sets the value again, so `changed` says that it was set, perhaps to the same.
    """
    before, after = (secret_settings((yaml.safe_load(text) or {}).get("config") or {}) for text in (old, new))
    for path in sorted(before.keys() | after.keys(), key=str):
        name = ".".join(map(str, path))
        if path not in after:
            yield name, "removed"
        elif path not in before:
            yield name, "set"
        else:
            yield name, "changed" if before[path] != after[path] else "unchanged"


def _git(folder: Path, *words: str) -> bytes:
    """What git says; empty where it fails, for a base that lacks a file is no error."""
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""
