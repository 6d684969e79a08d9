"""From the properties of a resource to the members of the API calls that the provider makes of them.

A property goes to the member of the same name, whatever its capitals; `renamed` holds the others. A call takes all
properties that it has members for, unless `takes` says which.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One API operation."""

    service: str
    """Name of the service model."""
    operation: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Dotted path of a property to that of a member, from the top; both go through lists by themselves."""
    takes: tuple[str, ...] = ()
    """The top-level properties that it takes; empty for all it can."""
    supplied: tuple[str, ...] = ()
    """Required members that the provider fills in from elsewhere, e.g. from the name it made."""


_TAGGED: Final = {"tags": "TagSpecifications.Tags"}


def _ec2(operation: str, renamed: Mapping[str, str] = MappingProxyType({}), *, supplied: tuple[str, ...] = ()) -> Call:
    return Call(service="ec2", operation=operation, renamed={**_TAGGED, **renamed}, supplied=supplied)


def _modify(operation: str, owner: str, *keys: str) -> tuple[Call, ...]:
    """Calls that set one attribute each."""
    return tuple(
        Call(
            service="ec2",
            operation=operation,
            takes=(key,),
            supplied=(owner,),
            renamed={key: f"{member}.Value"},
        )
        for key in keys
        for member in [key[0].upper() + key[1:]]
    )


def _scaling(operation: str, **renamed: str) -> Call:
    supplied = tuple(renamed.values())
    return Call(service="application-autoscaling", operation=operation, renamed=renamed, supplied=supplied)


def _iam(operation: str, renamed: Mapping[str, str], *supplied: str) -> Call:
    return Call(service="iam", operation=operation, renamed=renamed, supplied=supplied)


_TEMPLATE_KEYS: Final = (
    *("blockDeviceMappings", "capacityReservationSpecification", "ebsOptimized", "imageId", "instanceType"),
    *("instanceMarketOptions", "metadataOptions", "networkInterfaces", "tagSpecifications", "placement", "userData"),
)

OPERATIONS: Final[Mapping[str, tuple[Call, ...]]] = MappingProxyType(
    {
        "aws:appautoscaling/policy:Policy": (_scaling("PutScalingPolicy", name="PolicyName"),),
        "aws:appautoscaling/scheduledAction:ScheduledAction": (
            _scaling("PutScheduledAction", name="ScheduledActionName"),
        ),
        "aws:appautoscaling/target:Target": (_scaling("RegisterScalableTarget"),),
        "aws:autoscaling/tag:Tag": (
            Call(
                service="autoscaling",
                operation="CreateOrUpdateTags",
                renamed={"tag": "Tags", "autoscalingGroupName": "Tags.ResourceId"},
            ),
        ),
        "aws:cloudwatch/dashboard:Dashboard": (Call(service="cloudwatch", operation="PutDashboard"),),
        "aws:cloudwatch/logGroup:LogGroup": (
            Call(
                service="logs", operation="CreateLogGroup", renamed={"name": "logGroupName"}, supplied=("logGroupName",)
            ),
            Call(
                service="logs", operation="PutRetentionPolicy", takes=("retentionInDays",), supplied=("logGroupName",)
            ),
        ),
        "aws:cloudwatch/metricAlarm:MetricAlarm": (
            Call(
                service="cloudwatch",
                operation="PutMetricAlarm",
                renamed={
                    "name": "AlarmName",
                    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
                    "metricQueries": "Metrics",
                    "metricQueries.metric": "Metrics.MetricStat.Metric",
                    "metricQueries.metric.period": "Metrics.MetricStat.Period",
                    "metricQueries.metric.stat": "Metrics.MetricStat.Stat",
                    "metricQueries.metric.unit": "Metrics.MetricStat.Unit",
                },
                supplied=("AlarmName",),
            ),
        ),
        "aws:ec2/capacityReservation:CapacityReservation": (_ec2("CreateCapacityReservation"),),
        "aws:ec2/eip:Eip": (_ec2("AllocateAddress"),),
        "aws:ec2/flowLog:FlowLog": (
            _ec2(
                "CreateFlowLogs",
                {"iamRoleArn": "DeliverLogsPermissionArn", "vpcId": "ResourceIds"},
                supplied=("ResourceIds", "ResourceType"),
            ),
        ),
        "aws:ec2/internetGateway:InternetGateway": (
            _ec2("CreateInternetGateway"),
            Call(service="ec2", operation="AttachInternetGateway", takes=("vpcId",), supplied=("InternetGatewayId",)),
        ),
        "aws:ec2/launchTemplate:LaunchTemplate": (
            _ec2(
                "CreateLaunchTemplate",
                {
                    "name": "LaunchTemplateName",
                    "description": "VersionDescription",
                    **{key: f"LaunchTemplateData.{key[0].upper()}{key[1:]}" for key in _TEMPLATE_KEYS},
                    "networkInterfaces.securityGroups": "LaunchTemplateData.NetworkInterfaces.Groups",
                },
                supplied=("LaunchTemplateName", "LaunchTemplateData"),
            ),
        ),
        "aws:ec2/natGateway:NatGateway": (_ec2("CreateNatGateway"),),
        "aws:ec2/route:Route": (_ec2("CreateRoute"),),
        "aws:ec2/routeTable:RouteTable": (_ec2("CreateRouteTable"),),
        "aws:ec2/routeTableAssociation:RouteTableAssociation": (_ec2("AssociateRouteTable"),),
        "aws:ec2/securityGroup:SecurityGroup": (
            _ec2("CreateSecurityGroup", {"name": "GroupName"}, supplied=("GroupName",)),
        ),
        "aws:ec2/subnet:Subnet": (
            _ec2("CreateSubnet"),
            *_modify("ModifySubnetAttribute", "SubnetId", "mapPublicIpOnLaunch"),
        ),
        "aws:ec2/vpc:Vpc": (
            _ec2("CreateVpc"),
            *_modify("ModifyVpcAttribute", "VpcId", "enableDnsSupport", "enableDnsHostnames"),
        ),
        "aws:ec2/vpcEndpoint:VpcEndpoint": (_ec2("CreateVpcEndpoint", {"policy": "PolicyDocument"}),),
        "aws:eks/accessEntry:AccessEntry": (Call(service="eks", operation="CreateAccessEntry"),),
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": (
            Call(service="eks", operation="AssociateAccessPolicy"),
        ),
        "aws:eks/addon:Addon": (
            Call(service="eks", operation="CreateAddon", renamed={"resolveConflictsOnCreate": "resolveConflicts"}),
            Call(
                service="eks",
                operation="UpdateAddon",
                renamed={"resolveConflictsOnUpdate": "resolveConflicts"},
                takes=("clusterName", "addonName", "resolveConflictsOnUpdate"),
            ),
        ),
        "aws:eks/cluster:Cluster": (
            Call(
                service="eks",
                operation="CreateCluster",
                renamed={
                    "vpcConfig": "resourcesVpcConfig",
                    "enabledClusterLogTypes": "logging.clusterLogging.types",
                },
            ),
        ),
        "aws:eks/nodeGroup:NodeGroup": (
            Call(
                service="eks",
                operation="CreateNodegroup",
                renamed={"nodeRoleArn": "nodeRole", "subnetIds": "subnets"},
                supplied=("nodegroupName",),
            ),
            # EKS passes the types on to EC2, whose model knows them all.
            Call(
                service="ec2",
                operation="RunInstances",
                renamed={"instanceTypes": "InstanceType"},
                takes=("instanceTypes",),
                supplied=("MinCount", "MaxCount"),
            ),
        ),
        "aws:eks/podIdentityAssociation:PodIdentityAssociation": (
            Call(service="eks", operation="CreatePodIdentityAssociation"),
        ),
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (
            _iam("CreateOpenIDConnectProvider", {"clientIdLists": "ClientIDList", "thumbprintLists": "ThumbprintList"}),
        ),
        "aws:iam/policy:Policy": (
            _iam("CreatePolicy", {"name": "PolicyName", "policy": "PolicyDocument"}, "PolicyName"),
        ),
        "aws:iam/role:Role": (
            _iam("CreateRole", {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}, "RoleName"),
        ),
        "aws:iam/rolePolicy:RolePolicy": (
            _iam(
                "PutRolePolicy",
                {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
                "PolicyName",
            ),
        ),
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (_iam("AttachRolePolicy", {"role": "RoleName"}),),
        "aws:kms/key:Key": (
            Call(service="kms", operation="CreateKey"),
            Call(
                service="kms",
                operation="ScheduleKeyDeletion",
                renamed={"deletionWindowInDays": "PendingWindowInDays"},
                takes=("deletionWindowInDays",),
                supplied=("KeyId",),
            ),
            Call(
                service="kms",
                operation="EnableKeyRotation",
                takes=("rotationPeriodInDays",),
                supplied=("KeyId",),
            ),
        ),
        "aws:sagemaker/endpoint:Endpoint": tuple(
            Call(service="sagemaker", operation=operation, renamed={"name": "EndpointName"})
            for operation in ("CreateEndpoint", "UpdateEndpoint")
        ),
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (
            Call(
                service="sagemaker",
                operation="CreateEndpointConfig",
                renamed={
                    "name": "EndpointConfigName",
                    "kmsKeyArn": "KmsKeyId",
                    "productionVariants.routingConfigs": "ProductionVariants.RoutingConfig",
                    "productionVariants.volumeSizeInGb": "ProductionVariants.VolumeSizeInGB",
                },
                supplied=("EndpointConfigName",),
            ),
        ),
        "aws:sagemaker/model:Model": (
            Call(service="sagemaker", operation="CreateModel", renamed={"name": "ModelName"}, supplied=("ModelName",)),
        ),
        "aws:lambda/permission:Permission": (
            Call(
                service="lambda",
                operation="AddPermission",
                renamed={"function": "FunctionName"},
                supplied=("StatementId",),
            ),
        ),
        "aws:sns/topicSubscription:TopicSubscription": (
            Call(service="sns", operation="Subscribe", renamed={"topic": "TopicArn"}),
        ),
        "aws:sns/topic:Topic": (
            Call(service="sns", operation="CreateTopic", takes=("name", "tags"), supplied=("Name",)),
        ),
    }
)
"""Calls by type token. A type that is not here has no model to be checked against."""

SETTINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "*": ("region",),
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ("vpcId", "tags"),
        "aws:ec2/launchTemplate:LaunchTemplate": ("updateDefaultVersion",),
        "aws:kms/key:Key": ("enableKeyRotation",),
        # Attributes of the topic: the model takes any text under any key.
        "aws:sns/topic:Topic": ("displayName", "kmsMasterKeyId", "policy"),
    }
)
"""Properties that tell the provider what to do and are not a member of a call; `*` is every type."""
