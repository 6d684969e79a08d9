"""What editors, shells and portals put around a text that somebody copies: byte-order marks, quotes, base64.

Owns taking that off where nothing is lost, and the words for what a pasted text is instead. No function shows or keeps
any of the text, which is often a secret: errors carry the name of a form alone.
"""

import base64
import binascii
import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["NotTextError", "bare", "decoded", "form_of_text", "json_object", "unquoted", "wrapped_object"]

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_INVISIBLE: Final = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u00a0"
_BLANK: Final = " \t\r\n\f\v" + _INVISIBLE
_QUOTES: Final = ('""', "''", "``", "\u201c\u201d", "\u2018\u2019", "\u00ab\u00bb")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_MOST_LAYERS: Final = 4
_ROOTS: Final = "/(?:home|Users|root|tmp|var|etc|run|mnt|opt|srv|workspace|secrets)/"
"""Absolute paths begin so; a key of the vendor's may begin with a slash as well."""
_NAME: Final = "a file's name, not its content"

_FORMS: Final = (
    (re.compile(r"<"), "an HTML or XML page"),
    (re.compile(r"-----BEGIN (?:\w+ )?PRIVATE KEY-----"), "a private key alone"),
    (re.compile(r"-----BEGIN CERTIFICATE-----"), "a certificate"),
    (re.compile(r"-----BEGIN "), "an armored file"),
    (re.compile(r"(?:export\s+|set\s+)?(?:[A-Z]+_)+[A-Z0-9_]*=\S"), "a line with a name and = before the value"),
    (re.compile(r"(?:Authorization:\s*)?Bearer\s", re.IGNORECASE), "a header with the word Bearer before the value"),
    (re.compile(r"apiVersion:|kind:"), "a Kubernetes object"),
    (re.compile(r"version https://git-lfs"), "a Git LFS pointer"),
    (re.compile(r"(?:gs|https?|file)://\S+\Z"), "an address, not its content"),
    (re.compile(rf"(?:(?:~|\.{{1,2}}|[A-Za-z]:)[/\\]|{_ROOTS})\S*\Z|\S+\.(?:json|txt|pem|p12)\Z"), _NAME),
)


class NotTextError(ValueError):
    """Bytes that are not text. The message is the name of what they are."""


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8 with or without a mark, or UTF-16 and UTF-32 as Windows' editors write them.

    Raises:
        NotTextError: Naming the form; it carries none of the bytes.
    """
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", _unmarked(data)))
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        form = "a PKCS #12 file (.p12) or another binary key" if data.startswith(b"\x30\x82") else ""
    raise NotTextError(form or (f"{encoding.upper()} that is damaged" if mark else "not UTF-8 text"))


def bare(text: str) -> str:
    """The text without blanks, line ends, byte-order marks and invisible characters around it."""
    return text.strip(_BLANK)


def unquoted(text: str) -> str:
    """The text without the pair of quotes around it, if it has one."""
    paired = len(text) > 1 and text[0] + text[-1] in _QUOTES
    return bare(text[1:-1]) if paired else text


def json_object(text: str, *, strict: bool = True) -> dict[str, Any] | None:
    """The JSON object in a text, None where it is anything else; unless strict, a string may hold raw line ends."""
    try:
        parsed = json.loads(text, strict=strict)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def wrapped_object(text: str) -> str | None:
    """The text of the JSON object in what was put around it, None where there is no object inside.

    Quotes (as they are, or with what is inside escaped), base64 and byte-order marks are taken off, several deep.
    """
    layer: str | None = bare(text)
    for _ in range(_MOST_LAYERS):
        if layer is None or json_object(layer, strict=False) is not None:
            return layer
        layer = next(_inner(layer), None)
    return None


def form_of_text(text: str) -> str:
    """What a text is in place of what was wanted, in words; empty where that does not show."""
    stripped = bare(text)
    found = next((form for pattern, form in _FORMS if pattern.match(stripped)), "")
    if found or not stripped:
        return found
    if wrapped_object(text) not in (None, stripped):
        return "JSON with quotes, escapes or base64 around it"
    if json_object(stripped) is not None:
        return "a JSON file"
    return "one word" if re.fullmatch(r"[\x21-\x7e]{8,200}", stripped) and stripped[0] not in "{[\"'" else ""


def _inner(text: str) -> Iterator[str]:
    """What is inside of the outermost layer, by each way of reading it that gives something."""
    try:
        string = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        string = None
    if isinstance(string, str):
        yield bare(string)
    if (inside := unquoted(text)) != text:
        yield inside
    if text.startswith(('{\\"', "{\\n", "{\\r")):
        yield from _unescaped(text)
    compact = "".join(text.split())
    if len(compact) > 8 and _BASE64.fullmatch(compact):
        yield from _from_base64(compact)


def _unescaped(text: str) -> Iterator[str]:
    try:
        yield json.loads(f'"{text}"', strict=False)
    except ValueError:
        yield text.replace("\\r\\n", "\n").replace("\\n", "\n")


def _from_base64(text: str) -> Iterator[str]:
    padded = text.rstrip("=")
    padded += "=" * (-len(padded) % 4)
    try:
        data = base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
        yield bare(decoded(data))
    except (binascii.Error, NotTextError):
        return


def _unmarked(data: bytes) -> str:
    """UTF-16 without a mark shows by every other byte being zero, since keys are ASCII."""
    if len(data) >= 2 and len(data) % 2 == 0:
        if not any(data[1::2]) and all(data[::2]):
            return "utf-16-le"
        if not any(data[::2]) and all(data[1::2]):
            return "utf-16-be"
    return "utf-8"
