"""Finds planted secrets in bytes, however they were encoded on the way.

Owns the encodings looked for. A canary is a run of letters and digits: quoting for JSON, YAML, a URL, HTML or a shell
leaves such a run as it is, so only base64 (at each of its three alignments, once and twice) and hex need forms of their
own. White space is taken out before the search, since encoders wrap lines.
"""

import base64
import contextlib
import gzip
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import psutil

SHORTEST = 16
"""Letters of a canary at least: fewer could occur by chance."""
_BLANKS = b" \t\r\n"
_GZIP = b"\x1f\x8b\x08"


class Canaries:
    """Planted secrets by name, and the search for them."""

    def __init__(self, planted: Mapping[str, str]) -> None:
        for name, text in planted.items():
            if not re.fullmatch(rf"[A-Za-z0-9]{{{SHORTEST},}}", text):
                raise ValueError(f"canary {name} must be at least {SHORTEST} letters and digits")
        self.names = frozenset(planted)
        self._forms = {name: tuple(sorted(_forms(text.encode()))) for name, text in planted.items()}

    def found_in(self, content: bytes | str) -> set[str]:
        """Names of the canaries that occur."""
        raw = content.encode() if isinstance(content, str) else content
        searched = [raw.translate(None, _BLANKS)]
        if _GZIP in raw[:3]:
            searched.append(_unzipped(raw).translate(None, _BLANKS))
        return {name for name, forms in self._forms.items() if any(form in text for form in forms for text in searched)}

    def found_below(self, folder: Path, *, leave_out: Callable[[Path], bool] = lambda _path: False) -> set[str]:
        """`<file>: <canary>` for each canary in a file below a folder; links are not followed.

        Args:
            folder: Where to look.
            leave_out: Whether a path relative to the folder, and all below it, is not looked at.
        """
        return {
            f"{path}: {name}" for path in files(folder, leave_out) for name in self.found_in(_content(folder / path))
        }


def files(folder: Path, leave_out: Callable[[Path], bool]) -> Iterator[Path]:
    """Regular files below a folder, relative to it."""
    for root, folders, names in os.walk(folder):
        here = Path(root).relative_to(folder)
        folders[:] = [name for name in folders if not leave_out(here / name)]
        for name in names:
            found = folder / here / name
            if not leave_out(here / name) and found.is_file() and not found.is_symlink():
                yield here / name


def longest_run(text: str) -> str:
    """The longest run of letters and digits in a text: what of a secret serves as its canary."""
    return max(re.findall(r"[A-Za-z0-9]+", text), key=len)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # a program removed its own file meanwhile
        return b""


def _forms(core: bytes) -> set[bytes]:
    once = _base64_forms(core)
    twice = {form for inner in once for form in _base64_forms(inner)}
    return {core, core.hex().encode(), core.hex().upper().encode(), *once, *twice}


def _base64_forms(core: bytes) -> set[bytes]:
    """What of the core's base64 does not depend on its neighbours, for each place it can begin at."""
    found = set()
    for before in range(3):
        text = base64.b64encode(bytes(before) + core)
        first = -(-before * 8 // 6)
        last = (before + len(core)) * 8 // 6
        found |= {text[first:last], text[first:last].translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def _unzipped(raw: bytes) -> bytes:
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error):
        return b""


def command_lines() -> Iterable[bytes]:
    """The command line of every process of the machine, as it is now."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it has ended, or is somebody else's
            yield b"\0".join(os.fsencode(word) for word in process.cmdline())
