"""Errors that a verb expects, told as one text without a traceback; the exit code is then that of wrong use.

Owns the wording of what the operating system says. Which errors a verb expects is the verb's, and those nobody expects
stay bugs, which the entry point reports as such.
"""

import contextlib
from collections.abc import Iterator

import click

__all__ = ["plain_errors"]


@contextlib.contextmanager
def plain_errors(*kinds: type[Exception], fix: str = "") -> Iterator[None]:
    """Turn errors of these kinds into the text of theirs.

    Args:
        kinds: What may go wrong without being a bug. A broken pipe is never told: whoever read our output has enough.
        fix: What to do, where the errors do not say it themselves.

    Raises:
        click.ClickException: In place of an error of these kinds.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except kinds as error:
        raise click.ClickException(f"{_said(error)}; {fix}" if fix else _said(error)) from error


def _said(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"
