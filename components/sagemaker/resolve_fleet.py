"""Variants, their autoscaling and schedules: from what the caller wrote to plain values, collecting every mistake."""

import re
from collections.abc import Mapping
from zoneinfo import available_timezones

from catalog.aws.sagemaker import (
    DEFAULT_INSTANCE_TYPE,
    INFERENCE_AMIS,
    INSTANCE_TYPES,
    LIMITS,
    MAX_VARIANTS,
    ROUTING_FOR_LANGUAGE_MODELS,
)
from components.names import check_entry_name
from components.sagemaker.args import SageMakerScalingArgs, SageMakerScheduleArgs, SageMakerVariantArgs
from components.sagemaker.spec import ScalingSpec, ScheduleSpec, VariantSpec
from core.capacity.routing import Routing, ScalingPlan, plan_scaling
from core.input.problems import nearest
from core.input.reader import Reader

NAME = re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9])*")
"""Names of SageMaker. source: SageMaker API reference, CreateEndpoint, 2026-11-21."""

MOST_INSTANCES = 1000
_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")
_SCHEDULE = re.compile(
    r"cron\(\S+( \S+){5}\)"
    r"|at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)"
    r"|rate\([1-9]\d* (minutes?|hours?|days?)\)"
)


def resolve_routing(read: Reader) -> Routing:
    """The strategy inside each variant. `check_random` compares the waiver for RANDOM with the variants."""
    value = read.text("routing", Routing.LEAST_OUTSTANDING_REQUESTS.value)
    if value in ROUTING_FOR_LANGUAGE_MODELS:
        fix = "use LEAST_OUTSTANDING_REQUESTS"
        read.problems.add("routing", "must not follow prompts, which only language models have", got=value, fix=fix)
        return Routing.LEAST_OUTSTANDING_REQUESTS
    return Routing(read.choice("routing", [routing.value for routing in Routing], Routing.LEAST_OUTSTANDING_REQUESTS))


def check_random(read: Reader, routing: Routing, variants: tuple[VariantSpec, ...]) -> None:
    """RANDOM over several instances needs a reason, and a reason needs RANDOM."""
    reason = read.text("random_routing_reason")
    several = [variant.name for variant in variants if max(variant.max_instances, variant.instances) > 1]
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


def resolve_variants(
    read: Reader, *, slots: int, budget: float, routing: Routing, growth: float
) -> tuple[VariantSpec, ...]:
    """Every variant that is right, by name."""
    key, problems = "variants", read.problems
    given = dict(read.blocks(key, SageMakerVariantArgs)) if read.has(key) else {"AllTraffic": _all_defaults(read)}
    if not 1 <= len(given) <= MAX_VARIANTS:
        fix = "drop some: each takes its own traffic and pools nothing"
        problems.add(key, f"must be 1 to {MAX_VARIANTS} variants", got=len(given), fix=fix if given else "name one")
    variants = tuple(
        _variant(name, variant, slots=slots, budget=budget, routing=routing, growth=growth)
        for name, variant in given.items()
    )
    if variants and not any(variant.weight > 0 for variant in variants):
        rule = "must hold a variant with a weight above 0, or no traffic gets in"
        problems.add(key, rule, fix="set one weight to 1", needs=(key,))
    return variants


def _all_defaults(read: Reader) -> Reader:
    return Reader({}, SageMakerVariantArgs.__annotations__, read.at("variants.AllTraffic"), read.problems)


def _variant(name: str, read: Reader, *, slots: int, budget: float, routing: Routing, growth: float) -> VariantSpec:
    problems = read.problems
    if not NAME.fullmatch(name) or len(name) > LIMITS.name_length:
        rule = f"must have a name of 1-{LIMITS.name_length} letters, digits and inner dashes"
        problems.add(read.path, rule, got=name, fix="rename the variant")
    instances, low, high = _counts(read)
    scaled = read.has("max_instances") and high > low
    plan = _plan(slots, budget, low, routing, growth) if scaled else None
    ami = read.choice("inference_ami_version", INFERENCE_AMIS, "") if read.has("inference_ami_version") else ""
    return VariantSpec(
        name=name,
        instance_type=_instance_type(read),
        instances=instances,
        min_instances=low,
        max_instances=high,
        weight=read.number("weight", 1.0, low=0.0, high=1000.0),
        inference_ami_version=ami,
        plan=plan,
    )


