"""Failures on request in the cluster, as in the clouds: `kubernetes/faults.json` of the world, see `cloud.faults`.

What is left behind after `after` is the object as it was asked for, with the error as the reason why it is not ready:
that is how the released provider tells of an object that did not become ready in time.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from sandbox.host.layout import WORLD_VARIABLE
from sandbox.providers import base
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.faults import AFTER, KILLED, Fault, take_fault
from sandbox.providers.cloud.store import Store
from sandbox.providers.kubernetes.provider import KubernetesProvider

FOLDER: Final = "kubernetes"
Answer = TypeVar("Answer")


class FaultyKubernetesProvider(KubernetesProvider):
    """The provider of one world, whose next calls may be planned to fail."""

    def __init__(self, world_dir: Path) -> None:
        super().__init__()
        self._faults = Store(world_dir / FOLDER, "cluster")

    @classmethod
    def of_environment(cls) -> KubernetesProvider:
        """The provider of the world that the environment names; without one nothing can be planned."""
        world = os.environ.get(WORLD_VARIABLE)
        return cls(Path(world)) if world else KubernetesProvider()

    def create(self, request: base.CreateRequest) -> base.CreateResult:
        """Make an object or a release, unless it is to fail."""
        fault = None if request.preview else self._planned(request, "create")
        made = super().create(request)
        if fault and fault.when == AFTER:
            raise base.InitFailed(made.id, made.outputs, request.inputs, [str(fault.error)])
        return _unless_killed(fault, lambda: made)

    def update(self, request: base.UpdateRequest) -> base.Properties:
        """Change an object or a release, unless it is to fail."""
        fault = None if request.preview else self._planned(request, "update")
        changed = super().update(request)
        if fault and fault.when == AFTER:
            raise base.InitFailed(request.id, changed, request.inputs, [str(fault.error)])
        return _unless_killed(fault, lambda: changed)

    def delete(self, request: base.DeleteRequest) -> None:
        """Remove an object or a release, unless it is to fail."""
        fault = self._planned(request, "delete")
        super().delete(request)
        _unless_killed(fault, lambda: None)

    def _planned(
        self, request: base.CreateRequest | base.UpdateRequest | base.DeleteRequest, what: str
    ) -> Fault | None:
        try:
            return take_fault(self._faults, request.type, request.name, what)
        except CloudError as error:
            raise base.ProviderError(str(error)) from error


def _unless_killed(fault: Fault | None, answer: Callable[[], Answer]) -> Answer:
    if fault and fault.when == KILLED:
        raise base.EngineKilled(str(fault.error))
    return answer()
