"""GPUs of a stack together: what they may cost, whether an update of the workers fits, who adds nodes, and where."""

from collections.abc import Iterator, Sequence
from typing import Final

from catalog.aws.instances import INSTANCES
from catalog.aws.zones import offers
from catalog.chart import DEFAULT_MAX_UNAVAILABLE, KEY_MAX_UNAVAILABLE, WORKER_MAX_SURGE
from core.capacity.rollout import RolloutVerdict, WorkerReplicas, rollout_budget
from policies.areas.gke_gpus import gpus_at_most
from policies.areas.gke_nodes import NODE_POOL
from policies.areas.gpu import NODE_GROUP, gpu_types
from policies.reading import Value
from policies.rule import Finding, Level, Parameters, Resource, Rule, Severity

__all__ = ["CLUSTER", "DEPLOYMENT", "RELEASE", "RULES", "brings", "is_automatic"]

CLUSTER = "aws:eks/cluster:Cluster"
ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
RELEASE = "kubernetes:helm.sh/v3:Release"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SUBNET = "aws:ec2/subnet:Subnet"

_BUDGET: Final = 8 * (1 + WORKER_MAX_SURGE)
"""GPUs for eight workers, each with those that an update may add: more than any example stack, less than four nodes
too many of the largest type."""
_NODE_ADDERS: Final = ("cluster-autoscaler", "karpenter")
_WORKER_SCALER: Final = "keda"


def _budget(resources: Sequence[Resource], parameters: Parameters) -> Iterator[Finding]:
    wanted = [(each.urn, _gpus(each) or 0) for each in resources]
    total = sum(gpus for _, gpus in wanted)
    limit = parameters.number("maximumGpus")
    if total > limit:
        largest = max(wanted, key=lambda each: each[1])[0]
        yield Finding(largest, f"the stack may start {total:g} GPUs, and its budget is {limit:g}")


def _gpus(resource: Resource) -> float | None:
    """GPUs that a resource may start; None where that is not known."""
    if resource.type == NODE_GROUP:
        return _gpus_of_group(resource)
    if resource.type == NODE_POOL:
        return gpus_at_most(resource)
    variants = resource.inputs["productionVariants"].items()
    return sum(_gpus_of_type(each["instanceType"]) * (each["initialInstanceCount"].number or 1) for each in variants)


def _gpus_of_group(group: Resource) -> float | None:
    kinds, most = group.inputs["instanceTypes"], group.inputs["scalingConfig.maxSize"]
    if not kinds.known or any(not each.known for each in kinds.items()):
        return None
    per_node = max((each.gpus for each in gpu_types(group)), default=0)
    if not per_node:
        return 0
    return per_node * most.number if most.number is not None else None


def _gpus_of_type(instance_type: Value) -> int:
    row = INSTANCES.get((instance_type.text or "").removeprefix("ml."))
    return row.gpus if row else 0


