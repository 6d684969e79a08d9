"""Reads a `SHA256SUMS` file and picks the entry that speaks for the archive.

Owns the line form (that of GNU sha256sum) and the choice rule: the vendor does not say whether the file lists the
archive by its `latest` name or by a versioned one (docs.cartesia.ai/self-hosted/provisioned-resources, 2026-08).
Leaves alone hashing and fetching.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.input.problems import InvalidInput, Problem, Problems

# 64 hex digits, then two spaces or " *" (binary mode), then the name: what sha256sum writes.
_LINE: Final = re.compile(r"\A([0-9A-Fa-f]{64}) [ *](\S.*)\Z")
_MAX_LINES: Final = 10_000
_ENDINGS: Final = (".tar.gz", ".tgz")
_ASK: Final = "ask the vendor's support; the archive cannot be trusted without it"


@dataclass(frozen=True, slots=True)
class Checksum:
    """One line: the digest in lower case and the name as listed."""

    sha256: str
    name: str

    @property
    def base_name(self) -> str:
        """The name without its directories, whichever slash the writer's system used."""
        return re.split(r"[/\\]", self.name)[-1]


def parse_checksums(text: str, *, path: str = "SHA256SUMS") -> tuple[Checksum, ...]:
    """Every entry of the file, in its order.

    Blank lines are passed over. Anything else that is not an entry is refused: a damaged list must not shrink silently.

    Raises:
        InvalidInput: With each line that is not an entry, or when there is none.
    """
    problems = Problems()
    entries: list[Checksum] = []
    lines = text.removeprefix("\ufeff").split("\n")
    if len(lines) > _MAX_LINES:
        raise InvalidInput("checksums", [Problem(path, f"must have at most {_MAX_LINES} lines", str(len(lines)), _ASK)])
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r")
        if not line.strip():
            continue
        match = _LINE.match(line)
        if match is None:
            rule = "must be 64 hex digits, two spaces and a file name"
            problems.add(f"{path}:{number}", rule, got=line, fix="fetch the file again")
        else:
            entries.append(Checksum(match[1].lower(), match[2]))
    if not entries and not problems:
        problems.add(path, "must list at least one file", fix=_ASK)
    if problems:
        raise InvalidInput("checksums", problems)
    return tuple(entries)


def choose_entry(entries: Sequence[Checksum], *, file_name: str, version: str, path: str = "SHA256SUMS") -> Checksum:
    """The entry for `file_name`: the one of that base name, else the archive whose base name carries the version.

    Raises:
        InvalidInput: When no entry fits (never a skip), or several fit and their digests differ.
    """
    named = [entry for entry in entries if entry.base_name == file_name]
    found = named or _versioned(entries, file_name, version)
    if not found:
        listed = ", ".join(entry.name for entry in entries)
        problem = Problem(path, f"must list {file_name} or an archive of version {version}", listed, _ASK)
        raise InvalidInput("checksums", [problem])
    if len({entry.sha256 for entry in found}) > 1:
        shown = ", ".join(f"{entry.sha256} {entry.name}" for entry in found)
        problem = Problem(path, f"must give one digest for {file_name}", shown, _ASK)
        raise InvalidInput("checksums", [problem])
    return found[0]


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
