"""The target GKE: section `gke` beside those of every cluster."""

from typing import Any

from components.gke.args import GkeClusterArgs
from components.voice_stack import VoiceStack, VoiceStackArgs
from stacks.release_settings import prepare_release
from stacks.target import Target
from stacks.targets.chart import judge_chart
from stacks.targets.cluster import ClusterSettings, check_voice_stack, voice_stack_arguments
from stacks.targets.gcp import GcpAccountSettings, gcp_provider

__all__ = ["GKE", "GkeSettings"]


class GkeSettings(GcpAccountSettings, ClusterSettings):
    """All keys of a stack file on GKE but the secrets."""

    gke: GkeClusterArgs
    """The cluster."""


def _arguments(settings: GkeSettings, stack: str) -> VoiceStackArgs:
    return voice_stack_arguments(settings, stack, "gke", settings["gke"])


def _provider(settings: GkeSettings, stack: str) -> Any:
    return gcp_provider(settings.get("gcp", {}), settings["gke"]["project"], stack)


GKE = Target(
    section="gke",
    title="GKE",
    shape=GkeSettings,
    takes_secrets=True,
    prepare=prepare_release,
    arguments=_arguments,
    check=check_voice_stack,
    judge=judge_chart,
    provider=_provider,
    component=VoiceStack,
)
