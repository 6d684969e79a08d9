"""GPU node groups: that a voice worker can run there and nothing else does."""

from collections.abc import Iterator

from catalog.aws.amis import AMI_TYPES, CUSTOM, DEFAULT
from catalog.aws.instances import INSTANCES, refusal_of
from catalog.gpus import ACCELERATOR_LABEL, GPU_LABEL, GPU_RESOURCE, GPU_TAINT, MIN_GPU_DISK_GIB
from catalog.machine import Machine
from policies.areas.pods import WORKLOADS, gpu_containers, pod_specs
from policies.reading import Value
from policies.rule import PRODUCTION, Level, Parameters, Resource, Rule, Severity

__all__ = ["NODE_GROUP", "RULES", "gpu_types"]

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"


def gpu_types(group: Resource) -> list[Machine]:
    """The GPU types of a group that the catalog knows."""
    types = group.inputs["instanceTypes"].texts()
    return [INSTANCES[name] for name in types if name in INSTANCES and INSTANCES[name].gpu]


def _ami_has_driver(group: Resource, _: Parameters) -> Iterator[str]:
    if not gpu_types(group):
        return
    ami = group.inputs["amiType"]
    custom = group.inputs["launchTemplate"]
    if ami.absent and custom.absent:
        yield f"amiType is not set, and the default ({DEFAULT}) has no NVIDIA driver"
    row = AMI_TYPES.get(ami.text or "")
    if row is not None and not row.nvidia:
        yield "amiType names an image without the NVIDIA driver"


def _ami_architecture(group: Resource, _: Parameters) -> Iterator[str]:
    row = AMI_TYPES.get(group.inputs["amiType"].text or "")
    known = [INSTANCES[name] for name in group.inputs["instanceTypes"].texts() if name in INSTANCES]
    if row is not None and any(each.arch != row.arch for each in known):
        yield "amiType and instanceTypes are of different processor architectures"


def _taint(group: Resource, _: Parameters) -> Iterator[str]:
    if not gpu_types(group):
        return
    taints = group.inputs["taints"]
    keys = [taint["key"] for taint in taints.items()]
    if taints.known and all(key.is_not(GPU_TAINT) for key in keys):
        yield f"taints has no {GPU_TAINT}"


def _label(group: Resource, _: Parameters) -> Iterator[str]:
    if gpu_types(group) and group.inputs["labels"].key(GPU_LABEL).is_not("true"):
        yield f"labels has no {GPU_LABEL}: true"


def _accelerator_label(group: Resource, _: Parameters) -> Iterator[str]:
    if gpu_types(group) and group.inputs["labels"].key(ACCELERATOR_LABEL).absent:
        yield f"labels has no {ACCELERATOR_LABEL}"


def _family(group: Resource, _: Parameters) -> Iterator[str]:
    for item in group.inputs["instanceTypes"].items():
        why = refusal_of(item.text or "")
        if why is not None:
            yield f"{item.path}: {why}"


def _one_model(group: Resource, _: Parameters) -> Iterator[str]:
    if len({(each.gpu, each.gpus) for each in gpu_types(group)}) > 1:
        yield "instanceTypes mixes GPU models or numbers of GPUs"


def _no_spot(group: Resource, parameters: Parameters) -> Iterator[str]:
    if group.in_production(parameters) and gpu_types(group) and group.inputs["capacityType"].is_("SPOT"):
        yield "capacityType is SPOT"


def _warm_node(group: Resource, parameters: Parameters) -> Iterator[str]:
    if group.in_production(parameters) and gpu_types(group) and group.inputs["scalingConfig.minSize"].is_(0, 0.0):
        yield "scalingConfig.minSize is 0"


def _disk(group: Resource, _: Parameters) -> Iterator[str]:
    size = group.inputs["diskSize"].number
    if gpu_types(group) and size is not None and size < MIN_GPU_DISK_GIB:
        yield f"diskSize is below {MIN_GPU_DISK_GIB} GiB"


def _bounds(group: Resource, _: Parameters) -> Iterator[str]:
    sizes = group.inputs["scalingConfig"]
    low, wanted, high = (sizes[key].number for key in ("minSize", "desiredSize", "maxSize"))
    if low is not None and wanted is not None and wanted < low:
        yield "scalingConfig.desiredSize is below minSize"
    if high is not None and wanted is not None and wanted > high:
        yield "scalingConfig.desiredSize is above maxSize"


def _toleration(workload: Resource, _: Parameters) -> Iterator[str]:
    for spec in pod_specs(workload):
        asking = gpu_containers(spec)
        tolerations = spec["tolerations"]
        if asking and tolerations.known and all(_does_not_tolerate(each) for each in tolerations.items()):
            yield f"{asking[0].path} asks for {GPU_RESOURCE}, and the pod does not tolerate its taint"


