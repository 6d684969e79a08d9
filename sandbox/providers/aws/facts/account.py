"""The account that the stand-in pretends to have."""

from pathlib import Path
from typing import Final

from sandbox.providers.cloud.store import Store

ACCOUNT_ID: Final = "123456789012"
"""The account number AWS's own documentation uses as an example."""
CALLER_ROLE: Final = "platform-engineers"
"""Role of whoever uses the sandbox."""
PARTITION: Final = "aws"
PACKAGE: Final = "aws"
"""Pulumi's name of the provider, and the folder of the account in a world."""
LOCATION_KEY: Final = "region"
"""What the account is divided by."""


def account_store(world_dir: Path) -> Store:
    """The files of the account in a world."""
    return Store(world_dir / PACKAGE, LOCATION_KEY)
