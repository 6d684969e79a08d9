"""The endpoint of a stack: what its file and its state say of it, and how to reach AWS for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clients.aws import AwsAccess
from core.input.problems import InvalidInput, Problem
from core.input.stack_file import StackFile, read_stack_file
from core.input.stack_names import stack_names
from toolkit.recovery.project import find_project

__all__ = ["ENDPOINT", "LOG_GROUP", "EndpointSite", "recorded_endpoint", "site_of"]

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSite:
    """What a stack file says of its endpoint."""

    stack: str
    endpoint: str
    access: AwsAccess

    @property
    def log_group(self) -> str:
        """Where its containers write."""
        return f"/aws/sagemaker/Endpoints/{self.endpoint}"


def site_of(stack: str, verb: str) -> EndpointSite:
    """Read the file of a stack.

    Args:
        stack: Its name.
        verb: Of the command, for messages.

    Raises:
        InvalidInput: There is no such file, or it has no SageMaker endpoint.
    """
    path, file = _stack_file(stack, verb)
    found = {key: file.scalar("config", "cartesia:sagemaker", key) for key in ("endpointName", "region")}
    name, region = found["endpointName"], found["region"]
    if not name or not region:
        fix = "name a stack with cartesia:sagemaker, and give it endpointName and region"
        raise InvalidInput(verb, [Problem(str(path), "must describe a SageMaker endpoint", "none", fix)])
    access = AwsAccess(
        region=region,
        profile=file.scalar("config", "cartesia:aws", "profile"),
        role_arn=file.scalar("config", "cartesia:aws", "roleArn"),
    )
    return EndpointSite(stack=stack, endpoint=name, access=access)


def recorded_endpoint(exported: Mapping[str, Any], type_: str = ENDPOINT) -> dict[str, Any] | None:
    """The endpoint, or its only resource of another type, in an exported state; None where it is not there."""
    resources = (exported.get("deployment") or {}).get("resources") or []
    own = [each for each in resources if each["type"] == type_ and not each.get("external")]
    return next((each for each in own if not each.get("delete")), None)


def _stack_file(stack: str, verb: str) -> tuple[Path, StackFile]:
    project = find_project(Path.cwd())
    folder = project.stack_folder if project else Path("stacks")
    path = folder / f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"
    if not path.is_file():
        known = ", ".join(stack_names(folder)) or "none here"
        fix = f"run it in the checkout and name one of its stacks ({known})"
        raise InvalidInput(verb, [Problem(str(path), "must be a stack file", "no such file", fix)])
    return path, read_stack_file(path.read_bytes(), path.name)
