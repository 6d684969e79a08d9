"""The alarms of a SageMaker endpoint as data, one function a kind. Pure: what makes them is in `resources`.

Facts they rest on, by the SageMaker developer guide, "Metrics in CloudWatch", 2026-11-21:
Invocation4XXErrors counts the container's 429 and its 422 alike, so no metric shows refusals alone; a client that
checks requests before sending leaves only 429. InvocationsPerInstance adds 1/instances a request, so Invocations over
it is the number of instances; CloudWatch has no count of its own. Latencies are in microseconds. ModelLatency ends with
the whole answer and so grows with the text: what callers feel is FirstChunkModelLatency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.aws.sagemaker import CONCURRENCY_METRIC, METRIC_NAMESPACE
from components.sagemaker.spec import SageMakerVoiceEndpointSpec, VariantSpec
from components.sagemaker.targets import COUNT, held

__all__ = ["Alarm", "fleet_alarm", "spare_alarm", "spike_alarm", "variant_alarms"]

QUIET_MINUTES = 15
"""How long a fleet must do with one instance fewer before one goes, as AWS's own target tracking waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm: the part of its name, and the arguments of `aws.cloudwatch.MetricAlarm` without its actions."""

    role: str
    """Unique in the endpoint, e.g. `AllTraffic-refused`."""
    once: str = ""
    """The role of an earlier release, whose alarm this one goes on as; empty for none."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """Arguments by Python name."""


def variant_alarms(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> list[Alarm]:
    """Refusals, errors, broken streams, late first audio and, where the count can change, standing at the maximum."""
    levels = spec.alarms
    first = "FirstChunkModelLatency"
    alarms = [
        _share(spec, variant, "refused", "Invocation4XXErrors", levels.refused_ratio, minutes=5),
        _share(spec, variant, "client-errors", "Invocation4XXErrors", levels.client_error_ratio, minutes=2),
        _share(spec, variant, "server-errors", "Invocation5XXErrors", levels.server_error_ratio, minutes=2),
        _share(spec, variant, "broken-streams", "MidStreamErrors", levels.server_error_ratio, minutes=2),
        _latency(spec, variant, "first-chunk-p50", first, "p50", levels.first_chunk_p50_ms, once="model-p50"),
        _latency(spec, variant, "first-chunk-p99", first, "p99", levels.first_chunk_p99_ms, once="model-p99"),
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
            queries.append(_query(spec, variant, busy, CONCURRENCY_METRIC, variant.plan.statistic.value))
            target = held(variant.plan, spec.scaling, variant.ceiling, f"({calls} / {share})")
            wants = f"{busy} > {target} AND "
        else:
            wants = ""
        # Half an instance of slack: the quotient is a mean over a minute in which the count may have changed.
        short.append(f"IF({wants}{calls} / {share} < {variant.lowest_maximum - 0.5}, 1, 0)")
    names = ", ".join(f"{variant.ceiling} x {variant.instance_type}" for variant in spec.variants)
    return Alarm(
        role="no-capacity",
        inputs={
            "alarm_description": f"{spec.endpoint_name} lacks instances its traffic asks for (up to {names}). "
            "Look at scaling activities, the quota '<type> for endpoint usage' and AWS capacity in the region.",
            "metric_queries": [_expression("short", f"MAX([{', '.join(short)}])"), *queries]
            if len(short) > 1
            else [_expression("short", short[0]), *queries],
            **_rule("GreaterThanOrEqualToThreshold", 1.0, periods=spec.alarms.start_minutes),
        },
    )


def spike_alarm(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> Alarm:
    """Requests in an instance so many that the next minutes' refusals will not wait for target tracking.

    Its threshold is what the steps of the policy are counted from. A target that grows would overtake a fixed one, so
    there the distance from the target is watched, in minutes since the count has no finer metric.
    """
    plan = variant.plan
    if plan is None:
        raise ValueError(f"variant {variant.name} does not scale; only autoscaled variants have spikes")
    role = f"{variant.name}-spike"
    said = f"{spec.endpoint_name}/{variant.name}: a spike; adds instances by the step policy."
    if spec.scaling.growing_target:
        above = f"busy - {held(plan, spec.scaling, variant.ceiling, COUNT)}"
        queries = [_expression("above", above), *_load(spec, variant)]
        rule = _rule("GreaterThanOrEqualToThreshold", round(plan.spike_concurrency - plan.target_value, 4), periods=1)
        return Alarm(role=role, inputs={"alarm_description": said, "metric_queries": queries, **rule})
    return Alarm(
        role=role,
        inputs={
            "alarm_description": said,
            **_metric(spec, variant, CONCURRENCY_METRIC),
            "statistic": plan.statistic.value,
            "period": 10,  # the metric's own resolution
            **_rule("GreaterThanOrEqualToThreshold", round(plan.spike_concurrency, 4), periods=2),
        },
    )


def spare_alarm(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> Alarm:
    """So few requests in an instance that the fleet holds its target with one instance fewer."""
    plan = variant.plan
    if plan is None:
        raise ValueError(f"variant {variant.name} does not scale; only autoscaled variants have instances to spare")
    said = f"{spec.endpoint_name}/{variant.name} can do with one instance fewer; removes one by the step policy."
    if spec.scaling.growing_target:
        fewer = f"({COUNT} - 1)"
        target = held(plan, spec.scaling, variant.ceiling, fewer)
        # With the last instance of the smallest fleet there is none to take away, and no quotient.
        spare = f"IF({COUNT} > {variant.floor + 0.5}, 0.9 * {target} * {fewer} - busy * {COUNT}, -1)"
        queries = [_expression("spare", spare), *_load(spec, variant)]
        rule = _rule("GreaterThanThreshold", 0.0, periods=QUIET_MINUTES)
        inputs: dict[str, Any] = {"metric_queries": queries, **rule}
    else:
        inputs = {
            **_metric(spec, variant, CONCURRENCY_METRIC),
            "statistic": plan.statistic.value,
            "period": 60,
            **_rule("LessThanThreshold", plan.spare_concurrency, periods=QUIET_MINUTES),
        }
    # No data begins no removal, since it may be CloudWatch that is late; a removal that has begun goes on.
    return Alarm(
        role=f"{variant.name}-spare",
        inputs={"alarm_description": said, **inputs, "treat_missing_data": "ignore"},
    )


def _share(
    spec: SageMakerVoiceEndpointSpec, variant: VariantSpec, role: str, metric: str, ratio: float, *, minutes: int
) -> Alarm:
    """Some kind of answer as a share of requests."""
    return Alarm(
        role=f"{variant.name}-{role}",
        inputs={
            "alarm_description": f"{spec.endpoint_name}/{variant.name}: {metric} above {100 * ratio:g} % of requests.",
            "metric_queries": [
                _expression("share", "FILL(bad, 0) / IF(calls > 0, calls, 1)"),
                _query(spec, variant, "calls", "Invocations", "Sum"),
                _query(spec, variant, "bad", metric, "Sum"),
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
    once: str = "",
) -> Alarm:
    return Alarm(
        role=f"{variant.name}-{role}",
        once=f"{variant.name}-{once}" if once else "",
        inputs={
            "alarm_description": f"{spec.endpoint_name}/{variant.name}: {percentile} of {metric} above "
            f"{milliseconds} ms.",
            **_metric(spec, variant, metric),
            "extended_statistic": percentile,
            "period": 60,
            # A 99th percentile of a handful of requests is their slowest: wait for more.
            "evaluate_low_sample_count_percentiles": "ignore",
            **_rule("GreaterThanThreshold", 1000.0 * milliseconds, periods=5),
        },
    )


def _at_max(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> Alarm:
    """Traffic asks for more although the count stands where some schedule, or the settings, may hold it.

    CloudWatch does not know which bounds are in force, so the count alone tells nothing between two maxima: only with
    traffic above the target for a quarter of an hour it is held there, by the bounds or by AWS.
    """
    plan = variant.plan
    if plan is None:
        raise ValueError(f"variant {variant.name} does not scale; only autoscaled variants have a maximum")
    most = variant.ceiling if variant.ceiling == variant.lowest_maximum else f"{variant.lowest_maximum} or more"
    target = held(plan, spec.scaling, variant.ceiling, COUNT)
    return Alarm(
        role=f"{variant.name}-at-max",
        inputs={
            "alarm_description": f"{spec.endpoint_name}/{variant.name} has stood at {most} "
            "instances for 15 minutes and its traffic asks for more, which will be refused. Raise max_instances, and "
            "the quota first.",
            "metric_queries": [
                _expression("held", f"IF(busy > {target} AND {COUNT} >= {variant.lowest_maximum - 0.5}, 1, 0)"),
                *_load(spec, variant),
            ],
            **_rule("GreaterThanOrEqualToThreshold", 1.0, periods=15),
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


def _load(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> list[dict[str, Any]]:
    """What `COUNT` and the requests in an instance are computed from."""
    statistic = variant.plan.statistic.value if variant.plan else "Average"
    return [
        _query(spec, variant, "calls", "Invocations", "Sum"),
        _query(spec, variant, "share", "InvocationsPerInstance", "Sum"),
        _query(spec, variant, "busy", CONCURRENCY_METRIC, statistic),
    ]


def _metric(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec, name: str) -> dict[str, Any]:
    return {"namespace": METRIC_NAMESPACE, "metric_name": name, "dimensions": _place(spec, variant)}


def _place(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> dict[str, str]:
    return {"EndpointName": spec.endpoint_name, "VariantName": variant.name}


def _query(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec, name: str, metric: str, stat: str) -> dict[str, Any]:
    return {"id": name, "metric": {**_metric(spec, variant, metric), "period": 60, "stat": stat}}


def _expression(name: str, expression: str) -> dict[str, Any]:
    return {"id": name, "expression": expression, "label": name, "return_data": True}
