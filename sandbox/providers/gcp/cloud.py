"""Google Cloud as its stand-in plays it: settings, projects, labels, wording, rows and schemas."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import Account
from sandbox.providers.cloud.definition import Cloud, Labels
from sandbox.providers.cloud.schema.shapes import Schemas
from sandbox.providers.gcp.errors import word
from sandbox.providers.gcp.facts.project import LOCATION_KEY, PACKAGE
from sandbox.providers.gcp.functions import FUNCTIONS
from sandbox.providers.gcp.rules import common_rules
from sandbox.providers.gcp.services import RESOURCES

SCHEMAS: Final = Schemas(Path(__file__).with_name("schemas"), PACKAGE)
_ATTRIBUTION: Final = {"goog-pulumi-provisioned": "true"}
"""Label that the provider puts on everything unless it is told not to."""


def _check_settings(settings: Mapping[str, Any]) -> Iterator[Failure]:
    if settings.get("project") is None:
        yield Failure("project", "a project is required; set gcp:project, or project on the provider")


def _configure(account: Account, settings: Mapping[str, Any]) -> Account:
    attributed = settings.get("addPulumiAttributionLabel") in (None, True, "true")
    labels = {**(_ATTRIBUTION if attributed else {}), **(settings.get("defaultLabels") or {})}
    return dataclasses.replace(_at(account, settings), default_labels=labels)


def _describe(account: Account) -> str:
    return f"stand-in, not Google Cloud: project {account.id}, lives in this sandbox only"


def _at(account: Account, properties: Mapping[str, Any]) -> Account:
    project = properties.get("project") or account.id
    return dataclasses.replace(account, id=project, location=project)


GCP: Final = Cloud(
    name=PACKAGE,
    title="Google Cloud",
    schemas=SCHEMAS,
    rows=RESOURCES,
    functions=FUNCTIONS,
    location_key=LOCATION_KEY,
    labels=Labels(own="labels", merged=("effectiveLabels", "pulumiLabels"), otherwise="resourceLabels"),
    placed_by=("project",),
    places=lambda account: {"project": account.id},
    at=_at,
    check=common_rules,
    check_settings=_check_settings,
    replacing_settings=("project",),
    configure=_configure,
    describe=_describe,
    word=word,
    missing=("notFound", "{noun} {id} was not found"),
    exists=("alreadyExists", "{id} already exists"),
    extend="sandbox/providers/gcp/services",
)
