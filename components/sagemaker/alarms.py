"""The alarms of a SageMaker endpoint as data, one function a kind. Pure: what makes them is in `sagemaker_endpoint`.

Facts they rest on, by the SageMaker developer guide, "Metrics in CloudWatch", 2026-11-21:
Invocation4XXErrors counts the container's 429 and its 422 alike, so no metric shows refusals alone; a client that
checks requests before sending leaves only 429. InvocationsPerInstance adds 1/instances a request, so Invocations over
it is the number of instances; CloudWatch has no count of its own. Latencies are in microseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.aws.sagemaker import METRIC_NAMESPACE
from components.sagemaker.spec import SageMakerVoiceEndpointSpec, VariantSpec

__all__ = ["Alarm", "fleet_alarm", "spike_alarm", "variant_alarms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm: the part of its name, and the arguments of `aws.cloudwatch.MetricAlarm` without its actions."""

    role: str
    """Unique in the endpoint, e.g. `AllTraffic-refused`."""
    rolls_back: bool = False
    """Whether it turns an update of the endpoint back."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """Arguments by Python name."""


def variant_alarms(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> list[Alarm]:
    """Refusals, errors, latencies and, where the count can change, standing at the maximum."""
    levels = spec.alarms
    alarms = [
        _share(spec, variant, "refused", ["Invocation4XXErrors"], spec.refusal_budget, minutes=5, rolls_back=True),
        _share(spec, variant, "client-errors", ["Invocation4XXErrors"], levels.client_error_ratio, minutes=2),
        _share(
            spec,
            variant,
            "server-errors",
            ["Invocation5XXErrors", "MidStreamErrors"],
            levels.server_error_ratio,
            minutes=2,
            rolls_back=True,
        ),
        _latency(spec, variant, "model-p50", "ModelLatency", "p50", levels.model_p50_ms),
        _latency(spec, variant, "model-p99", "ModelLatency", "p99", levels.model_p99_ms, rolls_back=True),
        _latency(spec, variant, "overhead-p50", "OverheadLatency", "p50", levels.overhead_p50_ms),
        _latency(spec, variant, "overhead-p99", "OverheadLatency", "p99", levels.overhead_p99_ms),
    ]
    if variant.autoscaled:
        alarms.append(_at_max(spec, variant))
    return alarms


def fleet_alarm(spec: SageMakerVoiceEndpointSpec) -> Alarm:
    """No capacity: a variant stays smaller than its traffic or its settings ask, since AWS gives no instances."""
    queries: list[dict[str, Any]] = []
    short: list[str] = []
    for index, variant in enumerate(spec.variants):
        calls, share, busy = f"calls{index}", f"share{index}", f"busy{index}"
        queries.append(_query(spec, variant, calls, "Invocations", "Sum"))
        queries.append(_query(spec, variant, share, "InvocationsPerInstance", "Sum"))
        if variant.plan:
            queries.append(_query(spec, variant, busy, "ConcurrentRequestsPerModel", "Average"))
            wants = f"{busy} > {variant.plan.target_value:.4f} AND "
        else:
            wants = ""
        # Half an instance of slack: the quotient is a mean over a minute in which the count may have changed.
        short.append(f"IF({wants}{calls} / {share} < {variant.max_instances - 0.5}, 1, 0)")
    names = ", ".join(f"{variant.max_instances} x {variant.instance_type}" for variant in spec.variants)
    return Alarm(
        role="no-capacity",
        inputs={
            "alarm_description": f"{spec.endpoint_name} lacks instances its traffic asks for (up to {names}). "
            "Look at scaling activities, the quota '<type> for endpoint usage' and AWS capacity in the region.",
            "metric_queries": [_expression("short", f"MAX([{', '.join(short)}])"), *queries]
            if len(short) > 1
            else [_expression("short", short[0]), *queries],
            **_rule("GreaterThanOrEqualToThreshold", 1.0, periods=15),
        },
    )


def spike_alarm(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> Alarm:
    """Requests in an instance so many that the next minutes' refusals will not wait for target tracking."""
    if variant.plan is None:
        raise ValueError(f"variant {variant.name} does not scale; only autoscaled variants have spikes")
    return Alarm(
        role=f"{variant.name}-spike",
        inputs={
            "alarm_description": f"{spec.endpoint_name}/{variant.name}: a spike; adds instances by the step policy.",
            "namespace": METRIC_NAMESPACE,
            "metric_name": "ConcurrentRequestsPerModel",
            "dimensions": _place(spec, variant),
            "statistic": "Average",
            "period": 10,  # the metric's own resolution
            **_rule("GreaterThanOrEqualToThreshold", round(variant.plan.spike_concurrency, 4), periods=2),
        },
    )


