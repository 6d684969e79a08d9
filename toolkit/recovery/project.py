"""The Pulumi project that the current folder is in: its name, its backend, and the region of a stack.

Reads `Pulumi.yaml` as the engine finds it, in the folder or above.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.input.problems import InvalidInput
from core.input.stack_file import StackFile, read_stack_file

__all__ = ["Project", "backend_url", "find_project"]

_FILE = "Pulumi.yaml"


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder."""

    folder: Path
    name: str
    stack_folder: Path
    """Where the stack files lie."""

    def region_of(self, stack: str) -> str | None:
        """The region that a stack file names in one of its sections; None if there is no file or no region in it."""
        file = self._file_of(stack)
        if file is None:
            return None
        found = (file.scalar("config", section, "region") for section in file.sections())
        return next(filter(None, found), None)

    def setting_of(self, stack: str, *path: str) -> str | None:
        """A plain value below `config` of a stack file; None if there is no file or no such value in it."""
        file = self._file_of(stack)
        return None if file is None else file.scalar("config", *path)

    def _file_of(self, stack: str) -> StackFile | None:
        return _read(self.stack_folder / f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml")


def find_project(folder: Path) -> Project | None:
    """The project of a folder; None where there is none.

    Args:
        folder: Absolute path.
    """
    for parent in (folder, *folder.parents):
        file = _read(parent / _FILE)
        if file is not None:
            stacks = file.scalar("stackConfigDir") or "."
            return Project(parent, file.scalar("name") or parent.name, parent / stacks)
    return None


def backend_url() -> str:
    """Address of the backend that the engine uses here; empty if it does not tell."""
    given = os.environ.get("PULUMI_BACKEND_URL")
    if given:
        return given
    try:
        done = subprocess.run(["pulumi", "whoami", "--json"], capture_output=True, text=True, check=False)
        said = json.loads(done.stdout)
    except (OSError, ValueError):
        return ""
    return str(said.get("url", "")) if isinstance(said, dict) else ""


def _read(path: Path) -> StackFile | None:
    try:
        return read_stack_file(path.read_bytes(), path.name)
    except (OSError, InvalidInput):
        return None
