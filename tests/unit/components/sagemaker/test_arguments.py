"""Wrong arguments of `SageMakerVoiceEndpoint`: every mistake told with path and fix, and nothing registered."""

import copy

import pytest

from catalog.aws.sagemaker import CONCURRENCY_FIGURES, DEFAULT_SLOTS, INSTANCE_TYPES, LISTINGS, quota_name
from components.args import ArgsError
from components.sagemaker.endpoint import SageMakerVoiceEndpoint
from components.sagemaker.resolve import resolve_sagemaker_voice_endpoint
from core.capacity.routing import Routing
from core.capacity.scaling_plan import plan_scaling
from tests.support.aws_mocks import record
from tests.support.sagemaker_cases import ARN, FULL, SCALED, SMALL, VARIED

MISSING = object()


def changed(base, *edits):
    """A copy of `base` with `(dotted path, value)` set, or the key taken out."""
    args = copy.deepcopy(base)
    for path, value in edits:
        *parents, last = path.split("/")
        at = args
        for part in parents:
            at = at.setdefault(part, {})
        if value is MISSING:
            del at[last]
        else:
            at[last] = value
    return args


# base, edits, path of the problem, words of the rule
BAD = {
    "no endpoint name": (SMALL, [("endpoint_name", MISSING)], "endpoint_name", "is required"),
    "endpoint name with underscore": (SMALL, [("endpoint_name", "voice_dev")], "endpoint_name", "inner dashes"),
    "endpoint name ends in a dash": (SMALL, [("endpoint_name", "voice-")], "endpoint_name", "inner dashes"),
    "endpoint name too long": (SMALL, [("endpoint_name", "v" * 64)], "endpoint_name", "1-63"),
    "no region": (SMALL, [("region", MISSING)], "region", "is required"),
    "no such region": (SMALL, [("region", "Ohio")], "region", "AWS region"),
    "no model": (SMALL, [("model", MISSING)], "model", "is required"),
    "unknown model": (SMALL, [("model", "sonic-4")], "model", "must be one of sonic-3, sonic-3.5"),
    "no package": (SMALL, [("model_package_arn", MISSING)], "model_package_arn", "is required"),
    "package is a model": (
        SMALL,
        [("model_package_arn", ARN.replace("model-package", "model"))],
        "model_package_arn",
        "must be the ARN of a model package",
    ),
    "package account too short": (
        SMALL,
        [("model_package_arn", ARN.replace("570011132906", "57001113290"))],
        "model_package_arn",
        "must be the ARN of a model package",
    ),
    "package name alone": (SMALL, [("model_package_arn", "sonic-3-5")], "model_package_arn", "must be the ARN"),
    "package ARN too long": (SMALL, [("model_package_arn", ARN + "x" * 130)], "model_package_arn", "must be the ARN"),
    "package of another region": (SMALL, [("region", "us-west-2")], "model_package_arn", "must be in us-west-2"),
    "package of another partition": (
        SMALL,
        [("model_package_arn", ARN.replace("arn:aws:", "arn:aws-us-gov:"))],
        "model_package_arn",
        "must be in partition aws",
    ),
    "unknown key": (SMALL, [("instance_type", "ml.g6e.xlarge")], "instance_type", "unknown key"),
    "no variants": (SMALL, [("variants", {})], "variants", "must be 1 to 3 variants"),
    "four variants": (SMALL, [("variants", {name: {} for name in "abcd"})], "variants", "must be 1 to 3 variants"),
    "variants as a list": (SMALL, [("variants", [{}])], "variants", "must be a map"),
    "variant name": (SMALL, [("variants/All Traffic", {})], "variants.All Traffic", "inner dashes"),
    "variant with unknown key": (SMALL, [("variants/a/count", 2)], "variants.a.count", "unknown key"),
    "EC2 type": (SMALL, [("variants/a/instance_type", "g6e.xlarge")], "variants.a.instance_type", "SageMaker instance"),
    "type not listed": (
        SMALL,
        [("variants/a/instance_type", "ml.g7e.2xlarge")],
        "variants.a.instance_type",
        "must be a type the vendor lists (allowed for some hours",
    ),
    "type unknown": (SMALL, [("variants/a/instance_type", "ml.p5.48xlarge")], "variants.a.instance_type", "must be a"),
    "reason without need": (
        SMALL,
        [("variants/a/unlisted_type_reason", "we like it")],
        "variants.a.unlisted_type_reason",
        "has no meaning for ml.g6e.xlarge",
    ),
    "no instances": (SMALL, [("variants/a/instances", 0)], "variants.a.instances", "must be 1 to"),
    "half an instance": (SMALL, [("variants/a/instances", 1.5)], "variants.a.instances", "must be a whole number"),
    "max below min": (
        SCALED,
        [("variants/AllTraffic/max_instances", 3)],
        "variants.AllTraffic.min_instances",
        "at most",
    ),
    "count outside the bounds": (
        SCALED,
        [("variants/AllTraffic/instances", 13)],
        "variants.AllTraffic.instances",
        "must lie within",
    ),
    "min without max": (
        SMALL,
        [("variants/a/instances", 3), ("variants/a/min_instances", 2)],
        "variants.a.min_instances",
        "has no effect without max_instances",
    ),
    "negative weight": (SMALL, [("variants/a/weight", -1)], "variants.a.weight", "must be 0 to 1000"),
    "only reserves": (SMALL, [("variants/a/weight", 0)], "variants", "a weight above 0"),
    "image of another accelerator": (
        SMALL,
        [("variants/a/inference_ami_version", "al2-ami-sagemaker-inference-neuron-2")],
        "variants.a.inference_ami_version",
        "must be one of",
    ),
    "no slots": (SMALL, [("slots_per_instance", 0)], "slots_per_instance", "must be 1 to 64"),
    "slots as text": (SMALL, [("slots_per_instance", "4")], "slots_per_instance", "must be a whole number"),
    "budget of nothing": (SMALL, [("refusal_budget_percent", 0)], "refusal_budget_percent", "must be above 0"),
    "budget of everything": (SMALL, [("refusal_budget_percent", 100)], "refusal_budget_percent", "at most 50"),
    "unknown routing": (SMALL, [("routing", "ROUND_ROBIN")], "routing", "must be one of RANDOM, LEAST"),
    "routing of language models": (SMALL, [("routing", "PREFIX_AWARE")], "routing", "only language models have"),
    "random over several": (SCALED, [("routing", "RANDOM")], "routing", "must not be RANDOM where a variant can have"),
    "random with an empty reason": (
        SCALED,
        [("routing", "RANDOM"), ("random_routing_reason", "  ")],
        "routing",
        "must not be RANDOM",
    ),
    "waiver without random": (SMALL, [("random_routing_reason", "x")], "random_routing_reason", "without RANDOM"),
    "role is a user": (
        SMALL,
        [("execution_role_arn", "arn:aws:iam::111122223333:user/me")],
        "execution_role_arn",
        "must be the ARN of a role",
    ),
    "key by alias name": (SMALL, [("kms_key_arn", "alias/voice")], "kms_key_arn", "must be the ARN of a KMS key"),
    "key of another region": (
        FULL,
        [("kms_key_arn", FULL["kms_key_arn"].replace("us-east-2", "eu-west-1"))],
        "kms_key_arn",
        "us-east-2",
    ),
    "volume too large": (SMALL, [("volume_gib", 513)], "volume_gib", "must be 1 to 512"),
    "startup too short": (SMALL, [("startup_seconds", 59)], "startup_seconds", "must be 60 to 3600"),
    "download too long": (SMALL, [("download_seconds", 3601)], "download_seconds", "must be 60 to 3600"),
    **{
        f"guardrail {key}": (SMALL, [(f"update/{key}", value)], f"update.{key}", "has no effect: AWS")
        for key, value in {
            "strategy": "canary",
            "step_percent": 10,
            "bake_seconds": 300,
            "terminate_wait_seconds": 300,
            "time_limit_seconds": 28_800,
            "roll_back": True,
        }.items()
    },
    "no reason for fewer": (SMALL, [("update/fewer_instances_reason", "  ")], "update.fewer_instances_reason", "why"),
    "fewer as a flag": (SMALL, [("update/fewer_instances_reason", True)], "update.fewer_instances_reason", "string"),
    "start longer than the provider waits": (
        SMALL,
        [("startup_seconds", 2400), ("download_seconds", 2400)],
        "startup_seconds",
        "must be at most 3600 together",
    ),
    "package of a variant in another region": (
        SMALL,
        [("variants/a/model_package_arn", ARN.replace("us-east-2", "us-west-2"))],
        "variants.a.model_package_arn",
        "must be in us-east-2",
    ),
    "package of a variant by name": (
        SMALL,
        [("variants/a/model_package_arn", "sonic")],
        "variants.a.model_package_arn",
        "must be the ARN of a model package",
    ),
    "reservation by id": (
        SMALL,
        [("variants/a/reservation_arn", "cr-0123456789abcdef0")],
        "variants.a.reservation_arn",
        "must be the ARN of a capacity reservation",
    ),
    "reservation elsewhere": (
        SMALL,
        [("variants/a/reservation_arn", "arn:aws:sagemaker:eu-west-1:111122223333:training-plan/voice")],
        "variants.a.reservation_arn",
        "must be in us-east-2",
    ),
    "unknown belief": (SMALL, [("assumed_routing", "two_routers")], "assumed_routing", "must be one of one_router"),
    "belief without pooling": (
        SMALL,
        [("routing", "RANDOM"), ("assumed_routing", "power_of_two")],
        "assumed_routing",
        "has no meaning with RANDOM",
    ),
    "slots above the measured": (
        VARIED["measured"],
        [("slots_per_instance", 10)],
        "slots_per_instance",
        "must be at most the 8 that the load test served",
    ),
    "measured without slots": (
        VARIED["measured"],
        [("measured/slots_per_instance", MISSING)],
        "measured.slots_per_instance",
        "is required",
    ),
    "measured nothing": (SMALL, [("measured", {})], "measured.source", "is required"),
    "measured slots of nothing": (
        VARIED["measured"],
        [("measured/slots_per_instance", 0)],
        "measured.slots_per_instance",
        "must be 1 to 64",
    ),
    "measured upside down": (
        VARIED["measured"],
        [("measured/first_audio_p50_ms", 500.0)],
        "measured.first_audio_p50_ms",
        "must be at most first_audio_p99_ms (410)",
    ),
    "measured start of a day": (
        VARIED["measured"],
        [("measured/start_seconds", 86_400)],
        "measured.start_seconds",
        "at most 3600",
    ),
    "measured with a typo": (
        VARIED["measured"],
        [("measured/slots", 8)],
        "measured.slots",
        "unknown key",
    ),
    "growing nothing": (SMALL, [("scaling/growing_target", True)], "scaling", "no variant scales"),
    "growing by a word": (SCALED, [("scaling/growing_target", "yes")], "scaling.growing_target", "true or false"),
    "budgets below one": (SMALL, [("alarms/refused_budgets", 0.5)], "alarms.refused_budgets", "must be 1 to 100"),
    "budgets as text": (SMALL, [("alarms/refused_budgets", "3")], "alarms.refused_budgets", "must be a number"),
    "latency of the whole answer": (SMALL, [("alarms/model_p99_ms", 9000)], "alarms.model_p99_ms", "unknown key"),
    "nobody in a subscription": (
        SMALL,
        [("alarms/subscriptions/on-call", {})],
        "alarms.subscriptions.on-call",
        "exactly one of mail, lambda_arn, https_url",
    ),
    "two in a subscription": (
        FULL,
        [("alarms/subscriptions/on-call/https_url", "https://events.example.com/x")],
        "alarms.subscriptions.on-call",
        "exactly one of",
    ),
    "mail to nobody": (
        FULL,
        [("alarms/subscriptions/on-call/mail", "on-call")],
        "alarms.subscriptions.on-call.mail",
        "must be a mail address",
    ),
    "hook without TLS": (
        FULL,
        [("alarms/subscriptions/pager/https_url", "http://events.example.com/x")],
        "alarms.subscriptions.pager.https_url",
        "must be an https address",
    ),
    "hook with a user": (
        FULL,
        [("alarms/subscriptions/pager/https_url", "https://me:pw@events.example.com/x")],
        "alarms.subscriptions.pager.https_url",
        "without a user in it",
    ),
    "function by name": (
        FULL,
        [("alarms/subscriptions/sorter/lambda_arn", "sorter")],
        "alarms.subscriptions.sorter.lambda_arn",
        "must be the ARN of a Lambda function",
    ),
    "function elsewhere": (
        FULL,
        [("alarms/subscriptions/sorter/lambda_arn", "arn:aws:lambda:eu-west-1:111122223333:function:sorter")],
        "alarms.subscriptions.sorter.lambda_arn",
        "must be in us-east-2",
    ),
    "subscription's name": (
        SMALL,
        [("alarms/subscriptions/On Call", {"mail": "a@example.com"})],
        "alarms.subscriptions.On Call",
        "small letters",
    ),
    "retention of 31 days": (SMALL, [("logs/retention_days", 31)], "logs.retention_days", "must be one of"),
    "retention of ever": (SMALL, [("logs/retention_days", 0)], "logs.retention_days", "must be 1 to 3653"),
    "logs under an alias": (
        SMALL,
        [("logs/kms_key_arn", "arn:aws:kms:us-east-2:111122223333:alias/logs")],
        "logs.kms_key_arn",
        "must be the ARN of a KMS key",
    ),
    "one subnet": (
        FULL,
        [("model_network/subnet_ids", ["subnet-0123456789abcdef0"])],
        "model_network.subnet_ids",
        "must be 2 to 16 ids (AWS demands two subnets in different zones)",
    ),
    "a subnet twice": (
        FULL,
        [("model_network/subnet_ids", ["subnet-0123456789abcdef0"] * 2)],
        "model_network.subnet_ids",
        "must name each id once",
    ),
    "door that locks others out": (
        FULL,
        [("runtime_network/allow_other_endpoints", False), ("runtime_network/private_dns", True)],
        "runtime_network.allow_other_endpoints",
        "locked out",
    ),
    "door by another name": (
        SMALL,
        [("runtime_network/vpc_endpoint_id", "vpc-0123456789abcdef0")],
        "runtime_network.vpc_endpoint_id",
        "starts with vpce-",
    ),
    "door that is there and made": (
        FULL,
        [("runtime_network/vpc_endpoint_id", "vpce-0123456789abcdef0")],
        "runtime_network.vpc_id",
        "has no meaning with vpc_endpoint_id",
    ),
    "scaling of nothing": (SMALL, [("scaling/scale_in", False)], "scaling", "no variant scales"),
    "negative growth": (SCALED, [("scaling/growth_percent", -5)], "scaling.growth_percent", "must be 0 to 1000"),
    "hold too long": (SCALED, [("scaling/scale_in_hold_seconds", 7200)], "scaling.scale_in_hold_seconds", "0 to 3600"),
    "Unix cron": (
        FULL,
        [("scaling/schedules/morning/schedule", "cron(0 7 * * 1)")],
        "scaling.schedules.morning.schedule",
        "must be cron(<6 fields>)",
    ),
    "no schedule": (
        FULL,
        [("scaling/schedules/night/schedule", MISSING)],
        "scaling.schedules.night.schedule",
        "is required",
    ),
    "unknown zone": (
        FULL,
        [("scaling/schedules/morning/timezone", "Europe/Berln")],
        "scaling.schedules.morning.timezone",
        "IANA",
    ),
    "schedule for two": (
        FULL,
        [("scaling/schedules/morning/variant", MISSING)],
        "scaling.schedules.morning.variant",
        "is required with several",
    ),
    "schedule for none": (
        FULL,
        [("scaling/schedules/morning/variant", "spare")],
        "scaling.schedules.morning.variant",
        "must be an autoscaled variant",
    ),
    "schedule upside down": (
        FULL,
        [("scaling/schedules/morning/min_instances", 13)],
        "scaling.schedules.morning.min_instances",
        "must be at most max_instances (12)",
    ),
    "schedule name": (SCALED, [("scaling/schedules/Early Bird", {})], "scaling.schedules.Early Bird", "small letters"),
    "topic is a queue": (
        FULL,
        [("alarms/topic_arn", "arn:aws:sqs:us-east-2:111122223333:q")],
        "alarms.topic_arn",
        "SNS",
    ),
    "key for a given topic": (
        FULL,
        [("alarms/topic_kms_key_arn", FULL["kms_key_arn"])],
        "alarms.topic_kms_key_arn",
        "has no meaning with topic_arn",
    ),
    "median above the tail": (
        FULL,
        [("alarms/first_chunk_p50_ms", 9001)],
        "alarms.first_chunk_p50_ms",
        "at most first_chunk",
    ),
    "latency of zero": (FULL, [("alarms/overhead_p50_ms", 0)], "alarms.overhead_p50_ms", "must be 1 to 480000"),
    "errors of zero": (FULL, [("alarms/server_error_percent", 0)], "alarms.server_error_percent", "above 0"),
    "no subnets": (FULL, [("model_network/subnet_ids", [])], "model_network.subnet_ids", "must be 2 to 16"),
    "six groups": (
        FULL,
        [("model_network/security_group_ids", [f"sg-0123456789abcdef{n}" for n in range(6)])],
        "model_network.security_group_ids",
        "must be 1 to 5",
    ),
    "subnet by name": (
        FULL,
        [("model_network/subnet_ids", ["private-a", "private-b"])],
        "model_network.subnet_ids[0]",
        "subnet-",
    ),
    "door without groups": (
        FULL,
        [("runtime_network/security_group_ids", MISSING)],
        "runtime_network.security_group_ids",
        "is required",
    ),
    "door into nothing": (FULL, [("runtime_network/vpc_id", MISSING)], "runtime_network.vpc_id", "is required"),
    "door with typo": (FULL, [("runtime_network/privat_dns", True)], "runtime_network.privat_dns", "unknown key"),
    "caller by ARN": (
        FULL,
        [("caller_roles/api", "arn:aws:iam::111122223333:role/voice-api")],
        "caller_roles.api",
        "must be the name of an IAM role",
    ),
    "caller's key": (FULL, [("caller_roles/The API", "voice-api")], "caller_roles.The API", "small letters"),
    "reserved tag": (SMALL, [("tags/aws:owner", "me")], "tags.aws:owner", "aws:"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_each_mistake_is_told_with_path_rule_and_fix(case):
    base, edits, path, words = BAD[case]
    with pytest.raises(ArgsError) as caught:
        resolve_sagemaker_voice_endpoint(changed(base, *edits))
    found = [problem for problem in caught.value.problems if problem.path == path and words in problem.rule]
    assert found, str(caught.value)
    assert all(problem.fix for problem in caught.value.problems)


def test_there_are_enough_cases():
    assert len(BAD) >= 110


def test_all_mistakes_come_at_once():
    edits = [("endpoint_name", "a_b"), ("slots_per_instance", 0), ("routing", "X"), ("variants/a/instances", -1)]
    with pytest.raises(ArgsError) as caught:
        resolve_sagemaker_voice_endpoint(changed(SMALL, *edits), "9lives")
    assert {problem.path for problem in caught.value.problems} == {
        "name",
        "endpoint_name",
        "slots_per_instance",
        "routing",
        "variants.a.instances",
    }
    assert str(caught.value).startswith("SageMakerVoiceEndpoint: 5 problems")


@pytest.mark.parametrize("case", ["no region", "random over several", "Unix cron"])
def test_wrong_arguments_register_nothing(case):
    base, edits, _, _ = BAD[case]
    with pytest.raises(ArgsError):
        record(lambda: SageMakerVoiceEndpoint("voice", changed(base, *edits)) and None)


@pytest.mark.parametrize("args", [None, [], "x", {"variants": {"a": None}}, {"scaling": 3}, {"update": [1]}])
def test_nonsense_is_told_and_not_stumbled_over(args):
    with pytest.raises(ArgsError):
        resolve_sagemaker_voice_endpoint(args)


@pytest.mark.parametrize("case", list(VARIED))
def test_good_settings_resolve(case):
    spec = resolve_sagemaker_voice_endpoint(copy.deepcopy(VARIED[case]))
    assert spec.slots_now <= spec.slots_max


def test_numbers_may_arrive_as_floats():
    whole = resolve_sagemaker_voice_endpoint(changed(SCALED, ("slots_per_instance", 8)))
    floats = changed(
        SCALED,
        ("slots_per_instance", 8.0),
        ("variants/AllTraffic", {"min_instances": 4.0, "max_instances": 12.0}),
    )
    assert resolve_sagemaker_voice_endpoint(floats) == whole


def test_defaults_of_the_least_settings():
    spec = resolve_sagemaker_voice_endpoint(SMALL)
    (variant,) = spec.variants
    assert (variant.name, variant.instance_type, variant.instances) == ("AllTraffic", "ml.g6e.xlarge", 1)
    assert not variant.autoscaled
    assert spec.routing is Routing.LEAST_OUTSTANDING_REQUESTS
    assert (spec.slots_per_instance, spec.slots_now, spec.slots_max) == (4, 4, 4)
    assert spec.quota_needed == {"ml.g6e.xlarge": 2}  # old and new fleet side by side


def test_capacity_and_quota_of_a_large_endpoint():
    spec = resolve_sagemaker_voice_endpoint(FULL)
    assert (spec.slots_now, spec.slots_max) == (7 * 8, 18 * 8)
    assert spec.quota_needed == {"ml.g6e.xlarge": 12 + 5, "ml.g6e.2xlarge": 6 + 2}
    main = next(variant for variant in spec.variants if variant.name == "main")
    plan = plan_scaling(slots=8, refusal_budget=0.005, min_instances=4, growth_while_starting=0.25)
    assert main.plan == plan


def with_schedule(low, high, **variant):
    schedule = {"schedule": "cron(0 7 ? * MON-FRI *)", "min_instances": low, "max_instances": high}
    base = {**SCALED, "variants": {"AllTraffic": {"min_instances": 4, "max_instances": 12, **variant}}}
    return resolve_sagemaker_voice_endpoint({**base, "scaling": {"schedules": {"day": schedule}}})


def test_bounds_and_schedules_are_one_plan():
    """A schedule may go below and above the settings; whatever is in force, target, quota and alarms must fit."""
    spec = with_schedule(1, 40)
    (variant,) = spec.variants
    assert (variant.floor, variant.ceiling, variant.lowest_maximum) == (1, 40, 12)
    assert spec.slots_max == 160
    assert spec.quota_needed == {"ml.g6e.xlarge": 44}
    assert variant.plan == plan_scaling(slots=4, refusal_budget=0.01, min_instances=1)
    night = with_schedule(4, 8).variants[0]
    assert (night.floor, night.ceiling, night.lowest_maximum) == (4, 12, 8)


def test_schedules_that_are_off_count_for_nothing():
    schedule = {"schedule": "cron(0 7 ? * MON-FRI *)", "min_instances": 1, "max_instances": 40}
    scaling = {"schedules": {"day": schedule}, "schedules_enabled": False}
    (variant,) = resolve_sagemaker_voice_endpoint({**SCALED, "scaling": scaling}).variants
    assert (variant.floor, variant.ceiling) == (4, 12)


def test_a_load_test_decides_slots_target_alarms_and_waits():
    spec = resolve_sagemaker_voice_endpoint(VARIED["measured"])
    assert spec.slots_per_instance == 8
    assert spec.variants[0].plan == plan_scaling(slots=8, refusal_budget=0.01, min_instances=4)
    assert (spec.alarms.first_chunk_p50_ms, spec.alarms.first_chunk_p99_ms) == (210, 615)
    assert spec.scaling.step_hold_seconds == 420
    assert spec.alarms.start_minutes == 15
    slow = changed(VARIED["measured"], ("measured/start_seconds", 1500))
    assert resolve_sagemaker_voice_endpoint(slow).alarms.start_minutes == 30


def test_every_figure_says_where_it_comes_from():
    told = {figure.name: str(figure) for figure in resolve_sagemaker_voice_endpoint(VARIED["measured"]).figures}
    assert told["slots_per_instance"] == "8 (measured: measured/sonic-3-5.json)"
    assert told["first_chunk_p99_ms"] == "615 (measured: 1.5 times that of measured/sonic-3-5.json)"
    assert told["start_seconds"] == "420 (measured: measured/sonic-3-5.json)"
    told = {figure.name: str(figure) for figure in resolve_sagemaker_voice_endpoint(SCALED).figures}
    assert told["slots_per_instance"] == "4 (default: the least of the vendor's figures 4, 8, 10)"
    assert "planned for 4 instances, power_of_two routing" in told["target.AllTraffic"]
    assert "Average" in told["target.AllTraffic"]
    assert told["first_chunk_p50_ms"] == "1000 (default: nothing was measured)"
    told = {figure.name: str(figure) for figure in resolve_sagemaker_voice_endpoint(FULL).figures}
    assert told["slots_per_instance"] == "8 (set in the settings)"
    assert told["first_chunk_p50_ms"] == "400 (set in the settings)"


def test_an_address_of_a_hook_is_never_shown():
    secret = "http://events.example.com/0123456789abcdef"
    with pytest.raises(ArgsError) as caught:
        resolve_sagemaker_voice_endpoint(changed(FULL, ("alarms/subscriptions/pager/https_url", secret)))
    assert "0123456789abcdef/" not in str(caught.value)
    assert secret not in str(caught.value)


def test_one_random_instance_needs_no_waiver():
    assert resolve_sagemaker_voice_endpoint({**SMALL, "routing": "RANDOM"}).routing is Routing.RANDOM


def test_catalogue_records_the_three_figures_and_plans_with_the_least():
    assert sorted(figure.slots for figure in CONCURRENCY_FIGURES) == [4, 8, 10]
    assert DEFAULT_SLOTS == 4
    assert list(LISTINGS) == ["sonic-3", "sonic-3.5"]
    assert [row.name for row in INSTANCE_TYPES.values() if row.listed] == ["ml.g6e.xlarge"]
    assert quota_name("ml.g6e.xlarge") == "ml.g6e.xlarge for endpoint usage"
