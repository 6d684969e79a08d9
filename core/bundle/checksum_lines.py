"""One line of a checksum file: which program wrote it, and what it says.

Owns the forms that programs and people write SHA-256 sums in, and the name of each form that cannot be read. The forms
are those of GNU coreutils (manual, "md5sum invocation", 2026-11), BSD's and OpenSSL's digests, and what the same lines
become in editors and portals. A sum is read only where it is certain what it says; the archive is hashed in any case,
so a wrong choice refuses a good archive, and never takes a bad one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["Checksum", "Refused", "read_line"]

_HEX: Final = "[0-9A-Fa-f]"
# What sha256sum writes: two blanks, or a blank and `*` for binary mode; a name may begin with either.
_GNU: Final = re.compile(rf"(\\?)({_HEX}{{64}}) [ *](\S.*)")
# The same after an editor, or written by hand: one blank, tabs, more blanks.
_LOOSE: Final = re.compile(rf"(\\?)(?:sha-?256:)?({_HEX}{{64}})[ \t]+\*?[ \t]*(\S.*)", re.IGNORECASE)
_BARE: Final = re.compile(rf"(?:sha-?256:)?({_HEX}{{64}})", re.IGNORECASE)
# `SHA256 (name) = digits` of BSD, macOS and sha256sum --tag; OpenSSL writes `SHA2-256(name)= digits`.
_BSD: Final = re.compile(rf"(\\?)([A-Za-z][A-Za-z0-9/-]*)[ \t]*\((.+)\)[ \t]*=[ \t]*({_HEX}+)")
_SHA256: Final = frozenset({"sha256", "sha2-256", "sha-256"})
_DIGITS: Final[Mapping[str, int]] = {
    "md5": 32,
    "sha1": 40,
    "rmd160": 40,
    "sha224": 56,
    "sha384": 96,
    "sha512": 128,
    "sha512/256": 64,
    "sha2-384": 96,
    "sha2-512": 128,
    "sha3-256": 64,
    "sha3-512": 128,
    "blake2b": 128,
}
"""Hexadecimal digits of the sums that stand beside SHA-256 in one file."""
_NAME_OF_LENGTH: Final[Mapping[int, str]] = {32: "MD5", 40: "SHA-1", 56: "SHA-224", 96: "SHA-384", 128: "SHA-512"}
_ESCAPES: Final[Mapping[str, str]] = {"\\": "\\", "n": "\n", "r": "\r"}
_COMMENTS: Final = ("#", ";", "//")

_OTHER_FORMS: Final = (
    (re.compile(r"<(!doctype|html|\?xml|head|body|error)", re.I), "an HTML or XML page", "check the proxy and bucket"),
    (re.compile(r"[{\[]"), "JSON", "check the proxy and bucket"),
    (re.compile(r"version https://git-lfs"), "a Git LFS pointer", "publish the file it points to"),
    (re.compile(r"untrusted comment:|trusted comment:"), "a minisign signature", "publish the sums beside it"),
    (re.compile(r"-----BEGIN "), "a signature, a key or an encrypted file", "publish the sums beside it, in clear"),
    (re.compile(r"SHA256 hash of |CertUtil:", re.I), "certutil's output", "keep the digits alone"),
    (
        re.compile(r"Algorithm\s+Hash|-{5,}\s+-{3,}|SHA256\s+[0-9A-F]{64}\s", re.I),
        "PowerShell's table",
        "use Format-List",
    ),
    (re.compile(r"sha256-[0-9A-Za-z+/]{43}="), "a digest in base64", "write it in hexadecimal"),
    (re.compile(r"[0-9A-Za-z+/]{43}=(\s|$)"), "a digest in base64", "write it in hexadecimal"),
)
_WRITE: Final = "write it as `sha256sum FILE` does"


@dataclass(frozen=True, slots=True)
class Checksum:
    """One sum: the digest in lower case and the name as listed, empty where the file gives digits alone."""

    sha256: str
    name: str

    @property
    def folders(self) -> tuple[str, ...]:
        """The directories before the name, whichever slash the writer's system used."""
        return tuple(self._parts[:-1])

    @property
    def base_name(self) -> str:
        """The name without its directories and without quotes around it."""
        return self._parts[-1]

    @property
    def _parts(self) -> list[str]:
        name = self.name
        if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
            name = name[1:-1]
        return re.split(r"[/\\]", name)


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not a sum: the rule it breaks, and what to do about this very form."""

    rule: str
    fix: str


def read_line(line: str) -> Checksum | Refused | None:
    """What a line says; None where it says nothing (blank, a comment, the sum of another algorithm by its name)."""
    line = line.strip(" \t")
    if not line or line.startswith(_COMMENTS):
        return None
    if found := _GNU.fullmatch(line) or _LOOSE.fullmatch(line):
        return _named(found[2], found[3], escaped=bool(found[1]))
    if found := _BARE.fullmatch(line):
        return Checksum(_low(found[1]), "")
    if found := _BSD.fullmatch(line):
        return _tagged(found[2].casefold(), found[4], found[3], escaped=bool(found[1]))
    return _refused(line)


def _tagged(algorithm: str, digits: str, name: str, *, escaped: bool) -> Checksum | Refused | None:
    if algorithm not in _SHA256:
        if _DIGITS.get(algorithm) == len(digits):
            return None  # a file may give several algorithms; the archive's entry must be there in SHA-256 anyway
        return Refused("must be a SHA256 line, or a whole line of another known algorithm", _WRITE)
    if len(digits) != 64:
        return _length(digits)
    return _named(digits, name, escaped=escaped)


def _named(digits: str, name: str, *, escaped: bool) -> Checksum | Refused:
    """A sum with its name; a backslash before the line says that the name is escaped (GNU coreutils)."""
    if not escaped:
        return Checksum(_low(digits), name)
    if re.fullmatch(r"(?:[^\\]|\\[\\nr])*", name) is None:
        return Refused(r"must escape nothing but \\, \n and \r in a name after its leading backslash", _WRITE)
    return Checksum(_low(digits), re.sub(r"\\(.)", lambda found: _ESCAPES[found[1]], name))


def _refused(line: str) -> Refused:
    for pattern, form, fix in _OTHER_FORMS:
        if pattern.match(line):
            return Refused(f"must be a SHA-256 sum and is {form}", fix)
    first = re.split(r"[ \t]", line, maxsplit=1)[0].removeprefix("\\")
    if len(first) >= 32 and re.fullmatch(f"{_HEX}+", first):
        return _length(first)
    return Refused("must be 64 hex digits and a file name, or SHA256 (name) = digits", _WRITE)


def _length(digits: str) -> Refused:
    if algorithm := _NAME_OF_LENGTH.get(len(digits)):
        return Refused(f"must be a SHA-256 sum and has the length of {algorithm}", "write the sum of `sha256sum FILE`")
    return Refused(f"must have 64 hex digits and has {len(digits)}", "write the whole digest, as `sha256sum FILE` does")


def _low(digits: str) -> str:
    return digits.lower()
