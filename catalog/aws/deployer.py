"""Which API calls a deployer makes for each type of resource, and to which ARNs IAM can limit them.

Calls are those by which the provider creates, reads, updates, tags and deletes the type. Tests compare each name with
the operations that AWS's SDK knows, and its ARNs and conditions with what the Service Authorization Reference says that
the action takes. They have not been tried on AWS: where IAM asks for one more action, its refusal names it. Patterns
hold `{partition}`, `{region}`, `{stack}` and `{name}`, the name of the cluster or the endpoint.
source: Service Authorization Reference, one page a service, as of 2026-06-22 (tests/unit/core/aws/authorization.json
holds what is used of it); names of operations, botocore's service models; where a row says so, a second one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from catalog.aws.rights import (
    ATTACHED,
    AUTOSCALES,
    CLUSTER,
    HERE,
    INSIDE,
    KEYS,
    LINKED,
    LISTS,
    LOGS,
    MADE_BY_AWS,
    OURS,
    PASS,
    ROLES,
    Rights,
    on,
    on_ec2,
    on_eks,
    on_sagemaker,
)

__all__ = ["DEPLOYER_RIGHTS", "LOOKUPS", "Rights"]

DEPLOYER_RIGHTS: Final[Mapping[str, tuple[Rights, ...]]] = MappingProxyType(
    {
        "aws:appautoscaling/policy:Policy": AUTOSCALES,
        "aws:appautoscaling/scheduledAction:ScheduledAction": AUTOSCALES,
        "aws:appautoscaling/target:Target": AUTOSCALES,
        "aws:autoscaling/tag:Tag": (
            # EKS names the groups `eks-<node group>-<uuid>`, and tags them with the cluster.
            Rights(
                ("autoscaling:CreateOrUpdateTags", "autoscaling:DeleteTags"),
                ("arn:{partition}:autoscaling:{region}:*:autoScalingGroup:*:autoScalingGroupName/eks-*",),
                conditions=(("StringEquals", "aws:ResourceTag/eks:cluster-name", ("{name}",)),),
            ),
            Rights(("autoscaling:DescribeTags",), ("*",), LISTS, (HERE,)),
        ),
        "aws:cloudwatch/dashboard:Dashboard": (
            on(
                "cloudwatch",
                ("arn:{partition}:cloudwatch::*:dashboard/{name}",),
                *("PutDashboard", "GetDashboard", "DeleteDashboards"),
            ),
        ),
        "aws:cloudwatch/logGroup:LogGroup": (
            on(
                "logs",
                LOGS,
                *("CreateLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy", "DeleteLogGroup"),
                *("TagResource", "UntagResource", "ListTagsForResource"),
            ),
            Rights(("logs:DescribeLogGroups",), ("*",), LISTS, (HERE,)),
        ),
        "aws:cloudwatch/metricAlarm:MetricAlarm": (
            on(
                "cloudwatch",
                ("arn:{partition}:cloudwatch:{region}:*:alarm:voice-*",),
                *("PutMetricAlarm", "DescribeAlarms", "DeleteAlarms"),
                *("TagResource", "UntagResource", "ListTagsForResource"),
            ),
        ),
        "aws:ec2/capacityReservation:CapacityReservation": on_ec2(
            *("CreateCapacityReservation", "DescribeCapacityReservations"),
            *("ModifyCapacityReservation", "CancelCapacityReservation"),
        ),
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": on_ec2(
            *("DescribeSecurityGroups", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"),
            *("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"),
        ),
        "aws:ec2/eip:Eip": on_ec2(
            "AllocateAddress",
            "DescribeAddresses",
            "DescribeAddressesAttribute",
            "DisassociateAddress",
            "ReleaseAddress",
        ),
        "aws:ec2/flowLog:FlowLog": (*on_ec2("CreateFlowLogs", "DescribeFlowLogs", "DeleteFlowLogs"), PASS),
        "aws:ec2/internetGateway:InternetGateway": on_ec2(
            *("CreateInternetGateway", "AttachInternetGateway", "DescribeInternetGateways"),
            *("DetachInternetGateway", "DeleteInternetGateway"),
        ),
        "aws:ec2/launchTemplate:LaunchTemplate": on_ec2(
            *("CreateLaunchTemplate", "CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "DeleteLaunchTemplate"),
            *("DescribeLaunchTemplates", "DescribeLaunchTemplateVersions"),
        ),
        "aws:ec2/natGateway:NatGateway": on_ec2("CreateNatGateway", "DescribeNatGateways", "DeleteNatGateway"),
        "aws:ec2/route:Route": on_ec2("CreateRoute", "ReplaceRoute", "DescribeRouteTables", "DeleteRoute"),
        "aws:ec2/routeTable:RouteTable": on_ec2("CreateRouteTable", "DescribeRouteTables", "DeleteRouteTable"),
        "aws:ec2/routeTableAssociation:RouteTableAssociation": on_ec2(
            "AssociateRouteTable", "ReplaceRouteTableAssociation", "DescribeRouteTables", "DisassociateRouteTable"
        ),
        "aws:ec2/securityGroup:SecurityGroup": on_ec2(
            *("CreateSecurityGroup", "DescribeSecurityGroups", "DescribeNetworkInterfaces", "DeleteSecurityGroup"),
            *("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"),
            *("RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"),
        ),
        "aws:ec2/subnet:Subnet": on_ec2(
            "CreateSubnet", "ModifySubnetAttribute", "DescribeSubnets", "DescribeNetworkInterfaces", "DeleteSubnet"
        ),
        "aws:ec2/vpc:Vpc": on_ec2(
            *("CreateVpc", "ModifyVpcAttribute", "DescribeVpcs", "DescribeVpcAttribute", "DeleteVpc"),
            *("DescribeNetworkAcls", "DescribeRouteTables", "DescribeSecurityGroups"),
        ),
        "aws:ec2/vpcEndpoint:VpcEndpoint": on_ec2(
            *("CreateVpcEndpoint", "ModifyVpcEndpoint", "DescribeVpcEndpoints", "DeleteVpcEndpoints"),
            "DescribePrefixLists",
        ),
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": on_ec2(
            *("AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "DescribeSecurityGroupRules"),
            *("RevokeSecurityGroupIngress", "DescribeSecurityGroups"),
        ),
        "aws:eks/accessEntry:AccessEntry": (
            on_eks(CLUSTER, "CreateAccessEntry"),
            on_eks(INSIDE, "DescribeAccessEntry", "UpdateAccessEntry", "DeleteAccessEntry"),
        ),
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": (
            on_eks(INSIDE, "AssociateAccessPolicy", "ListAssociatedAccessPolicies", "DisassociateAccessPolicy"),
        ),
        "aws:eks/addon:Addon": (
            on_eks(CLUSTER, "CreateAddon"),
            on_eks(INSIDE, "DescribeAddon", "UpdateAddon", "DeleteAddon", "DescribeUpdate"),
            PASS,
        ),
        "aws:eks/cluster:Cluster": (
            # The reference has no type of resource for it, while refusals that people report name the cluster's ARN.
            Rights(("eks:CreateCluster",), ("*",), "the call makes what an ARN could name", (HERE,)),
            on_eks(
                CLUSTER,
                *("DescribeCluster", "UpdateClusterConfig", "UpdateClusterVersion", "DeleteCluster"),
                *("DescribeUpdate", "AssociateEncryptionConfig"),
            ),
            PASS,
            LINKED,
        ),
        "aws:eks/nodeGroup:NodeGroup": (
            on_eks(CLUSTER, "CreateNodegroup"),
            on_eks(
                INSIDE,
                *("DescribeNodegroup", "UpdateNodegroupConfig", "UpdateNodegroupVersion", "DeleteNodegroup"),
                "DescribeUpdate",
            ),
            *on_ec2("RunInstances", "DescribeLaunchTemplateVersions"),
            PASS,
            LINKED,
        ),
        "aws:eks/podIdentityAssociation:PodIdentityAssociation": (
            on_eks(CLUSTER, "CreatePodIdentityAssociation"),
            on_eks(
                INSIDE,
                *("DescribePodIdentityAssociation", "UpdatePodIdentityAssociation", "DeletePodIdentityAssociation"),
            ),
            PASS,
        ),
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (
            on(
                "iam",
                ("arn:{partition}:iam::*:oidc-provider/oidc.eks.{region}.*",),
                *("CreateOpenIDConnectProvider", "GetOpenIDConnectProvider", "DeleteOpenIDConnectProvider"),
                *("UpdateOpenIDConnectProviderThumbprint", "AddClientIDToOpenIDConnectProvider"),
                *("RemoveClientIDFromOpenIDConnectProvider", "TagOpenIDConnectProvider"),
                "UntagOpenIDConnectProvider",
            ),
        ),
        "aws:iam/policy:Policy": (
            on(
                "iam",
                ("arn:{partition}:iam::*:policy/voice-*",),
                *("CreatePolicy", "GetPolicy", "GetPolicyVersion", "ListPolicyVersions", "CreatePolicyVersion"),
                *("DeletePolicyVersion", "DeletePolicy", "TagPolicy", "UntagPolicy"),
            ),
        ),
        "aws:iam/role:Role": (
            on(
                "iam",
                ROLES,
                *("CreateRole", "GetRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy"),
                *("DeleteRole", "TagRole", "UntagRole", "ListRolePolicies", "ListAttachedRolePolicies"),
                "ListInstanceProfilesForRole",
            ),
        ),
        "aws:iam/rolePolicy:RolePolicy": (on("iam", ROLES, "PutRolePolicy", "GetRolePolicy", "DeleteRolePolicy"),),
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
            Rights(("iam:AttachRolePolicy", "iam:DetachRolePolicy"), ROLES, conditions=(ATTACHED,)),
            on("iam", ROLES, "ListAttachedRolePolicies"),
        ),
        "aws:kms/key:Key": (
            Rights(("kms:CreateKey",), ("*",), MADE_BY_AWS, (HERE,)),
            on(
                "kms",
                KEYS,
                *("DescribeKey", "GetKeyPolicy", "PutKeyPolicy", "GetKeyRotationStatus"),
                *("EnableKeyRotation", "DisableKeyRotation", "UpdateKeyDescription"),
                *("TagResource", "UntagResource", "ListResourceTags"),
            ),
            Rights(("kms:ScheduleKeyDeletion",), KEYS, conditions=(OURS,)),
            # EKS and EBS take grants on the key; nobody else is to be given one.
            Rights(("kms:CreateGrant",), KEYS, conditions=(("Bool", "kms:GrantIsForAWSResource", ("true",)),)),
        ),
        "aws:sagemaker/endpoint:Endpoint": (
            on_sagemaker(
                "endpoint", "{name}", "CreateEndpoint", "DescribeEndpoint", "UpdateEndpoint", "DeleteEndpoint"
            ),
            on_sagemaker("endpoint-config", "voice-*", "CreateEndpoint", "UpdateEndpoint"),
        ),
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (
            on_sagemaker(
                "endpoint-config", "voice-*", "CreateEndpointConfig", "DescribeEndpointConfig", "DeleteEndpointConfig"
            ),
        ),
        "aws:sagemaker/model:Model": (
            on_sagemaker("model", "voice-*", "CreateModel", "DescribeModel", "DeleteModel"),
            PASS,
        ),
        "aws:lambda/permission:Permission": (
            on(
                "lambda",
                ("arn:{partition}:lambda:{region}:*:function:*",),
                *("AddPermission", "GetPolicy", "RemovePermission"),
            ),
        ),
        "aws:sns/topicSubscription:TopicSubscription": (
            on("sns", ("arn:{partition}:sns:{region}:*:*",), "Subscribe"),
            Rights(
                ("sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"),
                ("*",),
                "these calls name a subscription, which IAM knows no resource for",
                (HERE,),
            ),
        ),
        "aws:sns/topic:Topic": (
            on(
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
