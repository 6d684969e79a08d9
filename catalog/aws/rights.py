"""What a row of the deployer's table says, and the parts that several rows share.

source: as of `catalog.aws.deployer`.
"""

from dataclasses import dataclass
from typing import Final

__all__ = [
    "ATTACHED",
    "AUTOSCALES",
    "CLUSTER",
    "HERE",
    "INSIDE",
    "KEYS",
    "LINKED",
    "LISTS",
    "LOGS",
    "MADE_BY_AWS",
    "OURS",
    "PASS",
    "ROLES",
    "Rights",
    "on",
    "on_ec2",
    "on_eks",
    "on_sagemaker",
]


@dataclass(frozen=True, slots=True)
class Rights:
    """Actions on one set of ARNs."""

    actions: tuple[str, ...]
    """`service:Action`, no wildcard."""
    resources: tuple[str, ...] = ("*",)
    """Patterns of ARNs."""
    reason: str = ""
    """Why every resource is allowed; empty where the resources are limited."""
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Operator, key and values (patterns as in `resources`) that a call has to meet."""


MADE_BY_AWS: Final = "AWS chooses the ids of these objects when they are made"
LISTS: Final = "these calls list, and name no object"

_EC2_TAGS: Final = ("CreateTags", "DeleteTags")


HERE: Final = ("StringEquals", "aws:RequestedRegion", ("{region}",))
OURS: Final = ("StringEquals", "aws:ResourceTag/cartesia:stack", ("{stack}",))
"""Every object that a stack makes carries the tag, by the provider's default tags."""
_ENDS: Final = frozenset(
    {
        *("CancelCapacityReservation", "DeleteFlowLogs", "DeleteInternetGateway", "DeleteLaunchTemplate"),
        *("DeleteNatGateway", "DeleteRoute", "DeleteRouteTable", "DeleteSecurityGroup", "DeleteSubnet", "DeleteVpc"),
        *("DeleteVpcEndpoints", "ReleaseAddress"),
    }
)
"""Calls after which an object is gone; each is about one tagged object alone."""


def on_ec2(*operations: str) -> tuple[Rights, ...]:
    """Rights on objects of EC2: all in the region, and to end them only those that carry the stack's tag."""
    actions = (*operations, *_EC2_TAGS)
    ending = tuple(f"ec2:{each}" for each in actions if each in _ENDS)
    rest = tuple(f"ec2:{each}" for each in actions if each not in _ENDS)
    wide = Rights(rest, ("*",), MADE_BY_AWS, (HERE,))
    return (wide, Rights(ending, ("*",), MADE_BY_AWS, (HERE, OURS))) if ending else (wide,)


def on(service: str, arns: tuple[str, ...], *operations: str) -> Rights:
    """Rights to call operations of a service on some ARNs."""
    return Rights(tuple(f"{service}:{each}" for each in operations), arns)


def on_eks(arns: tuple[str, ...], *operations: str) -> Rights:
    """The same on EKS, tags included."""
    return on("eks", arns, *operations, "TagResource", "UntagResource")


ROLES: Final = ("arn:{partition}:iam::*:role/voice-*",)
LOGS: Final = (
    "arn:{partition}:logs:{region}:*:log-group:/aws/eks/{name}/cluster*",
    "arn:{partition}:logs:{region}:*:log-group:/aws/sagemaker/Endpoints/{name}*",
    "arn:{partition}:logs:{region}:*:log-group:voice-*",
)
KEYS: Final = ("arn:{partition}:kms:{region}:*:key/*",)
CLUSTER: Final = ("arn:{partition}:eks:{region}:*:cluster/{name}",)
INSIDE: Final = tuple(
    f"arn:{{partition}}:eks:{{region}}:*:{kind}/{{name}}/*"
    for kind in ("addon", "nodegroup", "access-entry", "podidentityassociation")
)
_SCALED: Final = "the ARN of a registration holds an id that AWS chooses"
_TAKERS: Final = tuple(f"{each}.amazonaws.com" for each in ("ec2", "eks", "pods.eks", "sagemaker", "vpc-flow-logs"))
PASS: Final = Rights(("iam:PassRole",), ROLES, conditions=(("StringEquals", "iam:PassedToService", _TAKERS),))
"""Roles go to the services that take one in our stacks, so that a role cannot be lent to, say, a function."""
ATTACHED: Final = (
    "ArnLike",
    "iam:PolicyARN",
    (
        *(
            f"arn:{{partition}}:iam::aws:policy/{policy}"
            for policy in (
                *("AmazonEBSCSIDriverPolicy*", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKSClusterPolicy"),
                *("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"),
            )
        ),
        "arn:{partition}:iam::*:policy/voice-*",
    ),
)
"""The policies that our components attach, so that nobody attaches an administrator's."""
_LINKED_TO: Final = tuple(
    f"{each}.amazonaws.com"
    for each in ("autoscaling", "eks", "eks-nodegroup", "sagemaker.application-autoscaling", "spot")
)
LINKED: Final = Rights(
    ("iam:CreateServiceLinkedRole",),
    ("arn:{partition}:iam::*:role/aws-service-role/*",),
    conditions=(("StringEquals", "iam:AWSServiceName", _LINKED_TO),),
)
"""The services that make a role of their own the first time an account uses them as our stacks do."""
_SCALING: Final = tuple(
    f"application-autoscaling:{each}"
    for each in (
        *("RegisterScalableTarget", "DeregisterScalableTarget", "PutScalingPolicy", "DeleteScalingPolicy"),
        *("PutScheduledAction", "DeleteScheduledAction"),
    )
)
_SCALING_LOOKS: Final = tuple(
    f"application-autoscaling:{each}"
    for each in (
        *("DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions"),
        *("TagResource", "UntagResource", "ListTagsForResource"),
    )
)
_ONLY_SAGEMAKER: Final = ("StringEquals", "application-autoscaling:service-namespace", ("sagemaker",))
AUTOSCALES: Final = (
    Rights(_SCALING, ("*",), _SCALED, (HERE, _ONLY_SAGEMAKER)),
    Rights(_SCALING_LOOKS, ("*",), _SCALED, (HERE,)),
    LINKED,
    # Who asks for a policy needs what the policy does. source: Application Auto Scaling user guide, "Permissions
    # required for API actions on target services and CloudWatch"; AWSApplicationAutoscalingSageMakerEndpointPolicy v2.
    on(
        "sagemaker",
        ("arn:{partition}:sagemaker:{region}:*:endpoint/{name}",),
        *("DescribeEndpoint", "UpdateEndpointWeightsAndCapacities"),
    ),
    on("sagemaker", ("arn:{partition}:sagemaker:{region}:*:endpoint-config/voice-*",), "DescribeEndpointConfig"),
    on(
        "cloudwatch",
        ("arn:{partition}:cloudwatch:{region}:*:alarm:TargetTracking-*",),
        *("PutMetricAlarm", "DescribeAlarms", "DeleteAlarms"),
    ),
)


def on_sagemaker(kind: str, name: str, *operations: str) -> Rights:
    """The same on one type of SageMaker's objects, tags included."""
    arn = f"arn:{{partition}}:sagemaker:{{region}}:*:{kind}/{name}"
    return on("sagemaker", (arn,), *operations, "AddTags", "DeleteTags", "ListTags")
