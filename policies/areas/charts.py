"""The chart of a release: which one it is, what an air-gapped one must say, and where its rendered pods pull from."""

from collections.abc import Iterator, Sequence

from catalog.chart import (
    KEY_AUTHENTICATE,
    KEY_IMAGE_REGISTRY,
    KEY_LICENSE_PERSISTENCE,
    KEY_LICENSE_STORAGE_CLASS,
)
from policies.areas.pods import WORKLOADS, containers, pod_specs
from policies.reading import Value
from policies.rule import Finding, Parameters, Resource, Rule, Severity

__all__ = ["LOCKED", "RULES", "is_air_gapped"]

RELEASE = "kubernetes:helm.sh/v3:Release"
LOCKED = "release-chart-locked"
"""Id of the rule whose parameter `archives` the pack fills from `cartesia.lock`."""


def is_air_gapped(values: Value) -> bool:
    """Whether values of Cartesia's chart are those of an air-gapped release: it does not ask the vendor's cloud."""
    return values[KEY_AUTHENTICATE].is_(False)


def _locked(release: Resource, parameters: Parameters) -> Iterator[str]:
    archives = parameters.texts("archives")
    values, chart = release.inputs["values"], release.inputs["chart"]
    of_cartesia = any(values[section].present for section in ("release", "infra", "licenseProxy"))
    remote = release.inputs["repositoryOpts.repo"].present or (chart.text or "").startswith(("oci://", "https://"))
    if not archives or not of_cartesia or remote or chart.text is None:
        return
    parts = chart.text.split("/")
    if not any(archive in parts for archive in archives):
        yield "chart does not lie in the archive that cartesia.lock names"


def _complete(release: Resource, _: Parameters) -> Iterator[str]:
    values = release.inputs["values"]
    if not is_air_gapped(values):
        return
    if values[KEY_LICENSE_PERSISTENCE].is_not(True):
        yield f"values.{KEY_LICENSE_PERSISTENCE} is not true"
    if values[KEY_LICENSE_STORAGE_CLASS].absent:
        yield f"values.{KEY_LICENSE_STORAGE_CLASS} is not set"
    if values[KEY_IMAGE_REGISTRY].absent:
        yield f"values.{KEY_IMAGE_REGISTRY} is not set"
    if values["hotReload"].is_(True):
        yield "values.hotReload is true, and there is no bucket to read"


def _mirrored(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    releases = {each.name: each for each in resources if each.type == RELEASE}
    for workload in (each for each in resources if each.type in WORKLOADS):
        release = releases.get(workload.rendered_by)
        mirror = release.inputs[f"values.{KEY_IMAGE_REGISTRY}"].text if release is not None else None
        for image in _images(workload) if mirror else ():
            if image.text is not None and not image.text.startswith(f"{str(mirror).rstrip('/')}/"):
                yield Finding(workload.urn, f"{image.path} is not from the registry that infra.imageRegistry names")


def _images(workload: Resource) -> Iterator[Value]:
    for spec in pod_specs(workload):
        yield from (container["image"] for container in containers(spec))


RULES = (
    Rule(
        id=LOCKED,
        types=(RELEASE,),
        severity=Severity.HIGH,
        reason="A chart beside the locked archive was checked by nobody, and the next machine has another one.",
        fix="Deploy the chart that `cartesia-infra release fetch` unpacked.",
        source="this project's rule; docs/guides/vendor-bundle.md",
        check=_locked,
        schema={
            "archives": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "SHA-256 of archives to deploy from; empty: that of cartesia.lock, if there is one.",
            }
        },
    ),
    Rule(
        id="release-air-gapped-complete",
        types=(RELEASE,),
        severity=Severity.HIGH,
        reason="An air-gapped release without a volume for its license, or with images from elsewhere, does not start.",
        fix="Set persistence with a storage class, infra.imageRegistry, and hotReload to false.",
        source="docs.cartesia.ai/self-hosted, air-gapped; docs.cartesia.ai/self-hosted, managed Kubernetes",
        check=_complete,
    ),
    Rule(
        id="release-images-mirrored",
        types=(RELEASE, *WORKLOADS),
        severity=Severity.HIGH,
        reason="A pod of the release whose image is not in the mirror cannot pull it where the mirror is all there is.",
        fix="Mirror the image, and set its key in the values.",
        source="docs.cartesia.ai/self-hosted, air-gapped; docs.cartesia.ai/self-hosted, provisioned resources",
        check_stack=_mirrored,
    ),
)
