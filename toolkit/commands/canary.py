"""`cartesia-infra canary`: move traffic to a variant with another package, and back, without a redeployment."""

import time
from collections.abc import Callable
from typing import Any

import click

from clients.aws import AwsError, live_endpoint
from core.sagemaker.live_endpoint import IN_SERVICE, SETTLED, LiveEndpoint
from core.sagemaker.weights import overload, steps_to, weights_for
from toolkit.plain_errors import plain_errors
from toolkit.sagemaker.site import EndpointSite, site_of
from toolkit.stack_option import stack_option

_EXAMPLE = """
\b
Examples:
  cartesia-infra canary to 10 --stack sagemaker-prod --variant canary
  cartesia-infra canary to 50 --stack sagemaker-prod --steps 4 --pause 300
  cartesia-infra canary promote --stack sagemaker-prod
  cartesia-infra canary back --stack sagemaker-prod
"""

_LONGEST_WAIT_SECONDS = 600.0

_F = Callable[..., Any]


def _options(command: _F) -> _F:
    for option in reversed(
        (
            stack_option("Stack of the endpoint.", required=True),
            click.option("--variant", default="canary", show_default=True, help="The variant on trial."),
            click.option("--dry-run", is_flag=True, help="Say which weights would be set, and change nothing."),
        )
    ):
        command = option(command)
    return command


_ANYWAY = click.option("--anyway", is_flag=True, help="Also where a variant has too few instances for its share.")


@click.group(epilog=_EXAMPLE)
def canary() -> None:
    """Try another package on a part of the calls: weights of variants, moved in AWS.

    A weight in the stack file redeploys the fleet; moved here it does not. The next update of the configuration sets
    the declared weights again.
    """


@canary.command(epilog=_EXAMPLE)
@click.argument("percent", type=click.FloatRange(0, 100))
@_options
@click.option("--steps", type=click.IntRange(1, 100), default=1, show_default=True, help="Equal steps on the way.")
@click.option("--pause", type=click.IntRange(0), default=60, show_default=True, help="Seconds between two steps.")
@_ANYWAY
def to(percent: float, stack: str, variant: str, dry_run: bool, steps: int, pause: int, anyway: bool) -> None:
    """Give the variant PERCENT of the calls. A step after which the endpoint is not in service goes back at once."""
    trial = _Trial(site_of(stack, "canary to"), variant)
    live = trial.ready()
    trial.check(live, percent, anyway=anyway)
    now = trial.share(live)
    for number, share in enumerate(steps_to(percent, now, steps)):
        if number and not dry_run:
            time.sleep(pause)
        trial.move(share, back_to=now, dry_run=dry_run)


@canary.command(epilog=_EXAMPLE)
@_options
@_ANYWAY
def promote(stack: str, variant: str, dry_run: bool, anyway: bool) -> None:
    """Give the variant all calls. It needs as many instances as serve now; the others stay, without calls."""
    trial = _Trial(site_of(stack, "canary promote"), variant)
    live = trial.ready()
    trial.check(live, 100.0, anyway=anyway)
    trial.move(100.0, back_to=trial.share(live), dry_run=dry_run)
    click.echo(
        "to make it permanent, set modelPackageArn to the package of this variant, give the main variant its "
        f"instances, drop the variant, and run `pulumi up --stack {stack}`; to undo it: canary back"
    )


@canary.command(epilog=_EXAMPLE)
@_options
def back(stack: str, variant: str, dry_run: bool) -> None:
    """Take all calls from the variant; the others get theirs again as declared."""
    trial = _Trial(site_of(stack, "canary back"), variant)
    live = trial.ready()
    trial.move(0.0, back_to=trial.share(live), dry_run=dry_run)


class _Trial:
    """One variant on trial."""

    def __init__(self, site: EndpointSite, variant: str) -> None:
        self._site, self._variant = site, variant
        self._declared: dict[str, float] = {}

    def ready(self) -> LiveEndpoint:
        """The endpoint, in service and with that variant."""
        live = self._live()
        if live.status != IN_SERVICE:
            raise click.ClickException(f"{live.name} is {live.status}; weights move only while it is {IN_SERVICE}")
        with plain_errors(AwsError):
            config = self._site.access.call(
                "sagemaker", "describe_endpoint_config", EndpointConfigName=live.config_name
            )
        self._declared = {
            each["VariantName"]: float(each.get("InitialVariantWeight", 1.0)) for each in config["ProductionVariants"]
        }
        with plain_errors(ValueError, fix="name it with --variant"):
            weights_for(0.0, self._variant, self._declared)
        return live

    def share(self, live: LiveEndpoint) -> float:
        """Percent of the calls that it gets now."""
        total = sum(variant.weight for variant in live.variants) or 1.0
        return 100.0 * sum(each.weight for each in live.variants if each.name == self._variant) / total

    def check(self, live: LiveEndpoint, percent: float, *, anyway: bool) -> None:
        """Refuse a share that a variant has no instances for."""
        short = overload(live, weights_for(percent, self._variant, self._declared))
        if short and not anyway:
            running = {each.name: each.instances for each in live.variants}
            told = ", ".join(f"{name} runs {running.get(name, 0)} and needs {count}" for name, count in short.items())
            raise click.ClickException(
                f"{percent:g} % would overload a variant ({told}); raise its instances first, which the quota must "
                "allow beside the others, or say --anyway"
            )

    def move(self, percent: float, *, back_to: float, dry_run: bool) -> None:
        """Set the weights and wait until they are in force."""
        weights = weights_for(percent, self._variant, self._declared)
        told = ", ".join(f"{name} {100 * weight:g} %" for name, weight in weights.items())
        if dry_run:
            click.echo(f"would set {told}")
            return
        self._set(weights)
        live = self._settled()
        if live.status != IN_SERVICE:
            self._set(weights_for(back_to, self._variant, self._declared))
            raise click.ClickException(f"{live.name} is {live.status} ({live.reason or 'no reason'}); went back")
        click.echo(f"{live.name}: {told}")

    def _set(self, weights: dict[str, float]) -> None:
        wanted = [{"VariantName": name, "DesiredWeight": weight} for name, weight in weights.items()]
        with plain_errors(AwsError):
            self._site.access.call(
                "sagemaker",
                "update_endpoint_weights_and_capacities",
                EndpointName=self._site.endpoint,
                DesiredWeightsAndCapacities=wanted,
            )

    def _settled(self) -> LiveEndpoint:
        deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
        wait = 0.2
        while True:
            live = self._live()
            if live.status in SETTLED or time.monotonic() > deadline:
                return live
            time.sleep(wait)
            wait = min(2 * wait, 5.0)

    def _live(self) -> LiveEndpoint:
        with plain_errors(AwsError):
            live = live_endpoint(self._site.access, self._site.endpoint)
        if live is None:
            raise click.ClickException(f"there is no endpoint {self._site.endpoint} in {self._site.access.region}")
        return live
