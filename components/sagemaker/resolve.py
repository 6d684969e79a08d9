"""`resolve_sagemaker_voice_endpoint`: from what the caller wrote to a spec, or one error that names every mistake."""

import re

from catalog.aws.logs import LOG_RETENTION_DAYS
from catalog.aws.sagemaker import LIMITS, LISTINGS
from components.args import ArgsError
from components.names import check_entry_name, check_logical_name
from components.sagemaker.args import SageMakerLogArgs, SageMakerUpdateArgs, SageMakerVoiceEndpointArgs
from components.sagemaker.package import SUBSCRIBE, check_package
from components.sagemaker.resolve_alarms import resolve_alarms
from components.sagemaker.resolve_figures import resolve_measured
from components.sagemaker.resolve_fleet import (
    NAME,
    check_random,
    planned,
    resolve_pooling,
    resolve_routing,
    resolve_variants,
)
from components.sagemaker.resolve_network import check_model_network, resolve_door
from components.sagemaker.resolve_scaling import resolve_growth, resolve_scaling
from components.sagemaker.spec import SageMakerVoiceEndpointSpec, UpdateSpec
from core.aws.arns import KMS_KEY, KMS_KEY_OR_ALIAS, ROLE, check_arn
from core.aws.regions import partition_of, read_region
from core.aws.tags import read_aws_tags
from core.input.problems import Problems
from core.input.reader import Reader

COMPONENT = "SageMakerVoiceEndpoint"

LONGEST_NAME = 40
"""Longest logical name: models and configurations may have 63 characters, of which ours and the engine's take 15."""

NO_GUARDRAILS = {
    "strategy": "moves Marketplace packages all at once; for a canary give a variant a model_package_arn of its own",
    "step_percent": "moves Marketplace packages in one step",
    "bake_seconds": "does not watch the update of a Marketplace package",
    "terminate_wait_seconds": "ends the old fleet of a Marketplace package by itself",
    "time_limit_seconds": "limits guardrails with it, which Marketplace packages do not have",
    "roll_back": "turns no update of a Marketplace package back by alarms; the next update tells what AWS undid",
}
"""Settings of deployment guardrails, and why each has no effect.

source: SageMaker developer guide, "Exclusions" of deployment guardrails, 2026-11-21.
"""

_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}")


def resolve_sagemaker_voice_endpoint(
    args: SageMakerVoiceEndpointArgs, name: str = "voice"
) -> SageMakerVoiceEndpointSpec:
    """Check the arguments as a whole and fill in defaults.

    Args:
        args: What the caller wrote.
        name: Logical name of the component; names of AWS objects are made from it.

    Returns:
        Everything that decides which resources exist and what is in them.

    Raises:
        ArgsError: At least one rule is broken; it names them all.
    """
    problems = Problems()
    read = Reader(args, SageMakerVoiceEndpointArgs.__annotations__, "", problems)
    check_logical_name(name, LONGEST_NAME, problems)
    region = read_region(read)
    measured = resolve_measured(read)
    budget = read.number("refusal_budget_percent", 1.0, low=0.0, high=50.0, above=True) / 100.0
    routing = resolve_routing(read)
    pooling = resolve_pooling(read, routing)
    variants = resolve_variants(read, region)
    scaling = resolve_scaling(read, variants, measured.start_seconds)
    variants = planned(
        variants,
        scaling.schedules,
        slots=measured.slots,
        budget=budget,
        routing=routing,
        growth=resolve_growth(read.value("scaling")),
        pooling=pooling,
    )
    check_random(read, routing, variants)
    for key, form in (("execution_role_arn", ROLE), ("kms_key_arn", KMS_KEY_OR_ALIAS)):
        elsewhere = f"use {form.noun} of the endpoint's region"
        check_arn(read, key, form, region, fix="copy the whole ARN", elsewhere=elsewhere)
    check_model_network(read)
    alarms = resolve_alarms(read, region, budget, measured)
    spec = SageMakerVoiceEndpointSpec(
        endpoint_name=_endpoint_name(read),
        region=region,
        partition=partition_of(region),
        model=_model(read),
        model_package_arn=_package(read, region),
        variants=variants,
        slots_per_instance=measured.slots,
        refusal_budget=budget,
        routing=routing,
        pooling=pooling,
        volume_gib=_bounded(read, "volume_gib", LIMITS.volume_gib) if read.has("volume_gib") else None,
        **_start_limits(read),
        update=_update(read),
        scaling=scaling,
        alarms=alarms,
        log_days=_logs(read, region),
        door=resolve_door(read),
        caller_roles=_caller_roles(read),
        tags=read_aws_tags(read),
        figures=measured.figures(alarms, variants),
    )
    if problems:
        raise ArgsError(COMPONENT, problems)
    return spec


