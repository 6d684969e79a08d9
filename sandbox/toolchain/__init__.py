"""The external programs of the sandbox: found on PATH where they fit, else built from pinned Go modules into a cache.

Owns where programs come from and where they are kept; leaves running them to the callers. It needs Python's standard
library only, for it runs before any package is installed. Programs are built because a closed network often carries
package registries and nothing else; a fitting one on PATH is preferred because nothing is faster than not building.
"""

from sandbox.toolchain.errors import Reason, ToolError
from sandbox.toolchain.resolve import ensure, find
from sandbox.toolchain.table import ALL, Tool, in_group

__all__ = ["ALL", "Reason", "Tool", "ToolError", "ensure", "find", "in_group"]
