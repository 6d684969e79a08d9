"""`cartesia-infra secrets`: which secrets there are, who reads them, and the rotation of one."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from clients.engine import Engine, EngineError
from core.input.problems import nearest
from core.secrets.table import SECRETS, Secret
from toolkit.overview.tables import columns_option, room, table
from toolkit.secrets.rollout import State
from toolkit.secrets.rotation import Refused, Report, Rotation, carry_out, plan_rotation
from toolkit.secrets.source import source_of, take_value
from toolkit.stack_option import stack_option

_LIST_EXAMPLE = """
\b
Examples:
  cartesia-infra secrets list
  cartesia-infra secrets list --stack eks-prod --json
"""
_ROTATE_EXAMPLE = """
\b
Examples:
  cartesia-infra secrets rotate apiKey --stack eks-prod --file api-key --dry-run
  cartesia-infra secrets rotate apiKey --stack eks-prod --file - --yes < api-key
  cartesia-infra sandbox run -- cartesia-infra secrets rotate apiKey --stack eks-dev
"""


@click.group()
def secrets() -> None:
    """The secrets of a stack: which there are, who reads them, and the rotation of one."""


@secrets.command("list", epilog=_LIST_EXAMPLE)
@stack_option("Also say where this stack takes each from.")
@columns_option()
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_secrets(stack: str | None, columns: int | None, as_json: bool) -> None:
    """List the secrets that stacks take, what each opens and which workloads read it. Shows no value."""
    try:
        given = Engine(stack).settings() if stack else None
    except EngineError as error:
        raise click.ClickException(str(error)) from error
    rows = [_row(secret, given) for secret in SECRETS.values()]
    click.echo(json.dumps({"secrets": rows}, indent=2) if as_json else _as_table(rows, room(columns)))


@secrets.command(epilog=_ROTATE_EXAMPLE)
@click.argument("key")
@stack_option("Stack that uses the secret.", required=True)
@click.option("--file", "file", metavar="FILE|-", help="File with the new value; - reads standard input.")
@click.option("--dry-run", is_flag=True, help="Check the value, say what would change and restart, and change nothing.")
@click.option("--yes", is_flag=True, help="Go on although the update would change other things too.")
@click.option("--no-restart", is_flag=True, help="Leave the old value with the pods until they start again.")
@click.option(
    "--timeout-seconds",
    type=click.FloatRange(min=1),
    default=1800,
    show_default=True,
    help="How long to wait for the new pods.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def rotate(
    key: str,
    stack: str,
    file: str | None,
    dry_run: bool,
    yes: bool,
    no_restart: bool,
    timeout_seconds: float,
    as_json: bool,
) -> None:
    """Give a stack a new value for one secret, and restart exactly the pods that read it.

    The value is checked first, and the stack is previewed: if the update would change anything else, that is named and
    you are asked. Then the value goes encrypted into the stack file, the update runs, and every workload whose pods
    read the changed Kubernetes secret is restarted by its own strategy.

    Where an environment variable names a file with the secret, that file is what has to change: change it, then run
    this without --file. A run that was cut short can be run again.
    """
    from clients.kubernetes import BadKubeconfig, KubeError  # costs a tenth of a second

    secret = _named(key)
    engine = Engine(stack)
    try:
        value = take_value(engine, secret, file)
        rotation = plan_rotation(engine, secret, value)
        if not dry_run:
            _ask(rotation, agreed=yes, askable=file != "-")
            report = carry_out(engine, rotation, None if no_restart else timeout_seconds, _to_stderr)
        else:
            report = Report(rotation, rotation.readers)
    except (EngineError, BadKubeconfig, KubeError, Refused) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(report.as_data(dry_run=dry_run), indent=2) if as_json else report.as_text(dry_run=dry_run))
    if any(each.state in (State.FAILED, State.BY_HAND) for each in report.stages):
        raise SystemExit(1)


def _named(key: str) -> Secret:
    if key not in SECRETS:
        raise click.UsageError(f"there is no such secret; {nearest(key, SECRETS)}")
    return SECRETS[key]


def _ask(rotation: Rotation, *, agreed: bool, askable: bool) -> None:
    if not rotation.others or agreed:
        return
    head = f"the update of {rotation.stack} would change more than the secret:"
    lines = "\n".join([head, *(f"  {each}" for each in rotation.others)])
    if not askable or not sys.stdin.isatty():
        raise Refused(f"{lines}\nnothing was changed; run `pulumi up` for these first, or add --yes")
    click.echo(lines, err=True)
    click.confirm("Change all of it?", abort=True, err=True)


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)


def _row(secret: Secret, given: Iterable[str] | None) -> dict[str, Any]:
    made = [
        {"name": each.secret_name, "readers": list(each.readers), "airGapped": each.air_gapped}
        for each in secret.arguments
    ]
    row: dict[str, Any] = {
        "key": secret.key,
        "variable": secret.variable,
        "meaning": secret.meaning,
        "opens": secret.opens,
        "kubernetesSecrets": made,
    }
    return row if given is None else row | {"source": source_of(secret, given)}


def _as_table(rows: list[dict[str, Any]], columns: int) -> str:
    head, more = ("KEY", "OPENS", "KUBERNETES SECRET", "READ BY"), any("source" in row for row in rows)
    lines = [
        (row["key"], row["opens"], made["name"], ", ".join(made["readers"]))
        + ((row["source"] or "not set",) if more else ())
        for row in rows
        for made in row["kubernetesSecrets"]
    ]
    return table(*head, *(("SOURCE",) if more else ()), rows=lines, columns=columns)
