"""Ctrl-C is answered at once: what it interrupts may need a while to leave everything in order."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["EXIT", "acknowledged"]

EXIT = 130
"""Exit code after Ctrl-C: 128 and the signal's number, as shells have it."""
_FIRST = b"\ninterrupted; leaving everything in order (Ctrl-C again ends at once)\n"
_SECOND = b"\nended at once; what was begun is finished or removed by the next run\n"


@contextlib.contextmanager
def acknowledged() -> Iterator[None]:
    """Answer the first Ctrl-C with a line and `KeyboardInterrupt`, and the second with the end of the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = False

    def answer(_signal: int, _frame: FrameType | None) -> None:
        nonlocal came
        again, came = came, True  # first of all, for the next signal may come while this one is answered
        # Written without Python's buffers: whatever is interrupted may hold their locks.
        with contextlib.suppress(OSError):
            os.write(2, _SECOND if again else _FIRST)
        if again:
            os._exit(EXIT)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, answer)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
