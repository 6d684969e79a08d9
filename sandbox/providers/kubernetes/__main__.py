"""`python -m sandbox.providers.kubernetes`: the plugin process that the engine starts."""

import sys

from sandbox.providers.base import serve
from sandbox.providers.kubernetes.faults import FaultyKubernetesProvider

if __name__ == "__main__":
    sys.exit(serve(FaultyKubernetesProvider.of_environment(), sys.argv[1:]))
