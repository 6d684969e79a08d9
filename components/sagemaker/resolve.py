"""`resolve_sagemaker_voice_endpoint`: from what the caller wrote to a spec, or one error that names every mistake."""

import re
from typing import Any

from catalog.aws.sagemaker import DEFAULT_SLOTS, LIMITS, LISTINGS, PACKAGE_ARN_MAX, PACKAGE_ARN_PATTERN
from components.args import ArgsError
from components.names import check_entry_name, check_logical_name
from components.sagemaker.args import (
    SageMakerAlarmArgs,
    SageMakerModelNetworkArgs,
    SageMakerRuntimeNetworkArgs,
    SageMakerUpdateArgs,
    SageMakerVoiceEndpointArgs,
)
from components.sagemaker.resolve_fleet import (
    NAME,
    check_random,
    resolve_growth,
    resolve_routing,
    resolve_scaling,
    resolve_variants,
)
from components.sagemaker.spec import AlarmSpec, SageMakerVoiceEndpointSpec, UpdateSpec, VariantSpec
from core.aws.arns import KMS_KEY_OR_ALIAS, ROLE, SNS_TOPIC, ArnForm, check_arn
from core.aws.ids import SECURITY_GROUP, SUBNET, VPC, is_id
from core.aws.regions import partition_of, read_region
from core.aws.tags import read_aws_tags
from core.input.problems import Problems
from core.input.reader import Reader

COMPONENT = "SageMakerVoiceEndpoint"

LONGEST_NAME = 40
"""Longest logical name: models and configurations may have 63 characters, of which ours and the engine's take 15."""

