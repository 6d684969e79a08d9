"""What AWS has published: versions of Kubernetes, of add-ons and of node images, from three APIs that cost nothing.

Two ways to ask: the APIs themselves, and a command that prints JSON (the sandbox has one).
"""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from catalog.aws.versions import AMI_PARAMETERS

__all__ = ["AwsPublished", "CommandPublished", "KubernetesVersion", "Published", "PublishedError", "newest"]

_COMMAND_SECONDS = 60


class PublishedError(RuntimeError):
    """AWS could not be asked; the text says why."""


@dataclass(frozen=True, slots=True)
class KubernetesVersion:
    """A version that EKS offers."""

    version: str
    standard_until: date | None = None


class Published(Protocol):
    """Anything that knows what AWS has published. Every method raises `PublishedError`."""

    def kubernetes(self) -> Sequence[KubernetesVersion]:
        """Versions in standard support."""
        ...

    def addon(self, name: str, kubernetes: str) -> str | None:
        """Newest version of an add-on for a version of Kubernetes. None where there is none."""
        ...

    def image(self, ami_type: str, kubernetes: str) -> str | None:
        """Newest release of an image. None where there is none."""
        ...


def newest(versions: Iterable[str]) -> str | None:
    """The highest of add-on versions, e.g. of `v1.9.0-eksbuild.2` and `v1.10.0-eksbuild.1` the second."""
    return max(versions, key=_numbers, default=None)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix("v").replace("-eksbuild", "").split(".") if part.isdigit())


@dataclass(frozen=True, slots=True)
class AwsPublished:
    """The APIs, by clients of boto3 for one region."""

    eks: Any
    ssm: Any

    def kubernetes(self) -> Sequence[KubernetesVersion]:
        """See `Published.kubernetes`."""
        rows = self._pages(self.eks, "describe_cluster_versions", "clusterVersions")
        return [
            KubernetesVersion(str(row["clusterVersion"]), _day(row.get("endOfStandardSupportDate")))
            for row in rows
            if row.get("versionStatus", row.get("status")) in ("STANDARD_SUPPORT", "standard-support")
        ]

    def addon(self, name: str, kubernetes: str) -> str | None:
        """See `Published.addon`."""
        words = {"addonName": name, "kubernetesVersion": kubernetes}
        rows = self._pages(self.eks, "describe_addon_versions", "addons", **words)
        return newest(str(version["addonVersion"]) for row in rows for version in row.get("addonVersions", ()))

    def image(self, ami_type: str, kubernetes: str) -> str | None:
        """See `Published.image`."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found = self.ssm.get_parameter(Name=AMI_PARAMETERS[ami_type].format(version=kubernetes))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ParameterNotFound":
                return None
            raise PublishedError(f"AWS could not be asked for images: {error}") from error
        except BotoCoreError as error:
            raise PublishedError(f"AWS could not be asked for images: {error}") from error
        return str(found["Parameter"]["Value"])

    def _pages(self, client: Any, operation: str, key: str, **words: str) -> list[Mapping[str, Any]]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            pages = client.get_paginator(operation).paginate(**words)
            return [row for page in pages for row in page.get(key, ())]
        except (BotoCoreError, ClientError) as error:
            raise PublishedError(f"AWS could not be asked for versions: {error}") from error


def _day(moment: object) -> date | None:
    return moment.date() if isinstance(moment, datetime) else None


@dataclass(frozen=True, slots=True)
class CommandPublished:
    """What a command printed: lists `kubernetes`, `addons` by version and name, `images` by version and AMI type."""

    said: Mapping[str, Any]

    @classmethod
    def run(cls, command: Sequence[str]) -> "CommandPublished":
        """Ask the command.

        Raises:
            PublishedError: It failed, or printed something else.
        """
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False)
            if done.returncode:
                raise PublishedError(f"the command for versions failed: {done.stderr.strip()[-300:]}")
            said = json.loads(done.stdout)
        except (OSError, subprocess.TimeoutExpired, ValueError) as error:
            raise PublishedError(f"the command for versions could not be asked: {error}") from error
        return cls(said)

    def kubernetes(self) -> Sequence[KubernetesVersion]:
        """See `Published.kubernetes`."""
        return [KubernetesVersion(str(version)) for version in self.said.get("kubernetes", ())]

    def addon(self, name: str, kubernetes: str) -> str | None:
        """See `Published.addon`."""
        found = (self.said.get("addons") or {}).get(kubernetes, {}).get(name)
        return None if found is None else str(found)

    def image(self, ami_type: str, kubernetes: str) -> str | None:
        """See `Published.image`."""
        found = (self.said.get("images") or {}).get(kubernetes, {}).get(ami_type)
        return None if found is None else str(found)
