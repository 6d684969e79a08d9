"""Hides known secrets in lines of events before anything is read from them.

A line is searched for every form in which a secret may stand in it: raw, escaped as JSON once to three times, and in
base64 at each of its three alignments; each line of a secret counts by itself, so that a key stays hidden where a diff
tears it apart. What has the form of a secret without being known is found later, by `core.input.secret_scan`.
"""

import base64
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

__all__ = ["HIDDEN", "Hiding", "forms_hidden", "parts_of", "tokens_hidden"]

HIDDEN: Final = "(secret)"
SHORTEST: Final = 6
"""A shorter text is no secret worth the name, and would black out half of the report."""
_ESCAPES: Final = 3
"""JSON in JSON in JSON: an annotation with a policy in a manifest, in an event."""
_NAMES: Final = re.compile(r"key|token|secret|password|passwd|auth|credential|seed", re.IGNORECASE)
_NO_SECRETS: Final = re.compile(r"_ur[il]\Z|_email\Z", re.IGNORECASE)
_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9+/_=.:-])[A-Za-z0-9+/_-]{24,}={0,2}(?![A-Za-z0-9+/_=.:-])")
_LEAST_BITS: Final = 4.0
"""Of entropy for each character: base64 of random bytes has about 5, words and ARNs have less than 4."""


class Hiding:
    """Strikes out secrets; without any it leaves texts alone."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Take whole secrets: what a file holds, or one value."""
        forms = {form for secret in secrets for part in parts_of(secret) for form in _forms(part)}
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._forms = tuple(ordered)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def line(self, text: str) -> str:
        """A line of JSON without secrets; it stays JSON."""
        if self._pattern is None:
            return text
        struck = self._pattern.sub(HIDDEN, text)
        return self._joined(struck) if "\\n" in struck or "\\t" in struck or "\\r" in struck else struck

    def text(self, text: str) -> str:
        """A text without secrets."""
        if self._pattern is None:
            return text
        struck = self._pattern.sub(HIDDEN, text)
        return HIDDEN if "\n" in struck and self._inside(struck) else struck

    def _inside(self, text: str) -> bool:
        compact = "".join(text.split())
        return any(form in compact for form in self._forms)

    def _joined(self, line: str) -> str:
        """Texts in which a secret is wrapped over several lines are struck out whole."""
        if not self._inside(line.replace("\\n", "").replace("\\r", "").replace("\\t", "")):
            return line
        try:
            return json.dumps(self._cleaned(json.loads(line)), separators=(",", ":"))
        except ValueError:
            return HIDDEN

    def _cleaned(self, value: Any) -> Any:
        if isinstance(value, str):
            compact = "".join(value.split()).replace("\\n", "")
            return HIDDEN if any(form in compact for form in self._forms) else value
        if isinstance(value, Mapping):
            return {self._cleaned(key): self._cleaned(item) for key, item in value.items()}
        return [self._cleaned(item) for item in value] if isinstance(value, list) else value


_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL
)
_API_KEY: Final = re.compile(r"\bsk_car_[A-Za-z0-9_-]{8,}")
_LOGIN: Final = re.compile(r"\\*\"auths\\*\"\s*:.*|_json_key(?:_base64)?:\S*", re.DOTALL)


def forms_hidden(text: str) -> str:
    """A text of the engine, a provider or a policy without what has the form of a secret."""
    if "-----BEGIN" in text:
        text = _PRIVATE_KEY.sub(HIDDEN, text)
    if "sk_car_" in text:
        text = _API_KEY.sub(HIDDEN, text)
    return _LOGIN.sub(HIDDEN, text) if "auths" in text or "_json_key" in text else text


def parts_of(secret: str) -> Iterator[str]:
    """What of a secret has to stay hidden by itself: its lines, and the secret members of a JSON object."""
    whole = secret.strip()
    if len(whole) < SHORTEST:
        return
    yield whole
    yield from (line for each in whole.splitlines() if len(line := each.strip()) >= SHORTEST and _telling(line))
    try:
        data = json.loads(whole)
    except (ValueError, RecursionError):
        return
    yield from _members(data)


def _telling(line: str) -> bool:
    """Whether a line is no bracket or mark that stands in every such file."""
    return not line.startswith("-----") and any(each.isalnum() for each in line)


def _members(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _members(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _members(item, name)
    elif isinstance(value, str) and _NAMES.search(name) and not _NO_SECRETS.search(name):
        yield from parts_of(value)


def _forms(part: str) -> Iterator[str]:
    escaped = part
    yield part
    for _ in range(_ESCAPES):
        for ascii_only in (True, False):
            yield json.dumps(escaped, ensure_ascii=ascii_only)[1:-1]
        escaped = json.dumps(escaped)[1:-1]
    raw = part.encode(errors="surrogatepass")
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # The first and last group depend on what stands beside it, so only what lies between can be known.
            text = encode(b"\0" * shift + raw).decode().rstrip("=")
            inner = text[(0, 2, 3)[shift] : len(text) if (len(raw) + shift) % 3 == 0 else -1]
            if len(inner) >= SHORTEST:
                yield inner
                yield json.dumps(inner.replace("/", "\\/"))[1:-1]


def tokens_hidden(text: str) -> str:
    """A text without words that look drawn at random: long, and of many different characters."""
    return _TOKEN.sub(lambda match: HIDDEN if _random(match[0]) else match[0], text)


def _random(word: str) -> bool:
    if not (any(map(str.isdigit, word)) and any(map(str.isalpha, word))):
        return False
    counts = Counter(word)
    bits = -sum(count / len(word) * math.log2(count / len(word)) for count in counts.values())
    return bits >= _LEAST_BITS
