"""The workloads of a cluster that read given secrets, and their restart."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from clients.kubernetes import KubeClient
from toolkit.secrets.made import MadeSecret
from toolkit.secrets.readers import KINDS, Workload, readers_of
from toolkit.secrets.rollout import Stage, State, follow, hindrance, restart

__all__ = ["find_readers", "restart_readers"]


def find_readers(kube: KubeClient, made: Iterable[MadeSecret]) -> tuple[Stage, ...]:
    """Each workload that reads one of the secrets, and whether Kubernetes can restart it.

    Raises:
        KubeError: The server refuses or does not answer.
    """
    return tuple(Stage(workload, *_state(obj)) for workload, obj in _readers(kube, made))


def restart_readers(
    kube: KubeClient, made: Iterable[MadeSecret], seconds: float, show: Callable[[str], None]
) -> tuple[Stage, ...]:
    """Restart each of those, all at once, and wait for their new pods.

    Args:
        kube: The cluster.
        made: The secrets whose content is new.
        seconds: Limit for all of them together.
        show: Takes lines of progress.

    Raises:
        KubeError: The server refuses or does not answer.
    """
    found = find_readers(kube, made)
    able = [each.workload for each in found if each.state is State.READS]
    for workload in able:
        show(f"restarting {workload}")
        restart(kube, workload)
    return (*follow(kube, able, seconds, show), *(each for each in found if each.state is State.BY_HAND))


def _readers(kube: KubeClient, made: Iterable[MadeSecret]) -> Iterator[tuple[Workload, Mapping[str, Any]]]:
    names: dict[str, set[str]] = {}
    for secret in made:
        names.setdefault(secret.namespace, set()).add(secret.name)
    for namespace, wanted in names.items():
        for kind in KINDS:
            for obj in kube.list("apps/v1", kind, namespace=namespace):
                yield from ((workload, obj) for workload in readers_of([obj], wanted))


def _state(obj: Mapping[str, Any]) -> tuple[State, str]:
    reason = hindrance(obj)
    return (State.BY_HAND if reason else State.READS), reason
