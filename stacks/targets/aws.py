"""How a stack reaches AWS: the section that targets on AWS share, and the provider made of it."""

from typing import Any, NotRequired, TypedDict

import pulumi_aws as aws

from stacks.target import CommonSettings

__all__ = ["AwsAccountSettings", "AwsSettings", "aws_provider"]


class AwsSettings(TypedDict):
    """How to reach the AWS account. The region is that of the target's section."""

    account_id: NotRequired[str]
    """Twelve digits. Any other account is refused before anything is changed. Default: the credentials' account."""
    profile: NotRequired[str]
    """Profile of the AWS configuration on the machine that runs Pulumi. Default: the standard chain."""
    role_arn: NotRequired[str]
    """Role to assume for all calls. Default: none."""


class AwsAccountSettings(CommonSettings):
    """Keys of every stack file whose target is on AWS."""

    aws: NotRequired[AwsSettings]
    """How to reach the AWS account. Default: the standard credential chain."""


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
