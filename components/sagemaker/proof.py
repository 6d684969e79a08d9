"""Proof that an update did what it says, and guards before it does harm.

AWS undoes an update that fails and says so nowhere that the provider looks: it reports success, and the engine would go
on to delete the configuration in use. So the endpoint is read again after every update, and a difference ends the
program. The engine deletes what was replaced only after the program has ended well: until then the old configuration
and its model stay.

A component looks nothing up. What reads the endpoint here is the provider; who wants AWS's reason in the error, and the
guards, says how to ask AWS (`reading_live`). Hooks can refuse before an action; after one they only warn.

source: terraform-provider-aws, internal/service/sagemaker/endpoint.go and wait.go, issues #46663, #48997, #49020;
pulumi/pkg resource/deploy (3.259), deletes of replaced resources and resource hooks; 2026-11-25.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import pulumi

from components.sagemaker.spec import SageMakerVoiceEndpointSpec
from core.sagemaker.live_endpoint import SETTLED, TOGETHER, LiveEndpoint, shrunk

__all__ = ["EndpointError", "LiveReader", "after_update", "guards", "proven", "reading_live"]

LiveReader = Callable[[str, str], LiveEndpoint | None]
"""From region and name to the endpoint as it runs; None where there is none. Raises `OSError` where AWS is silent."""


@dataclass(frozen=True, slots=True)
class _Live:
    reader: LiveReader
    stack: str
    """What the messages tell to name to the command."""


_live: ContextVar[_Live | None] = ContextVar("live", default=None)


class EndpointError(pulumi.RunError):
    """What stands in AWS is not what the program needs. The engine prints the text without a traceback."""


@contextmanager
def reading_live(reader: LiveReader, stack: str) -> Iterator[None]:
    """Have every endpoint that is declared within it guarded and explained by what AWS says of it.

    Args:
        reader: Asks AWS.
        stack: Name of the stack, for the commands that messages name.
    """
    token = _live.set(_Live(reader, stack))
    try:
        yield
    finally:
        _live.reset(token)


def after_update(endpoint_id: pulumi.Output[str]) -> pulumi.Output[str]:
    """The id to read the endpoint by. Unknown in a preview, which then asks AWS nothing and needs no credentials."""
    if not pulumi.runtime.is_dry_run():
        return endpoint_id
    loop = asyncio.get_event_loop()
    value, known = loop.create_future(), loop.create_future()
    value.set_result(None)
    known.set_result(False)
    return cast(pulumi.Output[str], pulumi.Output(set(), value, known))


def proven(
    spec: SageMakerVoiceEndpointSpec, live: pulumi.Output[str], wanted: pulumi.Output[str]
) -> pulumi.Output[str]:
    """The configuration that answers calls, which must be the wanted one.

    Args:
        spec: The endpoint.
        live: Name of the configuration, as read again after the update.
        wanted: Name of the one declared.
    """
    asking = _live.get()

    if pulumi.runtime.is_dry_run():
        return wanted  # nothing has been moved that could be proven

    def check(names: list[str]) -> str:
        runs, asked = names
        if runs != asked:
            raise EndpointError(_undone(spec, runs, asked, asking))
        return runs

    return pulumi.Output.all(live, wanted).apply(check)


def guards(name: str, spec: SageMakerVoiceEndpointSpec) -> pulumi.ResourceHookBinding | None:
    """Hooks of the endpoint that refuse what would lose it or overload it; None where nobody said how to ask AWS."""
    asking = _live.get()
    if asking is None:
        return None

    def before_create(_args: pulumi.ResourceHookArgs) -> None:
        try:
            live = asking.reader(spec.region, spec.endpoint_name)
        except OSError:
            return  # AWS itself refuses a second endpoint of that name; only the advice is lost
        check_create(live, asking.stack)

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        check_update(spec, _ask(asking, spec), args.new_inputs or {}, asking.stack)

    return pulumi.ResourceHookBinding(
        before_create=[pulumi.ResourceHook(f"{name}-before-create", before_create)],
        before_update=[pulumi.ResourceHook(f"{name}-before-update", before_update)],
    )


def check_create(live: LiveEndpoint | None, stack: str) -> None:
    """An endpoint of that name must not exist yet.

    Raises:
        EndpointError: It does: an earlier creation failed, or took longer than the provider waits.
    """
    if live is None:
        return
    word = "adopt" if live.status not in ("Failed", "OutOfService") else "delete"
    said = f" AWS says: {live.reason}." if live.reason else ""
    wait = "" if live.status in SETTLED else " Wait until it is InService or Failed, then"
    raise EndpointError(
        f"the endpoint {live.name} exists ({live.status}) and is not in the state: an earlier creation failed or took "
        f"longer than the provider waits, or somebody else made it.{said}{wait} run `cartesia-infra endpoint {word} "
        f"--stack {stack}`, then `pulumi up` again (`adopt` takes it into the state, `delete` removes it from AWS)"
    )


def check_update(
    spec: SageMakerVoiceEndpointSpec, live: LiveEndpoint | None, new: Mapping[str, Any], stack: str
) -> None:
    """An update that redeploys must find the endpoint at rest and start at least the instances that run.

    Args:
        spec: The endpoint as wanted.
        live: As it runs; None where it is gone.
        new: Its inputs.
        stack: Name of the stack, for the commands in the message.

    Raises:
        EndpointError: It would lose capacity, or AWS would refuse it half way.
    """
    if live is None or new.get("endpointConfigName") == live.config_name:
        return
    if live.status not in SETTLED:
        raise EndpointError(
            f"the endpoint {live.name} is {live.status}, and AWS takes no update before that has ended; look at "
            f"`cartesia-infra endpoint status --stack {stack}` and run `pulumi up` again when it is InService"
        )
    fewer = shrunk(live, {variant.name: variant.instances for variant in spec.variants})
    if fewer and not spec.update.may_shrink:
        told = "; ".join(f"{name} runs {runs}, the update starts {starts}" for name, (runs, starts) in fewer.items())
        sets = ", ".join(
            f"the instances of the variants to {runs} in all"
            if name == TOGETHER
            else f"variants.{name}.instances to {runs}"
            for name, (runs, _) in fewer.items()
        )
        raise EndpointError(
            f"the endpoint {live.name} would refuse calls after this: AWS replaces the whole fleet at once and "
            f"forgets its size ({told}). Set {sets} for now, as `cartesia-infra endpoint counts --stack {stack}` says, "
            f"update at a quiet hour, or say in update.fewer_instances_reason why fewer will do"
        )


def _ask(asking: _Live, spec: SageMakerVoiceEndpointSpec) -> LiveEndpoint | None:
    try:
        return asking.reader(spec.region, spec.endpoint_name)
    except OSError as error:
        raise EndpointError(
            f"cannot read the endpoint {spec.endpoint_name} before it is changed: {error}; whoever deploys needs "
            f"sagemaker:DescribeEndpoint and a way to AWS"
        ) from error


def _undone(spec: SageMakerVoiceEndpointSpec, runs: str, asked: str, asking: _Live | None) -> str:
    reason = "cartesia-infra endpoint status --stack <stack> shows AWS's reason"
    if asking is not None:
        try:
            live = asking.reader(spec.region, spec.endpoint_name)
        except OSError as error:
            reason = f"AWS's reason cannot be read: {error}"
        else:
            reason = f"AWS says: {live.reason or 'nothing'} (status {live.status})" if live else "it is gone"
    return (
        f"the endpoint {spec.endpoint_name} was not moved to {asked}: it runs {runs}, which answers calls as before. "
        f"{reason}. Nothing was deleted: both configurations and their models stay. Mend the cause and run `pulumi up` "
        f"again, which tries the same move; or set the settings back, and the next update ends on what ran before"
    )
