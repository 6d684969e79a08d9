"""`cartesia-infra deployer-policy` and `ci-trust`: the IAM rights of who deploys, and who may take them on.

Reads the stack file, asks nobody.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from catalog.aws.deployer import Rights
from core.aws.ci_trust import ISSUERS, repository_problem, trust_policy
from core.aws.deployer import deployer_policies, deployer_statements, only_reading, state_statements, types_of
from core.aws.regions import partition_of
from core.input.problems import InvalidInput, Problem
from core.input.stack_file import StackFile, read_stack_file
from core.input.stack_names import stack_names
from toolkit.recovery.project import find_project
from toolkit.stack_option import stack_option

__all__ = ["ci_trust", "deployer_policy"]

_NAMES = {"eks": "clusterName", "sagemaker": "endpointName"}
_KEY_ARN = re.compile(r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+\Z")
_EXAMPLE = """
\b
Examples:
  cartesia-infra deployer-policy --stack eks-prod
  cartesia-infra deployer-policy --stack eks-prod --part 1 > deployer-1.json
  cartesia-infra deployer-policy --stack eks-prod --state s3://my-state --read-only --part 1 > preview-1.json
"""
_TRUST_EXAMPLE = """
\b
Examples:
  cartesia-infra ci-trust --stack eks-prod --account 123456789012 github team/infra > deploy-trust.json
  cartesia-infra ci-trust --stack eks-prod --account 123456789012 --previews github team/infra
  cartesia-infra ci-trust --stack eks-prod --account 123456789012 --host gitlab.example.com gitlab team/infra
