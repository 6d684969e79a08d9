"""Secrets a customer would have, made up for the sandbox: random, in files that only the user can read.

Owns what they look like; which there are is `core.secrets.table`. The service-account key is `sandbox.vendor`'s.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from core.secrets.table import SECRETS
from sandbox.host.layout import Layout
from sandbox.host.records import write_text

_VENDORS_OWN: Final = "serviceAccountJson"
"""Lies where the pretended bucket keeps the key that opens it."""


def _api_key() -> str:
    return f"sk_car_{secrets.token_urlsafe(18)}"


def _license() -> str:
    # Of the licence's schema only `issued_at` is public; the rest marks it as the sandbox's own.
    licence = {"issued_at": datetime.now(UTC).isoformat(), "issuer": "sandbox", "token": secrets.token_urlsafe(24)}
    return json.dumps(licence)


_FORMS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType({"apiKey": _api_key, "license": _license})
"""What makes up a secret of a certain form, by key; any other is a random word."""


def secret_files(layout: Layout) -> dict[str, Path]:
    """The file of each secret, by key."""
    made = {key: layout.secrets / secret.file for key, secret in SECRETS.items()}
    return made | {_VENDORS_OWN: layout.vendor_key}


def write_secrets(layout: Layout) -> None:
    """Write each secret that is not there yet; one that is stays, since stacks were deployed with it."""
    layout.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    for key, path in secret_files(layout).items():
        if key != _VENDORS_OWN and not path.exists():
            write_text(path, _FORMS.get(key, lambda: secrets.token_urlsafe(18))())
