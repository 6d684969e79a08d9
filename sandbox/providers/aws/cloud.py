"""AWS as its stand-in plays it: settings, regions, tags, wording, rows and schemas."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.providers.aws.errors import word
from sandbox.providers.aws.facts.account import ACCOUNT_ID, LOCATION_KEY, PACKAGE
from sandbox.providers.aws.functions import FUNCTIONS
from sandbox.providers.aws.rules import common_rules
from sandbox.providers.aws.services import RESOURCES
from sandbox.providers.base import Failure, ProviderError
from sandbox.providers.cloud.account import Account
from sandbox.providers.cloud.definition import Cloud, Labels
from sandbox.providers.cloud.schema.shapes import Schemas

SCHEMAS: Final = Schemas(Path(__file__).with_name("schemas"), PACKAGE)


def _check_settings(settings: Mapping[str, Any]) -> Iterator[Failure]:
    if settings.get("region") is None:
        yield Failure("region", "an AWS region is required; set aws:region, or region on the provider")


def _configure(account: Account, settings: Mapping[str, Any]) -> Account:
    allowed = settings.get("allowedAccountIds")
    if (allowed and ACCOUNT_ID not in allowed) or ACCOUNT_ID in (settings.get("forbiddenAccountIds") or ()):
        raise ProviderError(f"AWS account ID not allowed: {ACCOUNT_ID} (the stand-in's account)")
    tags = (settings.get("defaultTags") or {}).get("tags") or {}
    return dataclasses.replace(account, location=settings.get("region") or account.location, default_labels=tags)


def _describe(account: Account) -> str:
    return f"stand-in, not AWS: account {ACCOUNT_ID}, {account.location}, lives in this sandbox only"


def _at(account: Account, properties: Mapping[str, Any]) -> Account:
    return account.at(properties["region"]) if "region" in properties else account


AWS: Final = Cloud(
    name=PACKAGE,
    title="AWS",
    schemas=SCHEMAS,
    rows=RESOURCES,
    functions=FUNCTIONS,
    location_key=LOCATION_KEY,
    labels=Labels(own="tags", merged=("tagsAll",)),
    placed_by=("region",),
    places=lambda account: {"region": account.location},
    at=_at,
    check=common_rules,
    check_settings=_check_settings,
    replacing_settings=("region",),
    configure=_configure,
    describe=_describe,
    word=word,
    missing=("ResourceNotFoundException", "{noun} {id} does not exist"),
    exists=("ResourceInUseException", "{id} already exists"),
    extend="sandbox/providers/aws/services",
)
