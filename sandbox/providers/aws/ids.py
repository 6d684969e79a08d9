"""Identifiers as AWS makes them."""

import secrets

from sandbox.providers.aws.facts.account import ACCOUNT_ID, PARTITION
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.row import Output, filled


def hex_id(prefix: str) -> Output:
    """A fresh id as EC2 gives them: `<prefix>-0` and 16 hex digits."""
    return lambda made: f"{prefix}-0{secrets.token_hex(8)}"


def arn(service: str, resource: str, *, region: bool = True) -> Output:
    """An ARN; `{id}` and `{key}` of top-level inputs are filled into `resource`."""
    place = "{location}" if region else ""
    return filled(f"arn:{PARTITION}:{service}:{place}:{{account}}:{resource}")


def part_id(prefix: str, what: str) -> Output:
    """The id of something AWS makes along with the object."""
    return lambda made: f"{prefix}-{made.derived(what)}"


def owner(made: CloudObject) -> str:
    """The account."""
    return ACCOUNT_ID
