"""The project the engine sees inside the sandbox: the checkout's program with stack files of its own.

A stack file belongs to the user: it may be encrypted for their secrets provider, and creating a stack writes a salt
into it. So the sandbox gives the engine a project of its own whose stack files are copies: encrypted values and
encryption settings are left out (the sandbox provides its own secrets by files), and what the engine writes stays in
the world. A copy is taken anew whenever the original changes. The program and the rest of the checkout are the user's,
untouched.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from sandbox.errors import SandboxError
from sandbox.layout import CHECKOUT, Layout, world_directory

__all__ = ["main", "prepare_project", "stack_in"]

_LINKED_ROOMS = ("components", "policies")
"""Folders of the checkout that command lines name, as in `--policy-pack policies`."""

_ENCRYPTION_KEYS = ("encryptionsalt", "encryptedkey", "secretsprovider")


def stack_in(command: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """The stack that a `pulumi` command line names, by `--stack`, `-s` or `PULUMI_STACK`; None if it names none."""
    words = iter(command)
    for word in words:
        if word in ("--stack", "-s"):
            return next(words, None)
        if word.startswith("--stack="):
            return word.removeprefix("--stack=")
    return environment.get("PULUMI_STACK") or None


def prepare_project(layout: Layout, checkout: Path, stack: str | None, environment: Mapping[str, str]) -> Path:
    """The folder to run `pulumi` in; made and brought up to date.

    Args:
        layout: The sandbox's world.
        checkout: Root of the checkout whose `Pulumi.yaml` and stack files are used.
        stack: Stack to make ready: its file is copied and the stack is created if the backend lacks it.
        environment: The sandbox's environment, for creating the stack.

    Raises:
        SandboxError: The checkout has no such stack file, or the engine could not create the stack.
    """
    project = layout.project
    (project / "stacks").mkdir(parents=True, exist_ok=True)
    _write(project / "Pulumi.yaml", yaml.safe_dump(_project(checkout), sort_keys=False))
    for room in _LINKED_ROOMS:
        if (checkout / room).is_dir() and not (project / room).is_symlink():
            (project / room).symlink_to(checkout / room)
    for source in sorted((checkout / "stacks").glob("Pulumi.*.yaml")):
        _copy_stack_file(source, project / "stacks" / source.name)
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


def _copy_stack_file(source: Path, target: Path) -> None:
    """Copy what is not encrypted, unless the copy was taken from this very content; the engine's salt stays."""
    content = source.read_bytes()
    mark = target.with_suffix(".source")
    digest = hashlib.sha256(content).hexdigest()
    if target.exists() and mark.exists() and mark.read_text(encoding="utf-8") == digest:
        return
    settings = yaml.safe_load(content) or {}
    kept = {key: value for key, value in settings.items() if key not in _ENCRYPTION_KEYS}
    kept["config"] = {key: value for key, value in (settings.get("config") or {}).items() if not _encrypted(value)}
    if target.exists():
        before = yaml.safe_load(target.read_text(encoding="utf-8")) or {}
        kept |= {key: before[key] for key in _ENCRYPTION_KEYS if key in before}
    _write(target, yaml.safe_dump(kept, sort_keys=False))
    _write(mark, digest)


def _encrypted(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _create_stack(project: Path, checkout: Path, stack: str, environment: Mapping[str, str]) -> None:
    state = Path(urlsplit(environment["PULUMI_BACKEND_URL"]).path)
    name = _project(checkout)["name"]
    stacks = state / ".pulumi" / "stacks" / name
    if (stacks / f"{stack}.json").exists() or (stacks / f"{stack}.json.gz").exists():
        return
    if not (project / "stacks" / f"Pulumi.{stack}.yaml").exists():
        known = ", ".join(sorted(p.name.split(".")[1] for p in (checkout / "stacks").glob("Pulumi.*.yaml")))
        raise SandboxError(f"there is no stack {stack}: stacks/Pulumi.{stack}.yaml is missing; known stacks: {known}")
    command = ["pulumi", "stack", "init", stack, "--no-select", "--non-interactive"]
    done = subprocess.run(command, cwd=project, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode and "already exists" not in done.stderr:
        raise SandboxError(f"the engine could not create the stack {stack}: {done.stderr.strip()[-500:]}")


def _write(path: Path, text: str) -> None:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def main(command: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Make the project ready for a `pulumi` command line and print its folder; 2 after an error."""
    layout = Layout(world_directory(environment))
    try:
        print(prepare_project(layout, CHECKOUT, stack_in(command, environment), environment))  # noqa: T201
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
