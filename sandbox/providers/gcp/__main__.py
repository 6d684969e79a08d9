"""`pulumi-resource-gcp` of the sandbox."""

import sys

from sandbox.providers.base import serve
from sandbox.providers.gcp.provider import GcpProvider

if __name__ == "__main__":
    sys.exit(serve(GcpProvider.from_environment(), sys.argv[1:]))
