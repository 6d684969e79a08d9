"""What a file really is, whatever its name says: told from its first bytes.

Owns the magic bytes (the file formats' own specifications: RFC 1952 gzip, .xz 1.2, bzip2, RFC 8878 zstd, PKWARE zip,
POSIX pax). Which forms are unpacked is `toolkit.bundle.streams`'; the rest are named.
"""

import json
import re
import tarfile
from typing import Final

__all__ = ["HEAD_BYTES", "SUBSTITUTES", "TAR", "form_of"]

HEAD_BYTES: Final = 4096
"""As much of a file's beginning as `form_of` looks at."""
TAR: Final = "a plain tar"
SUBSTITUTES: Final = frozenset({"an HTML page", "an XML document", "a JSON document"})
"""What a proxy or a sign-in page answers in place of a file."""

_MAGIC: Final = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x1f\x9d", "compress (.Z)"),
    (b"\x5d\x00\x00", "lzma without the .xz container"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "an empty zip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"!<arch>\n", "an ar archive"),
    (b"070701", "a cpio archive"),
    (b"%PDF-", "a PDF"),
    (b"-----BEGIN PGP", "an OpenPGP message"),
    (b"age-encryption.org/", "a file that age encrypted"),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer"),
)
_ZSTD_SKIPPABLE: Final = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_HTML: Final = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_XML: Final = re.compile(rb"\s*<(?:\?xml\b|[A-Za-z][\w:.-]*[\s>/])")
_JSON: Final = re.compile(rb'\s*(?:\{\s*(?:"|\}|\Z)|\[\s*(?:["\[{\]0-9]|\Z))')
_BLOCK: Final = 512


def form_of(head: bytes) -> str:
    """The form of a file in words, from its first `HEAD_BYTES` bytes; empty where it cannot be told."""
    if not head:
        return "an empty file"
    for magic, form in _MAGIC:
        if head.startswith(magic):
            return form
    if _ZSTD_SKIPPABLE.match(head):
        return "zstd"
    if _is_tar(head):
        return TAR
    return "" if b"\0" in head else _text_form(head.removeprefix(b"\xef\xbb\xbf"))


def _is_tar(head: bytes) -> bool:
    """Whether it begins with a member's header: its checksum says so even where no `ustar` stands in it."""
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return head[257:262] == b"ustar"
    return True


def _text_form(head: bytes) -> str:
    if _HTML.match(head):
        return "an HTML page"
    if _XML.match(head):
        return "an XML document"
    if _JSON.match(head):
        return "a JSON document"
    try:
        json.loads(head)
    except ValueError:
        return "plain text" if head.decode(errors="ignore").isprintable() or b"\n" in head else ""
    return "a JSON document"
