"""Whose credentials call an endpoint: a profile, a role to assume, or what boto3 finds."""

import boto3
import botocore.session
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

from toolkit.voice.route import Destination

__all__ = ["session_for"]


def session_for(to: Destination) -> boto3.session.Session:
    """The session that a destination names. Nothing is asked of AWS before the first call.

    Raises:
        BotoCoreError: There is no such profile.
    """
    session = boto3.session.Session(profile_name=to.profile, region_name=to.region)
    if to.role_arn is None:
        return session
    assumed = botocore.session.Session(profile=to.profile)
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=session.client,
        source_credentials=session.get_credentials(),
        role_arn=to.role_arn,
        extra_args={"RoleSessionName": "cartesia-infra"},
    )
    # botocore refreshes them before they expire, so a client may outlive the hour of a role.
    keys = DeferredRefreshableCredentials(refresh_using=fetcher.fetch_credentials, method="assume-role")
    assumed._credentials = keys  # type: ignore[attr-defined] # its setter takes keys that stay as they are
    return boto3.session.Session(botocore_session=assumed, region_name=to.region or session.region_name)
