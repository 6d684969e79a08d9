"""Finds what looks like a secret in plain data, so that it can be refused before it is written anywhere.

Owns the patterns. It names kinds and never returns the text found. It sees what has a form (keys, logins); a password
without one is beyond it.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    "a Cartesia API key": re.compile(r"\bsk_car_[A-Za-z0-9_-]{8,}"),
    "a registry login": re.compile(r"\"auths\"\s*:|\A_json_key(?:_base64)?:"),
}
_BASE64: Final = re.compile(r"\A[A-Za-z0-9+/_\s-]{24,}={0,2}\s*\Z")


def kind_of_secret(text: str) -> str | None:
    """What kind of secret `text` holds, also inside base64. None where it looks harmless."""
    found = _match(text)
    return found if found is not None or not _BASE64.match(text) else _match(_decoded(text))


def secrets_in(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Path and kind of each secret-looking string in maps and lists, keys of maps included."""
    if isinstance(value, str):
        kind = kind_of_secret(value)
        if kind is not None:
            yield path, kind
    elif isinstance(value, Mapping):
        for key, item in value.items():
            kind = kind_of_secret(str(key))
            if kind is not None:
                yield f"{path}.[secret]", kind  # the key itself must not be shown
                continue
            yield from secrets_in(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from secrets_in(item, f"{path}[{index}]")


def _match(text: str) -> str | None:
    return next((kind for kind, pattern in _FORMS.items() if pattern.search(text)), None)


def _decoded(text: str) -> str:
    compact = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4)).decode("utf-8", "ignore")
    except (binascii.Error, ValueError):
        return ""
