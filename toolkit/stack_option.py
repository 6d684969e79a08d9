"""The option `--stack` of every verb: what Tab offers for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from core.input.stack_names import stack_names

__all__ = ["stack_option"]

_F = TypeVar("_F", bound=Callable[..., Any])
_STACKS = Path(__file__).resolve().parents[1] / "stacks"


def _offered(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in stack_names(_STACKS) if name.startswith(begun)]


def stack_option(text: str, *, required: bool = False, multiple: bool = False) -> Callable[[_F], _F]:
    """`--stack`, or `-s`, with the stacks of the checkout as completion.

    Args:
        text: Its help.
        required: Whether the verb needs it.
        multiple: Whether it may be given more than once.
    """
    return click.option("--stack", "-s", required=required, multiple=multiple, help=text, shell_complete=_offered)
