"""Which API calls a deployer makes for each type of resource, and to which ARNs IAM can limit them.

Calls are those by which the provider creates, reads, updates, tags and deletes the type. A test compares each name with
the operations that AWS's SDK knows. They have not been tried on AWS: where IAM asks for one more action, its refusal
names it. Patterns hold `{partition}`, `{region}` and `{name}`, the name of the cluster or the endpoint.
source: names of operations and members, botocore's service models.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["DEPLOYER_RIGHTS", "LOOKUPS", "Rights"]


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


_MADE_BY_AWS: Final = "AWS chooses the ids of these objects when they are made"
_LISTS: Final = "these calls list, and name no object"

_EC2_TAGS: Final = ("CreateTags", "DeleteTags")


def _ec2(*operations: str) -> tuple[Rights, ...]:
    actions = (*operations, *_EC2_TAGS)
    return (Rights(tuple(f"ec2:{each}" for each in actions), ("*",), _MADE_BY_AWS),)


def _on(service: str, arns: tuple[str, ...], *operations: str) -> Rights:
    return Rights(tuple(f"{service}:{each}" for each in operations), arns)


def _eks(arns: tuple[str, ...], *operations: str) -> Rights:
    return _on("eks", arns, *operations, "TagResource", "UntagResource")


_ROLES: Final = ("arn:{partition}:iam::*:role/voice-*",)
_LOGS: Final = (
    "arn:{partition}:logs:{region}:*:log-group:/aws/eks/{name}/cluster*",
    "arn:{partition}:logs:{region}:*:log-group:voice-*",
)
_CLUSTER: Final = ("arn:{partition}:eks:{region}:*:cluster/{name}",)
_INSIDE: Final = tuple(
    f"arn:{{partition}}:eks:{{region}}:*:{kind}/{{name}}/*"
    for kind in ("addon", "nodegroup", "access-entry", "podidentityassociation")
)
_SCALED: Final = "one registration covers target, policies and schedules, and its ARN holds an id that AWS chooses"
_TAKERS: Final = tuple(f"{each}.amazonaws.com" for each in ("ec2", "eks", "pods.eks", "sagemaker", "vpc-flow-logs"))
_PASS: Final = Rights(("iam:PassRole",), _ROLES, conditions=(("StringEquals", "iam:PassedToService", _TAKERS),))
"""Roles go to the services that take one in our stacks, so that a role cannot be lent to, say, a function."""
_ATTACHED: Final = (
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
_LINKED: Final = Rights(
    ("iam:CreateServiceLinkedRole",),
    ("arn:{partition}:iam::*:role/aws-service-role/*",),
)
_SCALING: Final = tuple(
    f"application-autoscaling:{each}"
    for each in (
        *("RegisterScalableTarget", "DescribeScalableTargets", "DeregisterScalableTarget"),
        *("PutScalingPolicy", "DescribeScalingPolicies", "DeleteScalingPolicy"),
        *("PutScheduledAction", "DescribeScheduledActions", "DeleteScheduledAction"),
        *("TagResource", "UntagResource", "ListTagsForResource"),
    )
)
_AUTOSCALES: Final = (Rights(_SCALING, ("*",), _SCALED), _LINKED)


def _sagemaker(kind: str, name: str, *operations: str) -> Rights:
    arn = f"arn:{{partition}}:sagemaker:{{region}}:*:{kind}/{name}"
    return _on("sagemaker", (arn,), *operations, "AddTags", "DeleteTags", "ListTags")


DEPLOYER_RIGHTS: Final[Mapping[str, tuple[Rights, ...]]] = MappingProxyType(
    {
        "aws:appautoscaling/policy:Policy": _AUTOSCALES,
        "aws:appautoscaling/scheduledAction:ScheduledAction": _AUTOSCALES,
        "aws:appautoscaling/target:Target": _AUTOSCALES,
        "aws:autoscaling/tag:Tag": (
            Rights(
                ("autoscaling:CreateOrUpdateTags", "autoscaling:DeleteTags", "autoscaling:DescribeTags"),
                ("*",),
                "EKS chooses the names of the groups",
            ),
        ),
        "aws:cloudwatch/dashboard:Dashboard": (
            _on(
                "cloudwatch",
                ("arn:{partition}:cloudwatch::*:dashboard/{name}",),
                *("PutDashboard", "GetDashboard", "DeleteDashboards"),
            ),
        ),
        "aws:cloudwatch/logGroup:LogGroup": (
            _on(
                "logs",
                _LOGS,
                *("CreateLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy", "DeleteLogGroup"),
                *("TagResource", "UntagResource", "ListTagsForResource"),
            ),
            Rights(("logs:DescribeLogGroups",), ("*",), _LISTS),
        ),
        "aws:cloudwatch/metricAlarm:MetricAlarm": (
            _on(
                "cloudwatch",
                ("arn:{partition}:cloudwatch:{region}:*:alarm:voice-*",),
                *("PutMetricAlarm", "DescribeAlarms", "DeleteAlarms"),
                *("TagResource", "UntagResource", "ListTagsForResource"),
            ),
        ),
        "aws:ec2/capacityReservation:CapacityReservation": _ec2(
            *("CreateCapacityReservation", "DescribeCapacityReservations"),
            *("ModifyCapacityReservation", "CancelCapacityReservation"),
        ),
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2(
            *("DescribeSecurityGroups", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"),
            *("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"),
        ),
        "aws:ec2/eip:Eip": _ec2(
            "AllocateAddress",
            "DescribeAddresses",
            "DescribeAddressesAttribute",
            "DisassociateAddress",
            "ReleaseAddress",
        ),
        "aws:ec2/flowLog:FlowLog": (*_ec2("CreateFlowLogs", "DescribeFlowLogs", "DeleteFlowLogs"), _PASS),
        "aws:ec2/internetGateway:InternetGateway": _ec2(
            *("CreateInternetGateway", "AttachInternetGateway", "DescribeInternetGateways"),
            *("DetachInternetGateway", "DeleteInternetGateway"),
        ),
        "aws:ec2/launchTemplate:LaunchTemplate": _ec2(
            *("CreateLaunchTemplate", "CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "DeleteLaunchTemplate"),
            *("DescribeLaunchTemplates", "DescribeLaunchTemplateVersions"),
        ),
        "aws:ec2/natGateway:NatGateway": _ec2("CreateNatGateway", "DescribeNatGateways", "DeleteNatGateway"),
        "aws:ec2/route:Route": _ec2("CreateRoute", "ReplaceRoute", "DescribeRouteTables", "DeleteRoute"),
        "aws:ec2/routeTable:RouteTable": _ec2("CreateRouteTable", "DescribeRouteTables", "DeleteRouteTable"),
        "aws:ec2/routeTableAssociation:RouteTableAssociation": _ec2(
            "AssociateRouteTable", "ReplaceRouteTableAssociation", "DescribeRouteTables", "DisassociateRouteTable"
        ),
        "aws:ec2/securityGroup:SecurityGroup": _ec2(
            *("CreateSecurityGroup", "DescribeSecurityGroups", "DescribeNetworkInterfaces", "DeleteSecurityGroup"),
            *("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"),
            *("RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"),
        ),
        "aws:ec2/subnet:Subnet": _ec2(
            "CreateSubnet", "ModifySubnetAttribute", "DescribeSubnets", "DescribeNetworkInterfaces", "DeleteSubnet"
        ),
        "aws:ec2/vpc:Vpc": _ec2(
            *("CreateVpc", "ModifyVpcAttribute", "DescribeVpcs", "DescribeVpcAttribute", "DeleteVpc"),
            *("DescribeNetworkAcls", "DescribeRouteTables", "DescribeSecurityGroups"),
        ),
        "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2(
            *("CreateVpcEndpoint", "ModifyVpcEndpoint", "DescribeVpcEndpoints", "DeleteVpcEndpoints"),
            "DescribePrefixLists",
        ),
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2(
            *("AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "DescribeSecurityGroupRules"),
            *("RevokeSecurityGroupIngress", "DescribeSecurityGroups"),
        ),
        "aws:eks/accessEntry:AccessEntry": (
            _eks(_CLUSTER, "CreateAccessEntry"),
            _eks(_INSIDE, "DescribeAccessEntry", "UpdateAccessEntry", "DeleteAccessEntry"),
        ),
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": (
            _eks(_INSIDE, "AssociateAccessPolicy", "ListAssociatedAccessPolicies", "DisassociateAccessPolicy"),
        ),
        "aws:eks/addon:Addon": (
            _eks(_CLUSTER, "CreateAddon"),
            _eks(_INSIDE, "DescribeAddon", "UpdateAddon", "DeleteAddon", "DescribeUpdate"),
            _PASS,
        ),
        "aws:eks/cluster:Cluster": (
            _eks(
                _CLUSTER,
                *("CreateCluster", "DescribeCluster", "UpdateClusterConfig", "UpdateClusterVersion", "DeleteCluster"),
                *("DescribeUpdate", "AssociateEncryptionConfig"),
            ),
            _PASS,
            _LINKED,
        ),
        "aws:eks/nodeGroup:NodeGroup": (
            _eks(_CLUSTER, "CreateNodegroup"),
            _eks(
                _INSIDE,
                *("DescribeNodegroup", "UpdateNodegroupConfig", "UpdateNodegroupVersion", "DeleteNodegroup"),
                "DescribeUpdate",
            ),
            *_ec2("RunInstances", "DescribeLaunchTemplateVersions"),
            _PASS,
            _LINKED,
        ),
        "aws:eks/podIdentityAssociation:PodIdentityAssociation": (
            _eks(_CLUSTER, "CreatePodIdentityAssociation"),
            _eks(
                _INSIDE,
                *("DescribePodIdentityAssociation", "UpdatePodIdentityAssociation", "DeletePodIdentityAssociation"),
            ),
            _PASS,
        ),
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (
            _on(
                "iam",
                ("arn:{partition}:iam::*:oidc-provider/oidc.eks.{region}.*",),
                *("CreateOpenIDConnectProvider", "GetOpenIDConnectProvider", "DeleteOpenIDConnectProvider"),
                *("UpdateOpenIDConnectProviderThumbprint", "AddClientIDToOpenIDConnectProvider"),
                *("RemoveClientIDFromOpenIDConnectProvider", "TagOpenIDConnectProvider"),
                "UntagOpenIDConnectProvider",
            ),
        ),
        "aws:iam/policy:Policy": (
            _on(
                "iam",
                ("arn:{partition}:iam::*:policy/voice-*",),
                *("CreatePolicy", "GetPolicy", "GetPolicyVersion", "ListPolicyVersions", "CreatePolicyVersion"),
                *("DeletePolicyVersion", "DeletePolicy", "TagPolicy", "UntagPolicy"),
            ),
        ),
        "aws:iam/role:Role": (
            _on(
                "iam",
                _ROLES,
                *("CreateRole", "GetRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy"),
                *("DeleteRole", "TagRole", "UntagRole", "ListRolePolicies", "ListAttachedRolePolicies"),
                "ListInstanceProfilesForRole",
            ),
        ),
        "aws:iam/rolePolicy:RolePolicy": (_on("iam", _ROLES, "PutRolePolicy", "GetRolePolicy", "DeleteRolePolicy"),),
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
            Rights(("iam:AttachRolePolicy", "iam:DetachRolePolicy"), _ROLES, conditions=(_ATTACHED,)),
            _on("iam", _ROLES, "ListAttachedRolePolicies"),
        ),
        "aws:kms/key:Key": (
            Rights(
                tuple(
                    f"kms:{each}"
                    for each in (
                        *("CreateKey", "DescribeKey", "GetKeyPolicy", "PutKeyPolicy", "GetKeyRotationStatus"),
                        *("EnableKeyRotation", "DisableKeyRotation", "UpdateKeyDescription", "ScheduleKeyDeletion"),
                        *("TagResource", "UntagResource", "ListResourceTags", "CreateGrant"),
                    )
                ),
                ("*",),
                _MADE_BY_AWS,
            ),
        ),
        "aws:sagemaker/endpoint:Endpoint": (
            _sagemaker("endpoint", "{name}", "CreateEndpoint", "DescribeEndpoint", "UpdateEndpoint", "DeleteEndpoint"),
            _sagemaker("endpoint-config", "voice-*", "CreateEndpoint", "UpdateEndpoint"),
        ),
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (
            _sagemaker(
                "endpoint-config", "voice-*", "CreateEndpointConfig", "DescribeEndpointConfig", "DeleteEndpointConfig"
            ),
        ),
        "aws:sagemaker/model:Model": (
            _sagemaker("model", "voice-*", "CreateModel", "DescribeModel", "DeleteModel"),
            _PASS,
        ),
        "aws:sns/topic:Topic": (
            _on(
                "sns",
                ("arn:{partition}:sns:{region}:*:voice-*",),
                *("CreateTopic", "GetTopicAttributes", "SetTopicAttributes", "DeleteTopic"),
                *("TagResource", "UntagResource", "ListTagsForResource"),
            ),
        ),
    }
)
"""By type of resource, as the engine names it."""

LOOKUPS: Final = Rights(("sts:GetCallerIdentity",), ("*",), "it asks who is calling, and names no object")
"""What the provider asks whatever it deploys."""
