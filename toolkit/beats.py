"""Lines of progress without a long silence: what takes a while says so every few seconds.

Standard error only, so that results can be piped.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import click

__all__ = ["beats"]

_SECONDS = 4.0
"""Nobody takes five seconds of silence for work."""


@contextlib.contextmanager
def beats(name: str, seconds: float = _SECONDS, *, at_once: bool = True) -> Iterator[Callable[[str], None]]:
    """Print each line that is given, and repeat the latest with the time it has taken so far.

    Args:
        name: What the lines begin with.
        seconds: How often to repeat; nothing is repeated before the first line.
        at_once: Whether a line is printed when it is given, and not only once it takes that long.
    """
    ended, latest = threading.Event(), ("", 0.0)

    def say(line: str) -> None:
        nonlocal latest
        latest = line, time.monotonic()
        if at_once:
            click.echo(f"{name}: {line}", err=True)

    def repeat() -> None:
        while not ended.wait(seconds):
            line, since = latest
            spent = time.monotonic() - since
            if line and spent >= seconds:
                click.echo(f"{name}: {line} ({spent:.0f} s)", err=True)

    thread = threading.Thread(target=repeat, daemon=True, name="beats")
    thread.start()
    try:
        yield say
    finally:
        ended.set()
        thread.join()
