"""`cartesia-infra sandbox down`: never more than was named, without a question.

Owns what is asked and refused; ending and removing is the world's work, and destroying a stack the engine's.
"""

import subprocess
import sys
from collections.abc import Mapping

import click

from core.input.problems import closest
from core.input.stack_names import stack_names
from sandbox.contents import PROJECT, Deployed, deployed, state_of
from sandbox.environment import environment
from sandbox.host.errors import SandboxError
from sandbox.host.layout import CHECKOUT, Layout
from sandbox.world import World
from toolkit.beats import beats
from toolkit.recovery.owner import Owner, living_updates

__all__ = ["destroy_stack", "take_everything"]


def destroy_stack(layout: Layout, stack: str) -> str:
    """Destroy one stack and leave the world and every other stack alone.

    Args:
        layout: A world that is up.
        stack: Name of the stack.

    Returns:
        What was done, in one sentence.

    Raises:
        SandboxError: There is no such stack, it is being updated, something in it is protected, or the engine failed;
            in all cases but the last nothing was changed.
    """
    _refuse_if_updated(living_updates(layout.pulumi_state), stack)
    found = state_of(layout, PROJECT, stack)
    if found is None and stack not in stack_names(CHECKOUT / "stacks"):
        known = [each.stack for each in deployed(layout)]
        near = closest(stack, known)
        meant = f"did you mean {near}?" if near else f"deployed: {', '.join(known) or 'none'}"
        raise SandboxError(f"there is no stack {stack} in the sandbox; {meant}")
    if found is None or found.resources == 0:
        return f"stack {stack} holds nothing; the sandbox was left as it is"
    if found.protected:
        raise SandboxError(_protected(stack, found.protected))
    command = ["pulumi", "destroy", "--stack", stack, "--yes", "--skip-preview", "--non-interactive"]
    if subprocess.run(command, cwd=CHECKOUT, env=environment(layout.root), check=False).returncode:
        raise SandboxError(f"stack {stack} is not destroyed; the engine's words are above")
    rest = ", ".join(each.stack for each in deployed(layout)) or "no other stack is deployed"
    return f"stack {stack} is destroyed; the sandbox still runs ({rest})"


def take_everything(world: World, *, agreed: bool) -> str:
    """Take a world down with every stack in it; asks first if that is more than one stack, or somebody works there.

    Args:
        world: The world, up or not.
        agreed: Whether the question was answered with yes beforehand.

    Returns:
        What was done, in one sentence.

    Raises:
        SandboxError: It would have to ask and there is no terminal; nothing was changed.
    """
    layout = world.layout
    stacks, updates = deployed(layout), living_updates(layout.pulumi_state)
    if (len(stacks) > 1 or updates) and not agreed:
        _ask(layout, stacks, updates)
        agreed = True
    with beats("sandbox") as say:
        removed = world.down(say=say, force=agreed)
    taken = f", with {', '.join(map(str, stacks))}" if stacks else ""
    return f"the sandbox in {layout.root} is {'gone' if removed else 'not there'}{taken}"


def _ask(layout: Layout, stacks: tuple[Deployed, ...], updates: Mapping[str, Owner]) -> None:
    lines = [f"this removes the sandbox in {layout.root} with every stack in it:"]
    lines += [f"  {each}" for each in stacks]
    lines += [f"  {stack} is being updated right now by {owner}" for stack, owner in updates.items()]
    if not sys.stdin.isatty():
        raise SandboxError("\n".join([*lines, "nothing was changed; add --yes, or name one stack with --stack"]))
    click.echo("\n".join(lines), err=True)
    click.confirm("Remove all of it?", abort=True, err=True)


def _protected(stack: str, names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return (
        f"stack {stack} was left as it is: {len(names)} of its resources are protected ({shown}). Set"
        f" `cartesia:production: false` in stacks/Pulumi.{stack}.yaml and run `pulumi up` first, or take the whole"
        " sandbox down"
    )


def _refuse_if_updated(updates: Mapping[str, Owner], stack: str) -> None:
    if stack in updates:
        raise SandboxError(
            f"stack {stack} is being updated right now by {updates[stack]}; wait for it, or end it first"
        )
