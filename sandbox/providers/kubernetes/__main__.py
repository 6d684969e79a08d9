"""`python -m sandbox.providers.kubernetes`: the plugin process that the engine starts."""

import sys

from sandbox.providers.base import serve
from sandbox.providers.kubernetes.provider import KubernetesProvider

if __name__ == "__main__":
    sys.exit(serve(KubernetesProvider(), sys.argv[1:]))