def _endpoint_name(read: Reader) -> str:
    read.required("endpoint_name", "name the endpoint; callers use this name")
    name = read.text("endpoint_name")
    if name and (not NAME.fullmatch(name) or len(name) > LIMITS.name_length):
        rule = f"must be 1-{LIMITS.name_length} letters, digits and inner dashes"
        read.problems.add("endpoint_name", rule, got=name, fix="rename the endpoint")
    return name


def _model(read: Reader) -> str:
    if not read.required("model", "name the model of the package: " + " or ".join(LISTINGS)):
        return ""
    return read.choice("model", LISTINGS, next(iter(LISTINGS)))


def _package(read: Reader, region: str) -> str:
    read.required("model_package_arn", SUBSCRIBE)
    return check_package(read, region)


def _bounded(read: Reader, key: str, bounds: tuple[int, int], default: int | None = None) -> int:
    return read.whole(key, bounds[0] if default is None else default, low=bounds[0], high=bounds[1])


def _start_limits(read: Reader) -> dict[str, int]:
    """Limits of a start. Both together must end before the provider stops waiting for a new endpoint."""
    startup = _bounded(read, "startup_seconds", LIMITS.startup_seconds, 1800)
    download = _bounded(read, "download_seconds", LIMITS.startup_seconds, 1800)
    if startup + download > LIMITS.create_wait_seconds:
        key = "startup_seconds" if read.has("startup_seconds") else "download_seconds"
        rule = f"must be at most {LIMITS.create_wait_seconds} together with the other limit of a start"
        fix = "lower one: the provider waits 60 minutes for a new endpoint, and an endpoint that takes longer is lost"
        both = (read.at("startup_seconds"), read.at("download_seconds"))
        read.problems.add(read.at(key), rule, got=startup + download, fix=fix, needs=both)
    return {"startup_seconds": startup, "download_seconds": download}


def _update(parent: Reader) -> UpdateSpec:
    read = parent.block("update", SageMakerUpdateArgs)
    for key, why in NO_GUARDRAILS.items():
        if read.has(key):
            rule = f"has no effect: AWS {why}"
            read.problems.add(read.at(key), rule, got=read.value(key), fix="remove it")
    key = "fewer_instances_reason"
    reason = read.text(key)
    if read.has(key) and not reason.strip():
        read.problems.add(read.at(key), "must say why", got=reason, fix="write the reason, or remove the key")
    return UpdateSpec(may_shrink=bool(reason.strip()))


def _logs(parent: Reader, region: str) -> int:
    read = parent.block("logs", SageMakerLogArgs)
    fix, elsewhere = "copy the ARN of the key itself", "use a key of the endpoint's region"
    check_arn(read, "kms_key_arn", KMS_KEY, region, fix=fix, elsewhere=elsewhere)
    days = read.whole("retention_days", 30, low=1, high=LOG_RETENTION_DAYS[-1])
    if days not in LOG_RETENTION_DAYS:
        after = next(each for each in LOG_RETENTION_DAYS if each >= days)
        rule = "must be one of CloudWatch's: " + ", ".join(map(str, LOG_RETENTION_DAYS))
        read.problems.add(read.at("retention_days"), rule, got=days, fix=f"write {after}")
    return days


def _caller_roles(read: Reader) -> tuple[str, ...]:
    roles = read.mapping("caller_roles")
    for key, role in roles.items():
        where = f"caller_roles.{key}"
        check_entry_name(key, where, read.problems, fix="rename the entry")
        if isinstance(role, str) and not _ROLE_NAME.fullmatch(role):
            fix = "write the part of the ARN after the last /" if role.startswith("arn:") else "write the role's name"
            read.problems.add(where, "must be the name of an IAM role", got=role, fix=fix)
    return tuple(sorted(roles))