STRATEGIES = {
    "all_at_once": (),
    "canary": (*LIMITS.canary_percent, 10),
    "linear": (*LIMITS.linear_percent, 25),
    "rolling": (*LIMITS.batch_percent, 25),
}
"""Update strategies with the range and default of `step_percent`. All at once has no step."""

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
    slots = read.whole("slots_per_instance", DEFAULT_SLOTS, low=1, high=64, why="the vendor says 4, 8 and 10")
    budget = read.number("refusal_budget_percent", 1.0, low=0.0, high=50.0, above=True) / 100.0
    routing = resolve_routing(read)
    growth = resolve_growth(read.value("scaling"))
    variants = resolve_variants(read, slots=slots, budget=budget, routing=routing, growth=growth)
    check_random(read, routing, variants)
    _check_arn(read, "execution_role_arn", ROLE, region)
    _check_arn(read, "kms_key_arn", KMS_KEY_OR_ALIAS, region)
    private_dns, only_this = _runtime_network(read)
    _model_network(read)
    spec = SageMakerVoiceEndpointSpec(
        endpoint_name=_endpoint_name(read),
        region=region,
        partition=partition_of(region),
        model=_model(read),
        model_package_arn=_package(read, region),
        variants=variants,
        slots_per_instance=slots,
        refusal_budget=budget,
        routing=routing,
        volume_gib=_bounded(read, "volume_gib", LIMITS.volume_gib) if read.has("volume_gib") else None,
        startup_seconds=_bounded(read, "startup_seconds", LIMITS.startup_seconds, 1800),
        download_seconds=_bounded(read, "download_seconds", LIMITS.startup_seconds, 1800),
        update=_update(read, variants),
        scaling=resolve_scaling(read, variants),
        alarms=_alarms(read, region),
        private_dns=private_dns,
        only_this_endpoint=only_this,
        caller_roles=_caller_roles(read),
        tags=read_aws_tags(read),
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
    key = "model_package_arn"
    subscribe = "copy it from SageMaker AI, Model packages, My subscriptions, after subscribing at " + " or ".join(
        listing.url for listing in LISTINGS.values()
    )
    if not read.required(key, subscribe):
        return ""
    arn = read.text(key)
    found = re.fullmatch(PACKAGE_ARN_PATTERN, arn)
    if arn and (found is None or len(arn) > PACKAGE_ARN_MAX):
        fix = "arn:aws:sagemaker:<region>:<12 digits>:model-package/<name>: " + subscribe
        read.problems.add(key, "must be the ARN of a model package", got=arn, fix=fix)
    elif found is not None and region and found["region"] != region:
        fix = "copy the ARN of this region, since packages do not cross regions, or change region"
        read.problems.add(key, f"must be in {region}, the region of the endpoint", got=found["region"], fix=fix)
    elif found is not None and region and found["partition"] != partition_of(region):
        fix = "copy the ARN from the account that deploys"
        read.problems.add(key, f"must be in partition {partition_of(region)}", got=found["partition"], fix=fix)
    return arn


def _check_arn(read: Reader, key: str, form: ArnForm, region: str) -> None:
    elsewhere = f"use {form.noun} of the endpoint's region"
    check_arn(read, key, form, region, fix="copy the whole ARN", elsewhere=elsewhere)


def _bounded(read: Reader, key: str, bounds: tuple[int, int], default: int | None = None) -> int:
    return read.whole(key, bounds[0] if default is None else default, low=bounds[0], high=bounds[1])


def _update(parent: Reader, variants: tuple[VariantSpec, ...]) -> UpdateSpec:
    read = parent.block("update", SageMakerUpdateArgs)
    strategy = read.choice("strategy", STRATEGIES, "all_at_once")
    problems, where = read.problems, read.at("strategy")
    step = 0
    if STRATEGIES[strategy]:
        low, high, default = STRATEGIES[strategy]
        step = read.whole("step_percent", default, low=low, high=high, why=f"AWS's range for {strategy}")
    elif read.has("step_percent"):
        fix = "drop it, or choose canary, linear or rolling"
        problems.add(
            read.at("step_percent"),
            "has no meaning all at once",
            got=read.value("step_percent"),
            fix=fix,
            needs=(where,),
        )
    if strategy == "rolling" and len(variants) > 1:
        rule = "must not be rolling with several variants, which AWS excludes"
        problems.add(where, rule, fix="choose canary", needs=("variants",))
    if strategy in ("rolling", "linear", "canary") and any(variant.instances < 2 for variant in variants):
        fix = "raise instances to 2, or choose all_at_once"
        rule = f"must be all_at_once below 2 instances: {strategy} steps take at most half"
        problems.add(where, rule, fix=fix, needs=("variants",))
    if strategy == "rolling" and read.has("terminate_wait_seconds"):
        key = read.at("terminate_wait_seconds")
        problems.add(key, "has no meaning in a rolling update", fix="drop it, or use bake_seconds")
    return UpdateSpec(
        strategy=strategy,
        step_percent=step,
        bake_seconds=_bounded(read, "bake_seconds", LIMITS.wait_seconds, 300),
        terminate_wait_seconds=_bounded(read, "terminate_wait_seconds", LIMITS.wait_seconds, 300),
        time_limit_seconds=_bounded(read, "time_limit_seconds", LIMITS.deploy_seconds, 14_400),
        roll_back=read.flag("roll_back", True),
    )


def _alarms(parent: Reader, region: str) -> AlarmSpec:
    read = parent.block("alarms", SageMakerAlarmArgs)
    _check_arn(read, "topic_arn", SNS_TOPIC, region)
    _check_arn(read, "topic_kms_key_arn", KMS_KEY_OR_ALIAS, region)
    if read.has("topic_arn") and read.has("topic_kms_key_arn"):
        fix = "drop one: a given topic has its own key"
        read.problems.add(read.at("topic_kms_key_arn"), "has no meaning with topic_arn", fix=fix)
    latencies = {
        key: read.whole(key, default, low=1, high=480_000, why="a streamed answer ends after 8 minutes")
        for key, default in (
            ("model_p50_ms", 5_000),
            ("model_p99_ms", 30_000),
            ("overhead_p50_ms", 100),
            ("overhead_p99_ms", 1_000),
        )
    }
    for part in ("model", "overhead"):
        middle, tail = latencies[f"{part}_p50_ms"], latencies[f"{part}_p99_ms"]
        if middle > tail:
            where, fix = read.at(f"{part}_p50_ms"), "swap or raise them"
            read.problems.add(
                where,
                f"must be at most {part}_p99_ms ({tail})",
                got=middle,
                fix=fix,
                needs=(read.at(f"{part}_p99_ms"),),
            )
    return AlarmSpec(
        client_error_ratio=read.number("client_error_percent", 5.0, low=0.0, high=100.0, above=True) / 100.0,
        server_error_ratio=read.number("server_error_percent", 1.0, low=0.0, high=100.0, above=True) / 100.0,
        **latencies,
    )


def _model_network(parent: Reader) -> None:
    if parent.has("model_network"):
        read = parent.block("model_network", SageMakerModelNetworkArgs)
        _check_ids(read, "subnet_ids", LIMITS.subnets, SUBNET)
        _check_ids(read, "security_group_ids", LIMITS.security_groups, SECURITY_GROUP)


def _runtime_network(parent: Reader) -> tuple[bool, bool]:
    """Whether the door takes over the host name, and whether it leads to this endpoint only."""
    if not parent.has("runtime_network"):
        return True, True
    read = parent.block("runtime_network", SageMakerRuntimeNetworkArgs)
    read.required("vpc_id", "name the VPC of the callers")
    _check_id(read, "vpc_id", read.value("vpc_id"), VPC)
    _check_ids(read, "subnet_ids", 16, SUBNET)
    _check_ids(read, "security_group_ids", 5, SECURITY_GROUP)
    return read.flag("private_dns", True), not read.flag("allow_other_endpoints", False)


def _check_ids(read: Reader, key: str, most: int, prefix: str) -> None:
    if not read.required(key, f"give at least one id such as {prefix}0123456789abcdef0"):
        return
    items = read.items(key)
    if items and not 1 <= len(items) <= most:
        read.problems.add(read.at(key), f"must be 1 to {most} ids", got=len(items), fix="drop some")
    if not items and isinstance(read.value(key), list):
        read.problems.add(read.at(key), f"must be 1 to {most} ids", got=[], fix="give at least one")
    for index, item in enumerate(items):
        _check_id(read, f"{key}[{index}]", item, prefix)


def _check_id(read: Reader, key: str, value: Any, prefix: str) -> None:
    if isinstance(value, str) and not is_id(value, prefix):
        read.problems.add(read.at(key), f"must be an id that starts with {prefix}", got=value, fix="copy the id")
    elif isinstance(value, int | float | bool):
        read.problems.add(read.at(key), "must be a string", got=value, fix="put the value in quotes")


def _caller_roles(read: Reader) -> tuple[str, ...]:
    roles = read.mapping("caller_roles")
    for key, role in roles.items():
        where = f"caller_roles.{key}"
        check_entry_name(key, where, read.problems, fix="rename the entry")
        if isinstance(role, str) and not _ROLE_NAME.fullmatch(role):
            fix = "write the part of the ARN after the last /" if role.startswith("arn:") else "write the role's name"
            read.problems.add(where, "must be the name of an IAM role", got=role, fix=fix)
    return tuple(sorted(roles))
