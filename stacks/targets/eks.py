"""The target EKS: section `eks` beside those of every cluster."""

from collections.abc import Mapping
from typing import Any, cast

from components.eks.args import EksClusterArgs, EksCredentialsArgs
from components.voice_stack import VoiceStack, VoiceStackArgs
from stacks.release_settings import prepare_release
from stacks.target import Target
from stacks.targets.aws import AwsAccountSettings, aws_provider
from stacks.targets.caller import require_admin
from stacks.targets.chart import judge_chart
from stacks.targets.cluster import ClusterSettings, check_voice_stack, voice_stack_arguments

__all__ = ["EKS", "EksSettings"]


class EksSettings(AwsAccountSettings, ClusterSettings):
    """All keys of a stack file on EKS but the secrets."""

    eks: EksClusterArgs
    """The cluster."""


def _arguments(settings: EksSettings, stack: str) -> VoiceStackArgs:
    cluster = _with_credentials(settings["eks"], settings.get("aws", {}))
    return voice_stack_arguments(settings, stack, "eks", cluster)


def _with_credentials(eks: Any, aws: Any) -> EksClusterArgs:
    """The cluster's arguments, with profile and role of the AWS provider where the stack file says no others."""
    if not isinstance(eks, Mapping) or not isinstance(aws, Mapping):
        return cast(EksClusterArgs, eks)
    ours = EksCredentialsArgs()
    if "profile" in aws:
        ours["profile"] = aws["profile"]
    if "role_arn" in aws:
        ours["role_arn"] = aws["role_arn"]
    account = {"account_id": aws["account_id"]} if "account_id" in aws else {}
    return cast(EksClusterArgs, {**({"credentials": ours} if ours else {}), **account, **eks})


def _provider(settings: EksSettings, stack: str) -> Any:
    provider = aws_provider(settings.get("aws", {}), settings["eks"]["region"], stack)
    require_admin(settings["eks"], provider)
    return provider


EKS = Target(
    section="eks",
    title="EKS",
    shape=EksSettings,
    takes_secrets=True,
    prepare=prepare_release,
    arguments=_arguments,
    check=check_voice_stack,
    judge=judge_chart,
    provider=_provider,
    component=VoiceStack,
)
