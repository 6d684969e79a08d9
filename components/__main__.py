"""Hosts the components for programs in any Pulumi language; the engine runs this folder as a plugin.

Owns the list of what is offered. The list is explicit, since automatic discovery would also take components that a
module merely imports.
"""

import sys
from pathlib import Path

# The engine runs `python components/`, which puts this folder on the path and not the checkout that holds the rooms.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi.provider.experimental import component_provider_host

from components.package import COMPONENTS, NAME, version

if __name__ == "__main__":
    component_provider_host(components=COMPONENTS, name=NAME, version=version())
