"""Which stacks a change touches, by the files that differ from a base."""

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from core.input.stack_names import PREFIX, SUFFIX

__all__ = ["GitError", "Touched", "changed_files", "default_base", "merge_base", "touched_stacks"]

_PROGRAM: Final = ("stacks", "components", "catalog", "core", "policies")
"""Folders whose code every stack runs, or is judged by."""
_FILES: Final = frozenset({"Pulumi.yaml", "pyproject.toml", "requirements.txt", "cartesia.lock"})
_BASES: Final = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


class GitError(RuntimeError):
    """Git cannot tell; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change touches."""

    stacks: tuple[str, ...]
    """Stacks to preview, sorted."""
    removed: tuple[str, ...]
    """Stacks whose file is gone; they cannot be previewed any more."""
    reason: str
    """Why all stacks are touched: the first such file. Empty where single stacks are."""


def touched_stacks(files: Iterable[str], stacks: Sequence[str]) -> Touched:
    """Which of the stacks the files concern.

    Args:
        files: Paths from the root of the checkout, those that were removed included.
        stacks: Names of all stacks that there are now.
    """
    named, reason = set[str](), ""
    for file in sorted(files):
        path = PurePosixPath(file)
        if path.parts[0] == "stacks" and len(path.parts) == 2 and _is_stack_file(path.name):
            named.add(path.name.removeprefix(PREFIX).removesuffix(SUFFIX))
        elif path.name in _FILES or (path.parts[0] in _PROGRAM and path.suffix in (".py", ".yaml", ".json")):
            reason = reason or file
    gone = tuple(sorted(named - set(stacks)))
    return Touched(tuple(sorted(stacks if reason else named & set(stacks))), gone, reason)


def _is_stack_file(name: str) -> bool:
    return name.startswith(PREFIX) and name.endswith(SUFFIX)


def changed_files(folder: Path, base: str) -> list[str]:
    """Files that differ from where this branch left `base`, those not committed yet included.

    Raises:
        GitError: This is no checkout, or `base` is not known.
    """
    start = merge_base(folder, base)
    told = _git(folder, "diff", "--name-only", "-z", "--no-renames", start, "--")
    new = _git(folder, "ls-files", "--others", "--exclude-standard", "-z")
    return sorted({name for name in (told + new).split("\0") if name})


def merge_base(folder: Path, base: str) -> str:
    """The commit at which this branch left another.

    Raises:
        GitError: This is no checkout, or `base` is not known.
    """
    return _git(folder, "merge-base", "HEAD", base).strip()


def default_base(folder: Path) -> str:
    """The branch that changes are made against.

    Raises:
        GitError: None of the usual names exists.
    """
    for name in _BASES:
        done = _run(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if done.returncode == 0:
            return name
    raise GitError(f"none of {', '.join(_BASES)} exists here; name what to compare with: --base BRANCH, or give --all")


def _git(folder: Path, *words: str) -> str:
    done = _run(folder, *words)
    if done.returncode:
        said = done.stderr.strip().removeprefix("fatal: ") or f"git {words[0]} failed"
        raise GitError(f"{said}; name another --base, or give --all")
    return done.stdout


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise GitError("git is not on PATH; name the stacks with --stack, or give --all") from error
