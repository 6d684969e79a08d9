"""A voice server in a process of its own, so that client and server do not share one interpreter lock."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sandbox.voice.control import VoiceControl

__all__ = ["voice_process"]

_ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def voice_process() -> Iterator[VoiceControl]:
    """A voice server until the block ends; what it gives controls it."""
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox.voice", "--port", "0"], cwd=_ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            said = process.stdout.readline() if process.stdout is not None else ""
            yield VoiceControl(json.loads(said)["url"], timeout_seconds=20)
        finally:
            process.terminate()
            process.wait(10)
