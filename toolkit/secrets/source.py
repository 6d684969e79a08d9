"""Where a stack takes a secret from, and the new value, read and checked. No message shows any of it."""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from clients.engine import Engine
from core.input.pasted import NotTextError, bare, decoded
from core.input.problems import InvalidInput, Problem
from core.secrets.table import Secret

__all__ = ["CONFIGURATION", "FILE", "Value", "setting", "source_of", "take_value"]

CONFIGURATION, FILE = "configuration", "file"
_STDIN = "-"


@dataclass(frozen=True, slots=True)
class Value:
    """A new value that passed its check."""

    source: str
    """`configuration`, or `file` where an environment variable names one: then it is in place already."""
    text: str = field(repr=False)


def setting(secret: Secret) -> str:
    """Key of a secret in a stack's configuration."""
    return f"cartesia:{secret.key}"


def source_of(secret: Secret, settings: Iterable[str]) -> str | None:
    """Where a stack takes a secret from: its configuration wins, as it does in an update; None if it has none.

    Args:
        secret: Row of the table.
        settings: Keys of the stack's configuration.
    """
    if setting(secret) in settings:
        return CONFIGURATION
    return FILE if os.environ.get(secret.variable) else None


def take_value(engine: Engine, secret: Secret, file: str | None) -> Value:
    """Read the new value and check it; nothing is written.

    Args:
        engine: For the stack.
        secret: Row of the table.
        file: Path, `-` for standard input, or None for the file that the environment variable names.

    Raises:
        InvalidInput: The value breaks a rule, or is given where it would have no effect.
        EngineError: The stack cannot be read.
    """
    text = _read(secret, file) if file is not None else None
    source = source_of(secret, engine.settings())
    if source is None:
        fix = f"set the first one with `pulumi config set --secret {setting(secret)} --stack {engine.stack}`"
        raise _refusal(secret, setting(secret), f"is not set in stack {engine.stack}, so there is none to rotate", fix)
    if source == CONFIGURATION:
        if text is None:
            raise _refusal(secret, "--file", "is missing", f"name the file with the new {secret.meaning}, or -")
        return Value(source, text)
    named = Path(os.environ[secret.variable])
    if file is not None and not _same(file, named):
        rule = f"would have no effect: {secret.variable} names {named}, and that file is what has to change"
        raise _refusal(secret, "--file", rule, f"write the new value into {named}, then run this without --file")
    return Value(source, text if text is not None else _read(secret, str(named)))


def _same(file: str, named: Path) -> bool:
    return file != _STDIN and named.exists() and Path(file).samefile(named)


def _read(secret: Secret, file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == _STDIN else Path(file).read_bytes()
        text = secret.text(bare(decoded(data)))
    except (OSError, NotTextError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"is {error}"
        raise _refusal(secret, file, f"must be a readable file ({reason})", "correct the path") from None
    if not text:
        raise _refusal(secret, file, "is empty", f"write {secret.meaning} into it")
    problems = secret.check(text, setting(secret))
    if problems:
        raise InvalidInput(f"secret {secret.key}", problems)
    return text


def _refusal(secret: Secret, path: str, rule: str, fix: str) -> InvalidInput:
    return InvalidInput(f"secret {secret.key}", [Problem(path, rule, "", fix)])
