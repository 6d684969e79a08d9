"""What the component package offers: its name, version and components. Beside `__main__`, so that tests can read it."""

import tomllib
from pathlib import Path

import pulumi

from components.cartesia_release import CartesiaRelease
from components.cluster_platform import ClusterPlatform
from components.eks_cluster import EksCluster
from components.gcs_access import GcsAccess
from components.registry_pull_secret import RegistryPullSecret
from components.sagemaker_endpoint import SageMakerVoiceEndpoint
from components.voice_stack import VoiceStack

NAME = "cartesia"
"""Package name, the first part of every type token."""

COMPONENTS: list[type[pulumi.ComponentResource]] = [
    CartesiaRelease,
    ClusterPlatform,
    EksCluster,
    GcsAccess,
    RegistryPullSecret,
    SageMakerVoiceEndpoint,
    VoiceStack,
]


def version() -> str:
    """The project's version, which is the package's too."""
    project = Path(__file__).resolve().parent.parent / "pyproject.toml"
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
