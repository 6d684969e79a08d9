"""A stack on EKS: sections `eks`, `addons`, `release` and `bundle`, and the `VoiceStack` they become."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, cast

from components.addons.args import ClusterPlatformArgs
from components.args import ArgsError
from components.eks.args import EksClusterArgs, EksCredentialsArgs
from components.release.args import CartesiaReleaseArgs
from components.voice_stack import VoiceStack, VoiceStackArgs, resolve_voice_stack
from core.input.problems import Problem
from stacks.aws_settings import AwsSettings, aws_provider
from stacks.platform_row import CommonSettings, Platform
from stacks.release_settings import BundleSettings, prepare_release

__all__ = ["EKS", "EksSettings"]


class EksSettings(CommonSettings):
    """All keys of a stack file on EKS but the secrets. The big sections are the components' own Args, in camelCase."""

    aws: NotRequired[AwsSettings]
    """How to reach the AWS account. Default: the standard credential chain."""
    bundle: NotRequired[BundleSettings]
    """Which vendor archive is deployed."""
    eks: EksClusterArgs
    """The cluster."""
    addons: NotRequired[ClusterPlatformArgs]
    """What the cluster needs beside it. Default: the GPU device plugin."""
    release: CartesiaReleaseArgs
    """The voice stack on it; `chartPath` comes from the lock file."""


def _arguments(settings: EksSettings, stack: str) -> VoiceStackArgs:
    args = VoiceStackArgs(
        environment=stack,
        eks=_with_credentials(settings["eks"], settings.get("aws", {})),
        release=settings["release"],
        production=settings.get("production", False),
    )
    if "addons" in settings:
        args["addons"] = settings["addons"]
    return args


def _with_credentials(eks: Any, aws: Any) -> EksClusterArgs:
    """The cluster's arguments, with profile and role of the AWS provider where the stack file says no others."""
    if not isinstance(eks, Mapping) or not isinstance(aws, Mapping):
        return cast(EksClusterArgs, eks)
    ours = EksCredentialsArgs()
    if "profile" in aws:
        ours["profile"] = aws["profile"]
    if "role_arn" in aws:
        ours["role_arn"] = aws["role_arn"]
    return cast(EksClusterArgs, {"credentials": ours, **eks} if ours else eks)


def _check(args: VoiceStackArgs) -> Iterable[Problem]:
    try:
        resolve_voice_stack(args)
    except ArgsError as error:
        return error.problems
    return ()


def _provider(settings: EksSettings, stack: str) -> Any:
    return aws_provider(settings.get("aws", {}), settings["eks"]["region"], stack)


EKS = Platform(
    section="eks",
    shape=EksSettings,
    takes_secrets=True,
    prepare=prepare_release,
    arguments=_arguments,
    check=_check,
    provider=_provider,
    component=VoiceStack,
)
