"""`cartesia-infra endpoint`: what really runs behind a SageMaker endpoint, and one that the state does not know."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from clients.aws import AwsError, live_endpoint
from clients.engine import Engine, EngineError
from core.sagemaker.live_endpoint import IN_SERVICE, LiveEndpoint
from toolkit.plain_errors import plain_errors
from toolkit.sagemaker.site import ENDPOINT, LOG_GROUP, EndpointSite, recorded_endpoint, site_of
from toolkit.stack_option import stack_option

_EXAMPLE = """
\b
Examples:
  cartesia-infra endpoint status --stack sagemaker-prod
  cartesia-infra endpoint counts --stack sagemaker-prod
  cartesia-infra endpoint adopt --stack sagemaker-prod --dry-run
"""


@click.group(epilog=_EXAMPLE)
def endpoint() -> None:
    """Look at a SageMaker endpoint as AWS runs it, and settle one that the state does not know."""


@endpoint.command(epilog=_EXAMPLE)
@stack_option("Stack of the endpoint.", required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def status(stack: str, as_json: bool) -> int:
    """Compare the configuration that answers calls with the one that the stack last asked for.

    Exit code 1 when they differ, when AWS undid an update or when the endpoint is not in service; AWS's reason and what
    to run next are told.
    """
    site = site_of(stack, "endpoint status")
    with plain_errors(EngineError, AwsError):
        recorded = recorded_endpoint(Engine(stack).export())
        live = live_endpoint(site.access, site.endpoint)
    report = _report(site, live, recorded)
    click.echo(json.dumps(report, indent=2) if as_json else _as_text(report))
    return 0 if report["fine"] else 1


@endpoint.command(epilog=_EXAMPLE)
@stack_option("Stack of the endpoint.", required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def counts(stack: str, as_json: bool) -> None:
    """Print the instances that run now, as the stack file takes them for an update that keeps the fleet's size."""
    site = site_of(stack, "endpoint counts")
    live = _live(site)
    if as_json:
        click.echo(json.dumps({"stack": stack, "endpoint": site.endpoint, "instances": live.largest}, indent=2))
        return
    click.echo("variants:")
    for name, count in live.largest.items():
        click.echo(f"  {name}:\n    instances: {count}")


@endpoint.command(epilog=_EXAMPLE)
@stack_option("Stack of the endpoint.", required=True)
@click.option("--dry-run", is_flag=True, help="Say what would be taken over, and change nothing.")
def adopt(stack: str, dry_run: bool) -> None:
    """Take what exists and is not in the state into the state: the endpoint, and the log group of its containers.

    A creation that takes longer than the provider waits leaves an endpoint; only one in service is taken. SageMaker
    makes the log group by itself where nobody did before. The next update goes on from both.
    """
    site = site_of(stack, "endpoint adopt")
    with plain_errors(EngineError, AwsError):
        engine = Engine(stack)
        exported = engine.export()
        lost = [type_ for type_ in (ENDPOINT, LOG_GROUP) if recorded_endpoint(exported, type_) is None]
        there = {type_: name for type_ in lost if (name := _existing(site, type_))}
        if not there:
            raise click.ClickException(f"everything of {site.endpoint} that exists is in the state of {stack} already")
        steps = engine.changes()
        entries = [_planned(steps, site, type_, name) for type_, name in there.items()]
        for entry in entries:
            click.echo(f"{'would take' if dry_run else 'takes'} {entry['id']} over as {entry['urn']}", err=not dry_run)
        if dry_run:
            return
        exported["deployment"].setdefault("resources", []).extend(entries)
        engine.replace_state(exported)
        engine.refresh(lambda line: click.echo(line, err=True))
    click.echo(f"{', '.join(there.values())} in the state of {stack}; run `pulumi up --stack {stack}`")


@endpoint.command(epilog=_EXAMPLE)
@stack_option("Stack of the endpoint.", required=True)
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(stack: str, dry_run: bool, yes: bool) -> None:
    """Delete an endpoint that exists and is not in the state, such as one whose creation failed.

    One that is in the state is the stack's own and is left to `pulumi destroy`.
    """
    site = site_of(stack, "endpoint delete")
    live = _live(site)
    with plain_errors(EngineError):
        if recorded_endpoint(Engine(stack).export()) is not None:
            raise click.ClickException(f"{site.endpoint} is in the state of {stack}; `pulumi destroy` deletes it")
    said = f"{site.endpoint} in {site.access.region}: {live.status}, {sum(live.largest.values())} instances"
    if dry_run:
        click.echo(f"would delete {said}")
        return
    if not yes:
        if not sys.stdin.isatty():
            raise click.ClickException(f"{said}; nothing was changed, add --yes to delete it")
        click.confirm(f"Delete {said}?", abort=True, err=True)
    with plain_errors(AwsError):
        site.access.call("sagemaker", "delete_endpoint", EndpointName=site.endpoint)
    click.echo(f"{site.endpoint} is being deleted; run `pulumi up --stack {stack}` when it is gone")


