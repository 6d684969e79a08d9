"""`cartesia-infra recover`: one command after a killed update."""

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import click

from clients.engine import Engine, EngineError
from toolkit.plain_errors import plain_errors
from toolkit.recovery.adopt import adopt, undo_replacements
from toolkit.recovery.helm import Action, Case, inspect, settle
from toolkit.recovery.inventory import CommandInventory, Inventory, InventoryError, TaggingInventory
from toolkit.recovery.pending import pending_creates, recorded_ids
from toolkit.recovery.plan import Decision, Plan, Step, make_plan
from toolkit.recovery.releases import releases_of
from toolkit.recovery.sidecars import drop_cut_sidecars
from toolkit.recovery.wording import release_lines, release_rows

_EXAMPLE = """
\b
Examples:
  cartesia-infra recover --stack eks-prod --dry-run
  cartesia-infra recover --stack eks-prod --up
  cartesia-infra sandbox run -- cartesia-infra recover --stack eks-dev --up
"""


@click.command(epilog=_EXAMPLE)
@click.option("--stack", "-s", required=True, help="Stack whose update was killed.")
@click.option("--region", help="AWS region to look for unrecorded objects in; needed outside of the sandbox.")
@click.option(
    "--adopt", "chosen", multiple=True, metavar="URN=ID", help="Say which object an unfinished creation made."
)
@click.option(
    "--forget", "forgotten", multiple=True, metavar="URN", help="Say that an unfinished creation made nothing."
)
@click.option("--up", "then_up", is_flag=True, help="Run `pulumi up` afterwards.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def recover(
    stack: str,
    region: str | None,
    chosen: tuple[str, ...],
    forgotten: tuple[str, ...],
    then_up: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a stack whole after its update was killed.

    Removes the dead update's lock, looks in the cloud for every object that was being created and not yet recorded,
    takes those over by id, settles Helm releases that were left in the middle, and reads the whole state anew. What
    cannot be decided is named, with the ids that fit, and left pending; the exit code is then 1.
    """
    engine = Engine(stack)
    with plain_errors(EngineError, InventoryError):
        if not dry_run:
            for file in drop_cut_sidecars(os.environ.get("PULUMI_BACKEND_URL", "")):
                _to_stderr(f"removed the cut metadata file {file}")
            engine.cancel()
        exported = engine.export()
        pending = pending_creates(exported)
        plan = make_plan(pending, stack, _inventory(region), recorded_ids(exported))
        plan = _with_choices(plan, _choices(chosen, forgotten))
        cases = inspect(releases_of(exported), engine.kubeconfig)
        data, text = _as_data(plan, cases, dry_run=dry_run), _as_text(plan, cases, dry_run=dry_run)
        click.echo(json.dumps(data, indent=2) if as_json else text)
        whole = not plan.of(Decision.ASK) and all(case.verdict.action is not Action.BY_HAND for case in cases)
        if not dry_run:
            whole = settle(cases, _to_stderr) and whole
            _apply(engine, exported, plan, then_up=then_up and whole)
    if not whole:
        raise SystemExit(1)


def _apply(engine: Engine, exported: Mapping[str, Any], plan: Plan, *, then_up: bool) -> None:
    show = _to_stderr
    if plan.steps:
        engine.replace_state(adopt(exported, plan))
    engine.refresh(show)
    mended = undo_replacements(exported, engine.export()) if plan.of(Decision.TAKE_OVER) else None
    if mended is not None:
        engine.replace_state(mended)
    if then_up:
        engine.up(show)


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)


def _inventory(region: str | None) -> Inventory:
    command = os.environ.get("CARTESIA_INVENTORY_COMMAND")
    if command:
        return CommandInventory(tuple(shlex.split(command)))
    import boto3  # costs a quarter of a second, and the sandbox does not need it

    if not region and not boto3.Session().region_name:
        raise click.UsageError("--region is missing: name the AWS region of the stack, e.g. --region us-west-2")
    return TaggingInventory(boto3.client("resourcegroupstaggingapi", region_name=region))


def _choices(chosen: tuple[str, ...], forgotten: tuple[str, ...]) -> dict[str, str | None]:
    """The person's word: URN to id, None where nothing was made."""
    pairs: dict[str, str | None] = dict.fromkeys(forgotten)
    for choice in chosen:
        urn, separator, identifier = choice.rpartition("=")
        if not separator or not urn.startswith("urn:pulumi:") or not identifier:
            raise click.BadParameter(f"want URN=ID, got {choice!r}", param_hint="--adopt")
        if urn in forgotten:
            raise click.UsageError(f"{urn} is given to both --adopt and --forget; choose one")
        pairs[urn] = identifier
    return pairs


def _with_choices(plan: Plan, choices: Mapping[str, str | None]) -> Plan:
    unknown = set(choices) - {step.pending.urn for step in plan.steps}
    if unknown:
        raise click.UsageError(f"there is no unfinished creation of {', '.join(sorted(unknown))}; see --dry-run")
    return Plan(tuple(_chosen(step, choices) for step in plan.steps))


def _chosen(step: Step, choices: Mapping[str, str | None]) -> Step:
    if step.pending.urn not in choices:
        return step
    identifier = choices[step.pending.urn]
    decision = Decision.FORGET if identifier is None else Decision.TAKE_OVER
    return Step(step.pending, decision, (identifier,) if identifier else ())


def _as_data(plan: Plan, cases: Sequence[Case], *, dry_run: bool) -> dict[str, Any]:
    return {
        "dryRun": dry_run,
        "unfinishedCreations": [
            {"urn": step.pending.urn, "type": step.pending.type, "decision": step.decision.value, "ids": list(step.ids)}
            for step in plan.steps
        ],
        "helmReleases": release_rows(cases),
    }


_WORDS: Mapping[Decision, str] = {
    Decision.TAKE_OVER: "take over by id",
    Decision.FORGET: "not found in the cloud; the next update makes it",
    Decision.ASK: "several objects fit; choose one with --adopt URN=ID",
}
_UNSEEN = "cannot be looked for; find it in the cloud and say --adopt URN=ID, or --forget URN if it is not there"


def _as_text(plan: Plan, cases: Sequence[Case], *, dry_run: bool) -> str:
    return "\n".join([_creations(plan, dry_run=dry_run), *release_lines(cases)])


def _creations(plan: Plan, *, dry_run: bool) -> str:
    if not plan.steps:
        return "no unfinished creations" + (", nothing changed (dry run)" if dry_run else "; reading the state anew")
    head = f"{len(plan.steps)} unfinished creation(s)" + (", nothing changed (dry run):" if dry_run else ":")
    rows = [f"  {step.pending.type}  {step.pending.name}: {_words(step)}{_ids(step.ids)}" for step in plan.steps]
    return "\n".join([head, *rows, *(f"  {step.pending.urn}" for step in plan.of(Decision.ASK))])


def _words(step: Step) -> str:
    return _UNSEEN if step.decision is Decision.ASK and not step.ids else _WORDS[step.decision]


def _ids(ids: tuple[str, ...]) -> str:
    return f" ({', '.join(ids)})" if ids else ""
