"""Gets a release out of the state that a killed helm leaves behind.

Such a release says `pending-...` for ever and refuses every further operation ("another operation is in progress").
"""

import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Final

from clients.kubernetes import KubeClient
from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.helm.command import ReleaseHelm
from sandbox.providers.kubernetes.helm.record import Record, history, latest

SETTLE_SECONDS: Final = 10.0
"""A helm that was told to end needs a moment to write its last state; a younger operation is left that long."""

_GOOD: Final = frozenset({"deployed", "superseded"})


def recover(
    client: KubeClient,
    helm: ReleaseHelm,
    namespace: str,
    name: str,
    warn: Callable[[str], None],
    cancelled: threading.Event,
) -> None:
    """Roll back or remove a revision that was left in the middle; does nothing to a healthy release.

    Raises:
        ProviderError: Helm could not do it.
    """
    stuck = _settled(client, namespace, name, cancelled)
    if stuck is None or not stuck.pending:
        return
    good = [record for record in history(client, namespace, name) if record.status in _GOOD]
    where = ["--namespace", namespace]
    if stuck.status in {"pending-upgrade", "pending-rollback"} and good:
        back = good[-1].revision
        warn(
            f"release {name} was left {stuck.status} at revision {stuck.revision}; rolled back to revision {back} first"
        )
        done = helm.run(["rollback", name, str(back), *where], {})
    else:
        warn(f"release {name} was left {stuck.status} at revision {stuck.revision}; removed what there was of it first")
        done = helm.run(["uninstall", name, *where, "--wait", "--ignore-not-found"], {})
    if done.code:
        raise ProviderError(f"release {name} is stuck in {stuck.status} and helm could not undo it: {done.error}")


def _settled(client: KubeClient, namespace: str, name: str, cancelled: threading.Event) -> Record | None:
    while True:
        record = latest(client, namespace, name)
        if record is None or not record.pending or cancelled.is_set() or _age(record) > SETTLE_SECONDS:
            return record
        time.sleep(0.5)


def _age(record: Record) -> float:
    if record.deployed_at is None:
        return SETTLE_SECONDS + 1
    return (dt.datetime.now(dt.UTC) - record.deployed_at).total_seconds()
