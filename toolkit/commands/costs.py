"""`cartesia-infra costs`: what of a stack costs money, and how much at prices that you give."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from clients.engine import Engine, EngineError
from core.aws.costs import Driver, Prices, Sum, cost_drivers, read_prices, total
from core.input.problems import InvalidInput, Problems
from toolkit.overview.tables import columns_option, room, table
from toolkit.plain_errors import plain_errors
from toolkit.stack_option import stack_option

__all__ = ["costs"]

_EXAMPLE = """
\b
Examples:
  cartesia-infra costs --stack eks-prod
  cartesia-infra costs --stack eks-prod --prices prices.yaml
  cartesia-infra sandbox run -- cartesia-infra costs --stack eks-prod --json
"""


@click.command(epilog=_EXAMPLE)
@stack_option("Stack to count: what it has, and what its next update would add or take away.", required=True)
@click.option(
    "--prices",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file with your prices: `currency`, `hourly`, `monthly`; each by the names that are printed.",
)
@columns_option()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def costs(stack: str, prices: Path | None, columns: int | None, as_json: bool) -> int:
    """Count what costs money on AWS, by type, without load and at most.

    What runs is taken from a preview, so a stack that is not there yet is counted too, in the sandbox without an
    account. Traffic, logs, volumes and load balancers cost by use and are not in it. Exit code 1 where a price is
    missing.
    """
    given = _prices(prices) if prices else None
    with plain_errors(EngineError):
        drivers = cost_drivers(_planned(Engine(stack)))
    found = total(drivers, given) if given else None
    if as_json:
        click.echo(json.dumps(_as_data(stack, drivers, given, found), indent=2))
    else:
        click.echo("\n".join(_lines(drivers, given, found, room(columns))))
    return 1 if found is not None and found.missing else 0


def _prices(file: Path) -> Prices:
    problems = Problems()
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise click.BadParameter(
            f"{file} cannot be read: {' '.join(str(error).split())}", param_hint="--prices"
        ) from None
    read = read_prices(content, problems)
    if problems:
        raise InvalidInput(str(file), list(problems))
    return read


def _planned(engine: Engine) -> list[Mapping[str, Any]]:
    """The resources of a stack as they are after its next update."""
    rows = {row["urn"]: row for row in engine.export().get("deployment", {}).get("resources") or ()}
    for step in engine.changes():
        new = step.get("newState")
        if step.get("op") == "delete":
            rows.pop(step["urn"], None)
        elif new and step.get("op") not in ("read", "refresh"):
            rows[step["urn"]] = new
    return list(rows.values())


def _as_data(stack: str, drivers: Sequence[Driver], prices: Prices | None, found: Sum | None) -> dict[str, Any]:
    month = None
    if prices is not None and found is not None:
        month = {"currency": prices.currency, "always": found.always, "most": found.most, "missing": found.missing}
    rows = [{"items": each.items, "always": each.always, "most": each.most} for each in drivers]
    return {"stack": stack, "drivers": rows, "month": month}


def _lines(drivers: Sequence[Driver], prices: Prices | None, found: Sum | None, columns: int) -> list[str]:
    rows = [(str(each), str(each.always), str(each.most)) for each in drivers]
    lines = [table("WHAT", "ALWAYS", "MOST", rows=rows, columns=columns)]
    if prices is None or found is None:
        return [*lines, "Give --prices for sums; traffic, logs, volumes and load balancers come on top."]
    missing = [f"no price for {item}" for item in found.missing]
    at_least = "at least " if missing else ""
    money = f"a month: {at_least}{found.always:,.2f} to {found.most:,.2f} {prices.currency}".rstrip()
    return [*lines, *missing, f"{money}; traffic, logs, volumes and load balancers come on top."]
