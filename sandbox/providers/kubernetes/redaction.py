"""Keeps secrets out of every text that leaves the stand-in.

API servers and Helm quote what they refuse. The inputs say which values are secret, so those are struck out.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from core.input.problems import HIDDEN
from sandbox.providers.base import UNKNOWN, Secret

_SHORTEST: Final = 4
"""Shorter values ("1", "yes") occur in any text; striking them out would destroy it and hide nothing."""
_SHORTEST_LINE: Final = 8


class Redactor:
    """Strikes the secrets of some inputs out of texts."""

    def __init__(self, *inputs: Any) -> None:
        found = {form for value in inputs for secret in _secrets(value, marked=False) for form in _forms(secret)}
        self._forms = sorted(found, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text with every secret replaced by `[secret]`."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text


def _secrets(value: Any, *, marked: bool) -> Iterator[str]:
    if isinstance(value, Secret):
        yield from _secrets(value.value, marked=True)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item, marked=marked)
    elif isinstance(value, list):
        for item in value:
            yield from _secrets(item, marked=marked)
    elif marked and value is not UNKNOWN and value is not None and not isinstance(value, bool):
        yield str(value)


def _forms(secret: str) -> Iterator[str]:
    """How a secret may be quoted: as it is, escaped, by line, and to or from base64."""
    plain_forms = [secret, *_decoded(secret)]
    for text in plain_forms:
        if len(text) < _SHORTEST:
            continue
        yield text
        yield json.dumps(text)[1:-1]
        yield base64.b64encode(text.encode()).decode()
        yield from (line.strip() for line in text.splitlines() if len(line.strip()) >= _SHORTEST_LINE)


def _decoded(secret: str) -> list[str]:
    try:
        return [base64.b64decode(secret, validate=True).decode()]
    except (binascii.Error, ValueError):
        return []
