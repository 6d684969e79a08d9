"""Pods of plain Kubernetes workloads: where their specification stands, and what they may not do."""

from collections.abc import Iterator

from catalog.gpus import GPU_RESOURCE
from policies.reading import Value
from policies.rule import Parameters, Resource, Rule, Severity

__all__ = ["DAEMON_SET", "RULES", "WORKLOADS", "asks_for_gpu", "containers", "gpu_containers", "pod_specs"]

DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
POD = "kubernetes:core/v1:Pod"
CRON_JOB = "kubernetes:batch/v1:CronJob"
WORKLOADS = (
    DAEMON_SET,
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:batch/v1:Job",
    CRON_JOB,
    POD,
)
"""Types that make pods."""


def pod_specs(workload: Resource) -> Iterator[Value]:
    """The specification of a workload's pods."""
    if workload.type == POD:
        yield workload.inputs["spec"]
    elif workload.type == CRON_JOB:
        yield workload.inputs["spec.jobTemplate.spec.template.spec"]
    else:
        yield workload.inputs["spec.template.spec"]


def containers(spec: Value) -> Iterator[Value]:
    """The containers of a pod, those that prepare it included."""
    for key in ("initContainers", "containers"):
        yield from spec[key].items()


def gpu_containers(spec: Value) -> list[Value]:
    """The containers of a pod that ask for GPUs."""
    return [each for each in containers(spec) if each["resources.limits"].key(GPU_RESOURCE).present]


def asks_for_gpu(workload: Resource) -> bool:
    """Whether the pods of a workload run on GPUs."""
    return any(gpu_containers(spec) for spec in pod_specs(workload))


def _every_container(workload: Resource) -> Iterator[Value]:
    for spec in pod_specs(workload):
        yield from containers(spec)


def _not_privileged(workload: Resource, _: Parameters) -> Iterator[str]:
    for container in _every_container(workload):
        if container["securityContext.privileged"].is_(True):
            yield f"{container.path}.securityContext.privileged is true"


def _not_on_the_host(workload: Resource, _: Parameters) -> Iterator[str]:
    for spec in pod_specs(workload):
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if spec[key].is_(True):
                yield f"{spec.path}.{key} is true"


def _image_pinned(workload: Resource, _: Parameters) -> Iterator[str]:
    for container in _every_container(workload):
        image = container["image"]
        if image.text is not None and _moves(image.text):
            yield f"{image.path} names no fixed tag or digest"


def _moves(image: str) -> bool:
    """Whether the name of an image means another one tomorrow."""
    tag = image.rpartition("/")[2].partition(":")[2]
    return "@" not in image and tag in ("", "latest")


def _from_mirror(workload: Resource, parameters: Parameters) -> Iterator[str]:
    allowed = tuple(f"{each.rstrip('/')}/" for each in parameters.texts("registries"))
    for container in _every_container(workload):
        image = container["image"]
        if allowed and image.text is not None and not image.text.startswith(allowed):
            yield f"{image.path} is not from a registry of the list"


def _requests_memory(workload: Resource, _: Parameters) -> Iterator[str]:
    for container in _every_container(workload):
        resources = container["resources"]
        if resources["requests.memory"].absent and resources["limits.memory"].absent:
            yield f"{container.path}.resources says nothing of memory"


RULES = (
    Rule(
        id="pod-not-privileged",
        types=WORKLOADS,
        severity=Severity.HIGH,
        reason="A privileged container owns its node, the credentials and GPUs of all pods there included.",
        fix="Remove privileged and add the one capability that is needed.",
        source="Kubernetes documentation, pod security standards, baseline",
        check=_not_privileged,
    ),
    Rule(
        id="pod-not-on-host",
        types=WORKLOADS,
        severity=Severity.HIGH,
        reason="A pod in the host's namespaces sees the traffic and processes of every other pod of the node.",
        fix="Remove hostNetwork, hostPID and hostIPC.",
        source="Kubernetes documentation, pod security standards, baseline",
        check=_not_on_the_host,
    ),
    Rule(
        id="pod-image-pinned",
        types=WORKLOADS,
        severity=Severity.MEDIUM,
        reason="Nodes would run different images under one name, and a roll-back would have nothing to name.",
        fix="Name a tag that does not move, or a digest.",
        source="Kubernetes documentation, images",
        check=_image_pinned,
    ),
    Rule(
        id="pod-image-registry",
        types=WORKLOADS,
        severity=Severity.HIGH,
        reason="In an air-gapped environment an image from elsewhere cannot be pulled.",
        fix="Mirror the image and name the mirror.",
        source="docs.cartesia.ai/self-hosted, air-gapped",
        check=_from_mirror,
        schema={
            "registries": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "Prefixes of allowed images, as registry.example.com/team; empty: all.",
            }
        },
    ),
    Rule(
        id="pod-requests-memory",
        types=WORKLOADS,
        severity=Severity.LOW,
        reason="A pod without a request is put on a full node and is the first to be ended there.",
        fix="Set resources.requests.memory.",
        source="Kubernetes documentation, node-pressure eviction",
        check=_requests_memory,
    ),
)
