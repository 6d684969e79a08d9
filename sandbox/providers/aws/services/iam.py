"""Roles, policies and OIDC providers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.providers.aws.facts.account import ACCOUNT_ID
from sandbox.providers.aws.facts.managed_policies import MANAGED_POLICIES
from sandbox.providers.aws.rules import policy
from sandbox.providers.aws.services import tokens
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import AutoName, Blocker, Reference, ResourceType, constant, joined
from sandbox.providers.cloud.rules import all_of, each, length, matches

_NAME: Final = r"[\w+=,.@-]+"
_WORDS: Final = "may hold letters, digits and +=,.@-_ only"
_PATH: Final = r"/|/[!-~]+/"
_MANAGED: Final = "arn:aws:iam::aws:policy/"
_IN_ROLE = Reference("role", tokens.ROLE, "NoSuchEntity", "The role with name {value} cannot be found.", by="name")


def policy_exists(account: Account, policy_arn: str) -> bool:
    """Whether a policy exists: made by a program, or one of AWS's own."""
    if policy_arn.startswith(_MANAGED):
        return policy_arn.removeprefix(_MANAGED) in MANAGED_POLICIES
    return account.find(tokens.POLICY, policy_arn) is not None


def policies_of(account: Account, role_name: str) -> set[str]:
    """ARNs of the managed policies of a role, however they were attached."""
    attached = {str(row.inputs["policyArn"]) for row in account.where(tokens.ROLE_POLICY_ATTACHMENT, "role", role_name)}
    role = account.find(tokens.ROLE, role_name)
    return attached | set(role.inputs.get("managedPolicyArns") or () if role else ())


def role_of_arn(account: Account, role_arn: object) -> Mapping[str, Any] | None:
    """Inputs and outputs of the role with an ARN, or None."""
    found = next((row for row in account.all(tokens.ROLE) if row.outputs.get("arn") == role_arn), None)
    return found.outputs if found else None


def _path_arn(kind: str) -> Any:
    def make(made: CloudObject) -> str:
        return f"arn:aws:iam::{ACCOUNT_ID}:{kind}{made['path'] or '/'}{made['name']}"

    return make


def _unique_id(prefix: str) -> Any:
    return lambda made: prefix + made.derived("unique id").upper()


def _admit_attachment(made: CloudObject) -> None:
    if not policy_exists(made.account, made["policyArn"]):
        raise CloudError("NoSuchEntity", f"Policy {made['policyArn']} does not exist or is not attachable.")


def _admit_role(made: CloudObject) -> None:
    for attached in made["managedPolicyArns"] or ():
        if not policy_exists(made.account, attached):
            raise CloudError("NoSuchEntity", f"Policy {attached} does not exist or is not attachable.")


def _attached(made: CloudObject) -> None:
    if made["forceDetachPolicies"]:
        return
    for type_, message in (
        (tokens.ROLE_POLICY_ATTACHMENT, "Cannot delete entity, must detach all policies first."),
        (tokens.ROLE_POLICY, "Cannot delete entity, must delete policies first."),
    ):
        if made.account.where(type_, "role", made.id):
            raise CloudError("DeleteConflict", message)


def _check_url(value: str) -> str | None:
    return None if re.fullmatch(r"https://[\w.-]+(/[\w./-]*)?", value) else f"must begin with https://; got {value}"


def _size(path: str, most: int) -> Any:
    """IAM counts documents without white space."""

    def check(values: Mapping[str, Any]) -> Iterator[Failure]:
        size = len(re.sub(r"\s", "", values.get(path) or ""))
        if size > most:
            yield Failure(path, f"LimitExceeded: Cannot exceed quota for PolicySize: {most}; got {size}")

    return check


_NAMED = (matches("name", _NAME, _WORDS), matches("path", _PATH, "must begin and end with /"))

