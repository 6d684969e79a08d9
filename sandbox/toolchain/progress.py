"""What a waiting person sees on standard error.

Owns the look of it: on a terminal one line that is kept up to date, elsewhere a line at the start, at the end, and
every few seconds between them.
"""

import sys
import time
from typing import TextIO

_BEAT_SECONDS = 4.0
"""Without a terminal a line is written this often, so that no wait looks like a hang."""


class Progress:
    """Writes to standard error, or nowhere."""

    def __init__(self, enabled: bool, stream: TextIO | None = None) -> None:
        self._stream = (stream or sys.stderr) if enabled else None
        self.live = self._stream is not None and self._stream.isatty()
        """Whether the open line can be updated."""
        self._open = False
        self._said = time.monotonic()

    def say(self, text: str) -> None:
        """Write a line that stays."""
        if self._stream is not None:
            self.clear()
            print(text, file=self._stream, flush=True)
            self._said = time.monotonic()

    def start(self, text: str) -> None:
        """Open a step: a line that stays, or on a terminal the one to be updated."""
        if self.live:
            self.update(text)
        else:
            self.say(text)

    def update(self, text: str) -> None:
        """Replace the open line; without a terminal, a line now and then."""
        if self.live and self._stream is not None:
            self._open = True
            print(f"\r\x1b[K{text}", end="", file=self._stream, flush=True)
        elif time.monotonic() - self._said > _BEAT_SECONDS:
            self.say(text)

    def clear(self) -> None:
        """Take the open line away, so that what follows starts on a line of its own."""
        if self._open and self._stream is not None:
            self._open = False
            print("\r\x1b[K", end="", file=self._stream, flush=True)
