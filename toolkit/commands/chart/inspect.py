"""`cartesia-infra release inspect`: the `keyPaths` of a chart that nobody has seen, found by rendering it."""

import json
import sys
from pathlib import Path

import click

from clients.helm import HelmMissingError
from core.bundle.lock import DEFAULT_LOCK, DEFAULT_STORE, verified_chart
from core.input.problems import InvalidInput, Problem
from toolkit.bundle.inspection import as_data, as_yaml, inspect_chart
from toolkit.bundle.lockfile import read_lock

_EXAMPLE = """\
\b
Examples:
  cartesia-infra release inspect
  cartesia-infra release inspect --chart cartesia-kube/cartesia --json
"""


@click.command(short_help="Propose the keyPaths of a chart, each tried by rendering.", epilog=_EXAMPLE)
@click.option(
    "--chart",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the chart.  [default: the locked archive's]",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=DEFAULT_STORE,
    show_default=True,
    envvar="CARTESIA_BUNDLE_STORE",
    help="Where archives are kept.",
)
@click.option(
    "--lock-file",
    type=click.Path(path_type=Path),
    default=DEFAULT_LOCK,
    show_default=True,
    envvar="CARTESIA_LOCK_FILE",
    help="The lock file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def inspect(chart: Path | None, store: Path, lock_file: Path, as_json: bool) -> int:
    """Propose the `keyPaths` block of a chart, for the `release` section of a stack file.

    Marked values are put at the chart's own keys, the chart is rendered with Helm, and a path is proposed where its
    mark came out in the right place: the name of a pull secret in `imagePullSecrets`, a host in the Ingress. A path
    whose meaning stays open is not proposed but listed. Nothing is changed, and no cluster is asked.

    Exit code 1 says that something was left open.
    """
    chart = chart or _locked(store, lock_file)
    try:
        found = inspect_chart(chart, _show if sys.stderr.isatty() else lambda _: None)
    except HelmMissingError as error:
        raise click.ClickException(
            f"{error}; install Helm 3, or run this with `cartesia-infra sandbox run --`"
        ) from None
    finally:
        if sys.stderr.isatty():
            click.echo("\r\x1b[2K", nl=False, err=True)
    click.echo(json.dumps(as_data(chart, found), indent=2) if as_json else as_yaml(chart, found))
    return 1 if found.unclear else 0


def _locked(store: Path, lock_file: Path) -> Path:
    lock = read_lock(lock_file)
    if lock is None:
        fix = "run `cartesia-infra release fetch` first, or name a chart with --chart"
        raise InvalidInput("release inspect", [Problem(str(lock_file), "must be a lock file", "no such file", fix)])
    return verified_chart(store, lock)


def _show(count: int) -> None:
    click.echo(f"\r\x1b[2Krendering the chart, {count}", nl=False, err=True)
