"""Autoscaling and its schedules: from what the caller wrote to plain values, collecting every mistake."""

import math
import re
from collections.abc import Mapping
from zoneinfo import available_timezones

from components.names import check_entry_name
from components.sagemaker.args import SageMakerScalingArgs, SageMakerScheduleArgs
from components.sagemaker.resolve_fleet import MOST_INSTANCES, is_scaled
from components.sagemaker.spec import ScalingSpec, ScheduleSpec, VariantSpec
from core.input.problems import nearest
from core.input.reader import Reader

_SCHEDULE = re.compile(
    r"cron\(\S+( \S+){5}\)"
    r"|at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)"
    r"|rate\([1-9]\d* (minutes?|hours?|days?)\)"
)
_STEP_HOLD_SECONDS = (60, 3600)


def resolve_growth(scaling: object) -> float:
    """`growth_percent` as a share, for the plans. Its range is checked by `resolve_scaling`."""
    value = scaling.get("growth_percent", 0.0) if isinstance(scaling, Mapping) else 0.0
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1000
    return float(value) / 100.0 if fits else 0.0


def resolve_scaling(parent: Reader, variants: tuple[VariantSpec, ...], start_seconds: float | None) -> ScalingSpec:
    """How autoscaled variants behave.

    Args:
        parent: Reader of the component's arguments.
        variants: Checked, without plans.
        start_seconds: How long an instance takes to start, where a load test told.
    """
    read, problems = parent.block("scaling", SageMakerScalingArgs), parent.problems
    scaled = [variant.name for variant in variants if is_scaled(variant)]
    if parent.value("scaling") and not scaled:
        fix = "give a variant max_instances, or drop scaling"
        problems.add("scaling", "has no effect while no variant scales", fix=fix, needs=("variants",))
    read.number("growth_percent", 0.0, low=0.0, high=1000.0)
    schedules = tuple(_schedule(name, block, scaled) for name, block in read.blocks("schedules", SageMakerScheduleArgs))
    step_hold = _STEP_HOLD_SECONDS[0] if start_seconds is None else math.ceil(start_seconds)
    return ScalingSpec(
        scale_in=read.flag("scale_in", True),
        scale_in_hold_seconds=read.whole("scale_in_hold_seconds", 900, low=0, high=3600),
        scale_out_hold_seconds=read.whole("scale_out_hold_seconds", 60, low=0, high=3600),
        step_out=read.flag("step_out", True),
        step_hold_seconds=min(max(step_hold, _STEP_HOLD_SECONDS[0]), _STEP_HOLD_SECONDS[1]),
        growing_target=read.flag("growing_target", False),
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
