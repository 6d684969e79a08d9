"""A service-account key for the sandbox: real in form, worth nothing anywhere.

Owns making it. The key is generated on the machine, so no key lies in the repository for a scanner to find or a reader
to mistake for a leak.
"""

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Final

from core.gcp.service_account import parse_service_account
from core.input.problems import InvalidInput

_PROJECT: Final = "cartesia-sandbox"
_EMAIL: Final = f"sandbox@{_PROJECT}.iam.gserviceaccount.com"
_BITS: Final = 2048  # the size of Google's own keys; about 50 ms


def write_service_account(path: Path) -> None:
    """Have a service-account key file at `path`, readable by its owner only.

    An existing usable key is kept, so that secrets made from it do not change between runs of the sandbox.

    Raises:
        OSError: When the file cannot be written.
    """
    if _usable(path):
        path.chmod(0o600)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    # Made with its final mode, never wider for a moment.
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(_key(), stream, indent=2)
    fresh.replace(path)


def _usable(path: Path) -> bool:
    with contextlib.suppress(OSError, UnicodeDecodeError, InvalidInput):
        parse_service_account(path.read_text())
        return True
    return False


def _key() -> dict[str, str]:
    # Imported here because loading it takes longer than all else in this module, and a kept key needs none of it.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": _PROJECT,
        "private_key_id": secrets.token_hex(20),
        "private_key": pem.decode(),
        "client_email": _EMAIL,
        "client_id": str(10**20 + secrets.randbelow(10**20)),
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{_EMAIL.replace('@', '%40')}",
        "universe_domain": "googleapis.com",
    }
