"""Autoscaling of an endpoint's variants: what may change, on which metric, how fast, and by the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from catalog.aws.sagemaker import SCALING_METRIC
from components.replacing import one_of_a_name
from components.sagemaker.alarms import spike_alarm
from components.sagemaker.spec import SageMakerVoiceEndpointSpec, ScalingSpec, ScheduleSpec, VariantSpec
from core.capacity.routing import ScalingPlan

__all__ = ["make_scaling", "step_configuration", "tracking_configuration"]

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
SERVICE = "sagemaker"


def make_scaling(
    name: str,
    spec: SageMakerVoiceEndpointSpec,
    *,
    endpoint: aws.sagemaker.Endpoint,
    fleet: aws.cloudwatch.MetricAlarm,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Register every variant with `max_instances`, with its policies and schedules.

    Args:
        name: Logical name of the component.
        spec: The endpoint.
        endpoint: Must be in service before a variant can be registered.
        fleet: The alarm whose replacement takes autoscaling down while the fleet changes.
        parent: The component.

    Returns:
        What was made.
    """
    made: list[pulumi.Resource] = []
    for variant in spec.variants:
        if variant.plan is None:
            continue
        target = _target(f"{name}-{variant.name}", spec, variant, endpoint, fleet, parent)
        made += [target, *_policies(f"{name}-{variant.name}", spec, variant, variant.plan, target, parent)]
        schedules = [schedule for schedule in spec.scaling.schedules if schedule.variant == variant.name]
        made += _schedules(name, spec, schedules, target, parent)
    return made


def tracking_configuration(plan: ScalingPlan, scaling: ScalingSpec) -> dict[str, Any]:
    """Target tracking on the requests in an instance, as `aws.appautoscaling.Policy` takes it."""
    return {
        "target_value": plan.target_value,
        "predefined_metric_specification": {"predefined_metric_type": SCALING_METRIC},
        "scale_in_cooldown": scaling.scale_in_hold_seconds,
        "scale_out_cooldown": scaling.scale_out_hold_seconds,
        "disable_scale_in": not scaling.scale_in,
    }


def step_configuration(plan: ScalingPlan, slots: int) -> dict[str, Any]:
    """Half the fleet more on a spike, as much again on one that nearly fills the slots."""
    middle = round((slots - plan.spike_concurrency) / 2.0, 4)
    return {
        "adjustment_type": "PercentChangeInCapacity",
        "min_adjustment_magnitude": 1,
        "metric_aggregation_type": "Average",
        "cooldown": 60,
        "step_adjustments": [
            {"metric_interval_lower_bound": "0", "metric_interval_upper_bound": str(middle), "scaling_adjustment": 50},
            {"metric_interval_lower_bound": str(middle), "scaling_adjustment": 100},
        ],
    }


def _target(
    prefix: str,
    spec: SageMakerVoiceEndpointSpec,
    variant: VariantSpec,
    endpoint: aws.sagemaker.Endpoint,
    fleet: aws.cloudwatch.MetricAlarm,
    parent: pulumi.Resource,
) -> aws.appautoscaling.Target:
    # The alarm's id is read only to hang on it: an id that will change is what makes the engine delete this target,
    # policies and all, before the endpoint moves. A `depends_on` would not.
    resource_id = pulumi.Output.all(endpoint.name, fleet.id).apply(
        lambda known: f"endpoint/{known[0]}/variant/{variant.name}"
    )
    return aws.appautoscaling.Target(
        f"{prefix}-scaling",
        service_namespace=SERVICE,
        scalable_dimension=DIMENSION,
        resource_id=resource_id,
        min_capacity=variant.min_instances,
        max_capacity=variant.max_instances,
        region=spec.region,
        tags=spec.tags,
        opts=one_of_a_name(parent=parent),
    )


def _policies(
    prefix: str,
    spec: SageMakerVoiceEndpointSpec,
    variant: VariantSpec,
    plan: ScalingPlan,
    target: aws.appautoscaling.Target,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    track = aws.appautoscaling.Policy(
        f"{prefix}-track",
        policy_type="TargetTrackingScaling",
        target_tracking_scaling_policy_configuration=tracking_configuration(plan, spec.scaling),
        **_place(target),
        region=spec.region,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    if not spec.scaling.step_out:
        return [track]
    step = aws.appautoscaling.Policy(
        f"{prefix}-step-out",
        policy_type="StepScaling",
        step_scaling_policy_configuration=step_configuration(plan, spec.slots_per_instance),
        **_place(target),
        region=spec.region,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    spike = aws.cloudwatch.MetricAlarm(
        f"{prefix}-spike",
        **spike_alarm(spec, variant).inputs,
        alarm_actions=[step.arn],
        region=spec.region,
        tags=spec.tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return [track, step, spike]


def _schedules(
    name: str,
    spec: SageMakerVoiceEndpointSpec,
    schedules: Sequence[ScheduleSpec],
    target: aws.appautoscaling.Target,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    return [
        aws.appautoscaling.ScheduledAction(
            f"{name}-at-{schedule.name}",
            schedule=schedule.schedule,
            timezone=schedule.timezone,
            scalable_target_action={"min_capacity": schedule.min_instances, "max_capacity": schedule.max_instances},
            **_place(target),
            region=spec.region,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for schedule in schedules
    ]


def _place(target: aws.appautoscaling.Target) -> dict[str, pulumi.Output[str]]:
    return {
        "service_namespace": target.service_namespace,
        "scalable_dimension": target.scalable_dimension,
        "resource_id": target.resource_id,
    }
