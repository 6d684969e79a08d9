"""Targets of the autoscaler as CloudWatch computes them: a fixed one, or one that grows with the fleet.

The customized metric names its statistic. The predefined high-resolution one does not say which it compares: AWS's page
is silent, one published deployment measured the maximum, another says average; the plan is a mean.

source: SageMaker developer guide, "Define a scaling policy", with the statistic of a custom metric; Application Auto
Scaling API reference, CustomizedMetricSpecification and TargetTrackingMetricDataQuery; CloudWatch user guide, "Using
metric math"; 2026-11-25.
"""

from typing import Any

from catalog.aws.sagemaker import CONCURRENCY_METRIC, METRIC_NAMESPACE
from components.sagemaker.spec import ScalingSpec, VariantSpec
from core.capacity.scaling_plan import ScalingPlan

__all__ = ["COUNT", "held", "tracking_configuration"]

COUNT = "(calls / share)"
"""Instances in service, from the queries `calls` and `share`."""


def held(plan: ScalingPlan, scaling: ScalingSpec, ceiling: int, count: str) -> str:
    """The requests in an instance to hold, as an expression; `count` is the expression of the instances."""
    if not scaling.growing_target:
        return f"{plan.target_value:.4f}"
    growing = plan.growing(ceiling)
    return f"({growing.top:.4f} - {growing.drop:.4f} / SQRT({count}))"


def tracking_configuration(endpoint: str, variant: VariantSpec, scaling: ScalingSpec) -> dict[str, Any]:
    """Target tracking on the requests in an instance, as `aws.appautoscaling.Policy` takes it. It only adds.

    Raises:
        ValueError: The variant does not scale.
    """
    plan = variant.plan
    if plan is None:
        raise ValueError(f"variant {variant.name} does not scale; give it max_instances")
    metric: dict[str, Any]
    if scaling.growing_target:
        target, metric = 1.0, {"metrics": _growing(endpoint, variant, plan)}
    else:
        dimensions = [{"name": name, "value": value} for name, value in _place(endpoint, variant).items()]
        target = plan.target_value
        metric = {**_named(CONCURRENCY_METRIC), "dimensions": dimensions, "statistic": plan.statistic.value}
    return {
        "target_value": target,
        "customized_metric_specification": metric,
        "scale_in_cooldown": scaling.scale_in_hold_seconds,
        "scale_out_cooldown": scaling.scale_out_hold_seconds,
        # AWS's own scale-in may take half the fleet in one go; the step policy takes one at a time.
        "disable_scale_in": True,
    }


def _growing(endpoint: str, variant: VariantSpec, plan: ScalingPlan) -> list[dict[str, Any]]:
    """Instances that the load needs over those there are, to be held at 1.

    A fleet of n holds n * (top - drop / sqrt(n)) requests. Solved for n, that is a square of a root.
    """
    growing = plan.growing(variant.ceiling)
    top, drop = f"{growing.top:.4f}", f"{growing.drop:.4f}"
    root = f"(({drop} + SQRT({growing.drop**2:.8f} + 4 * {top} * total)) / (2 * {top}))"
    dimensions = [{"name": name, "value": value} for name, value in _place(endpoint, variant).items()]

    def query(name: str, metric: str, stat: str) -> dict[str, Any]:
        return {
            "id": name,
            "metric_stat": {"metric": {**_named(metric), "dimensions": dimensions}, "stat": stat},
            "return_data": False,
        }

    return [
        query("calls", "Invocations", "Sum"),
        query("share", "InvocationsPerInstance", "Sum"),
        query("busy", CONCURRENCY_METRIC, plan.statistic.value),
        {"id": "total", "expression": f"busy * {COUNT}", "return_data": False},
        {"id": "need", "expression": f"{root} * {root} / {COUNT}", "label": "need", "return_data": True},
    ]


def _named(metric: str) -> dict[str, Any]:
    return {"metric_name": metric, "namespace": METRIC_NAMESPACE}


def _place(endpoint: str, variant: VariantSpec) -> dict[str, str]:
    return {"EndpointName": endpoint, "VariantName": variant.name}
