"""Reads a `SHA256SUMS` file and picks the entry that speaks for the archive.

Owns the file around the lines (byte-order mark, line ends, a clear-text OpenPGP signature) and the choice rule: the
vendor does not say whether the file lists the archive by its `latest` name or by a versioned one
(docs.cartesia.ai/self-hosted/provisioned-resources, 2026-08). The lines are `core.bundle.checksum_lines`'. Leaves alone
hashing and fetching. A signature is not checked; the archive's digest is what counts.
"""

import re
from collections.abc import Sequence
from typing import Final

from core.bundle.checksum_lines import Checksum, Refused, read_line
from core.input.problems import InvalidInput, Problem, Problems

__all__ = ["Checksum", "choose_entry", "decode_checksums", "parse_checksums"]

_MAX_LINES: Final = 10_000
_ENDINGS: Final = (".tar.gz", ".tgz")
_ASK: Final = "ask the vendor's support; the archive cannot be trusted without it"
_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE: Final = "-----BEGIN PGP SIGNATURE-----"
_END: Final = "-----END PGP SIGNATURE-----"


def decode_checksums(data: bytes, *, path: str = "SHA256SUMS") -> str:
    """The text of a checksum file: UTF-8, or UTF-16 with its mark, as PowerShell writes it.

    Raises:
        InvalidInput: When it is neither, named as what it is where that shows.
    """
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:  # not chained: it holds the bytes
        form = "UTF-16 that is cut short" if utf16 else "a binary file, such as a signature without armor"
    raise InvalidInput("checksums", [Problem(path, f"must be UTF-8 text and is {form}", "", _ASK)])


def parse_checksums(text: str, *, path: str = "SHA256SUMS") -> tuple[Checksum, ...]:
    """Every sum of the file, in its order.

    Blank lines, comments, and tagged lines of other algorithms are passed over. Anything else that is not a sum is
    refused as what it is: a damaged list must not shrink silently.

    Raises:
        InvalidInput: With each line that is not a sum, or when there is none.
    """
    problems = Problems()
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    if len(lines) > _MAX_LINES:
        raise InvalidInput("checksums", [Problem(path, f"must have at most {_MAX_LINES} lines", str(len(lines)), _ASK)])
    entries = [
        entry
        for number, line in _signed_part(lines, path, problems)
        if (entry := _entry(line, f"{path}:{number}", problems)) is not None
    ]
    if not entries and not problems:
        problems.add(path, "must list at least one file by its SHA-256", fix=_ASK)
    if len(entries) > 1 and not all(entry.name for entry in entries):
        rule = "must name each file where it lists several"
        problems.add(path, rule, fix=f"{_ASK}; digits alone say nothing about which file they belong to")
    if problems:
        raise InvalidInput("checksums", problems)
    return tuple(entries)


def choose_entry(entries: Sequence[Checksum], *, file_name: str, version: str, path: str = "SHA256SUMS") -> Checksum:
    """The entry for `file_name`: the one of that base name, else the archive whose base name carries the version.

    Where folders of several releases list the name, the folder of `version` counts. Digits alone are taken as the
    archive's, since the archive is refused if they are not.

    Raises:
        InvalidInput: When no entry fits (never a skip), or several fit and their digests differ.
    """
    if len(entries) == 1 and entries[0].name in ("", "-"):  # `-` is what sha256sum calls a file it read from a pipe
        return entries[0]
    named = [entry for entry in entries if entry.base_name == file_name]
    found = named or _versioned(entries, file_name, version)
    if not found:
        listed = ", ".join(_shown(entry.name) for entry in entries)
        problem = Problem(path, f"must list {file_name} or an archive of version {version}", listed, _ASK)
        raise InvalidInput("checksums", [problem])
    if len({entry.sha256 for entry in found}) > 1:
        found = [entry for entry in found if {version, f"v{version}"}.intersection(entry.folders)] or found
    if len({entry.sha256 for entry in found}) > 1:
        shown = ", ".join(f"{entry.sha256} {_shown(entry.name)}" for entry in found)
        problem = Problem(path, f"must give one digest for {file_name}", shown, _ASK)
        raise InvalidInput("checksums", [problem])
    return found[0]


def _entry(line: str, path: str, problems: Problems) -> Checksum | None:
    read = read_line(line)
    if isinstance(read, Refused):
        problems.add(path, read.rule, got=line, fix=f"ask the vendor's support for it in another form: {read.fix}")
        return None
    return read


def _signed_part(lines: Sequence[str], path: str, problems: Problems) -> list[tuple[int, str]]:
    """The lines with their numbers; of a clear-text signed file (RFC 9580, section 7) only those that are signed."""
    numbered = list(enumerate(lines, start=1))
    at = {line.rstrip(): number for number, line in reversed(numbered)}
    if _SIGNED not in at:
        return numbered
    start, signature, end = at[_SIGNED], at.get(_SIGNATURE, 0), at.get(_END, 0)
    fix = "ask the vendor's support for the whole signed file"
    if not start < signature < end:
        problems.add(f"{path}:{start}", "must be signed to its end and is an OpenPGP message cut short", fix=fix)
        return []
    outside = [number for number, line in numbered if line.strip() and not start <= number <= end]
    if outside:
        problems.add(f"{path}:{outside[0]}", "must not have lines outside of its signed part", fix=fix)
    blank = next((number for number, line in numbered[start:signature] if not line.strip()), signature)
    return [(number, line.removeprefix("- ")) for number, line in numbered if blank < number < signature]


def _shown(name: str) -> str:
    """A name without what could drive a terminal: escaped names may hold line ends."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)


def _versioned(entries: Sequence[Checksum], file_name: str, version: str) -> list[Checksum]:
    carries = _version_pattern(version)
    archives = [e for e in entries if e.base_name.endswith(_ENDINGS) and carries.search(e.base_name)]
    # A release may list other archives too (images, Compose files); the stem of the file tells ours from those.
    stem = re.split(r"-?latest", file_name)[0]
    ours = [entry for entry in archives if stem and entry.base_name.startswith(stem)]
    return ours or archives


def _version_pattern(version: str) -> re.Pattern[str]:
    """`1.2.3` as a whole: not inside `11.2.3`, `0.1.2.3`, `1.2.30`, `1.2.3.4` or `1.2.3-rc1`."""
    return re.compile(
        rf"(?<![0-9])(?<![0-9][.]){re.escape(version)}(?![0-9A-Za-z])(?![.+-][0-9])(?!-(?:rc|alpha|beta|pre))"
    )
