"""What a waiting person sees on standard error.

Owns the look of it: on a terminal one line that is kept up to date, elsewhere one line at the start and one at the end.
"""

import sys
from typing import TextIO


class Progress:
    """Writes to standard error, or nowhere."""

    def __init__(self, enabled: bool, stream: TextIO | None = None) -> None:
        self._stream = (stream or sys.stderr) if enabled else None
        self.live = self._stream is not None and self._stream.isatty()
        """Whether the open line can be updated."""
        self._open = False

    def say(self, text: str) -> None:
        """Write a line that stays."""
        if self._stream is not None:
            self.clear()
            print(text, file=self._stream, flush=True)

    def start(self, text: str) -> None:
        """Open a step: a line that stays, or on a terminal the one to be updated."""
        if self.live:
            self.update(text)
        else:
            self.say(text)

    def update(self, text: str) -> None:
        """Replace the open line; only a terminal shows it."""
        if self.live and self._stream is not None:
            self._open = True
            print(f"\r\x1b[K{text}", end="", file=self._stream, flush=True)

    def clear(self) -> None:
        """Take the open line away, so that what follows starts on a line of its own."""
        if self._open and self._stream is not None:
            self._open = False
            print("\r\x1b[K", end="", file=self._stream, flush=True)
