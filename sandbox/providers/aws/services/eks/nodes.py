"""EKS node groups: a record here, KWOK nodes in the cluster's control plane."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog.aws.amis import AMI_TYPES, CUSTOM, DEFAULT
from catalog.aws.eks import ADDON_VPC_CNI, EKS_DEFAULT_VERSION
from catalog.aws.instances import INSTANCES
from sandbox.providers.aws.ids import arn
from sandbox.providers.aws.nodes import selector_of
from sandbox.providers.aws.rules import instance_type
from sandbox.providers.aws.services import tokens
from sandbox.providers.aws.services.eks.cluster import INVALID, check_role, minor, no_cluster
from sandbox.providers.aws.services.eks.pools import DEFAULT_DISK_GIB, pool_of, template_of
from sandbox.providers.aws.services.iam import policies_of, role_of_arn
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import CloudObject, Plane
from sandbox.providers.cloud.condition import status
from sandbox.providers.cloud.errors import CloudError, UnfulfillableError
from sandbox.providers.cloud.row import AutoName, ResourceType, constant, joined
from sandbox.providers.cloud.rules import all_of, between, length, matches, one_of
from sandbox.providers.cloud.walk import values_at

_NAME: Final = r"[0-9A-Za-z][A-Za-z0-9_-]*"
_LABEL: Final = r"([A-Za-z0-9.-]{1,253}/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?"
_RESERVED: Final = ("kubernetes.io/", "k8s.io/", "eks.amazonaws.com/")
_MANAGED: Final = "arn:aws:iam::aws:policy/"
_WORKER: Final = ("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy")
_REGISTRY: Final = ("AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPullOnly")
_MOST_TYPES: Final = 20


def _check(values: Mapping[str, Any]) -> Iterator[Failure]:
    yield from _check_scaling(values.get("scalingConfig") or {})
    template = values.get("launchTemplate") or {}
    if template and values.get("diskSize") is not None:
        yield Failure("diskSize", "Disk size must be specified within the launch template.")
    if template and values.get("remoteAccess") is not None:
        yield Failure("remoteAccess", "Remote access configuration cannot be specified with a launch template.")
    if template.get("id") and template.get("name"):
        yield Failure("launchTemplate", "only one of `id,name` can be specified")
    update = values.get("updateConfig") or {}
    if update.get("maxUnavailable") is not None and update.get("maxUnavailablePercentage") is not None:
        yield Failure("updateConfig", "only one of `maxUnavailable,maxUnavailablePercentage` can be specified")
    for key in values.get("labels") or {}:
        if key.startswith(_RESERVED):
            yield Failure(f'labels["{key}"]', f"Label cannot contain reserved prefixes [{', '.join(_RESERVED)}]")
    yield from _check_types(values)


def _check_scaling(scaling: Mapping[str, int]) -> Iterator[Failure]:
    rules = (
        ("minSize", "maxSize", "minimum capacity {} can't be greater than maximum size {}", "minSize"),
        ("minSize", "desiredSize", "desired capacity {1} can't be less than minimum size {0}", "desiredSize"),
        ("desiredSize", "maxSize", "desired capacity {} can't be greater than maximum size {}", "desiredSize"),
    )
    for lower, upper, text, where in rules:
        if lower in scaling and upper in scaling and scaling[lower] > scaling[upper]:
            yield Failure(f"scalingConfig.{where}", text.format(scaling[lower], scaling[upper]))
            return  # with the bounds crossed no desired capacity is right


def _check_types(values: Mapping[str, Any]) -> Iterator[Failure]:
    kind = values.get("amiType") or (DEFAULT if not values.get("launchTemplate") else CUSTOM)
    if kind == CUSTOM or kind not in AMI_TYPES:
        return
    ami = AMI_TYPES[kind]
    for index, name in enumerate(values.get("instanceTypes") or ()):
        row = INSTANCES.get(name)
        if row is not None and (row.arch != ami.arch or (ami.nvidia and row.gpu is None)):
            reason = f"[{name}] is not a valid instance type for requested amiType {kind}"
            yield Failure(f"instanceTypes[{index}]", reason)


def _admit(made: CloudObject) -> None:
    account = made.account
    cluster = account.one(tokens.CLUSTER, made["clusterName"], no_cluster(made["clusterName"]))
    network = cluster.outputs["vpcConfig"]["vpcId"]
    for subnet_id in made["subnetIds"]:
        missing = CloudError(INVALID, f"The subnet ID '{subnet_id}' does not exist")
        if account.one(tokens.SUBNET, subnet_id, missing).inputs["vpcId"] != network:
            raise CloudError(INVALID, f"Subnet {subnet_id} is not in the VPC of the cluster ({network})")
    check_role(made, made["nodeRoleArn"], "ec2.amazonaws.com")
    _admit_template(made)
    version, newest = made["version"], cluster.outputs["version"]
    if version and not 0 <= minor(newest) - minor(version) <= 3:
        raise CloudError(INVALID, f"Nodegroup Kubernetes version {version} does not fit cluster version {newest}")
    _can_join(made, cluster.inputs)


def _admit_template(made: CloudObject) -> None:
    if not made["launchTemplate"]:
        if made["capacityType"] == "CAPACITY_BLOCK":
            raise CloudError(INVALID, "Capacity block node groups need a launch template")
        return
    template = template_of(made.account, made.inputs)
    if not template:
        raise CloudError(INVALID, f"Launch template {made['launchTemplate']} does not exist")
    if template.get("instanceType") and made["instanceTypes"]:
        raise CloudError(INVALID, "Instance type can be specified in the launch template or the API request, not both")
    if template.get("imageId") and made["amiType"] not in (None, CUSTOM):
        raise CloudError(INVALID, "AMI type cannot be specified with an image id in the launch template")
    if values_at(template, "iamInstanceProfile.arn") or values_at(template, "iamInstanceProfile.name"):
        raise CloudError(
            INVALID, "IamInstanceProfile cannot be specified in the launch template of a managed node group"
        )
    market = next(iter(values_at(template, "instanceMarketOptions.marketType")), None)
    if made["capacityType"] == "CAPACITY_BLOCK" and market != "capacity-block":
        raise CloudError(INVALID, "Capacity block node groups need marketType capacity-block in the launch template")
    _admit_reservation(made, template)


def _admit_reservation(made: CloudObject, template: Mapping[str, Any]) -> None:
    target = "capacityReservationSpecification.capacityReservationTarget.capacityReservationId"
    for name in values_at(template, target):
        reserved = made.account.find(tokens.CAPACITY_RESERVATION, name)
        types = made["instanceTypes"] or [template.get("instanceType")]
        if reserved is None or reserved.inputs["instanceType"] not in types:
            raise CloudError(INVALID, f"Capacity reservation {name} does not fit instance types {types}")
        if made["scalingConfig"]["desiredSize"] > reserved.inputs["instanceCount"]:
            raise UnfulfillableError(
                "ReservationCapacityExceeded",
                "AsgInstanceLaunchFailures: Could not launch On-Demand Instances. The requested reservation does not "
                "have sufficient compatible and available capacity for this request.",
            )


def _can_join(made: CloudObject, cluster: Mapping[str, Any]) -> None:
    """On AWS such nodes start and never become Ready; the group fails after half an hour with these words."""
    if made.id or not made["scalingConfig"]["desiredSize"]:
        return
    role = role_of_arn(made.account, made["nodeRoleArn"])
    held = policies_of(made.account, str(role["name"])) if role else set()
    lacking = [
        " or ".join(needed) for needed in (_WORKER, _REGISTRY) if not {_MANAGED + name for name in needed} & held
    ]
    addons = {row.inputs["addonName"] for row in made.account.where(tokens.ADDON, "clusterName", made["clusterName"])}
    if cluster.get("bootstrapSelfManagedAddons") is False and ADDON_VPC_CNI not in addons:
        lacking.append(f"add-on {ADDON_VPC_CNI}, which the cluster was made without")
    if lacking:
        raise UnfulfillableError(
            "NodeCreationFailure",
            f"Instances failed to join the kubernetes cluster (the stand-in found missing: {'; '.join(lacking)})",
        )


def _allow_update(old: CloudObject, new: CloudObject) -> None:
    before, after = old["version"], new["version"]
    if before and after and minor(after) < minor(before):
        raise CloudError(INVALID, f"Nodegroup Kubernetes version {before} cannot be downgraded to {after}")


def _plane(made: CloudObject) -> Plane | None:
    return made.account.planes.plane_of(made.account.world_dir, made["clusterName"])


def _start(made: CloudObject) -> Mapping[str, Any]:
    plane = _plane(made)
    if plane is None:
        raise no_cluster(made["clusterName"])
    facts = {"version": made["version"] or made.facts.get("version") or _cluster_version(made)}
    made.account.nodes.reconcile(pool_of(dataclasses.replace(made, facts=facts)), plane)
    return facts


def _empty(made: CloudObject) -> Mapping[str, Any]:
    """A group whose instances did not start, or did not join."""
    return {"version": made["version"] or _cluster_version(made)}


def _follow(old: CloudObject, new: CloudObject) -> Mapping[str, Any]:
    return _start(new)


def _stop(made: CloudObject) -> None:
    plane = _plane(made)
    if plane is not None:
        made.account.nodes.remove(selector_of(made["nodeGroupName"]), plane)


def _cluster_version(made: CloudObject) -> str:
    cluster = made.account.find(tokens.CLUSTER, made["clusterName"])
    return str(cluster.outputs["version"]) if cluster else EKS_DEFAULT_VERSION


def _group_arn(made: CloudObject) -> str:
    tail = f"nodegroup/{made['clusterName']}/{made['nodeGroupName']}/{made.derived('uuid', 32)}"
    return str(arn("eks", tail)(made))


def _resources(made: CloudObject) -> list[dict[str, Any]]:
    name = f"eks-{made['nodeGroupName']}-{made.derived('uuid', 32)}"
    return [{"autoscalingGroups": [{"name": name}], "remoteAccessSecurityGroupId": ""}]


ROWS = (
    ResourceType(
        token=tokens.NODE_GROUP,
        service="EKS",
        noun="EKS Node Group",
        id=joined("clusterName", "nodeGroupName"),
        name=AutoName("nodeGroupName", 63, prefix_key="nodeGroupNamePrefix"),
        replaces=(
            "clusterName",
            "nodeGroupName",
            "amiType",
            "capacityType",
            "diskSize",
            "instanceTypes",
            "nodeRoleArn",
            "subnetIds",
            "remoteAccess",
            "launchTemplate.id",
            "launchTemplate.name",
        ),
        unordered=("subnetIds", "taints"),
        check=all_of(
            length("nodeGroupName", 1, 63),
            matches("nodeGroupName", _NAME, "must begin with a letter or digit and hold only those, - and _"),
            one_of("amiType", *AMI_TYPES, CUSTOM),
            instance_type("instanceTypes"),
            length("instanceTypes", 0, _MOST_TYPES),
            length("subnetIds", 1, 16),
            between("scalingConfig.minSize", 0, 450),
            between("scalingConfig.maxSize", 1, 450),
            between("scalingConfig.desiredSize", 0, 450),
            between("diskSize", 1, 16384),
            between("updateConfig.maxUnavailable", 1, 100),
            matches("taints.key", _LABEL, "must be a valid taint key"),
            length("taints", 0, 50),
            matches("version", r"1\.\d+", "must be a minor version such as 1.35"),
            _check,
        ),
        admit=_admit,
        allow_update=_allow_update,
        on_create=_start,
        on_update=_follow,
        on_delete=_stop,
        broken={"create": "CREATE_FAILED", "update": "DEGRADED", "delete": "DELETE_FAILED"},
        # source: aws/containers-roadmap#2204, 2026-11-21
        out_of_service=("ResourceInUseException", "Nodegroup cannot be updated as it is currently not in Active State"),
        on_half_made=_empty,
        outputs={
            "arn": _group_arn,
            "status": status(),
            "amiType": lambda made: CUSTOM if template_of(made.account, made.inputs).get("imageId") else DEFAULT,
            "capacityType": constant("ON_DEMAND"),
            "diskSize": lambda made: None if made["launchTemplate"] else DEFAULT_DISK_GIB,
            "instanceTypes": lambda made: (
                None if template_of(made.account, made.inputs).get("instanceType") else ["t3.medium"]
            ),
            "version": lambda made: made.facts["version"],
            "releaseVersion": lambda made: f"{made.facts['version']}.0-20261101",
            "resources": _resources,
            "updateConfig": constant({"maxUnavailable": 1}),
        },
        volatile=("releaseVersion", "version"),
        exists=(
            "ResourceInUseException",
            "NodeGroup already exists with name {nodeGroupName} and cluster name {clusterName}",
        ),
        calls={"create": "CreateNodegroup", "update": "UpdateNodegroupConfig", "delete": "DeleteNodegroup"},
    ),
)