def _share(
    spec: SageMakerVoiceEndpointSpec,
    variant: VariantSpec,
    role: str,
    metrics: list[str],
    ratio: float,
    *,
    minutes: int,
    rolls_back: bool = False,
) -> Alarm:
    """Some kind of answer as a share of requests."""
    ids = [f"bad{index}" for index in range(len(metrics))]
    total = " + ".join(f"FILL({name}, 0)" for name in ids)
    return Alarm(
        role=f"{variant.name}-{role}",
        rolls_back=rolls_back,
        inputs={
            "alarm_description": f"{spec.endpoint_name}/{variant.name}: {' and '.join(metrics)} above "
            f"{100 * ratio:g} % of requests.",
            "metric_queries": [
                _expression("share", f"({total}) / IF(calls > 0, calls, 1)"),
                _query(spec, variant, "calls", "Invocations", "Sum"),
                *(_query(spec, variant, name, metric, "Sum") for name, metric in zip(ids, metrics, strict=True)),
            ],
            **_rule("GreaterThanThreshold", ratio, periods=minutes),
        },
    )


def _latency(
    spec: SageMakerVoiceEndpointSpec,
    variant: VariantSpec,
    role: str,
    metric: str,
    percentile: str,
    milliseconds: int,
    *,
    rolls_back: bool = False,
) -> Alarm:
    return Alarm(
        role=f"{variant.name}-{role}",
        rolls_back=rolls_back,
        inputs={
            "alarm_description": f"{spec.endpoint_name}/{variant.name}: {percentile} of {metric} above "
            f"{milliseconds} ms.",
            "namespace": METRIC_NAMESPACE,
            "metric_name": metric,
            "dimensions": _place(spec, variant),
            "extended_statistic": percentile,
            "period": 60,
            # A 99th percentile of a handful of requests is their slowest: wait for more.
            "evaluate_low_sample_count_percentiles": "ignore",
            **_rule("GreaterThanThreshold", 1000.0 * milliseconds, periods=5),
        },
    )


def _at_max(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> Alarm:
    return Alarm(
        role=f"{variant.name}-at-max",
        inputs={
            "alarm_description": f"{spec.endpoint_name}/{variant.name} has stood at its {variant.max_instances} "
            "instances for 15 minutes: more traffic will be refused. Raise max_instances, and the quota first.",
            "metric_queries": [
                _expression("count", "calls / share"),
                _query(spec, variant, "calls", "Invocations", "Sum"),
                _query(spec, variant, "share", "InvocationsPerInstance", "Sum"),
            ],
            **_rule("GreaterThanOrEqualToThreshold", variant.max_instances - 0.5, periods=15),
        },
    )


def _rule(comparison: str, threshold: float, *, periods: int) -> dict[str, Any]:
    return {
        "comparison_operator": comparison,
        "threshold": threshold,
        "evaluation_periods": periods,
        "datapoints_to_alarm": periods,
        "treat_missing_data": "notBreaching",  # no calls, no metric: that is a quiet night and not an outage
    }


def _place(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> dict[str, str]:
    return {"EndpointName": spec.endpoint_name, "VariantName": variant.name}


def _query(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec, name: str, metric: str, stat: str) -> dict[str, Any]:
    source = {"namespace": METRIC_NAMESPACE, "metric_name": metric, "dimensions": _place(spec, variant)}
    return {"id": name, "metric": {**source, "period": 60, "stat": stat}}


def _expression(name: str, expression: str) -> dict[str, Any]:
    return {"id": name, "expression": expression, "label": name, "return_data": True}
