"""Variants and their routing: from what the caller wrote to plain values, collecting every mistake."""

import dataclasses
import re

from catalog.aws.sagemaker import (
    DEFAULT_INSTANCE_TYPE,
    INFERENCE_AMIS,
    INSTANCE_TYPES,
    LIMITS,
    MAX_VARIANTS,
    ROUTING_FOR_LANGUAGE_MODELS,
)
from components.sagemaker.args import SageMakerVariantArgs
from components.sagemaker.package import check_package
from components.sagemaker.spec import ScheduleSpec, VariantSpec
from core.aws.arns import ML_RESERVATION, check_arn
from core.capacity.pooling import DEFAULT_POOLING, Pooling
from core.capacity.routing import Routing
from core.capacity.scaling_plan import ScalingPlan, plan_scaling
from core.input.reader import Reader

NAME = re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9])*")
"""Names of SageMaker. source: SageMaker API reference, CreateEndpoint, 2026-11-21."""

MOST_INSTANCES = 1000
_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")


def resolve_routing(read: Reader) -> Routing:
    """The strategy inside each variant. `check_random` compares the waiver for RANDOM with the variants."""
    value = read.text("routing", Routing.LEAST_OUTSTANDING_REQUESTS.value)
    if value in ROUTING_FOR_LANGUAGE_MODELS:
        fix = "use LEAST_OUTSTANDING_REQUESTS"
        read.problems.add("routing", "must not follow prompts, which only language models have", got=value, fix=fix)
        return Routing.LEAST_OUTSTANDING_REQUESTS
    return Routing(read.choice("routing", [routing.value for routing in Routing], Routing.LEAST_OUTSTANDING_REQUESTS))


def resolve_pooling(read: Reader, routing: Routing) -> Pooling:
    """How well least-outstanding routing is believed to pool. It has no meaning for RANDOM."""
    key = "assumed_routing"
    if read.has(key) and routing is Routing.RANDOM:
        rule, fix = "has no meaning with RANDOM, which pools nothing", "drop it"
        read.problems.add(key, rule, got=read.value(key), fix=fix, needs=("routing",))
    return Pooling(read.choice(key, [each.value for each in Pooling], DEFAULT_POOLING.value))


def check_random(read: Reader, routing: Routing, variants: tuple[VariantSpec, ...]) -> None:
    """RANDOM over several instances needs a reason, and a reason needs RANDOM."""
    reason = read.text("random_routing_reason")
    several = [variant.name for variant in variants if max(variant.ceiling, variant.instances) > 1]
    if routing is not Routing.RANDOM:
        if reason:
            fix = "remove it, or set routing to RANDOM"
            read.problems.add(
                "random_routing_reason", "has no meaning without RANDOM", got=reason, fix=fix, needs=("routing",)
            )
    elif several and not reason.strip():
        rule = f"must not be RANDOM where a variant can have more than one instance ({', '.join(several)})"
        fix = "drop it (LEAST_OUTSTANDING_REQUESTS refuses far less), or say why in random_routing_reason"
        needs = ("variants", "random_routing_reason")
        read.problems.add("routing", rule, got=routing.value, fix=fix, needs=needs)


def resolve_variants(read: Reader, region: str) -> tuple[VariantSpec, ...]:
    """Every variant that is right, by name, without plans: those need the schedules too (`planned`)."""
    key, problems = "variants", read.problems
    given = dict(read.blocks(key, SageMakerVariantArgs)) if read.has(key) else {"AllTraffic": _all_defaults(read)}
    if not 1 <= len(given) <= MAX_VARIANTS:
        fix = "drop some: each takes its own traffic and pools nothing"
        problems.add(key, f"must be 1 to {MAX_VARIANTS} variants", got=len(given), fix=fix if given else "name one")
    variants = tuple(_variant(name, variant, region) for name, variant in given.items())
    if variants and not any(variant.weight > 0 for variant in variants):
        rule = "must hold a variant with a weight above 0, or no traffic gets in"
        problems.add(key, rule, fix="set one weight to 1", needs=(key,))
    return variants


def is_scaled(variant: VariantSpec) -> bool:
    """Whether the autoscaler shall know the variant."""
    return variant.max_instances > variant.min_instances


