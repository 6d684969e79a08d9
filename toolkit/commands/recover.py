"""`cartesia-infra recover`: one command after a killed update."""

import contextlib
import datetime as dt
import functools
import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from clients.engine import Engine, EngineError
from toolkit.beats import beats
from toolkit.recovery.adopt import adopt, undo_replacements
from toolkit.recovery.backend import BucketError
from toolkit.recovery.checkpoint import replace_state
from toolkit.recovery.cures import begin_cures, condition_lines, condition_rows, look
from toolkit.recovery.half_made import HalfMade
from toolkit.recovery.helm import Action, Case, inspect, settle
from toolkit.recovery.inventory import CommandInventory, Inventory, InventoryError, NoInventory, TaggingInventory
from toolkit.recovery.lock import Lock, LockAction, look_at_lock
from toolkit.recovery.lock import take_lock as take_lock_of
from toolkit.recovery.owner import Life
from toolkit.recovery.pending import pending_creates, recorded_ids
from toolkit.recovery.plan import Decision, Plan, Step, ids_follow_from_inputs, make_plan
from toolkit.recovery.project import Project, backend_url, find_project
from toolkit.recovery.releases import releases_of
from toolkit.recovery.sidecars import cut_sidecars, drop_cut_sidecars
from toolkit.recovery.turn import TurnTakenError, turn
from toolkit.recovery.wording import creation_lines, release_lines, release_rows
from toolkit.stack_option import stack_option

_EXAMPLE = """
\b
Examples:
  cartesia-infra recover --stack eks-prod --dry-run
  cartesia-infra recover --stack eks-prod --up
  cartesia-infra sandbox run -- cartesia-infra recover --stack eks-dev --up
"""


