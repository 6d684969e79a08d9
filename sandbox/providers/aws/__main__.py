"""`pulumi-resource-aws` of the sandbox."""

import sys

from sandbox.providers.base import serve
from sandbox.providers.cloud.provider import AwsProvider

if __name__ == "__main__":
    sys.exit(serve(AwsProvider.from_environment(), sys.argv[1:]))
