"""What of a SageMaker endpoint is text: IAM documents, the policy of the VPC endpoint and the dashboard. Pure.

source of the permissions a model's role needs: SageMaker developer guide, "SageMaker AI roles", CreateModel,
2026-11-21. Images and data of a Marketplace package are fetched by SageMaker itself, so the role reads neither S3 nor
ECR and holds no Marketplace rights; a subscription must exist.
"""

import json
from typing import Any

from catalog.aws.sagemaker import METRIC_NAMESPACE
from components.sagemaker.spec import SageMakerVoiceEndpointSpec, VariantSpec
from core.aws.iam import Statement, document
from core.sagemaker.caller import CALL_ACTIONS

__all__ = ["dashboard", "execution_policy", "invocation_url", "runtime_policy", "runtime_service"]

_VPC_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)


def execution_policy(spec: SageMakerVoiceEndpointSpec, kms_key_arn: str | None, in_vpc: bool) -> str:
    """What the model's role may do: write its own logs and metrics, and what the settings ask for.

    Args:
        spec: The endpoint.
        kms_key_arn: Key of the storage volume, where there is one.
        in_vpc: Whether the instances get interfaces in given subnets.
    """
    logs = f"arn:{spec.partition}:logs:{spec.region}:*:log-group:{spec.log_group}"
    statements = [
        Statement(
            sid="WriteLogs",
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[logs, f"{logs}:*"],
        ),
        Statement(
            sid="WriteMetrics",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],  # the action knows no resource; the namespace narrows it
            conditions={"StringEquals": {"cloudwatch:namespace": [METRIC_NAMESPACE, "/aws/sagemaker/Endpoints"]}},
        ),
    ]
    if kms_key_arn:
        actions = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"]
        statements.append(Statement(sid="UseVolumeKey", actions=actions, resources=[kms_key_arn]))
    if in_vpc:
        statements.append(Statement(sid="JoinSubnets", actions=_VPC_ACTIONS, resources=["*"]))
    return document(*statements)


def runtime_policy(endpoint_arn: str | None) -> str:
    """What may pass the VPC endpoint: calls of one endpoint, or of all. Callers still need their own rights."""
    statement = Statement(sid="CallVoice", actions=CALL_ACTIONS, resources=[endpoint_arn or "*"])
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement.as_dict(), "Principal": "*"}]})


def runtime_service(region: str) -> str:
    """Name of the service behind the VPC endpoint."""
    return f"com.amazonaws.{region}.sagemaker.runtime"


def invocation_url(spec: SageMakerVoiceEndpointSpec) -> str:
    """Where streamed calls go (signed, POST)."""
    suffix = "amazonaws.com.cn" if spec.partition == "aws-cn" else "amazonaws.com"
    host = f"runtime.sagemaker.{spec.region}.{suffix}"
    return f"https://{host}/endpoints/{spec.endpoint_name}/invocations-response-stream"


def dashboard(spec: SageMakerVoiceEndpointSpec) -> str:
    """The body of a CloudWatch dashboard: a row of four graphs for each variant."""
    widgets: list[dict[str, Any]] = []
    for row, variant in enumerate(spec.variants):
        for column, (title, metrics, lines) in enumerate(_graphs(spec, variant)):
            properties: dict[str, Any] = {
                "title": f"{variant.name}: {title}",
                "region": spec.region,
                "view": "timeSeries",
                "period": 60,
                "metrics": metrics,
            }
            if lines:
                properties["annotations"] = {"horizontal": lines}
            place = {"x": 6 * column, "y": 6 * row, "width": 6, "height": 6}
            widgets.append({"type": "metric", **place, "properties": properties})
    return json.dumps({"widgets": widgets}, sort_keys=True)


def _graphs(
    spec: SageMakerVoiceEndpointSpec, variant: VariantSpec
) -> list[tuple[str, list[list[Any]], list[dict[str, Any]]]]:
    def metric(name: str, stat: str, **options: Any) -> list[Any]:
        place = ["EndpointName", spec.endpoint_name, "VariantName", variant.name]
        return [METRIC_NAMESPACE, name, *place, {"stat": stat, **options}]

    def line(label: str, value: float) -> dict[str, Any]:
        return {"label": label, "value": round(value, 3)}

    levels = [line("slots", spec.slots_per_instance)]
    if variant.plan:
        growing = variant.plan.growing(variant.ceiling) if spec.scaling.growing_target else None
        levels += [line("target", variant.plan.target_value), line("spike", variant.plan.spike_concurrency)]
        levels += [line("target of the largest fleet", growing.at(variant.ceiling))] if growing else []
    share = "100 * {} / IF(calls > 0, calls, 1)"
    return [
        (
            "requests in an instance",
            [metric("ConcurrentRequestsPerModel", stat) for stat in ("Average", "Maximum")],
            levels,
        ),
        (
            "refused or failed, %",
            [
                [{"expression": share.format("refused"), "label": "4xx (429 refused, 422 malformed)"}],
                [{"expression": share.format("(failed + broken)"), "label": "5xx and broken streams"}],
                metric("Invocations", "Sum", id="calls", visible=False),
                metric("Invocation4XXErrors", "Sum", id="refused", visible=False),
                metric("Invocation5XXErrors", "Sum", id="failed", visible=False),
                metric("MidStreamErrors", "Sum", id="mid", visible=False),
                [{"expression": "FILL(mid, 0)", "id": "broken", "visible": False}],
            ],
            [line("budget", 100 * spec.refusal_budget), line("alarm", 100 * spec.alarms.refused_ratio)],
        ),
        (
            "latency, microseconds",
            [
                metric(name, stat)
                for name in ("FirstChunkModelLatency", "ModelLatency", "OverheadLatency")
                for stat in ("p50", "p99")
            ],
            [],
        ),
        (
            "instances",
            [
                [{"expression": "calls / share", "label": "in service (while calls come)"}],
                metric("Invocations", "Sum", id="calls", visible=False),
                metric("InvocationsPerInstance", "Sum", id="share", visible=False),
            ],
            [line("most", variant.ceiling), line("deployed", variant.instances)],
        ),
    ]
