"""Settings of every test run."""

import ast
import time
from typing import Any

# Imported before any test, in the main thread: pytest's plugin imports parts of it as late as the end of a session.
import hypothesis.internal.conjecture.engine
import hypothesis.strategies
from hypothesis import settings

# A deadline measures the machine: two cores shared by parallel workers make honest examples slow now and then.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")

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
