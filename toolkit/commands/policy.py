"""`cartesia-infra policy`: judge stacks by the policy pack."""

import functools
import operator
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from clients.engine import Engine, EngineError, Events, analyze, events_in
from toolkit.policy.findings import Report, read_report
from toolkit.policy.formats import FORMATS
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
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write instead of printing.")
def check(
    stack: tuple[str, ...],
    states: tuple[Path, ...],
    logs: tuple[Path, ...],
    pack: Path,
    config: Path | None,
    form: str,
    as_json: bool,
    output: Path | None,
) -> None:
    """Judge stacks, changing nothing; the exit code is 1 where a mandatory rule is broken.

    A preview does not know every value, and what is not known cannot be judged: those rules are counted by name. An
    exported state has all values, and needs neither backend, cloud nor passphrase.
    """
    if not stack and not states and not logs:
        raise click.UsageError("there is nothing to judge; name --stack, --file or --event-log")
    if config is not None and pack == _PACK:
        _require_known(config)
    try:
        report = functools.reduce(operator.add, _reports(stack, states, logs, pack, config))
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
    stacks: tuple[str, ...], states: tuple[Path, ...], logs: tuple[Path, ...], pack: Path, config: Path | None
) -> Iterator[Report]:
    """One report for each thing to judge; progress goes to standard error."""
    for name in stacks:
        click.echo(f"previewing {name}", err=True)
        yield read_report(Engine(name).preview(pack, config))
    for file in states:
        click.echo(f"judging {file.name}", err=True)
        yield read_report(analyze(file, pack, config))
    for file in logs:
        yield read_report(_logged(file))


def _logged(file: Path) -> Events:
    """The events of a file; one in which no pack spoke says nothing, so it is refused."""
    events = tuple(events_in(file.read_text(encoding="utf-8").splitlines()))
    if not any("policyAnalyzeSummaryEvent" in event or "policyEvent" in event for event in events):
        raise EngineError(f"{file.name} holds no event of a policy pack; make it by a preview with --policy-pack")
    summaries = [event["summaryEvent"] for event in events if "summaryEvent" in event]
    return Events(events, not summaries or summaries[-1].get("result") == "failed", "")
