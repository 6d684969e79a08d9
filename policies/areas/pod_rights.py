"""What pods of plain workloads and of rendered charts may reach: secrets, the host, other rights."""

import re
from collections.abc import Iterator
from typing import Final

from core.input.secret_scan import kind_of_secret
from policies.areas.pods import DAEMON_SET, WORKLOADS, containers, pod_specs
from policies.reading import Value
from policies.rule import Level, Parameters, Resource, Rule, Severity

__all__ = ["RULES"]

_SECRET_NAME: Final = re.compile(r"(?:^|_)(?:API_?KEY|PASSWORD|PRIVATE_?KEY|SECRET|TOKEN)$", re.IGNORECASE)


def _every_container(workload: Resource) -> Iterator[tuple[Value, Value]]:
    """Each container, with the specification of its pod."""
    for spec in pod_specs(workload):
        yield from ((spec, container) for container in containers(spec))


def _no_secret_in_variables(workload: Resource, _: Parameters) -> Iterator[str]:
    for _spec, container in _every_container(workload):
        for variable in container["env"].items():
            text = variable["value"].text_if_text()
            # A path is where a secret stands, and no secret.
            named = bool(_SECRET_NAME.search(variable["name"].text_if_text())) and not text.startswith("/")
            if kind_of_secret(text) is not None or (text and named):
                yield f"{variable.path}.value holds a secret"


def _no_host_path(workload: Resource, _: Parameters) -> Iterator[str]:
    if workload.type == DAEMON_SET:
        return
    for spec in pod_specs(workload):
        for volume in spec["volumes"].items():
            if volume["hostPath"].present:
                yield f"{volume.path} is a path of the host"


def _no_escalation(workload: Resource, _: Parameters) -> Iterator[str]:
    for _spec, container in _every_container(workload):
        if container["securityContext.allowPrivilegeEscalation"].is_not(False):
            yield f"{container.path}.securityContext.allowPrivilegeEscalation is not false"


def _not_root(workload: Resource, _: Parameters) -> Iterator[str]:
    for spec, container in _every_container(workload):
        own = container["securityContext.runAsNonRoot"]
        if own.is_not(True) and (own.is_(False) or spec["securityContext.runAsNonRoot"].is_not(True)):
            yield f"{container.path} may run as root"


RULES = (
    Rule(
        id="pod-env-holds-no-secret",
        types=WORKLOADS,
        severity=Severity.CRITICAL,
        reason="Whoever may read the workload, or the release that made it, reads the secret.",
        fix="Make a Kubernetes secret, and name it in valueFrom.secretKeyRef.",
        source="Kubernetes documentation, good practices for secrets; CIS Kubernetes Benchmark, 5.4.1",
        check=_no_secret_in_variables,
    ),
    Rule(
        id="pod-no-host-path",
        types=WORKLOADS,
        severity=Severity.HIGH,
        reason="A path of the host opens its node to the pod; only an agent that runs on every node needs one.",
        fix="Use a volume claim, or an emptyDir.",
        source="Kubernetes documentation, pod security standards, baseline; CIS Kubernetes Benchmark, 5.2.12",
        check=_no_host_path,
    ),
    Rule(
        id="pod-no-escalation",
        types=WORKLOADS,
        severity=Severity.LOW,
        level=Level.ADVISORY,
        reason="A faulty process in the container may gain rights that its image did not have.",
        fix="Set securityContext.allowPrivilegeEscalation to false.",
        source="Kubernetes documentation, pod security standards, restricted; CIS Kubernetes Benchmark, 5.2.5",
        check=_no_escalation,
    ),
    Rule(
        id="pod-not-root",
        types=WORKLOADS,
        severity=Severity.LOW,
        level=Level.ADVISORY,
        reason="Root in a container is root on the node for whoever breaks out.",
        fix="Set securityContext.runAsNonRoot to true, where the image has a user of its own.",
        source="Kubernetes documentation, pod security standards, restricted; CIS Kubernetes Benchmark, 5.2.6",
        check=_not_root,
    ),
)
