"""Rules of Google Cloud that several services share: projects, places, labels, IAM members and roles."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.providers.base import Failure
from sandbox.providers.cloud.row import Check
from sandbox.providers.cloud.rules import matches

NAME: Final = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
"""Name of a Compute object. source: compute API, `Network.name`, 2026-11-25."""
_PROJECT: Final = re.compile(r"([a-z0-9.-]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]")
_PLACE: Final = re.compile(r"[a-z]+-[a-z]+[0-9]+(-[a-z]{1,3}[0-9]?[a-z]?)?")
_LABEL_KEY: Final = re.compile(r"[a-z][-_a-z0-9]{0,62}")
_LABEL_VALUE: Final = re.compile(r"[-_a-z0-9]{0,63}")
_MOST_LABELS: Final = 64
_MEMBER: Final = (
    r"(user|group|serviceAccount|domain|principal|principalSet|deleted:[a-zA-Z]+):.+|allUsers|allAuthenticatedUsers"
)


def common_rules(values: Mapping[str, Any]) -> Iterator[Failure]:
    """Rules on project, place and labels of any resource."""
    project = values.get("project")
    if project is not None and not _PROJECT.fullmatch(project):
        yield Failure("project", f'"project" ({project!r}) is not a valid project id')
    for key in ("region", "location"):
        place = values.get(key)
        if place is not None and place != "global" and not _PLACE.fullmatch(place):
            yield Failure(key, f"Location {place!r} is not a region or a zone")
    for key in ("labels", "resourceLabels"):
        yield from _labels(key, values.get(key) or {})


def _labels(where: str, labels: Mapping[str, str]) -> Iterator[Failure]:
    if len(labels) > _MOST_LABELS:
        yield Failure(where, f"at most {_MOST_LABELS} labels are allowed; got {len(labels)}")
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            yield Failure(f'{where}["{key}"]', f"Invalid label key {key!r}: small letters, digits, - and _, 1 to 63")
        if not _LABEL_VALUE.fullmatch(value):
            yield Failure(f'{where}["{key}"]', f"Invalid label value {value!r}: small letters, digits, - and _, to 63")


def name(path: str = "name") -> Check:
    """The name of a Compute object."""
    return matches(path, NAME, "must begin with a small letter and hold small letters, digits and inner dashes, 1-63")


def member() -> Check:
    """Who an IAM binding is for."""
    return matches("member", _MEMBER, "invalid value for member (IAM members must have one of the known prefixes)")


def role() -> Check:
    """What an IAM binding gives."""
    pattern = r"(roles/|projects/[^/]+/roles/|organizations/\d+/roles/)[A-Za-z0-9._]+"
    return matches("role", pattern, "must be roles/<name>, or a custom role by its whole path")
