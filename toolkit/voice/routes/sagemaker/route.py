"""Which SageMaker endpoint a call goes to, as a stack's outputs name it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.input.problems import InvalidInput, Problems

__all__ = ["SageMakerRoute", "route_of_outputs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SageMakerRoute:
    """One endpoint."""

    endpoint: str
    """Name of the endpoint."""
    region: str | None = None
    """Its region; None for that of the AWS profile."""
    model: str | None = None
    """Model it runs; None where nobody said."""


def route_of_outputs(outputs: Mapping[str, Any], stack: str) -> SageMakerRoute:
    """The endpoint of a stack.

    Args:
        outputs: Outputs of a `SageMakerVoiceEndpoint`, in camelCase.
        stack: Name of the stack, for messages.

    Raises:
        InvalidInput: The stack has no endpoint.
    """
    name, arn = outputs.get("endpointName"), str(outputs.get("endpointArn", ""))
    if not isinstance(name, str):
        problems = Problems()
        problems.add(
            f"stack {stack}",
            "must have the outputs of a SageMaker endpoint",
            got=sorted(outputs) or "none",
            fix="deploy it with `pulumi up`, choose a stack with section `cartesia:sagemaker`, or use --endpoint",
        )
        raise InvalidInput("smoke", problems)
    # arn:<partition>:sagemaker:<region>:<account>:endpoint/<name>
    region = arn.split(":")[3] if arn.count(":") >= 5 else None
    return SageMakerRoute(endpoint=name, region=region, model=outputs.get("model"))
