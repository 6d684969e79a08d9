"""`cartesia-infra deployer-policy`: the IAM rights that deploying a stack takes. Reads the stack file, asks nobody."""

import json
from pathlib import Path

import click

from catalog.aws.deployer import Rights
from core.aws.deployer import deployer_policies, deployer_statements, types_of
from core.input.problems import InvalidInput, Problem
from core.input.stack_file import StackFile, read_stack_file
from core.input.stack_names import stack_names
from toolkit.recovery.project import find_project
from toolkit.stack_option import stack_option

__all__ = ["deployer_policy"]

_NAMES = {"eks": "clusterName", "sagemaker": "endpointName"}
_EXAMPLE = """
\b
Examples:
  cartesia-infra deployer-policy --stack eks-prod
  cartesia-infra deployer-policy --stack eks-prod --part 1 > deployer-1.json
"""


@click.command(epilog=_EXAMPLE)
@stack_option("Name of the stack.", required=True)
@click.option("--part", type=click.IntRange(1), help="Print this policy alone, as the AWS CLI takes it.")
@click.option("--json", "as_json", is_flag=True, help="Print all policies and their reasons as JSON.")
def deployer_policy(stack: str, part: int | None, as_json: bool) -> None:
    """Print the IAM policies that whoever deploys the stack needs.

    They hold what the provider calls for the resources that the stack may register. The names of cluster, endpoint and
    roles limit them; where IAM or AWS leaves no way to do so, the reason is given. The state bucket is not in it.
    """
    statements = _statements(stack)
    policies = deployer_policies(statements)
    if part is not None:
        if part > len(policies):
            raise click.BadParameter(f"the stack needs {len(policies)}", param_hint="--part")
        click.echo(json.dumps(policies[part - 1], indent=1))
    elif as_json:
        reasons = [{"actions": list(each.actions), "reason": each.reason} for each in statements if each.reason]
        click.echo(json.dumps({"stack": stack, "policies": policies, "everyResource": reasons}, indent=2))
    else:
        click.echo("\n\n".join(map(_words, statements)))
        click.echo(f"\nIt takes {len(policies)} managed policies; --part N prints one.")


def _statements(stack: str) -> tuple[Rights, ...]:
    path, file = _stack_file(stack)
    for section, key in _NAMES.items():
        region = file.scalar("config", f"cartesia:{section}", "region")
        name = file.scalar("config", f"cartesia:{section}", key)
        if region and name:
            return deployer_statements(types_of(section), region=region, name=name, stack=stack.rsplit("/", 1)[-1])
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


def _words(rights: Rights) -> str:
    lines = [*rights.resources, *(f"  {action}" for action in rights.actions)]
    return "\n".join([*lines, *([f"  why every resource: {rights.reason}"] if rights.reason else [])])
