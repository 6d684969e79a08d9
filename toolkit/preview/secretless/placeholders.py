"""Placeholders of the right shape for every secret of configuration and state. Everything here is pure.

A secret of the state is an object that the engine marks; its placeholder is the same object with plain text in it,
which the engine encrypts when the state is imported. The right shape (which keys a Kubernetes secret has) is known to
the program alone, so it is taken from a plan that the program makes of the copy.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from clients.engine import urn_name
from core.secrets.table import SECRETS

__all__ = [
    "StateSecret",
    "api_placeholders",
    "planned_secrets",
    "secret_settings",
    "state_secrets",
    "with_placeholders",
]

MARK: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a published constant that says what a value is
WORD: Final = "placeholder"
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class StateSecret:
    """Where a secret stands in a state."""

    urn: str
    path: Path
    """From the resource: `inputs` or `outputs`, then keys and indexes."""

    @property
    def label(self) -> str:
        """For people: resource and property."""
        return f"{urn_name(self.urn)}.{'.'.join(map(str, self.path[1:]))}"


def api_placeholders() -> dict[str, str]:
    """A placeholder for each secret that somebody hands to a stack, by its key; each passes the rule of its kind."""
    edge = "-----{} PRIVATE KEY-----".format
    account = {
        "type": "service_account",
        "project_id": WORD,
        "private_key_id": WORD,
        "private_key": "\n".join([edge("BEGIN"), base64.b64encode(WORD.encode() * 4).decode(), edge("END"), ""]),
        "client_email": f"{WORD}@{WORD}.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    known = {"serviceAccountJson": json.dumps(account), "license": json.dumps({"issued_at": "2026-01-01T00:00:00Z"})}
    return {key: known.get(key, WORD) for key in SECRETS}


def secret_settings(config: Mapping[str, Any]) -> dict[Path, str]:
    """Ciphertext of every encrypted value of a stack file's `config`, by its path."""
    return dict(_secure(config, ()))


def _secure(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        if set(value) == {"secure"} and path:
            yield path, str(value["secure"])
            return
        for key, item in value.items():
            yield from _secure(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secure(item, (*path, index))


def state_secrets(resources: list[dict[str, Any]]) -> list[StateSecret]:
    """Where the secrets of a state stand."""
    return [
        StateSecret(str(resource.get("urn", "")), (side, *path))
        for resource in resources
        for side in ("inputs", "outputs")
        for path in _secrets(resource.get(side), ())
    ]


def _secrets(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, Mapping):
        if value.get(MARK) == _SECRET:
            yield path
            return
        for key, item in value.items():
            yield from _secrets(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets(item, (*path, index))


def with_placeholders(
    resources: list[dict[str, Any]], planned: Mapping[tuple[str, Path], Any] | None = None
) -> list[dict[str, Any]]:
    """The resources of a state with a placeholder in place of each secret; what is given stays as it is.

    Args:
        resources: Of an exported state.
        planned: Values for some of them, by URN and path below the inputs.
    """
    return [_replaced(resource, planned or {}) for resource in resources]


def _replaced(resource: dict[str, Any], planned: Mapping[tuple[str, Path], Any]) -> dict[str, Any]:
    urn, kind = str(resource.get("urn", "")), str(resource.get("type", ""))

    def value_at(path: Path) -> Any:
        if (urn, path) in planned:
            return planned[urn, path]
        plain = planned.get((urn, ("stringData",)))
        if path == ("data",) and isinstance(plain, Mapping):
            return {key: base64.b64encode(str(item).encode()).decode() for key, item in plain.items()}
        kubernetes = kind.startswith("kubernetes:") and path in (("stringData",), ("data",))
        return {WORD: WORD} if kubernetes else WORD

    changed = {side: _mapped(resource[side], (), value_at) for side in ("inputs", "outputs") if side in resource}
    return resource | changed


def _mapped(value: Any, path: Path, value_at: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get(MARK) == _SECRET:
            return {MARK: _SECRET, "plaintext": json.dumps(value_at(path))}
        return {key: _mapped(item, (*path, str(key)), value_at) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, (*path, index), value_at) for index, item in enumerate(value)]
    return value


def planned_secrets(plan: Mapping[str, Any]) -> dict[tuple[str, Path], Any]:
    """What the program would put in place of secrets, by URN and path: read off a plan that shows its secrets.

    Args:
        plan: What `pulumi preview --save-plan --show-secrets` wrote; all its secrets are placeholders.
    """
    found: dict[tuple[str, Path], Any] = {}
    for urn, resource in (plan.get("resourcePlans") or {}).items():
        difference = (resource.get("goal") or {}).get("inputDiff") or {}
        for part in ("adds", "updates"):
            for path, text in _plain(difference.get(part), ()):
                found[str(urn), path] = text
    return found


def _plain(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        if value.get(MARK) == _SECRET:
            if "plaintext" in value:
                yield path, json.loads(str(value["plaintext"]))
            return
        for key, item in value.items():
            yield from _plain(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _plain(item, (*path, index))
