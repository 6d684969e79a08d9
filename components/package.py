"""What the component package offers: its name, version and components. Beside `__main__`, so that tests can read it."""

import tomllib
from pathlib import Path
from typing import cast

import pulumi

from components.addons.cluster_platform import ClusterPlatform
from components.release.cartesia_release import CartesiaRelease
from components.release.gcs_access import GcsAccess
from components.release.pull_secret import RegistryPullSecret
from components.sagemaker.endpoint import SageMakerVoiceEndpoint
from components.voice_stack import CLUSTER_KINDS, VoiceStack

NAME = "cartesia"
"""Package name, the first part of every type token."""

COMPONENTS: list[type[pulumi.ComponentResource]] = [
    CartesiaRelease,
    ClusterPlatform,
    GcsAccess,
    RegistryPullSecret,
    SageMakerVoiceEndpoint,
    VoiceStack,
    *(cast(type[pulumi.ComponentResource], kind.component) for kind in CLUSTER_KINDS.values()),
]


def version() -> str:
    """The project's version, which is the package's too."""
    project = Path(__file__).resolve().parent.parent / "pyproject.toml"
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
