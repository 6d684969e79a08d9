"""The secrets of a stack: which there are, and where each may come from.

A secret is either a `cartesia:<key>` that is encrypted in the stack file (`pulumi config set --secret`), or a file that
an environment variable names, as CI systems and the sandbox provide them. It is never plain text in a stack file. Owns
that rule; the components mark the values secret towards the engine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from core.gcp.service_account import parse_service_account
from core.input.problems import InvalidInput, Problems

__all__ = ["SECRETS", "SecretSetting", "read_secrets"]


@dataclass(frozen=True, slots=True)
class SecretSetting:
    """One secret."""

    key: str
    """Its key below `cartesia:`."""
    variable: str
    """Environment variable that may hold the path of a file with it."""
    meaning: str
    """What it is, for messages and docs."""


SECRETS: Mapping[str, SecretSetting] = MappingProxyType(
    {
        row.key: row
        for row in (
            SecretSetting("apiKey", "CARTESIA_API_KEY_FILE", "Cartesia API key"),
            SecretSetting("serviceAccountJson", "CARTESIA_SERVICE_ACCOUNT_FILE", "the vendor's service-account JSON"),
            SecretSetting("license", "CARTESIA_LICENSE_FILE", "offline licence JSON"),
            SecretSetting("mirrorPassword", "CARTESIA_MIRROR_PASSWORD_FILE", "password of your image mirror"),
        )
    }
)
"""Every secret by key."""


def read_secrets(
    config: Mapping[str, str],
    is_secret: Callable[[str], bool],
    environment: Mapping[str, str],
    problems: Problems,
) -> dict[str, str]:
    """The secrets that are given, by key; what is wrong with them is added to `problems`, without their content.

    Args:
        config: The stack's configuration below `cartesia:`, decrypted.
        is_secret: Whether a key was encrypted in the stack file.
        environment: Environment variables; a stack file wins over them.
        problems: Collects every violation.
    """
    found = {}
    for key, setting in SECRETS.items():
        value = config.get(key)
        if value is not None and not is_secret(key):
            problems.add(
                f"cartesia:{key}",
                "must not be plain text",
                got=value,
                secret=True,
                fix=f"remove it, treat it as leaked, set a new one with `pulumi config set --secret cartesia:{key}`",
            )
            continue
        if value is None and (path := environment.get(setting.variable)):
            value = _from_file(Path(path), setting, problems)
        if value is not None:
            found[key] = value
    _check_service_account(found, problems)
    return found


def _from_file(path: Path, setting: SecretSetting, problems: Problems) -> str | None:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        problems.add(setting.variable, f"must name a readable file ({reason})", got=str(path), fix="correct the path")
        return None
    if not text:
        problems.add(setting.variable, "names an empty file", got=str(path), fix=f"write {setting.meaning} into it")
        return None
    return text


def _check_service_account(found: Mapping[str, str], problems: Problems) -> None:
    if "serviceAccountJson" in found:
        try:
            parse_service_account(found["serviceAccountJson"], path="cartesia:serviceAccountJson")
        except InvalidInput as error:
            problems.extend(error.problems)
