"""Autoscaling of an endpoint's variants: what may change, on which metric, how fast, and by the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from components.replacing import one_of_a_name
from components.sagemaker.alarms import Alarm, spare_alarm, spike_alarm
from components.sagemaker.spec import SageMakerVoiceEndpointSpec, ScheduleSpec, VariantSpec
from components.sagemaker.targets import tracking_configuration
from core.capacity.scaling_plan import ScalingPlan

__all__ = ["make_scaling", "removal_configuration", "step_configuration"]

_BOUNDS = ("minCapacity", "maxCapacity")

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
        schedules = [schedule for schedule in spec.scaling.schedules if schedule.variant == variant.name]
        prefix = f"{name}-{variant.name}"
        target = _target(prefix, spec, variant, endpoint, fleet, parent, scheduled=bool(schedules))
        made += [target, *_policies(prefix, spec, variant, variant.plan, target, parent)]
        made += _schedules(name, spec, schedules, target, parent)
    return made


def step_configuration(plan: ScalingPlan, slots: int, hold_seconds: int) -> dict[str, Any]:
    """Half the fleet more on a spike, as much again on one that nearly fills the slots.

    Args:
        plan: Says what a spike is.
        slots: Of one instance.
        hold_seconds: Until the next step: what the first one added has to be there first.
    """
    middle = round((slots - plan.spike_concurrency) / 2.0, 4)
    return {
        "adjustment_type": "PercentChangeInCapacity",
        "min_adjustment_magnitude": 1,
        "metric_aggregation_type": "Average",
        "cooldown": hold_seconds,
        "step_adjustments": [
            {"metric_interval_lower_bound": "0", "metric_interval_upper_bound": str(middle), "scaling_adjustment": 50},
            {"metric_interval_lower_bound": str(middle), "scaling_adjustment": 100},
        ],
    }


def removal_configuration(hold_seconds: int) -> dict[str, Any]:
    """One instance fewer, and the next one not before `hold_seconds`."""
    return {
        "adjustment_type": "ChangeInCapacity",
        "metric_aggregation_type": "Average",
        "cooldown": hold_seconds,
        # The alarm fires below its threshold, or above one of 0: both sides of it mean the same step.
        "step_adjustments": [
            {"metric_interval_upper_bound": "0", "scaling_adjustment": -1},
            {"metric_interval_lower_bound": "0", "scaling_adjustment": -1},
        ],
    }


def _target(
    prefix: str,
    spec: SageMakerVoiceEndpointSpec,
    variant: VariantSpec,
    endpoint: aws.sagemaker.Endpoint,
    fleet: aws.cloudwatch.MetricAlarm,
    parent: pulumi.Resource,
    *,
    scheduled: bool,
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
        # Schedules write the same two bounds. Whatever they set last stays, or an update at night would undo the night.
        opts=one_of_a_name(parent=parent, ignore_changes=list(_BOUNDS) if scheduled else []),
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
        target_tracking_scaling_policy_configuration=tracking_configuration(spec.endpoint_name, variant, spec.scaling),
        **_place(target),
        region=spec.region,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    made: list[pulumi.Resource] = [track]
    if spec.scaling.step_out:
        out = step_configuration(plan, spec.slots_per_instance, spec.scaling.step_hold_seconds)
        made += _step(prefix, spec, "step-out", out, spike_alarm(spec, variant), target, parent)
    if spec.scaling.scale_in:
        removal = removal_configuration(spec.scaling.scale_in_hold_seconds)
        made += _step(prefix, spec, "step-in", removal, spare_alarm(spec, variant), target, parent)
    return made


def _step(
    prefix: str,
    spec: SageMakerVoiceEndpointSpec,
    role: str,
    configuration: dict[str, Any],
    alarm: Alarm,
    target: aws.appautoscaling.Target,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """A step policy and the alarm that runs it, which tells nobody: it is no trouble."""
    step = aws.appautoscaling.Policy(
        f"{prefix}-{role}",
        policy_type="StepScaling",
        step_scaling_policy_configuration=configuration,
        **_place(target),
        region=spec.region,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    watch = aws.cloudwatch.MetricAlarm(
        f"{prefix}-{alarm.role.rpartition('-')[2]}",
        **alarm.inputs,
        alarm_actions=[step.arn],
        region=spec.region,
        tags=spec.tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return [step, watch]


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
