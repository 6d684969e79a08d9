"""The target SageMaker: section `sagemaker`, and the `SageMakerVoiceEndpoint` it becomes.

The Marketplace package holds everything that runs, so there is no archive, no release and no secret.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NotRequired

from catalog.aws.sagemaker import DEFAULT_INSTANCE_TYPE
from components.args import ArgsError
from components.sagemaker.endpoint import (
    SageMakerVoiceEndpoint,
    SageMakerVoiceEndpointArgs,
    resolve_sagemaker_voice_endpoint,
)
from components.sagemaker.proof import reading_live
from core.capacity.measured import MeasuredEndpoint, read_measured
from core.input.problems import Problem, Problems
from core.sagemaker.live_endpoint import LiveEndpoint
from stacks.target import Sources, Target
from stacks.targets.aws import AwsAccountSettings, aws_provider

__all__ = ["SAGEMAKER", "SageMakerSettings"]


class SageMakerSettings(AwsAccountSettings):
    """All keys of a stack file on SageMaker. The big section is the component's own Args, in camelCase."""

    sagemaker: SageMakerVoiceEndpointArgs
    """The endpoint."""
    measured: NotRequired[str]
    """File that a load test wrote, below the checkout: slots, first audio, start time. Default: documented figures."""


def _prepare(raw: dict[str, Any], _secrets: Mapping[str, Any], sources: Sources, problems: Problems) -> None:
    """Put what a load test found beside what the stack file says of the endpoint."""
    path, section = raw.get("measured"), raw.get("sagemaker")
    if not isinstance(path, str) or not isinstance(section, dict):
        return
    found = _measured(path, sources, problems)
    if found is None:
        return
    here = f"cartesia:measured ({path})"
    if "measured" in section:
        problems.add(here, "must not stand beside sagemaker.measured", fix="keep the file")
    if section.get("model") not in (None, found.model):
        problems.add(here, f"must be of {section['model']}", got=found.model, fix="measure the package of this stack")
    others = [each for each in _types(section) if each != found.instance_type]
    if others:
        fix = "measure that type, or drop the file"
        problems.add(here, f"must be of {others[0]}, which a variant runs on", got=found.instance_type, fix=fix)
    raw["sagemaker"] = {
        **section,
        "measured": {
            "source": path,
            "slotsPerInstance": found.slots_per_instance,
            "firstAudioP50Ms": found.first_audio_ms["p50"],
            "firstAudioP99Ms": found.first_audio_ms["p99"],
            "startSeconds": found.start_seconds,
        },
    }


def _measured(path: str, sources: Sources, problems: Problems) -> MeasuredEndpoint | None:
    try:
        text = (sources.root / path).read_bytes()
    except OSError as error:
        fix = "name a file below the checkout, as the load test wrote it"
        problems.add("cartesia:measured", f"cannot be read ({error.strerror or error})", got=path, fix=fix)
        return None
    return read_measured(text, f"cartesia:measured ({path})", problems)


def _types(section: Mapping[str, Any]) -> list[str]:
    """Instance types that the variants run on, as far as the file says so in the right form."""
    variants = section.get("variants")
    each = list(variants.values()) if isinstance(variants, dict) and variants else [{}]
    return [one.get("instanceType", DEFAULT_INSTANCE_TYPE) for one in each if isinstance(one, dict)]


def _arguments(settings: SageMakerSettings, _stack: str) -> SageMakerVoiceEndpointArgs:
    return settings["sagemaker"]


def _check(args: SageMakerVoiceEndpointArgs) -> Iterable[Problem]:
    try:
        resolve_sagemaker_voice_endpoint(args)
    except ArgsError as error:
        return [problem.below("sagemaker") for problem in error.problems]
    return ()


def _provider(settings: SageMakerSettings, stack: str) -> Any:
    return aws_provider(settings.get("aws", {}), settings["sagemaker"]["region"], stack)


def _within(settings: SageMakerSettings, stack: str) -> AbstractContextManager[None]:
    """Have the endpoint guarded by what AWS says of it."""
    aws = settings.get("aws", {})

    def read(region: str, name: str) -> LiveEndpoint | None:
        # Only an update of the endpoint asks, and boto3 would cost every other run a third of a second.
        from clients.aws import AwsAccess, live_endpoint

        access = AwsAccess(region=region, profile=aws.get("profile"), role_arn=aws.get("role_arn"))
        return live_endpoint(access, name)

    return reading_live(read, stack)


SAGEMAKER = Target(
    section="sagemaker",
    title="SageMaker",
    shape=SageMakerSettings,
    takes_secrets=False,
    prepare=_prepare,
    arguments=_arguments,
    check=_check,
    provider=_provider,
    component=SageMakerVoiceEndpoint,
    within=_within,
    # The one object whose loss is an outage, and the one that a destroy begins with: by it a destroy is refused before
    # anything is gone. Model, configuration and scaling must stay free to be replaced by an update.
    protected=("aws:sagemaker/endpoint:Endpoint", "aws:cloudwatch/dashboard:Dashboard"),
)
