"""What two previews plan above their clusters, and where they may differ: data with its reasons."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["DIFFERENCES", "differences", "resources_above"]

_RELEASE = "kubernetes:helm.sh/v3:Release voice-release-release"
_PARTS = ("cartesia:index:ClusterPlatform", "cartesia:index:CartesiaRelease")

DIFFERENCES: Mapping[str, str] = {
    "kubernetes:apps/v1:DaemonSet voice-addons-device-plugin": "GKE runs a device plugin of its own",
    "kubernetes:storage.k8s.io/v1:StorageClass voice-addons-storage-class": "GKE has classes for claims of its own",
    f"{_RELEASE} .description": "holds a digest of the nodes below, which are other machines",
    f"{_RELEASE} .values.ingress.annotations": "the load balancer of AWS is told its idle timeout by annotation",
    f"{_RELEASE} .values.ingress.certificate": "certificate of ACM; on GKE a secret with the certificate",
    f"{_RELEASE} .values.ingress.tlsSecret": "the same",
    f"{_RELEASE} .values.ingress.className": "alb is a controller of AWS, gce one of Google",
    f"{_RELEASE} .values.licenseProxy.persistence.storageClass": "gp3 is a class of AWS, standard-rwo one of GKE",
}
"""Resource and path of each difference between eks-prod and gke-prod, with its reason."""


def resources_above(planned: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Inputs of what is planned in the cluster, by type and name."""
    return {
        f"{each['type']} {each['urn'].rsplit('::', 1)[-1]}": each.get("inputs") or {}
        for each in planned
        if any(part in each["urn"] for part in _PARTS) and each["type"].startswith("kubernetes:")
    }


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    """Resources and paths in which two sets differ."""
    found = set(one.keys() ^ other.keys())
    for name in one.keys() & other.keys():
        found |= {f"{name} {path}" for path in _paths(one[name], other[name], "")}
    return found


def _paths(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted(one.keys() | other.keys()):
            if not key.startswith("__"):
                yield from _paths(one.get(key), other.get(key), f"{path}.{key}")
    elif one != other:
        yield path
