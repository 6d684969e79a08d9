"""Settings of every test run."""

# Imported here, in the main thread, before any test: pytest's plugin imports parts of it as late as the end of the
# session, and Python 3.11 fails in `ast.parse` when a thread that a test left behind parses at the same time.
import hypothesis.internal.conjecture.engine
import hypothesis.strategies
import pytest
from hypothesis import settings

from tests.sweep import sweep

# A deadline measures the machine: two cores shared by parallel workers make honest examples slow now and then.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")

assert hypothesis.internal.conjecture.engine
assert hypothesis.strategies


def pytest_sessionstart(session: pytest.Session) -> None:
    """Take down what killed runs left, once and not in each worker."""
    if not hasattr(session.config, "workerinput"):
        factory = session.config._tmp_path_factory
        for world in sweep(factory.getbasetemp().parent):
            session.config.pluginmanager.get_plugin("terminalreporter").write_line(f"took down {world} of a killed run")