def _live(site: EndpointSite) -> LiveEndpoint:
    with plain_errors(AwsError):
        live = live_endpoint(site.access, site.endpoint)
    if live is None:
        raise click.ClickException(f"there is no endpoint {site.endpoint} in {site.access.region}")
    return live


def _existing(site: EndpointSite, type_: str) -> str:
    """Name of what is in AWS; empty where nothing is."""
    if type_ == LOG_GROUP:
        found = site.access.call("logs", "describe_log_groups", logGroupNamePrefix=site.log_group)
        return site.log_group if any(each["logGroupName"] == site.log_group for each in found["logGroups"]) else ""
    live = live_endpoint(site.access, site.endpoint)
    if live is None:
        return ""
    if live.status != IN_SERVICE:
        fix = "wait, then try again" if live.status in ("Creating", "Updating") else "delete it: endpoint delete"
        raise click.ClickException(f"{site.endpoint} is {live.status}, and only one in service is taken over; {fix}")
    return site.endpoint


def _planned(steps: list[dict[str, Any]], site: EndpointSite, type_: str, name: str) -> dict[str, Any]:
    """A resource as the program would create it, to be entered under its own id."""
    for step in steps:
        new = step.get("newState") or {}
        if step["op"] == "create" and new.get("type") == type_ and not new.get("external"):
            return {**new, "id": name, "custom": True, "outputs": {}}
    raise click.ClickException(f"the program of {site.stack} would not create {name}; is it another stack's?")


def _report(site: EndpointSite, live: LiveEndpoint | None, recorded: Mapping[str, Any] | None) -> dict[str, Any]:
    wanted = str((recorded or {}).get("inputs", {}).get("endpointConfigName") or "")
    findings = _findings(site, live, recorded is not None, wanted)
    variants = [
        {"name": each.name, "instances": each.instances, "desired": each.desired, "weight": each.weight}
        for each in (live.variants if live else ())
    ]
    return {
        "stack": site.stack,
        "endpoint": site.endpoint,
        "status": live.status if live else None,
        "wantedConfig": wanted or None,
        "liveConfig": live.config_name if live else None,
        "pendingConfig": (live.pending_config_name or None) if live else None,
        "reason": (live.reason or None) if live else None,
        "variants": variants,
        "findings": findings,
        "fine": not findings,
    }


def _findings(site: EndpointSite, live: LiveEndpoint | None, recorded: bool, wanted: str) -> list[str]:
    again = f"`pulumi up --stack {site.stack}`"
    if live is None:
        return [f"it is in the state and not in AWS; {again} makes it again"] if recorded else []
    found = []
    if not recorded:
        verb = "delete" if live.status == "Failed" else "adopt"
        found.append(f"it exists and is not in the state; `cartesia-infra endpoint {verb} --stack {site.stack}`")
    elif wanted and wanted != live.config_name:
        found.append(
            f"it runs {live.config_name} and not {wanted}: AWS undid the update or has not ended it; mend the cause, "
            f"then {again}"
        )
    if live.status != IN_SERVICE:
        found.append(f"it is {live.status}")
    return found


def _as_text(report: Mapping[str, Any]) -> str:
    keys = ("status", "liveConfig", "wantedConfig", "pendingConfig", "reason")
    lines = [f"{key:<14} {report[key]}" for key in keys if report[key]]
    for each in report["variants"]:
        count = f"{each['instances']} instances"
        asked = f", {each['desired']} asked for" if each["desired"] != each["instances"] else ""
        lines.append(f"{each['name']:<14} {count}{asked}, weight {each['weight']:g}")
    lines += [f"finding        {finding}" for finding in report["findings"]]
    lines.append(f"{report['endpoint']}: {'fine' if report['fine'] else str(len(report['findings'])) + ' finding(s)'}")
    return "\n".join(lines)
