"""Write shapes and limits of every resource type of the stand-in to `schemas/`.

Run `python -m sandbox.providers.aws.export_schema` after adding a type or taking a newer `pulumi-aws` or `botocore`.
"""

import sys
from typing import Final

from sandbox.providers.aws.api.models import limits_of
from sandbox.providers.cloud.schema.export import Sdk, write

SDK: Final = Sdk(module="pulumi_aws", limits=limits_of)


def main() -> int:
    """Write all files."""
    from sandbox.providers.aws.cloud import SCHEMAS
    from sandbox.providers.aws.services import RESOURCES

    write(SDK, SCHEMAS, RESOURCES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