ROWS = (
    ResourceType(
        token=tokens.ROLE,
        service="IAM",
        noun="IAM Role",
        is_global=True,
        id=joined("name"),
        name=AutoName("name", 64),
        replaces=("name", "path"),
        unordered=("managedPolicyArns", "inlinePolicies"),
        defaults={"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
        check=all_of(
            *_NAMED,
            length("name", 1, 64),
            policy("assumeRolePolicy", "trust"),
            _size("assumeRolePolicy", 2048),
            policy("inlinePolicies.policy"),
        ),
        admit=_admit_role,
        allow_delete=_attached,
        outputs={
            "arn": _path_arn("role"),
            "createDate": lambda made: made.created,
            "uniqueId": _unique_id("AROA"),
            "managedPolicyArns": constant([]),
            "inlinePolicies": constant([]),
        },
        exists=("EntityAlreadyExists", "Role with name {id} already exists."),
        calls={"update": "UpdateRole"},
    ),
    ResourceType(
        token=tokens.POLICY,
        service="IAM",
        noun="IAM Policy",
        is_global=True,
        id=_path_arn("policy"),
        name=AutoName("name", 128),
        replaces=("name", "path", "description"),
        defaults={"path": "/"},
        check=all_of(*_NAMED, length("name", 1, 128), policy("policy"), _size("policy", 6144)),
        outputs={
            "arn": lambda made: made.id,
            "policyId": _unique_id("ANPA"),
            "attachmentCount": lambda made: len(
                made.account.where(tokens.ROLE_POLICY_ATTACHMENT, "policyArn", made.id)
            ),
        },
        blocked_by=(
            Blocker(
                tokens.ROLE_POLICY_ATTACHMENT,
                "policyArn",
                "DeleteConflict",
                "Cannot delete a policy attached to entities.",
            ),
        ),
        exists=("EntityAlreadyExists", "A policy called {name} already exists. Duplicate names are not allowed."),
        calls={"update": "CreatePolicyVersion"},
    ),
    ResourceType(
        token=tokens.ROLE_POLICY,
        service="IAM",
        noun="IAM Role Policy",
        is_global=True,
        id=joined("role", "name"),
        name=AutoName("name", 128),
        replaces=("name", "role"),
        check=all_of(matches("name", _NAME, _WORDS), policy("policy"), _size("policy", 10240)),
        requires=(_IN_ROLE,),
        upserts=True,
        calls={"create": "PutRolePolicy", "update": "PutRolePolicy"},
    ),
    ResourceType(
        token=tokens.ROLE_POLICY_ATTACHMENT,
        service="IAM",
        noun="IAM Role Policy Attachment",
        is_global=True,
        id=joined("role", "policyArn", by="/"),
        replaces=("role", "policyArn"),
        check=all_of(
            matches("role", _NAME, "must be the name of a role, not its ARN"),
            matches("policyArn", r"arn:aws:iam::(\d{12}|aws):policy/.+", "must be the ARN of an IAM policy"),
        ),
        requires=(_IN_ROLE,),
        admit=_admit_attachment,
        upserts=True,
        calls={"create": "AttachRolePolicy", "delete": "DetachRolePolicy"},
    ),
    ResourceType(
        token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",  # noqa: S106 - a type token
        service="IAM",
        noun="IAM OIDC Provider",
        is_global=True,
        id=lambda made: f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{made['url'].removeprefix('https://')}",
        replaces=("url",),
        check=all_of(
            each("url", _check_url),
            length("clientIdLists", 1, 100),
            matches("thumbprintLists", r"[0-9a-fA-F]{40}", "a thumbprint has 40 hex digits"),
        ),
        outputs={
            "arn": lambda made: made.id,
            "thumbprintLists": lambda made: [made.derived("thumbprint", 40)],
        },
        exists=("EntityAlreadyExists", "Provider with url {url} already exists."),
        calls={"create": "CreateOpenIDConnectProvider", "delete": "DeleteOpenIDConnectProvider"},
    ),
)
