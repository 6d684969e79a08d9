"""A running SageMaker endpoint, as AWS describes it, and what of it forbids a change.

Owns reading `DescribeEndpoint` and the rules on what it says. Asking AWS is `clients.sagemaker`.

source: SageMaker API reference, DescribeEndpoint, EndpointSummary, ProductionVariantSummary, 2026-11-25.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["IN_SERVICE", "SETTLED", "TOGETHER", "LiveEndpoint", "LiveVariant", "described", "shrunk"]

IN_SERVICE = "InService"
TOGETHER = "all variants together"
SETTLED = (IN_SERVICE, "Failed", "UpdateRollbackFailed", "OutOfService")
"""States that AWS does not leave by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveVariant:
    """One variant as it runs."""

    name: str
    instances: int
    """In service."""
    desired: int
    """Asked for, by the autoscaler or a person."""
    weight: float
    """Share of traffic, by ratio of weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEndpoint:
    """What AWS says of an endpoint."""

    name: str
    status: str
    config_name: str
    """The configuration that answers. During an update still the old one."""
    pending_config_name: str
    """The one it is moving to; empty where it is not moving."""
    reason: str
    """AWS's words on the last failure; empty for none."""
    variants: tuple[LiveVariant, ...]

    @property
    def largest(self) -> dict[str, int]:
        """Instances that each variant has or is getting."""
        return {variant.name: max(variant.instances, variant.desired) for variant in self.variants}


def described(answer: Mapping[str, Any]) -> LiveEndpoint:
    """An endpoint from the answer of `DescribeEndpoint`."""
    pending = answer.get("PendingDeploymentSummary") or {}
    return LiveEndpoint(
        name=answer["EndpointName"],
        status=answer["EndpointStatus"],
        config_name=answer.get("EndpointConfigName", ""),
        pending_config_name=pending.get("EndpointConfigName", ""),
        reason=answer.get("FailureReason", ""),
        variants=tuple(_variant(each) for each in answer.get("ProductionVariants") or ()),
    )


def shrunk(live: LiveEndpoint, wanted: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Variants that an update would start with fewer instances than run now: how many run, and how many it starts.

    A variant that goes away leaves its calls to the others: all of them together (`TOGETHER`) must then be as many as
    serve now. One without weight serves nobody and may go.

    Args:
        live: The endpoint as it runs.
        wanted: Instances that each variant starts with.
    """
    fewer = {
        name: (running, wanted[name])
        for name, running in live.largest.items()
        if name in wanted and wanted[name] < running
    }
    serving = {variant.name: live.largest[variant.name] for variant in live.variants if variant.weight > 0}
    before, after = sum(serving.values()), sum(wanted.values())
    if serving.keys() - wanted.keys() and after < before:
        fewer[TOGETHER] = (before, after)
    return fewer


def _variant(each: Mapping[str, Any]) -> LiveVariant:
    current = int(each.get("CurrentInstanceCount") or 0)
    return LiveVariant(
        name=each["VariantName"],
        instances=current,
        desired=int(each.get("DesiredInstanceCount") or current),
        weight=float(each.get("CurrentWeight") or 0.0),
    )
