"""Which version a program on this machine has, asked once and remembered.

Owns starting programs for their version and the file of answers; judging the answer is the business of `resolve`.
Asking all programs takes seconds, so an answer is kept until the file of the program changes.
"""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

_TIMEOUT_SECONDS = 10


class Probes:
    """Answers of programs, kept in `probes.json` of the cache.

    Two processes may write the file at once: the later one wins, and what is lost is asked again.
    """

    def __init__(self, root: Path) -> None:
        self._file = root / "probes.json"
        self._changed = False
        self._answers: dict[str, list[int | str]] = {}
        try:
            answers = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return
        if isinstance(answers, dict):
            self._answers = answers

    def version(self, program: Path, args: Sequence[str], pattern: str, *, fresh: bool = False) -> str | None:
        """Ask a program for its version.

        Args:
            program: Absolute path.
            args: What makes it print its version.
            pattern: Regular expression whose group 1 is the version.
            fresh: Ask even if the answer is known.

        Returns:
            The version, or None where the program does not start or does not say.
        """
        try:
            found = program.stat()
        except OSError:
            return None
        key = "\t".join([str(program), *args, pattern])
        stamp: list[int | str] = [found.st_mtime_ns, found.st_size]
        known = self._answers.get(key)
        if not fresh and isinstance(known, list) and known[:2] == stamp and len(known) == 3:
            return str(known[2]) or None
        output = _ask(program, args)
        if output is None:  # may be the machine's bad minute, so it is not remembered
            return None
        match = re.search(pattern, output)
        version = match.group(1) if match else ""
        self._answers[key] = [*stamp, version]
        self._changed = True
        return version or None

    def save(self) -> None:
        """Write new answers; a cache that cannot be written only costs time, so failure is silent."""
        if not self._changed:
            return
        self._changed = False
        scratch: Path | None = None
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._file.parent, prefix=".probes-", delete=False) as file:
                scratch = Path(file.name)
                json.dump(self._answers, file)
            scratch.replace(self._file)
        except OSError:
            if scratch is not None:
                scratch.unlink(missing_ok=True)


def _ask(program: Path, args: Sequence[str]) -> str | None:
    """What the program prints on either stream; None where it cannot be started or does not end in time."""
    try:
        done = subprocess.run(
            [program, *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",  # a go.mod or version file of the current folder must not change the answer
            env=os.environ | {"GOTOOLCHAIN": "local", "PULUMI_SKIP_UPDATE_CHECK": "true"},
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace")
