"""What keeps calls while pods come and go: grace, probes, budgets, volumes and the pace of scaling in."""

from collections.abc import Iterator, Sequence
from typing import Final

from policies.areas.pods import WORKLOADS, asks_for_gpu, gpu_containers, pod_specs
from policies.reading import Value
from policies.rule import Finding, Level, Parameters, Resource, Rule, Severity

__all__ = ["RULES"]

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
SCALED_OBJECT = "kubernetes:keda.sh/v1alpha1:ScaledObject"

_BEHAVIOR: Final = {
    AUTOSCALER: "spec.behavior.scaleDown.stabilizationWindowSeconds",
    SCALED_OBJECT: "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds",
}
_DEFAULT_GRACE: Final = 30.0
_DEFAULT_HOLD: Final = 300.0


def _grace(workload: Resource, parameters: Parameters) -> Iterator[str]:
    for spec in pod_specs(workload):
        grace = spec["terminationGracePeriodSeconds"]
        seconds = _DEFAULT_GRACE if grace.is_(None) else grace.number
        if gpu_containers(spec) and seconds is not None and seconds < parameters.number("minimumSeconds"):
            yield f"{grace.path} is too short"


def _probed(workload: Resource, _: Parameters) -> Iterator[str]:
    for spec in pod_specs(workload):
        for container in gpu_containers(spec):
            if container["readinessProbe"].absent and container["startupProbe"].absent:
                yield f"{container.path} has neither a readinessProbe nor a startupProbe"


def _budgets(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    budgets = [each for each in resources if each.type == BUDGET]
    for workload in resources:
        if workload.type in (DEPLOYMENT, STATEFUL_SET) and _has_several(workload) and asks_for_gpu(workload):
            labels = workload.inputs["spec.template.metadata.labels"]
            if labels.known and not any(_may_select(budget.inputs["spec.selector"], labels) for budget in budgets):
                yield Finding(workload.urn, "no PodDisruptionBudget of the stack selects its pods")


def _has_several(workload: Resource) -> bool:
    replicas = workload.inputs["spec.replicas"].number
    return replicas is not None and replicas > 1


def _may_select(selector: Value, labels: Value) -> bool:
    """Whether a selector picks pods with these labels, or nobody can say."""
    if not selector.known or selector["matchExpressions"].present:
        return True
    wanted = selector["matchLabels"]
    return not wanted.known or all(_may_equal(wanted.key(key), labels.key(key)) for key in wanted.keys())  # noqa: SIM118 - `keys` is of `Value`, no map


def _may_equal(one: Value, other: Value) -> bool:
    return one.text == other.text or not (one.known and other.known)


def _one_writer(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    claims = [each for each in resources if each.type == CLAIM]
    single = {_name(each): each for each in claims if each.inputs["spec.accessModes"].lacks("ReadWriteMany")}
    for deployment in (each for each in resources if each.type == DEPLOYMENT):
        strategy = deployment.inputs["spec.strategy.type"]
        if strategy.is_not("Recreate") and any(_claimed(each) in single for each in _volumes(deployment)):
            yield Finding(deployment.urn, f"{strategy.path} is not Recreate, and one node at a time has its volume")


def _name(thing: Resource) -> str:
    return thing.inputs["metadata.name"].text or thing.name


def _volumes(deployment: Resource) -> list[Value]:
    return [volume for spec in pod_specs(deployment) for volume in spec["volumes"].items()]


def _claimed(volume: Value) -> str | None:
    return volume["persistentVolumeClaim.claimName"].text


def _holds(resources: Sequence[Resource], parameters: Parameters) -> Iterator[Finding]:
    workers = {_name(each) for each in resources if each.type in WORKLOADS and asks_for_gpu(each)}
    for scaler in (each for each in resources if each.type in _BEHAVIOR):
        window = scaler.inputs[_BEHAVIOR[scaler.type]]
        seconds = _DEFAULT_HOLD if window.is_(None) else window.number
        of_worker = scaler.inputs["spec.scaleTargetRef.name"].text in workers
        if of_worker and seconds is not None and seconds < parameters.number("minimumSeconds"):
            yield Finding(scaler.urn, f"{window.path} is too short")


RULES = (
    Rule(
        id="gpu-pod-grace",
        types=WORKLOADS,
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="A worker that is told to go is killed after the grace period, with the streams it still has.",
        fix="Set terminationGracePeriodSeconds to the longest stream you serve.",
        source="Kubernetes documentation, pod lifecycle, termination; cluster-autoscaler FAQ, graceful termination",
        check=_grace,
        schema={
            "minimumSeconds": {
                "type": "number",
                "default": 60,
                "description": "Shortest grace of a pod with GPUs: what a stream lasts. 60: twice Kubernetes' default.",
            }
        },
    ),
    Rule(
        id="gpu-pod-probed",
        types=WORKLOADS,
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="A worker loads its model for minutes; without a probe it counts as ready and is sent calls.",
        fix="Add a startupProbe, as the vendor's chart does.",
        source="docs.cartesia.ai/self-hosted, architecture; Kubernetes documentation, probes",
        check=_probed,
    ),
    Rule(
        id="gpu-pod-budget",
        types=(BUDGET, DEPLOYMENT, STATEFUL_SET),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="A drain of nodes may take all workers of a model away at once.",
        fix="Make a PodDisruptionBudget with maxUnavailable 1 that selects its pods.",
        source="Kubernetes documentation, disruptions; Amazon EKS best practices, reliability",
        check_stack=_budgets,
    ),
    Rule(
        id="deployment-recreated-with-its-volume",
        types=(CLAIM, DEPLOYMENT),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="A rolling update starts the new pod first, and on another node it waits for the volume for ever.",
        fix="Set strategy.type to Recreate, or use a claim that many nodes may write.",
        source="Kubernetes documentation, persistent volumes, access modes; Deployment, strategy",
        check_stack=_one_writer,
    ),
    Rule(
        id="scale-down-hold",
        types=(*WORKLOADS, *_BEHAVIOR),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="Workers that go soon after a peak are missing in the next one, and a new one loads for minutes.",
        fix="Set scaleDown.stabilizationWindowSeconds to 900, the vendor's figure.",
        source="docs.cartesia.ai/self-hosted, auto-scaling; Kubernetes documentation, horizontal pod autoscaling",
        check_stack=_holds,
        schema={
            "minimumSeconds": {
                "type": "number",
                "default": 900,
                "description": "Shortest time to wait before workers are taken away. 900 is the vendor's.",
            }
        },
    ),
)
