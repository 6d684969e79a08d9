"""`pulumi-resource-aws` of the sandbox."""

import sys

from sandbox.providers.aws.provider import AwsProvider
from sandbox.providers.base import serve

if __name__ == "__main__":
    sys.exit(serve(AwsProvider.from_environment(), sys.argv[1:]))
