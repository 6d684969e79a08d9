"""What all targets with a cluster share: sections `bundle`, `addons` and `release`, and the `VoiceStack` they become.

Leaves alone the section of the cluster itself and the provider of its cloud: each target has its own.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, cast

from components.addons.args import ClusterPlatformArgs
from components.args import ArgsError
from components.release.args import CartesiaReleaseArgs
from components.voice_stack import VoiceStackArgs, resolve_voice_stack
from core.input.problems import Problem
from stacks.release_settings import BundleSettings
from stacks.target import CommonSettings

__all__ = ["ClusterSettings", "check_voice_stack", "voice_stack_arguments"]


class ClusterSettings(CommonSettings):
    """Keys of every stack file with a cluster. The big sections are the components' own Args, in camelCase."""

    bundle: NotRequired[BundleSettings]
    """Which vendor archive is deployed."""
    addons: NotRequired[ClusterPlatformArgs]
    """What the cluster needs beside it. Default: the GPU device plugin."""
    release: CartesiaReleaseArgs
    """The voice stack on it. `chartPath` comes from the lock file."""


def voice_stack_arguments(
    settings: ClusterSettings, stack: str, section: str, cluster: Mapping[str, Any]
) -> VoiceStackArgs:
    """The arguments of the `VoiceStack`.

    Args:
        settings: Sections of the right shape.
        stack: Name of the stack, which is that of the environment.
        section: The kind of cluster, a key of `components.voice_stack.CLUSTER_KINDS`.
        cluster: Its arguments.
    """
    args = VoiceStackArgs(environment=stack, release=settings["release"], production=settings.get("production", False))
    if "addons" in settings:
        args["addons"] = settings["addons"]
    return cast(VoiceStackArgs, {**args, section: cluster})


def check_voice_stack(args: VoiceStackArgs) -> Iterable[Problem]:
    """What the `VoiceStack` would refuse."""
    try:
        resolve_voice_stack(args)
    except ArgsError as error:
        return error.problems
    return ()
