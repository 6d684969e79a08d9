"""Classes and drivers that a stack asks for, and whether something in it serves them.

Judged only in stacks that hold an EKS cluster: on any other one, controllers may have been there before.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from policies.areas.capacity import CLUSTER, DEPLOYMENT, RELEASE, brings, is_automatic
from policies.rule import Finding, Level, Parameters, Resource, Rule, Severity

__all__ = ["RULES"]

ADDON = "aws:eks/addon:Addon"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"

_CONTROLLERS: Final = {"alb": "aws-load-balancer-controller", "nginx": "ingress-nginx"}
"""Chart that serves a class of ingresses."""
_DRIVERS: Final = {
    "ebs.csi.aws.com": "aws-ebs-csi-driver",
    "efs.csi.aws.com": "aws-efs-csi-driver",
    "fsx.csi.aws.com": "aws-fsx-csi-driver",
}
"""Add-on, or chart, that serves a class of volumes."""


def _is_ours(resources: Sequence[Resource]) -> bool:
    """Whether a cluster of the stack has to bring its controllers."""
    clusters = [each for each in resources if each.type == CLUSTER]
    return bool(clusters) and not any(is_automatic(each) for each in clusters)


def _ingress_served(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    if not _is_ours(resources):
        return
    for resource, path in _asking(resources):
        chart = _CONTROLLERS.get(resource.inputs[path].text or "")
        if chart is not None and not brings(resources, chart):
            yield Finding(resource.urn, f"{path} asks for a class that nothing in the stack serves")


def _asking(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Resources that name a class of ingresses, and where."""
    for each in resources:
        if each.type == INGRESS:
            yield each, "spec.ingressClassName"
        elif each.type == RELEASE and each.inputs["values.ingress.enabled"].is_(True):
            yield each, "values.ingress.className"


def _volumes_served(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    if not _is_ours(resources):
        return
    addons = [each.inputs["addonName"] for each in resources if each.type == ADDON]
    for storage in (each for each in resources if each.type == STORAGE_CLASS):
        driver = _DRIVERS.get(storage.inputs["provisioner"].text or "")
        there = any(not each.known or each.is_(driver) for each in addons) or brings(resources, driver or "")
        if driver is not None and not there:
            yield Finding(storage.urn, "provisioner names a driver that nothing in the stack installs")


RULES = (
    Rule(
        id="ingress-class-served",
        types=(CLUSTER, INGRESS, RELEASE, DEPLOYMENT),
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        reason="An ingress of a class without a controller gets no address, and nothing says so.",
        fix="Install the controller of the class in the stack.",
        source="Kubernetes documentation, ingress controllers; AWS Load Balancer Controller, installation",
        check_stack=_ingress_served,
    ),
    Rule(
        id="storage-class-served",
        types=(CLUSTER, ADDON, STORAGE_CLASS, RELEASE, DEPLOYMENT),
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        reason="A claim of a class without a driver stays Pending, and its pod with it.",
        fix="Add the driver's add-on.",
        source="Amazon EKS user guide, storage; Kubernetes documentation, storage classes",
        check_stack=_volumes_served,
    ),
)
