"""AWS's own APIs as a stack reaches them: its region, profile and role, with boto3.

Owns clients with limits on waiting, and the endpoint of SageMaker as data. Credentials come from the standard chain.
"""

from dataclasses import dataclass
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from core.sagemaker.live_endpoint import LiveEndpoint, described

__all__ = ["AwsAccess", "AwsError", "live_endpoint"]

_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})


class AwsError(OSError):
    """AWS refused a call, or did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccess:
    """How a stack reaches AWS, as its file says."""

    region: str
    profile: str | None = None
    role_arn: str | None = None

    def client(self, service: str) -> Any:
        """A client of one service.

        Raises:
            AwsError: No credentials, or the role may not be assumed.
        """
        try:
            session = boto3.session.Session(profile_name=self.profile, region_name=self.region)
            if self.role_arn:
                session = self._assumed(session, self.role_arn)
            # By name, which the stubs know only as one of a list of literals.
            return cast(Any, session).client(service, config=_CONFIG)
        except (BotoCoreError, ClientError) as error:
            raise AwsError(str(error)) from error

    def _assumed(self, session: boto3.session.Session, role_arn: str) -> boto3.session.Session:
        answer = session.client("sts", config=_CONFIG).assume_role(RoleArn=role_arn, RoleSessionName="cartesia-infra")
        given = answer["Credentials"]
        return boto3.session.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            region_name=self.region,
        )

    def call(self, service: str, operation: str, **members: Any) -> dict[str, Any]:
        """One call.

        Args:
            service: As boto3 names it.
            operation: As boto3 names it, e.g. `describe_endpoint`.
            members: Of the request.

        Raises:
            AwsError: AWS refused it, or did not answer.
        """
        try:
            answer: dict[str, Any] = getattr(self.client(service), operation)(**members)
        except (BotoCoreError, ClientError) as error:
            raise AwsError(str(error)) from error
        return answer


def live_endpoint(access: AwsAccess, name: str) -> LiveEndpoint | None:
    """A SageMaker endpoint as it runs; None where there is none.

    Raises:
        AwsError: AWS refused to say, or did not answer.
    """
    try:
        return described(access.client("sagemaker").describe_endpoint(EndpointName=name))
    except ClientError as error:
        said = error.response["Error"]
        if said["Code"] == "ValidationException" and "Could not find" in said["Message"]:
            return None
        raise AwsError(str(error)) from error
    except BotoCoreError as error:
        raise AwsError(str(error)) from error