def _plan(slots: int, budget: float, smallest: int, routing: Routing, growth: float) -> ScalingPlan:
    return plan_scaling(
        slots=slots, refusal_budget=budget, min_instances=smallest, routing=routing, growth_while_starting=growth
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


def resolve_growth(scaling: object) -> float:
    """`growth_percent` as a share, for the plans. Its range is checked by `resolve_scaling`."""
    value = scaling.get("growth_percent", 0.0) if isinstance(scaling, Mapping) else 0.0
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1000
    return float(value) / 100.0 if fits else 0.0


def resolve_scaling(parent: Reader, variants: tuple[VariantSpec, ...]) -> ScalingSpec:
    """How autoscaled variants behave."""
    read, problems = parent.block("scaling", SageMakerScalingArgs), parent.problems
    scaled = [variant.name for variant in variants if variant.autoscaled]
    if parent.value("scaling") and not scaled:
        fix = "give a variant max_instances, or drop scaling"
        problems.add("scaling", "has no effect while no variant scales", fix=fix, needs=("variants",))
    read.number("growth_percent", 0.0, low=0.0, high=1000.0)
    schedules = tuple(_schedule(name, block, scaled) for name, block in read.blocks("schedules", SageMakerScheduleArgs))
    return ScalingSpec(
        scale_in=read.flag("scale_in", True),
        scale_in_hold_seconds=read.whole("scale_in_hold_seconds", 900, low=0, high=3600),
        scale_out_hold_seconds=read.whole("scale_out_hold_seconds", 60, low=0, high=3600),
        step_out=read.flag("step_out", True),
        schedules=schedules if read.flag("schedules_enabled", True) else (),
    )


def _schedule(name: str, read: Reader, scaled: list[str]) -> ScheduleSpec:
    problems = read.problems
    check_entry_name(name, read.path, problems, fix="rename it")
    read.required("schedule", "say when, e.g. cron(0 7 ? * MON-FRI *)")
    when = read.text("schedule")
    if when and not _SCHEDULE.fullmatch(when):
        rule = "must be cron(<6 fields>), at(yyyy-mm-ddThh:mm:ss) or rate(<n> <unit>)"
        problems.add(read.at("schedule"), rule, got=when, fix="write e.g. cron(0 7 ? * MON-FRI *)")
    zone = read.text("timezone", "Etc/UTC")
    if zone not in available_timezones():
        problems.add(
            read.at("timezone"), "must be an IANA time zone", got=zone, fix=nearest(zone, available_timezones())
        )
    variant = read.text("variant", scaled[0] if len(scaled) == 1 else "")
    if not variant and scaled:
        problems.add(
            read.at("variant"),
            "is required with several autoscaled variants",
            fix="name " + ", ".join(scaled),
            needs=("variants",),
        )
    elif variant and variant not in scaled:
        fix = "name " + ", ".join(scaled) if scaled else "give the variant max_instances"
        problems.add(read.at("variant"), "must be an autoscaled variant", got=variant, fix=fix, needs=("variants",))
    for key in ("min_instances", "max_instances"):
        read.required(key, "give the count")
    low = read.whole("min_instances", 1, low=1, high=MOST_INSTANCES)
    high = read.whole("max_instances", max(low, 1), low=1, high=MOST_INSTANCES)
    if low > high:
        fix = "raise max_instances or lower min_instances"
        rule, needs = f"must be at most max_instances ({high})", (read.at("max_instances"),)
        problems.add(read.at("min_instances"), rule, got=low, fix=fix, needs=needs)
    return ScheduleSpec(name=name, schedule=when, timezone=zone, variant=variant, min_instances=low, max_instances=high)
