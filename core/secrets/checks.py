"""What is wrong with a secret, and what it is without what was pasted around it; no message shows any of it.

Owns the rule of each kind of secret. Only slips are caught (a wrong file, a line end): the forms are the vendor's.
"""

import json
from collections.abc import Callable

from core.gcp.service_account import parse_service_account
from core.input.pasted import bare, form_of_text, json_object, unquoted, wrapped_object
from core.input.problems import InvalidInput, Problem

SecretCheck = Callable[[str, str], list[Problem]]
"""From a value and its path to what is wrong with it, the value hidden."""

SecretText = Callable[[str], str]
"""From a value as it was given to the value that is meant, where nothing is lost by it."""


def service_account_problems(value: str, path: str) -> list[Problem]:
    """What is wrong with a service-account JSON key."""
    try:
        parse_service_account(value, path=path)
    except InvalidInput as error:
        return list(error.problems)
    return []


def api_key_problems(value: str, path: str) -> list[Problem]:
    """What is wrong with a Cartesia API key. Its form is the vendor's, so only slips of pasting are caught."""
    if not value or any(letter.isspace() for letter in value) or not value.isprintable():
        rule = "must be one word without blanks or line ends"
        form = form_of_text(value)
        rule = f"{rule}, and is {form}" if form else rule
        return [Problem(path, rule, "", "paste the key alone, without a final line end")]
    if not value.isascii():
        return [Problem(path, "must have no letters beyond ASCII", "", "paste the key as the portal shows it")]
    if value.endswith(("\\n", "\\r")):
        return [Problem(path, "must not end in a line end written out", "", "paste the key alone, without \\n")]
    form = form_of_text(value)
    if form not in ("", "one word"):
        return [Problem(path, f"must be the API key itself and not {form}", "", "paste the key alone")]
    return []


def api_key_text(value: str) -> str:
    """The API key without blanks, marks and quotes around it."""
    return unquoted(bare(value))


def license_problems(value: str, path: str) -> list[Problem]:
    """What is wrong with an offline licence. Its schema is the vendor's, so only its outline is checked."""
    fix = "download the offline licence JSON from https://play.cartesia.ai/on-prem"
    try:
        parsed = json.loads(value)
    except (json.JSONDecodeError, RecursionError):
        form = form_of_text(value)
        return [Problem(path, f"must be JSON, and is {form}" if form else "must be JSON", "", fix)]
    if not isinstance(parsed, dict) or not parsed:
        return [Problem(path, "must be a JSON object", "", fix)]
    if parsed.get("type") == "service_account":
        return [Problem(path, "must be a licence and not a service-account key", "", fix)]
    return []


def license_text(value: str) -> str:
    """The licence's JSON without marks, quotes and base64 around it."""
    found = wrapped_object(value)
    return value if found is None or json_object(value) is not None else found


def password_text(value: str) -> str:
    """The password as it is, since it may have any form."""
    return value


def password_problems(value: str, path: str) -> list[Problem]:
    """What is wrong with a registry password."""
    return [] if value else [Problem(path, "must not be empty", "", "give the registry's password or token")]


def username_problems(value: str, path: str) -> list[Problem]:
    """What is wrong with a registry user name, which a colon would cut short in the login."""
    if value and ":" not in value:
        return []
    return [Problem(path, "must be a user name without a colon", "", "give the registry's user name")]
