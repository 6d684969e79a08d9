"""The target SageMaker: section `sagemaker`, and the `SageMakerVoiceEndpoint` it becomes.

The Marketplace package holds everything that runs, so there is no archive, no release and no secret.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from components.args import ArgsError
from components.sagemaker.endpoint import (
    SageMakerVoiceEndpoint,
    SageMakerVoiceEndpointArgs,
    resolve_sagemaker_voice_endpoint,
)
from core.input.problems import Problem, Problems
from stacks.target import Sources, Target
from stacks.targets.aws import AwsAccountSettings, aws_provider

__all__ = ["SAGEMAKER", "SageMakerSettings"]


class SageMakerSettings(AwsAccountSettings):
    """All keys of a stack file on SageMaker. The big section is the component's own Args, in camelCase."""

    sagemaker: SageMakerVoiceEndpointArgs
    """The endpoint."""


def _prepare(_raw: dict[str, Any], _secrets: Mapping[str, Any], _sources: Sources, _problems: Problems) -> None:
    """Everything is in the stack file."""


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
    # The one object whose loss is an outage, and the one that a destroy begins with: by it a destroy is refused before
    # anything is gone. Model, configuration and scaling must stay free to be replaced by an update.
    protected=("aws:sagemaker/endpoint:Endpoint", "aws:cloudwatch/dashboard:Dashboard"),
)
