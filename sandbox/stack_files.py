"""The copies of stack files in a world: taken from the checkout, checked before written, gone with their source.

Encrypted values and encryption settings are left out, since the sandbox provides its own secrets by files; the salt
that the engine writes stays in the copy. A copy is taken again whenever the original changes. What `pulumi config set`
put into it is gone then, which is said.
"""

import contextlib
import fcntl
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from core.input.problems import InvalidInput
from core.input.stack_file import StackFile, read_stack_file
from core.input.stack_names import PREFIX, SUFFIX, stack_of
from sandbox.host.records import write_text

__all__ = ["copy_stack_files"]

_ENCRYPTION_KEYS = ("encryptionsalt", "encryptedkey", "secretsprovider")
_MARK = ".source"


def copy_stack_files(sources: Path, copies: Path, stack: str | None) -> dict[str | None, InvalidInput]:
    """Have a copy of each stack file, and none of a file that is gone.

    Args:
        sources: Folder of the checkout.
        copies: Folder of the world.
        stack: Stack that is about to be used: its copy is looked at even if its source did not change.

    Returns:
        Why a file cannot be used, by stack; its copy stays as it was.
    """
    refused: dict[str | None, InvalidInput] = {}
    with _alone(copies):
        for source in sorted(sources.glob(f"{PREFIX}*{SUFFIX}")):
            try:
                _copy(source, copies / source.name, wanted=stack_of(source) == stack)
            except InvalidInput as error:
                refused[stack_of(source)] = error
        for mark in sorted(copies.glob(f"{PREFIX}*{_MARK}")):
            if not (sources / mark.with_suffix(SUFFIX).name).exists():
                _drop(mark.with_suffix(SUFFIX))
    return refused


@contextlib.contextmanager
def _alone(copies: Path) -> Iterator[None]:
    """Hold the copies alone: another command may be reading an older version of a file at this moment."""
    with (copies / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy(source: Path, target: Path, *, wanted: bool) -> None:
    """Copy what is not encrypted, unless the copy was taken from this very content; the engine's salt stays."""
    content = source.read_bytes()
    mark = target.with_suffix(_MARK)
    digest = hashlib.sha256(content).hexdigest()
    taken, _, config_taken = mark.read_text(encoding="utf-8").partition(" ") if mark.exists() else ("", "", "")
    if taken == digest and target.exists() and not (wanted and _read(target) is None):
        return
    kept = read_stack_file(content, f"stacks/{source.name}").kept(without=_ENCRYPTION_KEYS)
    before = _read(target)
    if before is not None and config_taken and config_taken != before.config_digest:
        said = f"stacks/{source.name} was changed, so the sandbox took it again; what `pulumi config set` had put"
        print(f"warning: {said} into the sandbox's copy is gone", file=sys.stderr)  # noqa: T201
    mark.unlink(missing_ok=True)  # first: a copy without a mark is taken again, whenever a kill comes
    write_text(target, kept.extended(_salt(before)).text.rstrip("\n") + "\n")
    write_text(mark, f"{digest} {kept.config_digest}")


def _drop(copy: Path) -> None:
    """Remove a copy whose source is gone; the engine's salt stays, for the stack may still have to be destroyed."""
    salt = _salt(_read(copy))
    if salt:
        write_text(copy, yaml.safe_dump(salt, sort_keys=False))
    else:
        copy.unlink(missing_ok=True)
    copy.with_suffix(_MARK).unlink(missing_ok=True)


def _read(copy: Path) -> StackFile | None:
    """A copy as the engine left it; None where there is none, or a kill cut it."""
    try:
        content = copy.read_bytes()
        return read_stack_file(content, copy.name) if content.strip() else None
    except (OSError, InvalidInput):
        return None


def _salt(copy: StackFile | None) -> dict[str, str]:
    """What the engine needs to decrypt the stack's secrets."""
    found = {key: copy.scalar(key) for key in _ENCRYPTION_KEYS} if copy is not None else {}
    return {key: value for key, value in found.items() if value is not None}
