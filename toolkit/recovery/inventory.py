"""What exists in the cloud, found by tags: the other half of telling whether an unfinished creation took place.

Every object that our components make and whose id the cloud makes up carries the tags `cartesia:stack` and a `Name`
that is the only one of its type. Owns the two ways to ask: AWS's tagging API, and a command that prints JSON (the
sandbox has one).
"""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["CommandInventory", "Found", "Inventory", "InventoryError", "NoInventory", "TaggingInventory", "arn_to_id"]

_COMMAND_SECONDS = 60


class InventoryError(RuntimeError):
    """The cloud could not be asked what exists; the text says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """One object that exists."""

    type: str
    """Pulumi type token, or the empty string where the source does not tell it."""
    id: str
    """The id by which the provider imports it."""
    tags: Mapping[str, str]


class Inventory(Protocol):
    """Anything that can list what exists with a tag."""

    def with_tags(self, tags: Mapping[str, str]) -> Sequence[Found]:
        """Objects that carry all of `tags`. Raises `InventoryError`."""
        ...

    def finds(self, type_token: str) -> bool:
        """Whether an object of this type would be listed if it existed."""
        ...


class NoInventory:
    """Where every id follows from inputs, nobody has to be asked."""

    def with_tags(self, tags: Mapping[str, str]) -> Sequence[Found]:
        """See `Inventory.with_tags`."""
        return ()

    def finds(self, type_token: str) -> bool:
        """See `Inventory.finds`."""
        return False


@dataclass(frozen=True, slots=True)
class CommandInventory:
    """Runs a command that prints a JSON list of `{"type", "id", "tags"}`."""

    command: tuple[str, ...]

    def with_tags(self, tags: Mapping[str, str]) -> Sequence[Found]:
        """See `Inventory.with_tags`."""
        try:
            done = subprocess.run(self.command, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InventoryError(f"the inventory command {self.command[0]} did not run: {error}") from error
        if done.returncode:
            raise InventoryError(f"the inventory command failed with {done.returncode}: {done.stderr.strip()[-500:]}")
        try:
            rows = [Found(row["type"], row["id"], row.get("tags") or {}) for row in json.loads(done.stdout)]
        except (ValueError, KeyError, TypeError) as error:
            raise InventoryError(f"the inventory command printed no list of objects: {error}") from error
        return [row for row in rows if _carries(row.tags, tags)]

    def finds(self, type_token: str) -> bool:
        """See `Inventory.finds`; the sandbox lists everything that its account holds."""
        return type_token.startswith("aws:")


@dataclass(frozen=True, slots=True)
class TaggingInventory:
    """AWS Resource Groups Tagging API, by a `resourcegroupstaggingapi` client of boto3 for one region."""

    client: Any

    def with_tags(self, tags: Mapping[str, str]) -> Sequence[Found]:
        """See `Inventory.with_tags`."""
        filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
        try:
            pages = self.client.get_paginator("get_resources").paginate(TagFilters=filters)
            return [row for page in pages for row in _rows(page.get("ResourceTagMappingList", []))]
        except Exception as error:
            # botocore raises service errors from a class it makes at run time; every one of them means "not known".
            raise InventoryError(f"AWS could not be asked for tagged objects: {error}") from error

    def finds(self, type_token: str) -> bool:
        """See `Inventory.finds`."""
        return type_token in _LISTED_TYPES


def _rows(mappings: Iterable[Mapping[str, Any]]) -> list[Found]:
    rows = []
    for mapping in mappings:
        type_token, identifier = arn_to_id(mapping["ResourceARN"])
        rows.append(Found(type_token, identifier, {tag["Key"]: tag["Value"] for tag in mapping.get("Tags", [])}))
    return rows


_ARN_TYPES: Mapping[tuple[str, str], str] = {
    ("ec2", "elastic-ip"): "aws:ec2/eip:Eip",
    ("ec2", "internet-gateway"): "aws:ec2/internetGateway:InternetGateway",
    ("ec2", "launch-template"): "aws:ec2/launchTemplate:LaunchTemplate",
    ("ec2", "natgateway"): "aws:ec2/natGateway:NatGateway",
    ("ec2", "route-table"): "aws:ec2/routeTable:RouteTable",
    ("ec2", "security-group"): "aws:ec2/securityGroup:SecurityGroup",
    ("ec2", "subnet"): "aws:ec2/subnet:Subnet",
    ("ec2", "vpc"): "aws:ec2/vpc:Vpc",
    ("ec2", "security-group-rule"): "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ("ec2", "vpc-endpoint"): "aws:ec2/vpcEndpoint:VpcEndpoint",
    ("ec2", "vpc-flow-log"): "aws:ec2/flowLog:FlowLog",
    ("iam", "oidc-provider"): "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    ("iam", "policy"): "aws:iam/policy:Policy",
    ("kms", "key"): "aws:kms/key:Key",
    ("eks", "podidentityassociation"): "aws:eks/podIdentityAssociation:PodIdentityAssociation",
}
_TOPIC = "aws:sns/topic:Topic"
_LISTED_TYPES = frozenset({*_ARN_TYPES.values(), _TOPIC})
_IMPORTED_BY_ARN = frozenset({"aws:iam/openIdConnectProvider:OpenIdConnectProvider", "aws:iam/policy:Policy", _TOPIC})


def arn_to_id(arn: str) -> tuple[str, str]:
    """The type token and import id behind an ARN; the token is empty for types we do not find by tag.

    Source: the "Import" section of each resource in the provider's reference (EC2 objects by id, topics, IAM policies
    and OIDC providers by ARN, pod identity associations by `<cluster>,<association id>`).
    """
    _, _, service, _, _, resource = arn.split(":", 5)
    if service == "sns":  # a topic's ARN ends in its name alone
        return "aws:sns/topic:Topic", arn
    kind, _, rest = resource.partition("/")
    token = _ARN_TYPES.get((service, kind), "")
    if token in _IMPORTED_BY_ARN:
        return token, arn
    return token, rest.replace("/", ",") if kind == "podidentityassociation" else rest


def _carries(tags: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(tags.get(key) == value for key, value in wanted.items())
