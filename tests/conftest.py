"""Settings of every test run."""

import ast
import asyncio
import os
import time
from typing import Any

# Imported before any test, in the main thread: pytest's plugin imports parts of it as late as the end of a session.
import hypothesis.internal.conjecture.engine
import hypothesis.strategies
import pytest
from hypothesis import settings

# A deadline measures the machine: two cores shared by parallel workers make honest examples slow now and then.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")

# pytest tells its workers its own width; what the verbs print in a test is as wide as into a pipe.
os.environ.pop("COLUMNS", None)

assert hypothesis.internal.conjecture.engine
assert hypothesis.strategies

_parse = ast.parse
_TRIES = 20


def _parse_beside_threads(*args: Any, **kwargs: Any) -> ast.AST:
    """`ast.parse`, tried again where Python 3.11 fails because another thread is compiling at the same time.

    Its syntax trees count their depth in one place for all threads ("AST constructor recursion depth mismatch"), and
    tests of components leave threads behind that import the cloud SDKs a little longer.
    """
    for _ in range(_TRIES):
        try:
            return _parse(*args, **kwargs)
        except SystemError:
            time.sleep(0.05)
    return _parse(*args, **kwargs)


ast.parse = _parse_beside_threads


_LOOP = asyncio.new_event_loop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Give the main thread an event loop, before any fixture.

    Pulumi's mocks take the loop of the thread. Up to Python 3.11 asking for it made one, 3.12 warns and 3.14 refuses;
    and `asyncio.run` in one test leaves the thread without a loop for the next.
    """
    asyncio.set_event_loop(_LOOP)


def pytest_unconfigure() -> None:
    asyncio.set_event_loop(None)
    _LOOP.close()
