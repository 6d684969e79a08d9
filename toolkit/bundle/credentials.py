"""From a service-account key file to a Cloud Storage client.

Owns which credentials a request carries. With `STORAGE_EMULATOR_HOST` set (the variable Google's own client reads) the
key is checked as always and then not used: an emulator wants no credentials, and a token must not travel to one.
"""

import os
from pathlib import Path
from typing import Any, Final

from core.gcp.key_text import service_account_text
from core.gcp.service_account import ServiceAccount, parse_service_account
from core.input.pasted import NotTextError, decoded
from core.input.problems import InvalidInput, Problem

EMULATOR: Final = "STORAGE_EMULATOR_HOST"
_READ_ONLY: Final = "https://www.googleapis.com/auth/devstorage.read_only"
_LARGEST_KEY: Final = 64 * 1024


def read_key(path: Path) -> ServiceAccount:
    """The key in a file.

    Raises:
        InvalidInput: When the file cannot be read or holds no usable key; nothing of its content is shown.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST_KEY)
    except OSError as error:
        raise _refusal(str(path), f"must be a readable file ({error.strerror})") from None
    try:
        text = decoded(data)
    except NotTextError as error:
        raise _refusal(str(path), f"must be a JSON key and is {error}") from None
    return parse_service_account(service_account_text(text), path=str(path))


def storage_client(account: ServiceAccount, *, path: str) -> Any:
    """A client that reads with the key, or without credentials where an emulator is set.

    Args:
        account: The checked key.
        path: How messages name the key.

    Raises:
        InvalidInput: When the private key cannot be read as one.
    """
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage  # type: ignore[import-untyped]

    signing = _signing_credentials(account)
    if signing is None:
        raise _refusal(f"{path}.private_key", "must be a private key that can be read")
    emulated = os.environ.get(EMULATOR)
    credentials = AnonymousCredentials() if emulated else signing  # type: ignore[no-untyped-call]
    return storage.Client(project=account.project_id, credentials=credentials)


def _signing_credentials(account: ServiceAccount) -> Any | None:
    from google.oauth2 import service_account

    load: Any = service_account.Credentials.from_service_account_info
    try:
        # Read-only, so that nothing this command does could change the vendor's bucket.
        return load(dict(account.info), scopes=[_READ_ONLY])
    except ValueError:  # its text and its frames hold the key, so it is not even kept as context
        return None


def _refusal(path: str, rule: str) -> InvalidInput:
    fix = "download the service-account JSON key again from https://play.cartesia.ai/on-prem"
    return InvalidInput("service account key", [Problem(path, rule, "", fix)])
