"""Whose credentials a stack on EKS is deployed with: an admin's, or the cluster refuses what is put into it.

The cluster takes ten minutes to make, and what is refused afterwards reads `Unauthorized`. So the provider is asked
first, in every preview and update, whom AWS takes the caller for.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.warn import tell
from core.aws.arns import PRINCIPAL
from core.input.problems import Problem

__all__ = ["complaint_about", "require_admin"]

_SESSION: Final = re.compile(r"arn:(?P<partition>aws[a-z-]*):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.*")


def require_admin(eks: Mapping[str, Any], provider: pulumi.ProviderResource) -> None:
    """End an update where the caller is no admin of the cluster that `eks` describes; a preview only says so.

    Whoever previews may have fewer rights than whoever deploys, as a role of CI has.

    Args:
        eks: The section of the stack file, in the spelling of Python.
        provider: Whose credentials are used.
    """
    admins = eks.get("admins") or {}
    if eks.get("creator_is_admin") or not admins:
        return

    def judge(arn: Any) -> None:
        complaint = complaint_about(str(arn or ""), admins.values())
        if complaint is not None and pulumi.runtime.is_dry_run():
            tell(complaint)
        elif complaint is not None:
            raise pulumi.RunError(str(complaint))

    asked = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=provider))
    asked.arn.apply(judge)


def complaint_about(caller: str, admins: Iterable[str]) -> Problem | None:
    """Why the caller could not enter the cluster. None where it can, or where its ARN tells no user or role.

    Args:
        caller: As AWS names it: a user, or a session of a role without the role's path.
        admins: ARNs of users and roles.
    """
    known = list(admins)
    session = _SESSION.fullmatch(caller)
    if session is None:
        fine = PRINCIPAL.parse(caller) is None or caller in known
    else:
        fine = any(_is_role(admin, session["account"], session["role"]) for admin in known)
    if fine:
        return None
    rule = "must name who deploys, or the cluster is made and then refuses all that goes into it"
    fix = (
        f"add the user or role, assume one of {', '.join(sorted(known))} by cartesia:aws.roleArn, or set "
        "creatorIsAdmin before the first update"
    )
    return Problem("cartesia:eks.admins", rule, f"the credentials of {caller}", fix)


def _is_role(admin: str, account: str, name: str) -> bool:
    found = PRINCIPAL.parse(admin)
    return found is not None and found.account == account and found.resource.rpartition("/")[2] == name
