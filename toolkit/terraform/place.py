"""Where a converted stack file goes, and its secrets encrypted: all of it, or nothing.

Owns the order: everything is checked first, then the stack is made, the file written and each secret set by the engine.
What fails on the way is undone, so that the command can be run again.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from clients.engine import Engine
from core.input.problems import InvalidInput, Problem
from core.input.stack_file import StackFile, read_stack_file
from core.input.stack_names import stack_of

__all__ = ["free_place", "put"]


def free_place(file: Path) -> StackFile | None:
    """What stands at the place: nothing, or a file of the engine without settings.

    Raises:
        InvalidInput: The name is no stack file's, the folder is not there, or the file has settings.
    """
    problem = _misplaced(file)
    if problem is None and file.exists():
        there = read_stack_file(file.read_bytes(), str(file))
        if not there.sections():
            return there
        fix = "name another file, or move that one away; nothing is overwritten"
        problem = Problem(str(file), "must not have settings already", f"{len(there.sections())} of them", fix)
    if problem is not None:
        raise InvalidInput("--to", [problem])
    return None


def _misplaced(file: Path) -> Problem | None:
    name = file.name
    if not (name.startswith("Pulumi.") and name.endswith(".yaml") and len(name) > len("Pulumi..yaml")):
        return Problem(
            str(file), "must be named Pulumi.<stack>.yaml", "", "write for example stacks/Pulumi.eks-prod.yaml"
        )
    if not file.parent.is_dir():
        return Problem(str(file), "must be in a folder that exists", "", "in this checkout that is stacks/")
    return None


def put(file: Path, text: str, there: StackFile | None, secrets: Mapping[str, str]) -> None:
    """Write the file and set its secrets.

    Args:
        file: The stack file.
        text: Its settings.
        there: What `free_place` found.
        secrets: Values by the key of their setting; they travel by standard input.

    Raises:
        EngineError: The stack cannot be made, or a secret not be set; then nothing is left of it.
    """
    kept = {key.value: value.value for key, value in there.entries(without=("config",))} if there else {}
    before = there.text if there else None
    whole = read_stack_file(text.encode(), file.name).extended(kept).text
    with _undone(file, before):
        file.write_text(whole, encoding="utf-8")
        if secrets:
            _encrypt(Engine(stack_of(file)), secrets)


def _encrypt(engine: Engine, secrets: Mapping[str, str]) -> None:
    made = engine.create()
    try:
        for key, value in secrets.items():
            engine.set_secret(f"cartesia:{key}", value)
    except BaseException:
        if made:
            engine.forget()
        raise


@contextlib.contextmanager
def _undone(file: Path, before: str | None) -> Iterator[None]:
    """Put the file back as it was where something fails."""
    try:
        yield
    except BaseException:
        if before is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(before, encoding="utf-8")
        raise
