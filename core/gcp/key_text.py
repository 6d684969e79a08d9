"""A service-account key as it was downloaded, from what editors and portals made of it.

Owns which changes lose nothing: what stands around the JSON, line ends in the private key (a PEM's base64 has neither
blanks nor backslashes, RFC 7468), and line ends that stand in a JSON string unescaped. Anything else stays as it is,
for `core.gcp.service_account` to refuse.
"""

import json
import re
import textwrap
from typing import Final

from core.input.pasted import bare, json_object, unquoted, wrapped_object

__all__ = ["service_account_text"]

_WELL_FORMED: Final = re.compile(
    r"-----BEGIN (?P<kind>(?:RSA )?PRIVATE KEY)-----\n(?:[A-Za-z0-9+/=]+\n)+-----END (?P=kind)-----\n?"
)
_LOOSE: Final = re.compile(
    r"-----BEGIN (?P<kind>(?:RSA )?PRIVATE KEY)-----(?P<body>[A-Za-z0-9+/=\s]+)-----END (?P=kind)-----"
)
_PEM_LINE: Final = 64


def service_account_text(text: str) -> str:
    """The key's JSON; the text itself if it is that already, or holds no JSON object at all."""
    found = wrapped_object(text)
    info = None if found is None else json_object(found, strict=False)
    if found is None or info is None:
        return text
    key = info.get("private_key")
    repaired = _pem(key) if isinstance(key, str) else key
    if repaired != key or json_object(found) is None:
        return json.dumps(info | {"private_key": repaired}, indent=2)
    return text if json_object(text) is not None else found


def _pem(key: str) -> str:
    """The private key with the line ends of a PEM; as it is where it is no such key."""
    if _WELL_FORMED.fullmatch(key):
        return key
    plain = key.replace("\\r", "\r").replace("\\n", "\n")
    found = _LOOSE.fullmatch(unquoted(bare(plain)))
    if found is None:
        return key
    body = "\n".join(textwrap.wrap("".join(found["body"].split()), _PEM_LINE))
    return f"-----BEGIN {found['kind']}-----\n{body}\n-----END {found['kind']}-----\n"