@click.command(epilog=_EXAMPLE)
@stack_option("Stack whose update was killed.", required=True)
@click.option("--region", help="AWS region to look for unrecorded objects in.  [default: the stack file's]")
@click.option(
    "--adopt", "chosen", multiple=True, metavar="URN=ID", help="Say which object an unfinished creation made."
)
@click.option(
    "--forget", "forgotten", multiple=True, metavar="URN", help="Say that an unfinished creation made nothing."
)
@click.option("--up", "then_up", is_flag=True, help="Run `pulumi up` afterwards.")
@click.option("--take-lock", is_flag=True, help="Say that an update which cannot be looked at from here is dead.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken and done, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def recover(
    stack: str,
    region: str | None,
    chosen: tuple[str, ...],
    forgotten: tuple[str, ...],
    then_up: bool,
    take_lock: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a stack whole after its update was killed.

    Takes the dead update's lock, looks in the cloud for every object that was being created and not yet recorded,
    takes those over by id, settles Helm releases that were left in the middle, and reads the whole state again. What
    cannot be decided is named, with the ids that fit, and left pending; the exit code is then 1.

    An update that is alive keeps its lock. For one on another machine, user, host and age are named and you are asked
    whether it is dead; scripts say so with --take-lock.
    """
    choices = _choices(chosen, forgotten)
    try:
        site = _site(stack)
        with contextlib.nullcontext() if dry_run else turn(site.backend, site.name, stack):
            with beats("recover", at_once=False) as say:
                say(f"looking who holds {stack}")
                lock = look_at_lock(site.backend, site.name, stack)
            _clear_the_way(site, lock, stack, given=take_lock, dry_run=dry_run)
            whole = _recover(site, lock, choices, region, then_up=then_up, dry_run=dry_run, as_json=as_json)
    except (BucketError, EngineError, InventoryError, TurnTakenError) as error:
        raise click.ClickException(str(error)) from error
    if not whole:
        raise SystemExit(1)


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a recovery works."""

    engine: Engine
    backend: str
    """Address of the backend."""
    project: Project | None

    @property
    def name(self) -> str:
        """Name of the project."""
        return self.project.name if self.project else ""


def _site(stack: str) -> _Site:
    return _Site(Engine(stack), backend_url(), find_project(Path.cwd()))


def _clear_the_way(site: _Site, lock: Lock, stack: str, *, given: bool, dry_run: bool) -> None:
    """Take the lock of a dead update, and remove what a kill left of the backend's own files; a dry run says so."""
    now = dt.datetime.now(dt.UTC)
    if dry_run:
        for file in cut_sidecars(site.backend):
            _to_stderr(f"the metadata file {file} is cut and would be removed; the state can be read only then")
        return
    held = "\n".join(lock.lines(now))
    if lock.action is LockAction.REFUSE:
        pids = " ".join(str(owner.pid) for owner in lock.owners if owner.life is Life.ALIVE)
        raise click.ClickException(
            f"stack {stack} is being updated, and nothing was changed:\n{held}\n"
            f"wait for it; if it hangs, end it first (kill {pids})"
        )
    if lock.action is LockAction.ASK and not given:
        _ask(stack, held)
    if lock.owners:
        _to_stderr(held)
    take_lock_of(lock, site.engine.cancel)
    for file in drop_cut_sidecars(site.backend):
        _to_stderr(f"removed the cut metadata file {file}")


def _ask(stack: str, held: str) -> None:
    if not sys.stdin.isatty():
        raise click.ClickException(
            f"stack {stack} may be in the middle of an update, and nothing was changed:\n{held}\n"
            "make sure that no update runs, then add --take-lock"
        )
    click.echo(held, err=True)
    click.confirm("Is that update dead?", abort=True, err=True)


def _recover(
    site: _Site,
    lock: Lock,
    choices: Mapping[str, str | None],
    region: str | None,
    *,
    then_up: bool,
    dry_run: bool,
    as_json: bool,
) -> bool:
    """Plan, print and, unless it is a dry run, carry out; returns whether the stack is whole afterwards."""
    engine, stack = site.engine, site.engine.stack
    where = region or (site.project.region_of(stack) if site.project else None)
    with beats("recover", at_once=False) as say:
        say("reading the state")
        exported = engine.export()
        say("looking for unrecorded objects in the cloud")
        pending = pending_creates(exported)
        inventory = NoInventory() if ids_follow_from_inputs(pending) else _inventory(where)
        found = make_plan(pending, stack, inventory, recorded_ids(exported))
        plan = _with_choices(found, choices)
        say("asking Helm for the releases")
        cases = inspect(releases_of(exported), engine.kubeconfig)
    ill = _look(exported, where)
    if as_json:
        click.echo(json.dumps(_as_data(plan, cases, lock, dry_run=dry_run) | ill.data(), indent=2))
    else:
        held = lock.lines(dt.datetime.now(dt.UTC)) if dry_run else []
        click.echo("\n".join([_as_text(plan, cases, dry_run=dry_run), *ill.lines(), *held]))
    whole = ill.known and not plan.of(Decision.ASK) and all(case.verdict.action is not Action.BY_HAND for case in cases)
    if dry_run:
        return whole and lock.action in (LockAction.NOTHING, LockAction.TAKE)
    whole = settle(cases, _to_stderr) and whole
    _apply(site, lock, exported, plan)
    write = functools.partial(replace_state, engine, lock.bucket, site.name)
    going_on = begin_cures(engine, write, _look(engine.export(), where).found, _to_stderr)
    if not (then_up and whole and going_on):
        return whole and going_on
    engine.up(_to_stderr)
    left = _look(engine.export(), where)
    if left.found:
        _to_stderr("\n".join(["after the update these are not in service:", *left.lines()]))
    return left.known and not left.found


def _apply(site: _Site, lock: Lock, exported: Mapping[str, Any], plan: Plan) -> None:
    engine, show = site.engine, _to_stderr
    if plan.steps:
        replace_state(engine, lock.bucket, site.name, exported, adopt(exported, plan))
    engine.refresh(show)
    if plan.of(Decision.TAKE_OVER):
        refreshed = engine.export()
        repaired = undo_replacements(exported, refreshed)
        if repaired is not None:
            replace_state(engine, lock.bucket, site.name, refreshed, repaired)


@dataclass(frozen=True, slots=True)
class _Ill:
    """What is recorded and not in service."""

    found: tuple[HalfMade, ...]
    known: bool
    """Whether the cloud could be asked."""

    def lines(self) -> list[str]:
        return condition_lines(self.found)

    def data(self) -> dict[str, Any]:
        return {"notInService": condition_rows(self.found) if self.known else None}


def _look(exported: Mapping[str, Any], region: str | None) -> _Ill:
    try:
        return _Ill(look(exported, region), known=True)
    except InventoryError as error:
        _to_stderr(f"whether all is in service is not known: {error}")
        return _Ill((), known=False)


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)


def _inventory(region: str | None) -> Inventory:
    command = os.environ.get("CARTESIA_INVENTORY_COMMAND")
    if command:
        return CommandInventory(tuple(shlex.split(command)))
    import boto3  # costs a quarter of a second, and the sandbox does not need it

    if not region and not boto3.Session().region_name:
        raise click.UsageError("the stack file names no region; name it, e.g. --region us-west-2")
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


def _as_data(plan: Plan, cases: Sequence[Case], lock: Lock, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dryRun": dry_run,
        "lock": lock.as_data(),
        "unfinishedCreations": [
            {"urn": step.pending.urn, "type": step.pending.type, "decision": step.decision.value, "ids": list(step.ids)}
            for step in plan.steps
        ],
        "helmReleases": release_rows(cases),
    }


def _as_text(plan: Plan, cases: Sequence[Case], *, dry_run: bool) -> str:
    return "\n".join([creation_lines(plan, dry_run=dry_run), *release_lines(cases)])
