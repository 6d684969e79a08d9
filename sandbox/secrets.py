"""Secrets a customer would have, made up for the sandbox: random, in files that only the user can read.

Owns what they look like. The service-account key is `sandbox.vendor`'s.
"""

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path

from sandbox.host.layout import Layout
from sandbox.host.records import write_text

API_KEY = "api-key"
LICENSE = "license.json"
MIRROR_PASSWORD = "mirror-password"  # noqa: S105 - the name of a file


def write_secrets(layout: Layout) -> None:
    """Write each secret that is not there yet; one that is stays, since stacks were deployed with it."""
    layout.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    _once(layout.secrets / API_KEY, f"sk_car_{secrets.token_urlsafe(18)}")
    _once(layout.secrets / MIRROR_PASSWORD, secrets.token_urlsafe(18))
    # Of the licence's schema only `issued_at` is public; the rest marks it as the sandbox's own.
    licence = {"issued_at": datetime.now(UTC).isoformat(), "issuer": "sandbox", "token": secrets.token_urlsafe(24)}
    _once(layout.secrets / LICENSE, json.dumps(licence))


def _once(path: Path, text: str) -> None:
    if not path.exists():
        write_text(path, text)
