"""The rotation of one secret: everything is looked at before anything is written.

A new value changes only what holds it, and that has fixed names. So whatever a preview with the present value names is
another change that waits for the next update, and would come with this one.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clients.engine import Engine, EngineError
from clients.kubernetes import KubeClient
from core.secrets.table import Secret
from toolkit.overview.tables import table
from toolkit.recovery.lock import look_at_lock
from toolkit.recovery.project import backend_url, find_project
from toolkit.secrets.made import Change, MadeSecret, made_of, other_changes
from toolkit.secrets.restarts import find_readers, restart_readers
from toolkit.secrets.rollout import Stage
from toolkit.secrets.source import CONFIGURATION, Value, setting

__all__ = ["Refused", "Report", "Rotation", "carry_out", "plan_rotation"]


class Refused(RuntimeError):  # noqa: N818 - reads as what it says at the raise site
    """The rotation was not begun; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation would do."""

    stack: str
    secret: Secret
    value: Value
    made: tuple[MadeSecret, ...]
    """Kubernetes secrets that get the new content."""
    others: tuple[Change, ...]
    """What the update would change besides."""
    readers: tuple[Stage, ...]
    """Workloads that read one of them."""
    kubeconfig: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """What a rotation did, or would do."""

    rotation: Rotation
    stages: tuple[Stage, ...]

    def as_data(self, *, dry_run: bool) -> dict[str, Any]:
        """As JSON; it holds no value of a secret."""
        rotation = self.rotation
        return {
            "dryRun": dry_run,
            "stack": rotation.stack,
            "key": rotation.secret.key,
            "source": rotation.value.source,
            "kubernetesSecrets": [{"name": each.name, "namespace": each.namespace} for each in rotation.made],
            "otherChanges": [{"op": each.op, "urn": each.urn} for each in rotation.others],
            "workloads": [
                {
                    "kind": each.workload.kind,
                    "namespace": each.workload.namespace,
                    "name": each.workload.name,
                    "state": each.state.value,
                    "reason": each.reason,
                }
                for each in self.stages
            ],
        }

    def as_text(self, *, dry_run: bool) -> str:
        """For a terminal."""
        rotation = self.rotation
        names = ", ".join(each.name for each in rotation.made)
        head = f"{rotation.secret.key} of {rotation.stack}: " + (
            f"the value is sound; {names} would change, nothing was changed (dry run)"
            if dry_run
            else f"{names} holds the new value"
        )
        lines = [head]
        if rotation.value.source == CONFIGURATION and not dry_run:
            lines.append("the stack file holds it encrypted; commit that file")
        if rotation.others:
            lines += ["with it in the update:", *(f"  {each}" for each in rotation.others)]
        rows = [(str(each.workload), each.state.value, each.reason) for each in self.stages]
        lines.append(table("WORKLOAD", "STATE", "", rows=rows) if rows else "no workload reads it at its start")
        return "\n".join(lines)


def plan_rotation(engine: Engine, secret: Secret, value: Value) -> Rotation:
    """Look at lock, state, preview and cluster; nothing is changed.

    Raises:
        Refused: The stack is being updated, or makes nothing of the secret.
        EngineError: The stack cannot be read, or its preview fails.
        KubeError: The cluster refuses or does not answer.
    """
    _require_unlocked(engine.stack)
    made = made_of(engine.export(), secret)
    if not made:
        raise Refused(
            f"stack {engine.stack} makes no Kubernetes secret from {secret.key}: it is not deployed, has no use for it,"
            " or names a secret that exists; change that one where it is kept"
        )
    others = other_changes(engine.changes(), made)
    kubeconfig = engine.kubeconfig()
    if not kubeconfig:
        raise Refused(f"stack {engine.stack} has no output `kubeconfig`; run `pulumi up` first")
    with KubeClient.from_kubeconfig(kubeconfig) as kube:
        readers = find_readers(kube, made)
    return Rotation(engine.stack, secret, value, made, others, readers, kubeconfig)


def carry_out(engine: Engine, rotation: Rotation, seconds: float | None, show: Callable[[str], None]) -> Report:
    """Write the value, run the update and restart the readers.

    Args:
        engine: For the stack.
        rotation: What was planned.
        seconds: How long to wait for the new pods; None restarts nothing.
        show: Takes lines of progress.

    Raises:
        EngineError: The value could not be written, or the update failed; then nothing was restarted.
        KubeError: The cluster refuses or does not answer.
    """
    if rotation.value.source == CONFIGURATION:
        engine.set_secret(setting(rotation.secret), rotation.value.text)
    try:
        engine.up(show)
    except EngineError as error:
        words = "nothing was restarted; correct what the update says, then run this command again"
        raise EngineError(f"{error}; the new value is set, and {words}") from error
    if seconds is None:
        return Report(rotation, rotation.readers)
    with KubeClient.from_kubeconfig(rotation.kubeconfig) as kube:
        return Report(rotation, restart_readers(kube, rotation.made, seconds, show))


def _require_unlocked(stack: str) -> None:
    project = find_project(Path.cwd())
    lock = look_at_lock(backend_url(), project.name if project else "", stack)
    if lock.owners:
        held = "\n".join(lock.lines(dt.datetime.now(dt.UTC)))
        raise Refused(
            f"stack {stack} is locked, and nothing was changed:\n{held}\n"
            "wait for that update; if it is dead, run `cartesia-infra recover` first"
        )
