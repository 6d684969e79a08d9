"""Which process started a plugin, and whether it still lives.

A killed engine closes no connection that its plugins would notice, so they look for it.
"""

import os

PARENT_VARIABLE = "CARTESIA_PLUGIN_PARENT"
"""Names the engine to a plugin that it starts; the plugin's own children do not get it."""


def starting_process() -> int:
    """Id of the process that started this one: as its launcher says, else the parent of now."""
    told = os.environ.pop(PARENT_VARIABLE, "")
    return int(told) if told.isdecimal() else os.getppid()


def orphaned(parent: int) -> bool:
    """Whether the process that started this one is gone; whoever takes in orphans is the parent then."""
    return os.getppid() != parent
