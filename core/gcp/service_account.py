"""Checks a Google service-account key before anything uses it.

Owns which fields a usable key has (Google's key file format; the key comes from the vendor's portal, source:
docs.cartesia.ai/self-hosted/provisioned-resources, 2026-08) and the rule that no value of a key is ever shown: messages
name fields, never contents, because a key is often pasted into the wrong field. Leaves alone reading files and talking
to Google.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from core.input.pasted import form_of_text
from core.input.problems import InvalidInput, Problems

_FIX: Final = "download the service-account JSON key again from https://play.cartesia.ai/on-prem"
_PEM: Final = re.compile(r"\A-----BEGIN (RSA )?PRIVATE KEY-----\s.*\s-----END (RSA )?PRIVATE KEY-----\s*\Z", re.DOTALL)
_EMAIL: Final = re.compile(r"\A[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\Z")
_PROJECT: Final = re.compile(r"\A[a-z0-9.:-]{4,63}\Z")
_KEY_ID: Final = re.compile(r"\A\S{1,128}\Z")
_TOKEN_URI: Final = re.compile(r"\Ahttps://\S+\Z")

# Other credential files Google hands out; naming the kind found helps, and the words themselves are public.
_OTHER_KINDS: Final = (
    "authorized_user",
    "external_account",
    "external_account_authorized_user",
    "gdch_service_account",
)

_OTHER_FILES: Final = (
    ("installed", "an OAuth client of a desktop program"),
    ("web", "an OAuth client of a web page"),
    ("auths", "a Docker login"),
    ("apiVersion", "a Kubernetes object"),
    ("access_token", "an access token"),
    ("error", "an error of a web service"),
)
"""Keys that tell another JSON file, and what it is."""

_OWN_LOGIN: Final = f"it is a person's login by gcloud, which registries and pods must not use; {_FIX}"

_RULES: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "project_id": (_PROJECT, "must be a Google Cloud project id"),
    "private_key_id": (_KEY_ID, "must be one word"),
    "private_key": (_PEM, "must be a PEM private key with its BEGIN and END lines"),
    "client_email": (_EMAIL, "must be the account's e-mail address"),
    "token_uri": (_TOKEN_URI, "must be an https:// address"),
}


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A checked key. Its text and fields stay out of `repr`, so logs and tracebacks show who it is and nothing more."""

    client_email: str
    """Address of the account. Safe to show."""
    project_id: str
    """Project the account belongs to. Safe to show."""
    info: Mapping[str, Any] = field(repr=False, compare=False)
    """The parsed key, as Google's libraries take it. Secret."""
    text: str = field(repr=False)
    """The key file's text, as a registry login or a Kubernetes secret takes it. Secret."""


def parse_service_account(text: str, *, path: str = "service_account_json") -> ServiceAccount:
    """The key in `text`.

    Args:
        text: Content of a service-account JSON key file.
        path: How messages name the value: a settings path or a file name.

    Raises:
        InvalidInput: With every problem of the key and none of its content.
    """
    problems = Problems()
    info = _object(text, path, problems)
    if info is not None:
        _check_kind(info, path, problems)
        for key, (pattern, rule) in _RULES.items():
            value = info.get(key)
            if value is None:
                problems.add(f"{path}.{key}", "is missing", fix=_FIX)
            elif not isinstance(value, str) or not pattern.match(value):
                problems.add(f"{path}.{key}", rule, got=value, secret=True, fix=_FIX)
    if problems or info is None:
        raise InvalidInput("service account key", problems)
    return ServiceAccount(client_email=info["client_email"], project_id=info["project_id"], info=info, text=text)


def _object(text: str, path: str, problems: Problems) -> dict[str, Any] | None:
    if not text.strip():
        problems.add(path, "must hold a JSON key", fix=f"it is empty; {_FIX}")
        return None
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:  # the exception keeps the whole text, so it is not chained
        form = form_of_text(text)
        where = f"is {form}" if form else f"stops being JSON at line {error.lineno}, column {error.colno}"
        fix = "give the JSON file as it was downloaded" if form.startswith("JSON") else _FIX
        problems.add(path, f"must be JSON; it {where}", got=text, secret=True, fix=fix)
        return None
    except RecursionError:
        problems.add(path, "must be a flat JSON object", got=text, secret=True, fix=_FIX)
        return None
    if not isinstance(parsed, dict):
        problems.add(path, "must be a JSON object", got=text, secret=True, fix=_FIX)
        return None
    if other := next((name for key, name in _OTHER_FILES if key in parsed and "type" not in parsed), ""):
        problems.add(path, f"must be a service-account key and is {other}", got=text, secret=True, fix=_FIX)
        return None
    return parsed


def _check_kind(info: Mapping[str, Any], path: str, problems: Problems) -> None:
    kind = info.get("type")
    if kind == "service_account":
        return
    shown = kind if kind in _OTHER_KINDS else None
    hidden = kind is not None and shown is None
    problems.add(
        f"{path}.type",
        'must be "service_account"',
        got=kind if hidden else shown,
        secret=hidden,
        fix=_OWN_LOGIN if kind == "authorized_user" else _FIX,
    )
