"""`cartesia-infra logs`: what the containers wrote about one request, found by its `context_id`."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from clients.aws import AwsError
from toolkit.plain_errors import plain_errors
from toolkit.sagemaker.site import EndpointSite, site_of
from toolkit.stack_option import stack_option

_EXAMPLE = """
\b
Examples:
  cartesia-infra logs --stack sagemaker-prod --context-id 7f3c9a
  cartesia-infra logs --stack sagemaker-prod --context-id call-4711 --since 6h --json
"""

_SPAN = re.compile(r"(?P<count>[1-9]\d{0,4})(?P<unit>[smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class _Span(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs alone
    """`90s`, `15m`, `2h`, `3d`."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.timedelta:
        """A duration."""
        if isinstance(value, dt.timedelta):
            return value
        found = _SPAN.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is not a span such as 90s, 15m, 2h or 3d", param, ctx)
        return dt.timedelta(**{_UNITS[found["unit"]]: int(found["count"])})


@click.command(epilog=_EXAMPLE)
@stack_option("Stack of the endpoint.", required=True)
@click.option("--context-id", required=True, help="The request's context_id, or a part of it.")
@click.option("--since", type=_Span(), default="1h", show_default=True, help="How far back to look: 90s, 15m, 2h, 3d.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="Most lines.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON.")
def logs(stack: str, context_id: str, since: dt.timedelta, limit: int, as_json: bool) -> int:
    """Print the lines of the containers' logs that name a request.

    The server's own id of a request ends in its context_id. Lines may hold what was spoken, as the container decides.
    Exit code 1 when no line names it.
    """
    site = site_of(stack, "logs")
    with plain_errors(AwsError):
        found = list(_events(site, context_id, since, limit))
    if as_json:
        click.echo(json.dumps({"stack": stack, "logGroup": site.log_group, "events": found}, indent=2))
    else:
        for event in found:
            click.echo(f"{event['time']} {event['stream']} {event['message']}")
        if not found:
            click.echo(f"no line of {site.log_group} names {context_id}; look further back with --since", err=True)
    return 0 if found else 1


def _events(site: EndpointSite, context_id: str, since: dt.timedelta, limit: int) -> Iterator[dict[str, str]]:
    # In quotes the filter looks for the text itself, whatever characters are in it.
    pattern = '"' + context_id.replace("\\", "\\\\").replace('"', '\\"') + '"'
    start = dt.datetime.now(dt.UTC) - since
    pages = site.access.client("logs").get_paginator("filter_log_events")
    try:
        answers = pages.paginate(
            logGroupName=site.log_group,
            filterPattern=pattern,
            startTime=int(start.timestamp() * 1000),
            PaginationConfig={"MaxItems": limit},
        )
        for answer in answers:
            yield from map(_told, answer["events"])
    except (BotoCoreError, ClientError) as error:
        raise AwsError(str(error)) from error


def _told(event: dict[str, Any]) -> dict[str, str]:
    when = dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC)
    return {
        "time": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "stream": event["logStreamName"],
        "message": event["message"].rstrip("\n"),
    }
