"""Settings of every test run."""

# Imported here, in the main thread, before any test: pytest's plugin imports parts of it as late as the end of the
# session, and Python 3.11 fails in `ast.parse` when a thread that a test left behind parses at the same time.
import hypothesis.internal.conjecture.engine
import hypothesis.strategies
from hypothesis import settings

# A deadline measures the machine: two cores shared by parallel workers make honest examples slow now and then.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")

assert hypothesis.internal.conjecture.engine
assert hypothesis.strategies
