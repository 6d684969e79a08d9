"""A voice server in a process of its own, so that client and server do not share one interpreter lock."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sandbox.voice.control import VoiceControl

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def voice_process() -> Iterator[VoiceControl]:
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox.voice", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield VoiceControl(json.loads(process.stdout.readline())["url"], timeout_seconds=20)
        finally:
            process.terminate()
            process.wait(10)
