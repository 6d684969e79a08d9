"""The program that `pulumi up` runs for every stack: read the settings, make the providers, wire, export."""

import os
from pathlib import Path

import pulumi
from pulumi.runtime import config as runtime_config

from components.survey.hook import surveying
from components.warn import tell, wording
from core.input.shapes import camel
from stacks.file.wording import worded
from stacks.guards.gpus import GpuGuard
from stacks.settings import Settings, Sources, read_settings
from stacks.targets.survey import survey

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


def _protection(settings: Settings) -> list[pulumi.ResourceTransformation]:
    """Protects the resources that only the stack knows to be worth it."""

    def protect(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ not in settings.target.protected:
            return None
        options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
        return pulumi.ResourceTransformationResult(args.props, options)

    return [protect] if settings.production else []


def _main() -> None:
    sources = _sources()
    settings = read_settings(sources)
    for warning in settings.warnings:
        tell(warning)
    provider = settings.target.provider(settings.sections, settings.stack)
    guard = GpuGuard()
    changes = [*_protection(settings), guard.attach]
    options = pulumi.ResourceOptions(providers=[provider] if provider else None, transformations=changes)
    words = wording(lambda problem, shape: worded(problem, shape, settings.target, sources))
    with words, surveying(survey), settings.target.within(settings.sections, settings.stack):
        stack = settings.target.component("voice", settings.args, options)
    guard.cluster = getattr(stack, "cluster_access", None)
    for name in settings.target.component.__annotations__:
        pulumi.export(camel(name), getattr(stack, name))


_main()
