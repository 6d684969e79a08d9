"""Brings one object into a file, whole or not at all.

Owns resuming: blocks go to a part file named by the object's generation, and a later run, or a later try of this one,
goes on behind the last block. Leaves judging the content to the caller.
"""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

from toolkit.bundle.errors import RemoteError
from toolkit.bundle.progress import Progress, Step
from toolkit.bundle.remote import Remote, RemoteObject

BLOCK_BYTES: Final = 8 << 20
"""One request. Memory stays below two of them."""
_SHORT_READS: Final = 3


def part_file(directory: Path, remote: Remote, obj: RemoteObject) -> Path:
    """Where the blocks of an object gather; another generation has another file."""
    key = hashlib.sha256(f"{remote.url(obj.name)}#{obj.generation}".encode()).hexdigest()[:32]
    return directory / f"{key}.part"


def download(remote: Remote, obj: RemoteObject, directory: Path, progress: Progress) -> Path:
    """The object as a finished part file in `directory`, flushed to disk; the caller renames or removes it.

    Raises:
        RemoteError: When the object cannot be read; what has come so far is kept for the next try.
        OSError: When the file cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    part = part_file(directory, remote, obj)
    _forget_others(directory, part)
    with part.open("ab") as out:
        done = out.tell()
        if done > obj.size_bytes:  # not ours, or damaged: start over
            out.truncate(done := 0)
        short = 0
        while done < obj.size_bytes:
            progress(Step(f"downloading {remote.url(obj.name)}", done, obj.size_bytes))
            block = remote.read(obj, done, min(done + BLOCK_BYTES, obj.size_bytes))
            short = 0 if block else short + 1
            if short >= _SHORT_READS:
                fix = "run the command again; it goes on where it stopped"
                raise RemoteError(remote.url(obj.name), f"must have {obj.size_bytes} bytes", f"{done} bytes", fix=fix)
            out.write(block)
            done += len(block)
        out.flush()
        os.fsync(out.fileno())
    return part


def _forget_others(directory: Path, kept: Path) -> None:
    """Remove part files of other generations: nothing will ever finish them."""
    for other in directory.glob("*.part"):
        if other != kept:
            with contextlib.suppress(FileNotFoundError):
                other.unlink()
