"""The project the engine sees inside the sandbox: the checkout's program with stack files of its own.

A stack file belongs to the user: it may be encrypted for their secrets provider, and creating a stack writes a salt
into it. So the sandbox gives the engine a project of its own whose stack files are copies (`sandbox.stack_files`), and
what the engine writes stays in the world. The program and the rest of the checkout are the user's, untouched.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from core.input.stack_names import meant_stack, stack_names
from sandbox.host.errors import SandboxError
from sandbox.host.layout import CHECKOUT, Layout, world_directory
from sandbox.host.records import write_text
from sandbox.host.usage import hold
from sandbox.stack_files import copy_stack_files

__all__ = ["absolute_paths", "main", "prepare_project", "stack_in"]

_LINKED_ROOMS = ("components", "policies")
"""Folders of the checkout that command lines name, as in `--policy-pack policies`."""

_PATH_OPTIONS = frozenset(
    {
        *("--config-file", "--event-log", "--file", "--import-file", "--out"),
        *("--plan", "--policy-pack", "--policy-pack-config", "--save-plan"),
    }
)
"""Options of the engine whose value is a path."""


def stack_in(command: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """The stack that a `pulumi` command line names, by `--stack`, `-s` or `PULUMI_STACK`; None if it names none."""
    words = takewhile(lambda word: word != "--", command)
    for word in words:
        if word in ("--stack", "-s"):
            return next(words, None)
        if word.startswith("--stack="):
            return word.removeprefix("--stack=")
        if word.startswith("-s") and not word.startswith("--"):
            return word.removeprefix("-s").removeprefix("=")
    return environment.get("PULUMI_STACK") or None


def absolute_paths(command: Sequence[str], folder: Path) -> list[str]:
    """A `pulumi` command line for another folder: paths given by option mean what they mean in `folder`."""
    # Only for `import` these are paths; -f means --skip-preview elsewhere.
    options = _PATH_OPTIONS | ({"-f", "-o"} if command and command[0] == "import" else set())
    words, result = iter(command), list[str]()
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            return [*result, word, *words]
        if word in options:
            result += [word, *(_from(folder, path) for path in [next(words, None)] if path is not None)]
        elif equals and name in options:
            result.append(f"{name}={_from(folder, value)}")
        else:
            result.append(word)
    return result


def _from(folder: Path, path: str) -> str:
    return path if path in ("", "-") else str(folder / path)


def prepare_project(layout: Layout, checkout: Path, stack: str | None, environment: Mapping[str, str]) -> Path:
    """The folder to run `pulumi` in; made and brought up to date.

    Args:
        layout: The sandbox's world.
        checkout: Root of the checkout whose `Pulumi.yaml` and stack files are used.
        stack: Stack to make ready: its file is copied and the stack is created if the backend lacks it.
        environment: The sandbox's environment, for creating the stack.

    Raises:
        SandboxError: The checkout has no such stack file, it cannot be used, or the engine could not make the stack.
    """
    project = layout.project
    (project / "stacks").mkdir(parents=True, exist_ok=True)
    write_text(project / "Pulumi.yaml", yaml.safe_dump(_project(checkout), sort_keys=False))
    for room in _LINKED_ROOMS:
        _link(project / room, checkout / room)
    refused = copy_stack_files(checkout / "stacks", project / "stacks", stack)
    if stack in refused:
        raise SandboxError(str(refused[stack])) from refused[stack]
    if stack is not None and "/" not in stack:
        _create_stack(project, checkout, stack, environment)
    return project


def _project(checkout: Path) -> dict[str, Any]:
    """The checkout's project, with its folders named absolutely and the interpreter that runs this."""
    settings: dict[str, Any] = yaml.safe_load((checkout / "Pulumi.yaml").read_text(encoding="utf-8"))
    settings["main"] = str(checkout / settings["main"])
    settings["stackConfigDir"] = "stacks"
    settings["runtime"]["options"]["virtualenv"] = sys.prefix
    return settings


def _link(path: Path, target: Path) -> None:
    """Have a link to a folder, if that exists; another command may make it at the same time."""
    if target.is_dir() and not (path.is_symlink() and path.readlink() == target):
        path.unlink(missing_ok=True)
        with contextlib.suppress(FileExistsError):
            path.symlink_to(target)


def _create_stack(project: Path, checkout: Path, stack: str, environment: Mapping[str, str]) -> None:
    state = Path(urlsplit(environment["PULUMI_BACKEND_URL"]).path)
    name = _project(checkout)["name"]
    stacks = state / ".pulumi" / "stacks" / name
    if (stacks / f"{stack}.json").exists() or (stacks / f"{stack}.json.gz").exists():
        return
    if not (project / "stacks" / f"Pulumi.{stack}.yaml").exists():
        meant = meant_stack(stack, stack_names(checkout / "stacks"))
        raise SandboxError(f"there is no stack {stack}: stacks/Pulumi.{stack}.yaml is missing; {meant}")
    command = ["pulumi", "stack", "init", stack, "--no-select", "--non-interactive"]
    done = subprocess.run(command, cwd=project, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode and "already exists" not in done.stderr:
        raise SandboxError(f"the engine could not create the stack {stack}: {done.stderr.strip()[-500:]}")


def main(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Become the engine, in a project made ready for its command line; 2 if that cannot be done.

    Args:
        words: Path of the engine and its arguments.
        environment: The sandbox's environment.
    """
    engine, *command = words
    layout = Layout(world_directory(environment))
    try:
        hold(layout, " ".join(["pulumi", *command[:1]]))  # no more of it: a value of `config set` may follow
        project = prepare_project(layout, CHECKOUT, stack_in(command, environment), environment)
        arguments = ["--cwd", str(project), *absolute_paths(command, Path.cwd())]
        os.execve(engine, [engine, *arguments], dict(environment))  # noqa: S606 - no shell is wanted
    except (SandboxError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
