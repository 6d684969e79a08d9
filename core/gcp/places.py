"""Projects, regions, zones and IAM members of Google Cloud, as arguments name them."""

import re
from typing import Final

from core.input.problems import Problems
from core.input.reader import Reader

__all__ = ["check_member", "is_zone", "read_location", "read_project", "region_of"]

_PROJECT: Final = re.compile(r"([a-z0-9.-]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]")
_REGION: Final = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}")
_ZONE: Final = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}-[a-z]")
_AI_ZONE: Final = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}-ai[0-9]*[a-z]")
_MEMBER: Final = re.compile(r"(user|group|serviceAccount):[^@\s]+@[^@\s]+\.[a-z]+|(principal|principalSet)://iam\..+")


def read_project(read: Reader) -> str:
    """The key `project`. Problems are added to the reader's."""
    read.required("project", "name the project's id")
    project = read.text("project")
    if project.isdigit():
        fix = "use the id, which `gcloud projects list` shows as PROJECT_ID"
        read.problems.add(read.at("project"), "must be the project's id, not its number", got=project, fix=fix)
    elif project and not _PROJECT.fullmatch(project):
        rule = "must be a project id (6-30 small letters, digits and inner dashes)"
        read.problems.add(read.at("project"), rule, got=project, fix="see `gcloud projects list`")
    return project


def read_location(read: Reader, key: str = "location") -> str:
    """A region or zone. Problems are added to the reader's."""
    read.required(key, "name a region such as us-central1, or a zone of it")
    location = read.text(key)
    if location and not (_REGION.fullmatch(location) or _ZONE.fullmatch(location)):
        rule = "must be a region such as us-central1 or a zone such as us-central1-a"
        read.problems.add(read.at(key), rule, got=location, fix="see `gcloud compute zones list`")
        return ""
    return location


def is_zone(location: str) -> bool:
    """Whether a location is a zone."""
    return bool(_ZONE.fullmatch(location) or _AI_ZONE.fullmatch(location))


def region_of(location: str) -> str:
    """The region of a region or zone."""
    return location.rpartition("-")[0] if is_zone(location) else location


def check_member(member: str, path: str, problems: Problems) -> None:
    """Add a problem where a text is not a member that an IAM binding takes."""
    if member in ("allUsers", "allAuthenticatedUsers"):
        problems.add(path, "must not let everybody in", got=member, fix="name a user, group or service account")
    elif not _MEMBER.fullmatch(member):
        fix = "write user:<address>, group:<address> or serviceAccount:<address>"
        problems.add(path, "must be an IAM member", got=member, fix=fix)