def planned(
    variants: tuple[VariantSpec, ...],
    schedules: tuple[ScheduleSpec, ...],
    *,
    slots: int,
    budget: float,
    routing: Routing,
    growth: float,
    pooling: Pooling,
) -> tuple[VariantSpec, ...]:
    """The variants with plans over the union of their own bounds and those of every schedule."""
    done = []
    for variant in variants:
        own = [schedule for schedule in schedules if schedule.variant == variant.name]
        floor = min([variant.min_instances, *(schedule.min_instances for schedule in own)])
        plan: ScalingPlan | None = None
        if is_scaled(variant):
            plan = plan_scaling(
                slots=slots,
                refusal_budget=budget,
                min_instances=floor,
                routing=routing,
                growth_while_starting=growth,
                pooling=pooling,
            )
        done.append(
            dataclasses.replace(
                variant,
                plan=plan,
                floor=floor,
                ceiling=max([variant.max_instances, *(schedule.max_instances for schedule in own)]),
                lowest_maximum=min([variant.max_instances, *(schedule.max_instances for schedule in own)]),
            )
        )
    return tuple(done)


def _all_defaults(read: Reader) -> Reader:
    return Reader({}, SageMakerVariantArgs.__annotations__, read.at("variants.AllTraffic"), read.problems)


def _variant(name: str, read: Reader, region: str) -> VariantSpec:
    problems = read.problems
    if not NAME.fullmatch(name) or len(name) > LIMITS.name_length:
        rule = f"must have a name of 1-{LIMITS.name_length} letters, digits and inner dashes"
        problems.add(read.path, rule, got=name, fix="rename the variant")
    instances, low, high = _counts(read)
    ami = read.choice("inference_ami_version", INFERENCE_AMIS, "") if read.has("inference_ami_version") else ""
    fix = "copy the whole ARN of the reservation"
    check_arn(read, "reservation_arn", ML_RESERVATION, region, fix=fix, elsewhere="use one of the endpoint's region")
    return VariantSpec(
        name=name,
        instance_type=_instance_type(read),
        model_package_arn=check_package(read, region),
        instances=instances,
        min_instances=low,
        max_instances=high,
        weight=read.number("weight", 1.0, low=0.0, high=1000.0),
        inference_ami_version=ami,
        reservation_arn=read.text("reservation_arn"),
        plan=None,
        floor=low,
        ceiling=high,
        lowest_maximum=high,
    )


def _counts(read: Reader) -> tuple[int, int, int]:
    """Instances at deployment, and the least and most the autoscaler may hold."""
    instances = read.whole("instances", 0, low=1, high=MOST_INSTANCES)
    low = read.whole("min_instances", instances or 1, low=1, high=MOST_INSTANCES)
    instances = instances or low
    high = read.whole("max_instances", max(instances, low), low=1, high=MOST_INSTANCES)
    if low > high:
        fix = "raise max_instances or lower min_instances"
        rule, needs = f"must be at most max_instances ({high})", (read.at("instances"), read.at("max_instances"))
        read.problems.add(read.at("min_instances"), rule, got=low, fix=fix, needs=needs)
    elif not low <= instances <= high:
        fix = f"choose {low} to {high}: the autoscaler would undo it at once"
        rule, needs = (
            "must lie within min_instances and max_instances",
            (
                read.at("min_instances"),
                read.at("max_instances"),
            ),
        )
        read.problems.add(read.at("instances"), rule, got=instances, fix=fix, needs=needs)
    elif read.has("min_instances") and low < instances and not read.has("max_instances"):
        fix = "set max_instances, or drop min_instances"
        read.problems.add(
            read.at("min_instances"),
            "has no effect without max_instances",
            got=low,
            fix=fix,
            needs=(read.at("instances"),),
        )
    return instances, low, high


def _instance_type(read: Reader) -> str:
    key = "instance_type"
    name = read.text(key, DEFAULT_INSTANCE_TYPE)
    reason, reason_at = read.text("unlisted_type_reason").strip(), read.at("unlisted_type_reason")
    if not _TYPE.fullmatch(name):
        fix = f"write it as SageMaker does, with ml. in front, e.g. {DEFAULT_INSTANCE_TYPE}"
        read.problems.add(read.at(key), "must be a SageMaker instance type", got=name, fix=fix)
        return DEFAULT_INSTANCE_TYPE
    row = INSTANCE_TYPES.get(name)
    listed = row is not None and row.listed
    if not listed and not reason:
        known = ", ".join(sorted(row.name for row in INSTANCE_TYPES.values() if row.listed))
        note = f" ({row.note})" if row is not None else ""
        fix = f"use {known}, or say in unlisted_type_reason why this one works for you"
        read.problems.add(read.at(key), f"must be a type the vendor lists{note}", got=name, fix=fix, needs=(reason_at,))
    if listed and reason:
        fix = "remove it"
        rule = f"has no meaning for {name}, which is listed"
        read.problems.add(reason_at, rule, fix=fix, needs=(read.at(key),))
    return name
