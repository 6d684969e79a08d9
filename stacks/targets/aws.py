"""How a stack reaches AWS: its section, and the provider made of it."""

from typing import Any, NotRequired, TypedDict

import pulumi_aws as aws

__all__ = ["AwsSettings", "aws_provider"]


class AwsSettings(TypedDict):
    """How to reach the AWS account; the region is that of the platform's section."""

    account_id: NotRequired[str]
    """Twelve digits; any other account is refused before anything is changed. Default: the credentials' account."""
    profile: NotRequired[str]
    """Profile of the AWS configuration on the machine that runs Pulumi. Default: the standard chain."""
    role_arn: NotRequired[str]
    """Role to assume for all calls. Default: none."""


def aws_provider(settings: AwsSettings, region: str, stack: str) -> Any:
    """The AWS provider of a stack: region and account are stated, nothing is taken from the shell's defaults."""
    account = settings.get("account_id")
    role = settings.get("role_arn")
    return aws.Provider(
        "aws",
        region=region,
        profile=settings.get("profile"),
        allowed_account_ids=[account] if account else None,
        assume_roles=[{"role_arn": role}] if role else None,
        default_tags={"tags": {"cartesia:stack": stack}},
    )
