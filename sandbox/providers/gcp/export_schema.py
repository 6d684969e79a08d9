"""Write shapes and limits of every resource type of the stand-in to `schemas/`.

Run `python -m sandbox.providers.gcp.export_schema` after adding a type or taking a newer `pulumi-gcp` or
`google-api-python-client`.
"""

import sys
from typing import Final

from sandbox.providers.cloud.schema.export import Sdk, write
from sandbox.providers.gcp.api.models import limits_of

SDK: Final = Sdk(module="pulumi_gcp", limits=limits_of)


def main() -> int:
    """Write all files."""
    from sandbox.providers.gcp.cloud import SCHEMAS
    from sandbox.providers.gcp.services import RESOURCES

    write(SDK, SCHEMAS, RESOURCES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
