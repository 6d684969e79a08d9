"""The program that `pulumi up` runs for every stack: read the settings, make the providers, wire, export."""

import os
from pathlib import Path

import pulumi
import pulumi_aws as aws
from pulumi.runtime import config as runtime_config

from components.voice_stack import VoiceStack
from core.shape import camel
from stacks.settings import Settings, Sources, read_settings

_HERE = Path(__file__).resolve().parent


def _sources() -> Sources:
    return Sources(
        stack=pulumi.get_stack(),
        # The engine's whole map, which `pulumi.Config` does not list: an unknown key must be an error, not a silence.
        config={**runtime_config.get_config_env(), **runtime_config.CONFIG.get()},
        is_secret=runtime_config.is_config_secret,
        environment=os.environ,
        root=_HERE.parent,
        program=_HERE,
    )


def _aws_provider(settings: Settings) -> aws.Provider:
    """The one provider of the stack: region and account are stated, nothing is taken from the shell's defaults."""
    account = settings.aws.get("account_id")
    role = settings.aws.get("role_arn")
    return aws.Provider(
        "aws",
        region=settings.region,
        profile=settings.aws.get("profile"),
        allowed_account_ids=[account] if account else None,
        assume_roles=[{"role_arn": role}] if role else None,
        default_tags={"tags": {"cartesia:stack": settings.stack}},
    )


def _main() -> None:
    settings = read_settings(_sources())
    stack = VoiceStack("voice", settings.args, pulumi.ResourceOptions(providers=[_aws_provider(settings)]))
    for name in VoiceStack.__annotations__:
        pulumi.export(camel(name), getattr(stack, name))


_main()
