"""`cartesia-infra sandbox`: the local world, from the command line.

Parses and prints; the work is done in `sandbox`. That package is imported by each command for itself, for `sandbox run`
stands before every call of `pulumi` and must cost next to nothing.
"""

import functools
import json
import os
import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from toolkit.beats import beats
from toolkit.overview.tables import columns_option, room
from toolkit.plain_errors import plain_errors
from toolkit.stack_option import stack_option

if TYPE_CHECKING:
    from sandbox.status import WorldStatus

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _told_plainly(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turn the sandbox's own errors into one text without a traceback."""

    @functools.wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        from sandbox.host.errors import SandboxError
        from sandbox.toolchain.errors import ToolError

        with plain_errors(SandboxError, ToolError, OSError):  # a full disk, a folder that may not be written
            return command(*args, **kwargs)

    return wrapped


@click.group(
    epilog="""\
\b
Examples:
  cartesia-infra sandbox up
  cartesia-infra sandbox run -- pulumi preview --stack eks-dev
  cartesia-infra sandbox run -- kubectl get pods --all-namespaces
  cartesia-infra sandbox down --stack eks-dev
  cartesia-infra sandbox down

It lives in .sandbox of the checkout, or in the directory that CARTESIA_SANDBOX_DIR names.
"""
)
def sandbox() -> None:
    """The local world: real Pulumi engine, Kubernetes, Helm; stand-ins for AWS, the vendor's bucket and the chart.

    Nothing in it reaches a cloud: credentials of yours are hidden from what runs inside, and all of it listens on
    loopback.
    """


@sandbox.command(short_help="Start or repair it.", epilog="\b\nExample:\n  cartesia-infra sandbox up --json")
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON, as `status --json` does.")
@_told_plainly
def up(as_json: bool) -> None:
    """Start what does not run, repair what is broken, leave the rest alone.

    The first time on a machine it builds the programs it needs, which takes minutes; they are kept for good.
    """
    from sandbox.world import World

    with beats("sandbox") as say:
        status = World.at().up(say=say, progress=True)
    click.echo(json.dumps(status.to_json(), indent=2) if as_json else _summary(status))


@sandbox.command(
    short_help="Stop it and remove it, or destroy one stack.",
    epilog="""\
\b
Examples:
  cartesia-infra sandbox down
  cartesia-infra sandbox down --stack eks-dev
""",
)
@stack_option("Destroy this stack and leave everything else as it is.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing.")
@_told_plainly
def down(stack: str | None, yes: bool) -> None:
    """End every process of the sandbox and remove its files, stacks deployed in it included.

    Asks first if more than one stack is deployed or somebody updates one. A script that means it says --yes.
    """
    from sandbox.world import World
    from toolkit.commands.sandbox_down import destroy_stack, take_everything

    world = World.at()
    click.echo(destroy_stack(world.layout, stack) if stack else take_everything(world, agreed=yes))


@sandbox.command(
    short_help="Show what runs.",
    epilog="\b\nExamples:\n  cartesia-infra sandbox status\n  cartesia-infra sandbox status --stack eks-dev --json",
)
@stack_option("Show a stack: outputs, and pods with GPUs or the voice fleet.")
@columns_option()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@_told_plainly
def status(stack: str | None, columns: int | None, as_json: bool) -> None:
    """Show what runs. The exit code is 1 where something does not, or the stack is not ready."""
    from sandbox.world import World

    world = World.at()
    found = world.status()
    report, text = found.to_json(), _details(found)
    fine = found.state == "up"
    if stack is not None and fine:
        from toolkit.commands.sandbox_stack import look_at_stack

        view = look_at_stack(world.layout.root, stack)
        report["stack"], text, fine = view.as_data(), view.as_text(room(columns)), view.healthy
    click.echo(json.dumps(report, indent=2) if as_json else text)
    if not fine:
        raise click.exceptions.Exit(1)


@sandbox.command(
    short_help="Print its environment for a shell.", epilog='\b\nExample:\n  eval "$(cartesia-infra sandbox env)"'
)
@click.option("--json", "as_json", is_flag=True, help="Print an object with `set` and `unset`.")
@_told_plainly
def env(as_json: bool) -> None:
    """Print what a shell must set and unset to work inside the sandbox."""
    from sandbox.environment import environment
    from sandbox.host.layout import world_directory

    inside = environment(world_directory())
    changed = {name: value for name, value in sorted(inside.items()) if os.environ.get(name) != value}
    removed = sorted(set(os.environ) - set(inside))
    if as_json:
        click.echo(json.dumps({"set": changed, "unset": removed}, indent=2))
        return
    for name in removed:
        click.echo(f"unset {name}")
    for name, value in changed.items():
        click.echo(f"export {name}={shlex.quote(value)}")


@sandbox.command(
    short_help="Run a command inside it.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="""\
\b
Examples:
  cartesia-infra sandbox run -- pulumi up --stack eks-dev
  cartesia-infra sandbox run -- bash
""",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@_told_plainly
def run(command: tuple[str, ...]) -> None:
    """Run a command inside the sandbox, in the current folder; its exit code becomes ours."""
    from sandbox.environment import environment
    from sandbox.host.layout import Layout, world_directory
    from sandbox.status import require_sound

    world = world_directory()
    inside = environment(world)
    require_sound(Layout(world))
    sys.stdout.flush()
    try:
        os.execvpe(command[0], list(command), inside)  # noqa: S606 - no shell is wanted
    except FileNotFoundError:
        raise click.UsageError(f"there is no program {command[0]!r} on the sandbox's PATH") from None
    except PermissionError:
        raise click.UsageError(f"{command[0]!r} cannot be run; is it executable?") from None


def _summary(found: "WorldStatus") -> str:
    """What `up` says in the end."""
    clusters = [plane.cluster_name for plane in found.planes if plane.cluster_name]
    idle = "a control plane waits" if found.planes else "the next cluster starts a control plane"
    serves = f"clusters: {', '.join(clusters)}" if clusters else f"no cluster yet; {idle}"
    return f"the sandbox is {found.state} in {found.directory}; {serves}"


def _details(found: "WorldStatus") -> str:
    """What `status` says."""
    if found.state == "down":
        return f"the sandbox in {found.directory} is down; start it with `cartesia-infra sandbox up`"
    rows = [(each.name, each.state, each.pid, each.port) for each in found.services]
    lines = [_summary(found), *(_row(*row) for row in rows)]
    for plane in found.planes:
        lines.append(f"{plane.id}  {plane.cluster_name or 'idle'}  {plane.server}  {plane.state}")
        lines += [_row(each.name, each.state, each.pid, each.port) for each in plane.services]
    if found.state != "up":
        lines.append("repair it with `cartesia-infra sandbox up`")
    return "\n".join(lines)


def _row(name: str, state: str, pid: int | None, port: int) -> str:
    return f"  {name:<24}{state:<9}port {port:<6} {f'pid {pid}' if pid else ''}".rstrip()
