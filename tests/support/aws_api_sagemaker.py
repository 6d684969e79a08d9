"""The API calls behind what `SageMakerVoiceEndpoint` registers; the checking is in `aws_api`."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.aws_api import Call, Props, pascal, tag_list

UNCHECKED: Mapping[str, Mapping[str, str]] = {
    "Model": {
        "primaryContainer.modelPackageName": "form of the ARN only; that a subscription stands behind it is AWS's"
    },
    "EndpointConfiguration": {
        "productionVariants.instanceType": "that the listing takes the type; the model knows every type of SageMaker",
        "productionVariants.inferenceAmiVersion": "which driver the package needs is not published",
    },
    "Endpoint": {
        "deploymentConfig": "steps as a share of the fleet are prose; ranges are in `catalog.aws.sagemaker.LIMITS`. "
        "Marketplace containers are excluded from it, and move all at once",
    },
    "Target": {"resourceId": "a plain string; the form is that of the Application Auto Scaling guide"},
    "ScheduledAction": {"schedule": "a plain string; the three forms are held by our own rule"},
    "MetricAlarm": {
        "metricQueries.expression": "a plain string; the functions used are those of the CloudWatch guide",
        "metricName": "metrics are no part of a model; names and dimensions are those of the SageMaker guide",
    },
    "Dashboard": {"dashboardBody": "a plain string; a test reads it as JSON"},
}
"""What no published model can check, by class of resource."""


def _tags(props: Props) -> dict[str, Any]:
    tags = tag_list(props.one("tags"))
    return {"Tags": tags} if tags else {}


def _model(props: Props) -> list[Call]:
    network = props.one("vpcConfig")
    params = {
        "ModelName": "name",
        **props.take(executionRoleArn="ExecutionRoleArn", enableNetworkIsolation="EnableNetworkIsolation"),
        "PrimaryContainer": pascal(props.one("primaryContainer")),
        **({"VpcConfig": pascal(network)} if network else {}),
        **_tags(props),
    }
    return [Call("sagemaker", "CreateModel", params)]


def _configuration(props: Props) -> list[Call]:
    variants = []
    for given in props.one("productionVariants"):
        variant = pascal(given)
        (variant["RoutingConfig"],) = variant.pop("RoutingConfigs")
        if "VolumeSizeInGb" in variant:
            variant["VolumeSizeInGB"] = variant.pop("VolumeSizeInGb")
        variants.append(variant)
    params = {
        "EndpointConfigName": "name",
        "ProductionVariants": variants,
        **props.take(kmsKeyArn="KmsKeyId"),
        **_tags(props),
    }
    return [Call("sagemaker", "CreateEndpointConfig", params)]


def _endpoint(props: Props) -> list[Call]:
    params = {
        **props.take(name="EndpointName", endpointConfigName="EndpointConfigName"),
        "DeploymentConfig": pascal(props.one("deploymentConfig")),
    }
    return [
        Call("sagemaker", "CreateEndpoint", {**params, **_tags(props)}),
        Call("sagemaker", "UpdateEndpoint", params),
    ]


def _alarm(props: Props) -> list[Call]:
    names = (
        *("alarmActions", "okActions", "alarmDescription", "comparisonOperator", "datapointsToAlarm"),
        *("evaluationPeriods", "extendedStatistic", "metricName", "namespace", "period", "statistic", "threshold"),
        "treatMissingData",
    )
    members = {name: name[0].upper() + name[1:] for name in names} | {"okActions": "OKActions"}
    params: dict[str, Any] = {"AlarmName": "name", **props.take(**members)}
    params |= props.take(evaluateLowSampleCountPercentiles="EvaluateLowSampleCountPercentile")
    place = props.one("dimensions")
    if place:
        params["Dimensions"] = _dimensions(place)
    queries = props.one("metricQueries")
    if queries:
        params["Metrics"] = [_query(query) for query in queries]
    return [Call("cloudwatch", "PutMetricAlarm", {**params, **_tags(props)})]


def _dimensions(place: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in place.items()]


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    params = pascal({key: value for key, value in query.items() if key != "metric"})
    metric = dict(query.get("metric", {}))
    if metric:
        stat = {key: metric.pop(key) for key in ("period", "stat")}
        place = _dimensions(metric.pop("dimensions"))
        params["MetricStat"] = {**pascal(stat), "Metric": {**pascal(metric), "Dimensions": place}}
        params["ReturnData"] = False
    return params


def _dashboard(props: Props) -> list[Call]:
    return [
        Call("cloudwatch", "PutDashboard", props.take(dashboardName="DashboardName", dashboardBody="DashboardBody"))
    ]


_SCALED = {
    "serviceNamespace": "ServiceNamespace",
    "scalableDimension": "ScalableDimension",
    "resourceId": "ResourceId",
}


def _target(props: Props) -> list[Call]:
    params = props.take(**_SCALED, minCapacity="MinCapacity", maxCapacity="MaxCapacity")
    tags = props.one("tags")
    return [
        Call("application-autoscaling", "RegisterScalableTarget", {**params, **({"Tags": tags} if tags else {})}),
    ]


def _scaling_policy(props: Props) -> list[Call]:
    params = {"PolicyName": "name", **props.take(**_SCALED, policyType="PolicyType")}
    tracking = props.one("targetTrackingScalingPolicyConfiguration")
    if tracking:
        params["TargetTrackingScalingPolicyConfiguration"] = pascal(tracking)
    step = props.one("stepScalingPolicyConfiguration")
    if step:
        step = pascal(step)
        for one in step["StepAdjustments"]:
            # The provider takes them as text and sends numbers.
            one |= {key: float(one[key]) for key in one if key.startswith("MetricInterval")}
        params["StepScalingPolicyConfiguration"] = step
    return [Call("application-autoscaling", "PutScalingPolicy", params)]


def _schedule(props: Props) -> list[Call]:
    params = {
        "ScheduledActionName": "name",
        **props.take(**_SCALED, schedule="Schedule", timezone="Timezone"),
        "ScalableTargetAction": pascal(props.one("scalableTargetAction")),
    }
    return [Call("application-autoscaling", "PutScheduledAction", params)]


def _topic(props: Props) -> list[Call]:
    attributes = props.take(displayName="DisplayName", kmsMasterKeyId="KmsMasterKeyId")
    return [Call("sns", "CreateTopic", {"Name": "name", "Attributes": attributes, **_tags(props)})]


def _role(props: Props) -> list[Call]:
    params = props.take(assumeRolePolicy="AssumeRolePolicyDocument", description="Description")
    return [Call("iam", "CreateRole", {"RoleName": "name", **params, **_tags(props)})]


def _role_policy(props: Props) -> list[Call]:
    params = props.take(role="RoleName", policy="PolicyDocument")
    return [Call("iam", "PutRolePolicy", {"PolicyName": "name", **params})]


def _policy(props: Props) -> list[Call]:
    params = props.take(policy="PolicyDocument", description="Description")
    return [Call("iam", "CreatePolicy", {"PolicyName": "name", **params, **_tags(props)})]


def _attachment(props: Props) -> list[Call]:
    return [Call("iam", "AttachRolePolicy", props.take(role="RoleName", policyArn="PolicyArn"))]


def _door(props: Props) -> list[Call]:
    params = props.take(
        vpcId="VpcId",
        vpcEndpointType="VpcEndpointType",
        serviceName="ServiceName",
        subnetIds="SubnetIds",
        securityGroupIds="SecurityGroupIds",
        privateDnsEnabled="PrivateDnsEnabled",
        policy="PolicyDocument",
    )
    params["TagSpecifications"] = [{"ResourceType": "vpc-endpoint", "Tags": tag_list(props.one("tags"))}]
    return [Call("ec2", "CreateVpcEndpoint", params)]


def _in_region(calls: Callable[[Props], list[Call]]) -> Callable[[Props], list[Call]]:
    """`region` goes to the provider, which picks the API's host by it."""

    def without(props: Props) -> list[Call]:
        props.one("region")
        return calls(props)

    return without


CALLS: Mapping[str, Callable[[Props], list[Call]]] = {
    "aws:appautoscaling/policy:Policy": _in_region(_scaling_policy),
    "aws:appautoscaling/scheduledAction:ScheduledAction": _in_region(_schedule),
    "aws:appautoscaling/target:Target": _in_region(_target),
    "aws:cloudwatch/dashboard:Dashboard": _in_region(_dashboard),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _in_region(_alarm),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _in_region(_door),
    "aws:iam/policy:Policy": _policy,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _attachment,
    "aws:sagemaker/endpoint:Endpoint": _in_region(_endpoint),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _in_region(_configuration),
    "aws:sagemaker/model:Model": _in_region(_model),
    "aws:sns/topic:Topic": _in_region(_topic),
}