"""


@click.command(epilog=_EXAMPLE)
@stack_option("Name of the stack.", required=True)
@click.option("--read-only", is_flag=True, help="Leave out what changes anything: for who only previews.")
@click.option("--state", metavar="URL", help="Add the rights on the state there, e.g. s3://bucket/team.")
@click.option("--state-key", metavar="ARN", default="", help="KMS key that encrypts the secrets in that state.")
@click.option("--part", type=click.IntRange(1), help="Print this policy alone, as the AWS CLI takes it.")
@click.option("--json", "as_json", is_flag=True, help="Print all policies and their reasons as JSON.")
def deployer_policy(
    stack: str, read_only: bool, state: str | None, state_key: str, part: int | None, as_json: bool
) -> None:
    """Print the IAM policies that whoever deploys the stack needs.

    They hold what the provider calls for the resources that the stack may register. The names of cluster, endpoint and
    roles, the region and the stack's tag limit them; where IAM or AWS leaves no ARN to do so, the reason is given.
    """
    site = _site(stack)
    rights = deployer_statements(types_of(site.section), region=site.region, name=site.name, stack=site.stack)
    statements = only_reading(rights) if read_only else rights
    if state is not None or state_key:
        statements += _on_state(state or "", state_key, site.region, reading=read_only)
    policies = deployer_policies(statements)
    if part is not None:
        if part > len(policies):
            raise click.BadParameter(f"the stack needs {len(policies)}", param_hint="--part")
        click.echo(json.dumps(policies[part - 1], indent=1))
    elif as_json:
        click.echo(json.dumps(_as_data(stack, policies, statements), indent=2))
    else:
        click.echo("\n\n".join(map(_words, statements)))
        click.echo(f"\nPolicies to make: {len(policies)}; --part N prints one.")


@click.command(epilog=_TRUST_EXAMPLE)
@stack_option("Name of the stack, which is that of the GitHub environment too.", required=True)
@click.option("--account", required=True, metavar="ID", help="AWS account of the role: twelve digits.")
@click.option("--previews", is_flag=True, help="For a role that only previews: pull requests, or any branch.")
@click.option("--branch", default="main", show_default=True, help="Branch that deploys, on GitLab.")
@click.option("--host", help="Host that issues the tokens, if it is your own.")
@click.argument("issuer", type=click.Choice(list(ISSUERS)))
@click.argument("repository")
def ci_trust(
    stack: str, account: str, previews: bool, branch: str, host: str | None, issuer: str, repository: str
) -> None:
    """Print the trust policy of a role that CI jobs take on by OpenID Connect.

    Only jobs of the one REPOSITORY may take it on: on GitHub those of the environment that is called like the stack,
    whose reviewers agree first; on GitLab those of the branch.
    """
    site = _site(stack)
    problem = repository_problem(ISSUERS[issuer], repository)
    if problem:
        raise click.BadParameter(problem, param_hint="REPOSITORY")
    for value, name, form in ((account, "--account", r"\d{12}"), (branch, "--branch", r"[\w./-]+")):
        if not re.fullmatch(form, value):
            raise click.BadParameter(f"{value!r} is not one", param_hint=name)
    if host and not re.fullmatch(r"[\w.-]+(:\d+)?(/[\w./-]+)?", host):
        raise click.BadParameter(f"must be a host without a scheme; got {host!r}", param_hint="--host")
    document = trust_policy(
        ISSUERS[issuer],
        repository=repository,
        account=account,
        region=site.region,
        stack=site.stack,
        previews=previews,
        branch=branch,
        host=host,
    )
    click.echo(json.dumps(document, indent=1))


@dataclass(frozen=True, slots=True)
class _Site:
    """What a stack file says of where it deploys."""

    section: str
    region: str
    name: str
    """Of the cluster or the endpoint."""
    stack: str
    """Without organization and project."""


def _site(stack: str) -> _Site:
    path, file = _stack_file(stack)
    for section, key in _NAMES.items():
        region = file.scalar("config", f"cartesia:{section}", "region")
        name = file.scalar("config", f"cartesia:{section}", key)
        if region and name:
            return _Site(section, region, name, stack.rsplit("/", 1)[-1])
    fix = "name a stack with cartesia:eks or cartesia:sagemaker, and give it a region and a name"
    raise InvalidInput("deployer-policy", [Problem(str(path), "must say what is deployed to AWS", "neither", fix)])


def _stack_file(stack: str) -> tuple[Path, StackFile]:
    project = find_project(Path.cwd())
    folder = project.stack_folder if project else Path("stacks")
    path = folder / f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"
    if not path.is_file():
        known = ", ".join(stack_names(folder)) or "none here"
        fix = f"run it in the checkout and name one of its stacks ({known})"
        raise InvalidInput("deployer-policy", [Problem(str(path), "must be a stack file", "no such file", fix)])
    return path, read_stack_file(path.read_bytes(), path.name)


def _on_state(url: str, key_arn: str, region: str, *, reading: bool) -> tuple[Rights, ...]:
    address = urlsplit(url)
    if address.scheme != "s3" or not address.netloc:
        raise click.BadParameter(f"must be an address in S3, e.g. s3://bucket; got {url!r}", param_hint="--state")
    if key_arn and not _KEY_ARN.match(key_arn):
        raise click.BadParameter(
            "must be the ARN of a KMS key; none of an alias may stand here", param_hint="--state-key"
        )
    prefix = address.path.strip("/")
    return state_statements(address.netloc, prefix, key_arn, partition_of(region), reading=reading)


def _as_data(stack: str, policies: tuple[Mapping[str, Any], ...], statements: tuple[Rights, ...]) -> dict[str, Any]:
    reasons = [{"actions": list(each.actions), "reason": each.reason} for each in statements if each.reason]
    return {"stack": stack, "policies": policies, "everyResource": reasons}


def _words(rights: Rights) -> str:
    lines = [*rights.resources, *(f"  {action}" for action in rights.actions)]
    lines += [f"  only where {key} is {' or '.join(values)}" for _, key, values in rights.conditions]
    return "\n".join([*lines, *([f"  why every resource: {rights.reason}"] if rights.reason else [])])
