"""The secrets that a stack is given: encrypted in its file, or in files that environment variables name.

A secret is either a `cartesia:<key>` that is encrypted in the stack file (`pulumi config set --secret`), or a file that
an environment variable names, as CI systems and the sandbox provide them. It is never plain text in a stack file. Owns
that rule. Which secrets there are is `core.secrets.table`; the components mark the values secret towards the engine.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.input.pasted import NotTextError, bare, decoded
from core.input.problems import BROKEN, Problems
from core.secrets.table import SECRETS, Secret

__all__ = ["read_secrets"]


def read_secrets(
    config: Mapping[str, str],
    is_secret: Callable[[str], bool],
    environment: Mapping[str, str],
    problems: Problems,
) -> dict[str, Any]:
    """The secrets that are given, by key; what is wrong with them is added to `problems`, without their content.

    One that was given and cannot be used is `BROKEN`, so that nobody complains that it is missing.

    Args:
        config: The stack's configuration below `cartesia:`, decrypted.
        is_secret: Whether a key was encrypted in the stack file.
        environment: Environment variables; a stack file wins over them.
        problems: Collects every violation.
    """
    found: dict[str, Any] = {}
    for key, secret in SECRETS.items():
        value = config.get(key)
        if value is not None and not is_secret(key):
            problems.add(
                f"cartesia:{key}",
                "must not be plain text",
                got=value,
                secret=True,
                fix=f"remove it, treat it as leaked, set a new one with `pulumi config set --secret cartesia:{key}`",
            )
            found[key] = BROKEN
        elif value is not None:
            found[key] = _checked(value, f"cartesia:{key}", secret, problems)
        elif path := environment.get(secret.variable):
            found[key] = _from_file(Path(path), secret, problems)
    return found


def _checked(value: str, path: str, secret: Secret, problems: Problems) -> Any:
    value = secret.text(value)
    wrong = secret.check(value, path)
    problems.extend(wrong)
    return BROKEN if wrong else value


def _from_file(path: Path, secret: Secret, problems: Problems) -> Any:
    try:
        text = bare(decoded(path.read_bytes()))
    except (OSError, NotTextError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"is {error}"
        problems.add(secret.variable, f"must name a readable file ({reason})", got=str(path), fix="correct the path")
        return BROKEN
    if not text:
        problems.add(secret.variable, "names an empty file", got=str(path), fix=f"write {secret.meaning} into it")
        return BROKEN
    return _checked(text, f"cartesia:{secret.key}", secret, problems)
