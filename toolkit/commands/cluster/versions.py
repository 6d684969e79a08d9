"""`cartesia-infra versions`: what a stack pins of AWS's versions, what is newest, and the change between them."""

import json
import os
import shlex
from pathlib import Path
from typing import Any

import click
import yaml

from core.input.problems import InvalidInput, Problem
from core.input.stack_edit import with_settings
from core.input.stack_names import meant_stack, stack_names
from toolkit.overview.tables import columns_option, room
from toolkit.stack_option import stack_option
from toolkit.versions.pins import Comparison, compare
from toolkit.versions.published import AwsPublished, CommandPublished, Published, PublishedError

_STACKS = Path(__file__).resolve().parents[3] / "stacks"
_COMMAND = "CARTESIA_VERSIONS_COMMAND"
_EXAMPLE = """\
\b
Examples:
  cartesia-infra versions --stack eks-prod
  cartesia-infra versions --stack eks-prod --write
  cartesia-infra versions --stack eks-prod --upgrade --write
"""


@click.command(epilog=_EXAMPLE)
@stack_option("Stack whose file is read.", required=True)
@click.option("--write", is_flag=True, help="Put the newest versions into the stack file; comments stay.")
@click.option("--upgrade", is_flag=True, help="Take the next version of Kubernetes, with its add-ons and images.")
@click.option("--profile", help="Profile of the AWS configuration.  [default: the stack file's]")
@columns_option()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def versions(stack: str, write: bool, upgrade: bool, profile: str | None, columns: int | None, as_json: bool) -> int:
    """Compare what a stack pins of AWS's versions with what AWS has published: Kubernetes, add-ons, node images.

    Nothing of AWS is changed: `--write` edits the stack file, which `pulumi preview` and `pulumi up` then show and
    do. Needs `eks:DescribeClusterVersions`, `eks:DescribeAddonVersions` and `ssm:GetParameter`.

    Exit code 1 says that something could be newer, and was not written.
    """
    path = _STACKS / f"Pulumi.{stack}.yaml"
    text = _read(stack, path)
    file = yaml.safe_load(text)
    try:
        found = compare(stack, file, _published(file, profile), upgrade=upgrade)
    except PublishedError as error:
        raise click.ClickException(str(error)) from error
    written = _write(path, text, found) if write and found.behind else None
    if as_json:
        click.echo(json.dumps(found.as_data(written), indent=2))
    else:
        click.echo(found.as_text(room(columns)))
        if written:
            click.echo(f"\nwrote {written}; look at it with `git diff`, then `pulumi preview --stack {stack}`")
    return 1 if found.behind and not write else 0


def _read(stack: str, path: Path) -> str:
    if not path.is_file():
        known = stack_names(_STACKS)
        raise InvalidInput("versions", [Problem("--stack", "must be a stack", stack, meant_stack(stack, known))])
    text = path.read_text(encoding="utf-8")
    try:
        has_cluster = isinstance((yaml.safe_load(text).get("config") or {}).get("cartesia:eks"), dict)
    except (yaml.YAMLError, AttributeError):
        raise InvalidInput("versions", [Problem(path.name, "must be a stack file", "", "repair it")]) from None
    if not has_cluster:
        raise InvalidInput("versions", [Problem("--stack", "must be a stack on EKS", stack, "name another")])
    return text


def _published(file: dict[str, Any], profile: str | None) -> Published:
    if command := os.environ.get(_COMMAND):
        return CommandPublished.run(shlex.split(command))
    import boto3
    from botocore.exceptions import BotoCoreError

    config = file["config"]
    region = config["cartesia:eks"].get("region")
    profile = profile or (config.get("cartesia:aws") or {}).get("profile")
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        return AwsPublished(session.client("eks"), session.client("ssm"))
    except BotoCoreError as error:
        raise PublishedError(f"AWS could not be asked: {error}") from error


def _write(path: Path, text: str, found: Comparison) -> str:
    """Put what is newest into the file; the name of the file."""
    unknown = [pin.name for pin in found.pins if pin.newest is None]
    if unknown and found.pins[0].behind:
        rule = (
            f"must have all its parts: AWS has published none of {', '.join(unknown)} for Kubernetes {found.kubernetes}"
        )
        raise InvalidInput("versions", [Problem("--upgrade", rule, "", "try it again later")])
    changes = {pin.path: str(pin.newest) for pin in found.behind}
    changed = with_settings(text, changes, path.name)
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(changed, encoding="utf-8")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return f"stacks/{path.name}"
