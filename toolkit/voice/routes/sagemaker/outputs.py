"""Which SageMaker endpoint a stack's outputs name."""

from collections.abc import Mapping
from typing import Any

from core.input.problems import InvalidInput, Problems
from toolkit.voice.route import Destination

__all__ = ["destination_of_outputs"]


def destination_of_outputs(outputs: Mapping[str, Any], stack: str) -> Destination:
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
    return Destination(endpoint=name, region=region, model=outputs.get("model"), deployment=outputs.get("configName"))
