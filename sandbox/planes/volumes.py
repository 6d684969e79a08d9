"""Volumes for claims on a local control plane, which has no storage driver behind it.

Owns a handful of unbound PersistentVolumes per storage class. With them a claim binds the way it does in a cloud: the
scheduler picks a volume when the first pod needs it, and the volume controller binds the two. Nothing is ever stored:
nodes are simulated and no process mounts anything.

Leaves StorageClass objects to whoever makes them. Known difference from a cloud: a claim of a class named here binds
even if no StorageClass object of that name exists, for static volumes do not need one; a claim of any other class stays
Pending, with the scheduler's own words. Calling `ensure_volumes` when the EBS CSI add-on is made, and not before, keeps
the difference small: a cluster without a driver then has no volumes either.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

FIELD_MANAGER: Final = "cartesia-sandbox"
STORAGE_CLASSES: Final = ("gp2", "gp3")
"""Classes that get volumes: the one EKS makes by itself, and the one in common use. Source: AWS EBS CSI driver docs."""
VOLUMES_PER_CLASS: Final = 8
"""Enough for two releases side by side, and for one that is replaced some times: a kept volume binds only once."""
SIZE_GIB: Final = 16

_GONE_SECONDS: Final = 10
_LABEL: Final = "cartesia-sandbox/volume"


class Kube(Protocol):
    """What this module needs of `clients.kubernetes.KubeClient`."""

    def apply(self, obj: Mapping[str, Any], *, field_manager: str) -> dict[str, Any]:
        """Server-side apply."""

    def list(self, api_version: str, kind: str, *, label_selector: str) -> list[dict[str, Any]]:
        """All objects of a kind."""

    def delete(self, api_version: str, kind: str, name: str, *, wait_seconds: float) -> bool:
        """Delete one object and wait until it is gone."""


def ensure_volumes(kube: Kube, storage_classes: Iterable[str] = STORAGE_CLASSES) -> None:
    """Have unbound volumes of each class on the control plane.

    Call it when a plane is made, and again whenever claims may have come and gone: a volume whose claim was deleted
    (`Released`) binds no more, and is replaced by a fresh one. Calling it twice changes nothing.
    """
    present = {
        volume["metadata"]["name"]: volume.get("status", {}).get("phase", "")
        for volume in kube.list("v1", "PersistentVolume", label_selector=_LABEL)
    }
    for volume in volume_objects(storage_classes):
        name = volume["metadata"]["name"]
        phase = present.get(name)
        if phase in ("Released", "Failed"):
            kube.delete("v1", "PersistentVolume", name, wait_seconds=_GONE_SECONDS)  # a finalizer delays it
            phase = None
        if phase is None:
            kube.apply(volume, field_manager=FIELD_MANAGER)


def volume_objects(storage_classes: Iterable[str] = STORAGE_CLASSES) -> list[dict[str, Any]]:
    """The volumes of each class, as Kubernetes objects."""
    return [_volume(name, index) for name in storage_classes for index in range(VOLUMES_PER_CLASS)]


def _volume(storage_class: str, index: int) -> dict[str, Any]:
    name = f"sandbox-{storage_class}-{index}"
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "labels": {_LABEL: "true"}},
        "spec": {
            "storageClassName": storage_class,
            "capacity": {"storage": f"{SIZE_GIB}Gi"},
            "accessModes": ["ReadWriteOnce"],
            # Retain, because the controller would otherwise look for a driver that deletes what nothing has stored.
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": f"/var/lib/cartesia-sandbox/{name}"},
        },
    }