def _headroom(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    pools = [_gpus(each) for each in resources if each.type in (NODE_GROUP, NODE_POOL)]
    known = [gpus for gpus in pools if gpus is not None]
    if not sum(known) or len(known) < len(pools):
        return
    releases = [each for each in resources if each.type == RELEASE]
    workers = [worker for each in releases for worker in _workers(each)]
    goes_first = max((_max_unavailable(each) for each in releases if each.inputs["values.workers"].present), default=0)
    verdict = rollout_budget(workers, int(sum(known)), goes_first).verdict
    if workers and verdict in (RolloutVerdict.STALLS, RolloutVerdict.SHORT):
        said = "leave no GPU for the first new pod of an update" if verdict is RolloutVerdict.STALLS else "do not fit"
        holder = next(each for each in releases if any(_workers(each)))
        yield Finding(holder.urn, f"values.workers: with {sum(known):g} GPUs at most in the stack the workers {said}")


def _workers(release: Resource) -> Iterator[WorkerReplicas]:
    """Workers whose bounds are known."""
    workers = release.inputs["values.workers"]
    for name in workers.keys_if_map():
        low, high = (workers.key(name)[key] for key in ("minReplicas", "maxReplicas"))
        if low.known and high.known:
            least = int(low.number if low.number is not None else 1)
            most = int(high.number if high.number is not None else max(1, least))
            yield WorkerReplicas(name, least, max(most, least))


def _max_unavailable(release: Resource) -> int:
    """Pods that may go first; a share, or what is not known, is taken for one."""
    value = release.inputs[f"values.{KEY_MAX_UNAVAILABLE}"]
    if value.is_(None):
        return DEFAULT_MAX_UNAVAILABLE
    return int(value.number) if value.number is not None else 1


def is_automatic(cluster: Resource) -> bool:
    """Whether it is a cluster in auto mode, which brings autoscaler, load balancers and disks itself."""
    return cluster.inputs["computeConfig.enabled"].is_(True) or not cluster.inputs["computeConfig.enabled"].known


def _node_adder(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    clusters = [each for each in resources if each.type == CLUSTER]
    if not clusters or any(is_automatic(each) for each in clusters) or brings(resources, *_NODE_ADDERS):
        return
    for group in (each for each in resources if each.type == NODE_GROUP and gpu_types(each)):
        low, high = (group.inputs["scalingConfig"][key].number for key in ("minSize", "maxSize"))
        if low is not None and high is not None and low < high:
            yield Finding(group.urn, "scalingConfig.maxSize is above minSize, and nothing in the stack adds nodes")


def brings(resources: Sequence[Resource], *words: str) -> bool:
    """Whether a release or a deployment of the stack has one of these words in its chart, name or image.

    One whose chart or image is not known may have.
    """
    texts = [text for each in resources for text in _origins(each)]
    may = [not text.known or any(word in (text.text or "") for word in words) for text in texts]
    return any(may)


def _origins(resource: Resource) -> Iterator[Value]:
    """Where what a resource runs comes from."""
    if resource.type == RELEASE:
        yield from (resource.inputs["chart"], resource.inputs["name"])
    elif resource.type == DEPLOYMENT:
        yield from (item["image"] for item in resource.inputs["spec.template.spec.containers"].items())


def _worker_scaler(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    if not any(each.type == CLUSTER for each in resources):
        return
    releases = [each for each in resources if each.type == RELEASE]
    scaled = [each for each in releases if each.inputs["values.autoscaling.enabled"].is_(True)]
    for release in scaled if not brings(resources, _WORKER_SCALER) else ():
        yield Finding(release.urn, "values.autoscaling.enabled is true, and nothing in the stack installs KEDA")


def _zones_offer(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    subnets = {each.inputs["id"].text: each for each in resources if each.type == SUBNET}
    for group in (each for each in resources if each.type == NODE_GROUP and gpu_types(each)):
        for subnet in group.inputs["subnetIds"].items():
            home = subnets.get(subnet.text) if subnet.text is not None else None
            if home is not None and not _offers_any(group, home):
                yield Finding(group.urn, f"{subnet.path} lies in a zone that offers none of its instance types")


def _offers_any(group: Resource, subnet: Resource) -> bool:
    """Whether a subnet's zone may offer a type of a group; a zone that is known by name alone stands for its region."""
    zone = subnet.inputs["availabilityZoneId"].text or (subnet.inputs["availabilityZone"].text or "").rstrip("abcdef")
    return any(offers(each.name, zone) is not False for each in gpu_types(group))


RULES = (
    Rule(
        id="gpu-budget",
        types=(NODE_GROUP, NODE_POOL, ENDPOINT_CONFIGURATION),
        severity=Severity.HIGH,
        reason="A digit too many in a maximum costs as much as a car before somebody looks at the bill.",
        fix="Lower the maximum sizes, or raise maximumGpus in the policy configuration.",
        source="this project's rule; EC2 DescribeInstanceTypes and Compute Engine documentation for GPUs of each type",
        check_stack=_budget,
        schema={
            "maximumGpus": {
                "type": "number",
                "default": _BUDGET,
                "description": (
                    f"GPUs a stack may start; {_BUDGET} are eight workers, each with the {WORKER_MAX_SURGE} more "
                    "that an update may start beside it."
                ),
            }
        },
    ),
    Rule(
        id="gpu-surge-headroom",
        types=(NODE_GROUP, NODE_POOL, RELEASE),
        severity=Severity.HIGH,
        reason="An update starts a new worker before it takes an old one away; without a free GPU it waits for ever.",
        fix="Raise the maximum size of a GPU group, lower maxReplicas, or set release.maxUnavailable to 1.",
        source="docs.cartesia.ai/self-hosted, upgrades and rollback; Kubernetes documentation, Deployment",
        check_stack=_headroom,
    ),
    Rule(
        id="gpu-nodes-added-by-somebody",
        types=(CLUSTER, NODE_GROUP, RELEASE, DEPLOYMENT),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="EKS itself never changes the size of a group, so workers above its size stay Pending.",
        fix="Install cluster autoscaler or Karpenter in the stack, or set minSize to maxSize.",
        source="Amazon EKS user guide, managed node groups; docs.cartesia.ai/self-hosted, auto-scaling",
        check_stack=_node_adder,
    ),
    Rule(
        id="workers-scaled-by-keda",
        types=(CLUSTER, RELEASE, DEPLOYMENT),
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        reason="A ScaledObject without KEDA is refused by the cluster, and the release with it.",
        fix="Install KEDA and Prometheus before the release, or set autoscaling.enabled to false.",
        source="docs.cartesia.ai/self-hosted, auto-scaling; KEDA documentation, deploying KEDA",
        check_stack=_worker_scaler,
    ),
    Rule(
        id="gpu-zone-offers",
        types=(NODE_GROUP, SUBNET),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="In a zone that does not offer the instance type no node ever starts.",
        fix="Use subnets in zones that have the type, or other types.",
        source="Amazon EC2 API reference, DescribeInstanceTypeOfferings; catalog/aws/zones.py",
        check_stack=_zones_offer,
    ),
)
