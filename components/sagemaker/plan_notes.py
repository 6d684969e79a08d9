"""What a preview says about the plan: where its figures come from, and what a wide range of instances costs."""

import pulumi

from components.sagemaker.args import SageMakerVoiceEndpointArgs
from components.sagemaker.spec import SageMakerVoiceEndpointSpec, VariantSpec
from components.warn import note, warn
from core.input.problems import Problem

__all__ = ["overspent", "tell_plan"]

TOLD_FROM = 1.25
"""From which ratio of instances held to instances needed the preview says so."""


def tell_plan(spec: SageMakerVoiceEndpointSpec, resource: pulumi.Resource) -> None:
    """Say where the figures come from, and warn of ranges that one target makes expensive."""
    lines = [f"{figure.name} = {figure}" for figure in spec.figures]
    note("the plan of the fleet rests on\n  " + "\n  ".join(lines), resource)
    for variant in spec.variants:
        problem = overspent(spec, variant)
        if problem is not None:
            warn(problem, SageMakerVoiceEndpointArgs, resource)


def overspent(spec: SageMakerVoiceEndpointSpec, variant: VariantSpec) -> Problem | None:
    """What one target for all sizes costs at the largest one; None where it is little, or the target grows."""
    if variant.plan is None or spec.scaling.growing_target:
        return None
    ratio = variant.plan.overspend(variant.ceiling)
    if ratio < TOLD_FROM:
        return None
    rule = (
        f"from {variant.floor} to {variant.ceiling} instances, one target holds {variant.ceiling} instances for a load "
        f"that {round(variant.ceiling / ratio)} serve within the budget ({ratio:.1f} times the price at the top)"
    )
    fix = "set scaling.growing_target, or raise min_instances (4 and more pool well)"
    return Problem(f"variants.{variant.name}", rule, "", fix)
