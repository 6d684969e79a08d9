"""Which CI jobs may take on a role: trust policies for GitHub Actions and GitLab CI, which log in by OpenID Connect.

A job's token says in `sub` which repository it runs for, and how. A role that deploys trusts one environment (GitHub)
or one branch (GitLab); one that previews trusts pull requests, or any branch. Nothing is trusted by a pattern that
another repository could meet: wildcards stand for branches only.

source: GitHub docs, "Configuring OpenID Connect in Amazon Web Services" and "OpenID Connect reference" (subjects);
GitLab docs, "Configure OpenID Connect in AWS"; IAM user guide, "Create a role for OpenID Connect federation";
2026-11-25.
"""

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from core.aws.regions import partition_of

__all__ = ["ISSUERS", "Issuer", "repository_problem", "trust_policy"]

_GITHUB_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}\Z")
_GITLAB_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One kind of CI. Patterns hold `{host}`, `{repository}`, `{stack}` and `{branch}`."""

    host: str
    """Default of `{host}`: the issuer of tokens, without its scheme."""
    audience: str
    """What a token's `aud` must be."""
    deploys: str
    """`sub` of a job that may deploy."""
    previews: str
    """`sub` of a job that may preview; `*` stands for any branch."""
    repository: re.Pattern[str]
    """Form of a repository's name."""


ISSUERS: Final = MappingProxyType(
    {
        "github": Issuer(
            host="token.actions.githubusercontent.com",
            audience="sts.amazonaws.com",
            deploys="repo:{repository}:environment:{stack}",
            previews="repo:{repository}:pull_request",
            repository=_GITHUB_NAME,
        ),
        "gitlab": Issuer(
            host="gitlab.com",
            audience="https://{host}",
            deploys="project_path:{repository}:ref_type:branch:ref:{branch}",
            previews="project_path:{repository}:ref_type:branch:ref:*",
            repository=_GITLAB_NAME,
        ),
    }
)
"""By the name that a command takes."""


def repository_problem(issuer: Issuer, repository: str) -> str | None:
    """Why a text is not the name of a repository; None if it is one. A wildcard never is: it would let others in."""
    if issuer.repository.match(repository):
        return None
    return f"must be a repository's name as in its address, e.g. team/infra; got {repository!r}"


def trust_policy(
    issuer: Issuer,
    *,
    repository: str,
    account: str,
    region: str,
    stack: str,
    previews: bool = False,
    branch: str = "main",
    host: str | None = None,
) -> dict[str, Any]:
    """The trust policy of a role.

    Args:
        issuer: A value of `ISSUERS`.
        repository: Its name, checked before.
        account: Twelve digits: the account that the provider and the role are in.
        region: Region of the stack; it says which partition.
        stack: Name of the stack, which is that of the environment.
        previews: Whether the role only previews.
        branch: The branch that deploys, where the CI has no environments in its tokens.
        host: The issuer's host, where it is one of your own.
    """
    where = host or issuer.host
    places = {"host": where, "repository": repository, "stack": stack, "branch": branch}
    subject = (issuer.previews if previews else issuer.deploys).format(**places)
    audience = {f"{where}:aud": issuer.audience.format(**places)}
    exact = {**audience, **({} if "*" in subject else {f"{where}:sub": subject})}
    conditions = {"StringEquals": exact, **({"StringLike": {f"{where}:sub": subject}} if "*" in subject else {})}
    provider = f"arn:{partition_of(region)}:iam::{account}:oidc-provider/{where}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
