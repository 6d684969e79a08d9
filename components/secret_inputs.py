"""Checks of secret inputs, which say what is wrong and never what the value is.

Owns the two moments of a check: at once where the value is plain, else as soon as it is known (during `up`, when an
output feeds it), and that what goes on to a child is a secret in either case.
"""

from typing import Any

import pulumi

from components.args import ArgsError
from core.input.problems import Problems
from core.secrets.checks import SecretCheck


def check_now(value: Any, path: str, check: SecretCheck, problems: Problems) -> None:
    """Add the problems of a value that is known now. An output is left for `checked`."""
    if isinstance(value, str):
        problems.extend(check(value, path))
    elif isinstance(value, (bool, int, float, list, dict)):
        problems.add(path, "must be text", got=value, secret=True, fix="give the content as one string")


def checked(
    component: str, value: pulumi.Input[str], path: str, check: SecretCheck, *, secret: bool = True
) -> pulumi.Output[str]:
    """The value, secret unless told otherwise, that resolves only if it passes. Else `ArgsError` ends the update."""

    def verify(known: Any) -> str:
        found = Problems()
        if not isinstance(known, str):
            found.add(path, "must be text", fix="give the content as one string")
        else:
            found.extend(check(known, path))
        if found:
            raise ArgsError(component, found)
        return str(known)

    output: pulumi.Output[str] = pulumi.Output.secret(value) if secret else pulumi.Output.from_input(value)
    return output.apply(verify)
