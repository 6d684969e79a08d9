"""`cartesia-infra policy`: judge stacks by the policy pack."""

import functools
import operator
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from clients.engine import EngineError
from toolkit.policy.findings import Report
from toolkit.policy.formats import FORMATS
from toolkit.policy.judged import Judge
from toolkit.stack_option import stack_option

_PACK = Path(__file__).resolve().parents[2] / "policies"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True)
_EXAMPLE = """\
\b
Examples:
  cartesia-infra policy check --stack eks-prod
  cartesia-infra policy check --file export.json --format sarif --output policy.sarif
  cartesia-infra sandbox run -- cartesia-infra policy check --stack eks-dev --stack eks-prod
"""


@click.group()
def policy() -> None:
    """Judge stacks by the rules of the policy pack."""


@policy.command(epilog=_EXAMPLE)
@stack_option("Stack to preview and judge; may be given more than once.", multiple=True)
@click.option("--file", "states", multiple=True, type=_FILE, help="State to judge, from `pulumi stack export`.")
@click.option("--event-log", "logs", multiple=True, type=_FILE, help="Events of a preview that ran with the pack.")
@click.option(
    "--pack",
    type=click.Path(exists=True, file_okay=False, path_type=Path, resolve_path=True),
    default=_PACK,
    help="Folder of the policy pack.  [default: the checkout's]",
)
@click.option("--config", type=_FILE, help="JSON file with levels and parameters of rules.")
@click.option(
    "--charts/--no-charts", default=True, show_default=True, help="Render local charts and judge the pods they make."
)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write instead of printing.")
def check(
    stack: tuple[str, ...],
    states: tuple[Path, ...],
    logs: tuple[Path, ...],
    pack: Path,
    config: Path | None,
    charts: bool,
    form: str,
    as_json: bool,
    output: Path | None,
) -> None:
    """Judge stacks, changing nothing; the exit code is 1 where a mandatory rule is broken.

    A preview does not know every value, and what is not known cannot be judged: those rules are counted by name. An
    exported state has all values, and needs neither backend, cloud nor passphrase. Charts of releases that lie on this
    machine are rendered with Helm, without a cluster, and their pods judged too. Of a preview it is also judged what it
    would delete or replace.
    """
    if not stack and not states and not logs:
        raise click.UsageError("there is nothing to judge; name --stack, --file or --event-log")
    if config is not None and pack == _PACK:
        _require_known(config)
    try:
        judge = Judge(pack, config, Path.cwd(), charts)
        report = functools.reduce(operator.add, _reports(judge, stack, states, logs))
    except EngineError as error:
        raise click.ClickException(str(error)) from error
    text = FORMATS["json" if as_json else form](report)
    if output is None:
        click.echo(text)
    else:
        output.write_text(f"{text}\n", encoding="utf-8")
    if not report.fine:
        raise SystemExit(1)


def _require_known(config: Path) -> None:
    """Refuse a configuration of the checkout's pack with names that the engine would pass over."""
    command = [sys.executable, "-m", f"{_PACK.name}.configuration", str(config)]
    done = subprocess.run(command, cwd=_PACK.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(done.stderr.strip())


def _reports(
    judge: Judge, stacks: tuple[str, ...], states: tuple[Path, ...], logs: tuple[Path, ...]
) -> Iterator[Report]:
    """One report for each thing to judge; progress goes to standard error."""
    for name in stacks:
        click.echo(f"previewing {name}", err=True)
        yield judge.preview(name)
    for file in states:
        click.echo(f"judging {file.name}", err=True)
        yield judge.state(file)
    for file in logs:
        yield judge.log(file)
