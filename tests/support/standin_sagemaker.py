"""What a SageMaker endpoint needs in the stand-in, made in order on a `standin_aws_stack.Stack`."""

import json

from tests.support.standin_aws import REGION
from tests.support.standin_aws_stack import READ, trust

PACKAGE = f"arn:aws:sagemaker:{REGION}:570011132906:model-package/sonic-example"
PLACE = {
    "serviceNamespace": "sagemaker",
    "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
    "resourceId": "endpoint/voice/variant/AllTraffic",
}


def variant(model_name, **more):
    return {
        "variantName": "AllTraffic",
        "modelName": model_name,
        "instanceType": "ml.g6e.xlarge",
        "initialInstanceCount": 2,
        "routingConfigs": [{"routingStrategy": "LEAST_OUTSTANDING_REQUESTS"}],
        **more,
    }


def alarm(**more):
    return {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 3,
        "namespace": "AWS/SageMaker",
        "metricName": "ModelLatency",
        "extendedStatistic": "p99",
        "period": 60,
        "threshold": 1e6,
        **more,
    }


def tracking(**more):
    metric = {"predefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"}
    return {
        **PLACE,
        "policyType": "TargetTrackingScaling",
        "targetTrackingScalingPolicyConfiguration": {"targetValue": 2.2, "predefinedMetricSpecification": metric},
        **more,
    }


def voice_endpoint(stack):
    """At least one object of each type that a SageMaker endpoint uses."""
    add, out = stack.add, stack.out
    add("Role", "model-role", assumeRolePolicy=trust("sagemaker.amazonaws.com"))
    add("iam/policy:Policy", "callers", policy=READ)
    add("Topic", "on-call", displayName="Voice alarms")
    add("TopicSubscription", "pager", topic=out("on-call", "arn"), protocol="email", endpoint="on-call@example.com")
    add(
        "lambda/permission:Permission",
        "tell",
        action="lambda:InvokeFunction",
        function="arn:aws:lambda:us-west-2:123456789012:function:sorter",
        principal="sns.amazonaws.com",
        sourceArn=out("on-call", "arn"),
    )
    add("MetricAlarm", "slow", **alarm(alarmActions=[out("on-call", "arn")]))
    add(
        "sagemaker/model:Model",
        "model",
        executionRoleArn=out("model-role", "arn"),
        enableNetworkIsolation=True,
        primaryContainer={"modelPackageName": PACKAGE},
    )
    add("EndpointConfiguration", "config", productionVariants=[variant(out("model", "name"))])
    add(
        "sagemaker/endpoint:Endpoint",
        "endpoint",
        name="voice",
        endpointConfigName=out("config", "name"),
        deploymentConfig={
            "autoRollbackConfiguration": {"alarms": [{"alarmName": out("slow", "name")}]},
            "blueGreenUpdatePolicy": {
                "trafficRoutingConfiguration": {"type": "ALL_AT_ONCE", "waitIntervalInSeconds": 300}
            },
        },
    )
    add("appautoscaling/target:Target", "target", **PLACE, minCapacity=2, maxCapacity=6)
    add("appautoscaling/policy:Policy", "track", **tracking())
    add(
        "ScheduledAction",
        "morning",
        **PLACE,
        schedule="cron(0 7 ? * MON-FRI *)",
        scalableTargetAction={"minCapacity": 4, "maxCapacity": 6},
    )
    add("Dashboard", "board", dashboardName="voice", dashboardBody=json.dumps({"widgets": []}))
    return stack