def _does_not_tolerate(toleration: Value) -> bool:
    everything = toleration["operator"].is_("Exists") and toleration["key"].absent
    return not everything and toleration["key"].is_not(GPU_TAINT)


RULES = (
    Rule(
        id="gpu-ami-has-driver",
        types=(NODE_GROUP,),
        severity=Severity.HIGH,
        reason="A node without the NVIDIA driver is Ready and offers no GPU, so workers wait for ever.",
        fix=f"Set amiType to AL2023_x86_64_NVIDIA, or to {CUSTOM} with an image of yours that has the driver.",
        source="Amazon EKS user guide, accelerated AMIs",
        check=_ami_has_driver,
    ),
    Rule(
        id="node-ami-architecture",
        types=(NODE_GROUP,),
        severity=Severity.HIGH,
        reason="EKS refuses a group whose image cannot start on its instance types.",
        fix="Choose an amiType of the same architecture.",
        source="Amazon EKS API reference, Nodegroup.amiType",
        check=_ami_architecture,
    ),
    Rule(
        id="gpu-taint",
        types=(NODE_GROUP,),
        severity=Severity.MEDIUM,
        reason="Without the taint, pods that need no GPU fill the costly nodes.",
        fix=f"Add the taint {GPU_TAINT} with value true and effect NO_SCHEDULE.",
        source="Kubernetes documentation, taints and tolerations, nodes with special hardware",
        check=_taint,
    ),
    Rule(
        id="gpu-label",
        types=(NODE_GROUP,),
        severity=Severity.MEDIUM,
        reason="The vendor's charts select GPU nodes by this label.",
        fix=f'Add the label {GPU_LABEL}: "true".',
        source="vendor tfvars example for AWS",
        check=_label,
    ),
    Rule(
        id="gpu-accelerator-label",
        types=(NODE_GROUP,),
        severity=Severity.LOW,
        level=Level.ADVISORY,
        reason="Without it, cluster autoscaler starts another node while the GPUs of the first are not offered yet.",
        fix=f"Add the label {ACCELERATOR_LABEL} with the GPU's model.",
        source="cluster-autoscaler, cloudprovider/aws/README.md",
        check=_accelerator_label,
    ),
    Rule(
        id="gpu-family",
        types=(NODE_GROUP,),
        severity=Severity.HIGH,
        reason="Voice workers need NVIDIA GPUs of the Ampere generation or newer with at least 24 GB each.",
        fix="Use types of g5, g6, g6e or p4d and newer.",
        source="docs.cartesia.ai/self-hosted, hardware selection",
        check=_family,
    ),
    Rule(
        id="gpu-one-model",
        types=(NODE_GROUP,),
        severity=Severity.MEDIUM,
        reason="Workers of one group take different numbers of streams, so neither scaling nor capacity plans fit.",
        fix="Make one node group for each GPU model.",
        source="docs.cartesia.ai/self-hosted, hardware selection",
        check=_one_model,
    ),
    Rule(
        id="gpu-no-spot",
        types=(NODE_GROUP,),
        severity=Severity.HIGH,
        reason="A spot node ends with two minutes' notice, in the middle of calls.",
        fix="Set capacityType to ON_DEMAND, or buy a capacity block.",
        source="Amazon EC2 user guide, spot instance interruptions",
        check=_no_spot,
        schema=PRODUCTION,
    ),
    Rule(
        id="gpu-warm-node",
        types=(NODE_GROUP,),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="The first call after a quiet time waits for a node, its images and its model.",
        fix="Keep at least one node.",
        source="Amazon EKS best practices, AI/ML compute",
        check=_warm_node,
        schema=PRODUCTION,
    ),
    Rule(
        id="gpu-disk",
        types=(NODE_GROUP,),
        severity=Severity.MEDIUM,
        reason="Images of voice workers fill a small disk, and the kubelet then evicts their pods.",
        fix=f"Set diskSize to {MIN_GPU_DISK_GIB} or more.",
        source="vendor tfvars example for AWS",
        check=_disk,
    ),
    Rule(
        id="node-scaling-bounds",
        types=(NODE_GROUP,),
        severity=Severity.HIGH,
        reason="EKS refuses a desired size outside the bounds, after everything before it was made.",
        fix="Put desiredSize between minSize and maxSize.",
        source="Amazon EKS API reference, NodegroupScalingConfig",
        check=_bounds,
    ),
    Rule(
        id="gpu-toleration",
        types=WORKLOADS,
        severity=Severity.MEDIUM,
        reason="A pod that asks for a GPU and does not tolerate the taint of GPU nodes may stay Pending.",
        fix=f"Tolerate {GPU_TAINT} in the pod.",
        source="Kubernetes documentation, taints and tolerations, nodes with special hardware",
        check=_toleration,
    ),
)
