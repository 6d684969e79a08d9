"""Whoever deploys must be an admin of the cluster, else it is made and then refuses its own objects."""

import pytest

from stacks.targets.caller import complaint_about

ROLE = "arn:aws:iam::402117834129:role/teams/platform"
USER = "arn:aws:iam::402117834129:user/ci"
SSO = "arn:aws:iam::402117834129:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_ops_0a"
SESSIONS = "arn:aws:sts::402117834129:assumed-role"
ADMINS = [ROLE, USER, SSO]


@pytest.mark.parametrize(
    "caller",
    [USER, f"{SESSIONS}/platform/ada", f"{SESSIONS}/AWSReservedSSO_ops_0a/ada@acme.io", "", "arn:aws:iam::1:root"],
)
def test_an_admin_passes_and_so_does_who_cannot_be_told(caller: str) -> None:
    assert complaint_about(caller, ADMINS) is None


@pytest.mark.parametrize(
    "caller",
    [
        "arn:aws:iam::402117834129:user/ada",
        f"{SESSIONS}/ops/ada",
        "arn:aws:sts::900000000009:assumed-role/platform/ada",
    ],
)
def test_anybody_else_is_told_who_may(caller: str) -> None:
    told = complaint_about(caller, ADMINS)
    assert told is not None
    assert caller in told.got
    assert ROLE in told.fix
    assert "creatorIsAdmin" in told.fix
