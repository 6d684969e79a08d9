"""What GKE puts into every cluster for claims: classes of the persistent disk driver, and here their volumes."""

from typing import Any, Final

from clients.kubernetes import KubeClient
from sandbox.planes.volumes import ensure_volumes
from sandbox.providers.cloud.account import Plane

_MANAGER: Final = "gke"
_DRIVER: Final = "pd.csi.storage.gke.io"
_CLASSES: Final = {"standard-rwo": "pd-balanced", "premium-rwo": "pd-ssd", "standard": "pd-standard"}
"""source: GKE documentation, "About persistent volumes"; `standard-rwo` is the default one, 2026-11-25."""
_DEFAULT: Final = "standard-rwo"


def storage_classes() -> list[dict[str, Any]]:
    """The classes, as Kubernetes objects."""
    return [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": name,
                "annotations": {"storageclass.kubernetes.io/is-default-class": str(name == _DEFAULT).lower()},
            },
            "provisioner": _DRIVER,
            "parameters": {"type": disk},
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer",
            "allowVolumeExpansion": True,
        }
        for name, disk in _CLASSES.items()
    ]


def make_storage(plane: Plane) -> None:
    """Have classes and volumes on a control plane; may run again."""
    with KubeClient.from_kubeconfig(plane.kubeconfig.read_text()) as client:
        for each in storage_classes():
            client.apply(each, field_manager=_MANAGER)
        ensure_volumes(client, _CLASSES)
