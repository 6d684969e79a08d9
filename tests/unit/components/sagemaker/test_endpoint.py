"""What `SageMakerVoiceEndpoint` registers: routing, isolation, scaling, alarms, rights, and the order of updates."""

import json

import pulumi
import pytest

from components.sagemaker.args import SageMakerVoiceEndpointArgs
from components.sagemaker.endpoint import SageMakerVoiceEndpoint
from core.aws.iam_grammar import grammar_problems
from core.capacity.routing import Routing, refusal
from tests.support.aws_mocks import record
from tests.support.sagemaker_cases import ARN, FULL, SCALED, SMALL, VARIED

# Types of AWS that have no tags, and the component itself.
UNTAGGED = {"RolePolicy", "RolePolicyAttachment", "Dashboard", "ScheduledAction", "SageMakerVoiceEndpoint"}
GLOBAL = {"Role", "RolePolicy", "RolePolicyAttachment"}


def made(args):
    return record(lambda: SageMakerVoiceEndpoint("voice", args))


@pytest.fixture(scope="module")
def small():
    return made(SMALL)


@pytest.fixture(scope="module")
def scaled():
    return made(SCALED)


@pytest.fixture(scope="module")
def full():
    return made(FULL)


def statements(document):
    assert not list(grammar_problems(document))
    return {one["Sid"]: one for one in json.loads(document)["Statement"]}


def test_the_model_has_its_package_network_and_tags(full):
    model = full.one("Model", "voice-model").inputs
    assert model["primaryContainer"] == {"modelPackageName": FULL["model_package_arn"]}
    assert len(model["vpcConfig"]["subnets"]) == 2
    assert model["tags"] == {"team": "voice", "cartesia-model": "sonic-3"}


@pytest.mark.parametrize("case", list(VARIED))
def test_every_variant_says_how_it_routes(case):
    config = made(VARIED[case]).one("EndpointConfiguration", "voice-config").inputs
    wanted = VARIED[case].get("routing", "LEAST_OUTSTANDING_REQUESTS")
    for variant in config["productionVariants"]:
        assert variant["routingConfigs"] == [{"routingStrategy": wanted}]
    assert "dataCaptureConfig" not in config


def test_variants_carry_types_counts_weights_and_limits(full):
    config = full.one("EndpointConfiguration", "voice-config").inputs
    main, reserve = config["productionVariants"]
    assert (main["variantName"], main["instanceType"], main["initialInstanceCount"]) == ("main", "ml.g6e.xlarge", 5)
    assert (reserve["instanceType"], reserve["initialVariantWeight"]) == ("ml.g6e.2xlarge", 0)
    assert reserve["inferenceAmiVersion"] == "al2023-ami-sagemaker-inference-gpu-4-1"
    assert "inferenceAmiVersion" not in main
    assert main["volumeSizeInGb"] == 256
    assert main["containerStartupHealthCheckTimeoutInSeconds"] == 1200
    assert main["modelDataDownloadTimeoutInSeconds"] == 2400
    assert config["kmsKeyArn"] == FULL["kms_key_arn"]


def test_a_new_configuration_can_stand_beside_the_old(small):
    for cls in ("Model", "EndpointConfiguration"):
        (one,) = small.of(cls).values()
        assert "name" not in one.inputs  # the engine names it, so that create comes before delete
        assert not one.delete_before_replace
    endpoint = small.one("Endpoint", "voice-endpoint")
    assert endpoint.inputs["name"] == "voice-dev"
    assert endpoint.inputs["endpointConfigName"] == "voice-config-0a1b2c3"


def test_everything_is_made_in_the_region_of_the_package(full):
    assert full.found
    for one in full.found.values():
        if one.type.rpartition(":")[2] not in GLOBAL and one.type != "aws:iam/policy:Policy":
            assert one.inputs["region"] == "us-east-2", one.name


def test_tags_are_on_everything_that_takes_them(full):
    assert full.found
    for one in full.found.values():
        cls = one.type.rpartition(":")[2]
        if cls not in UNTAGGED and one.type != "aws:appautoscaling/policy:Policy":
            assert one.inputs["tags"]["team"] == "voice", one.name


def test_everything_is_a_child_of_the_component(full):
    for key, one in full.found.items():
        if one.custom:
            assert one.parent == "SageMakerVoiceEndpoint:voice", key
            assert one.name.startswith("voice-"), key
    assert full.invoked == []


# Scaling


def test_scaling_is_off_until_a_maximum_is_given(small):
    assert not small.of("Target")
    assert not small.of("ScheduledAction")
    assert not [one for one in small.found.values() if one.type.startswith("aws:appautoscaling")]


def test_tracking_holds_the_planned_concurrency(scaled):
    target = scaled.one("Target", "voice-AllTraffic-scaling").inputs
    assert target["resourceId"] == "endpoint/voice-prod/variant/AllTraffic"
    assert target["scalableDimension"] == "sagemaker:variant:DesiredInstanceCount"
    assert (target["minCapacity"], target["maxCapacity"]) == (4, 12)
    tracking = scaled.one("Policy", "voice-AllTraffic-track").inputs["targetTrackingScalingPolicyConfiguration"]
    metric = tracking["predefinedMetricSpecification"]["predefinedMetricType"]
    assert metric == "SageMakerVariantConcurrentRequestsPerModelHighResolution"
    assert tracking["targetValue"] == 2.1965
    offered = tracking["targetValue"] / 4 / 0.99
    lor = Routing.LEAST_OUTSTANDING_REQUESTS
    assert refusal(lor, instances=4, slots=4, load_ratio=offered) <= 0.01
    assert (tracking["scaleInCooldown"], tracking["disableScaleIn"]) == (900, False)


def test_spikes_step_out_at_ten_seconds(scaled):
    step = scaled.one("Policy", "voice-AllTraffic-step-out")
    adjustments = step.inputs["stepScalingPolicyConfiguration"]["stepAdjustments"]
    assert [one["scalingAdjustment"] for one in adjustments] == [50, 100]
    assert adjustments[0]["metricIntervalUpperBound"] == adjustments[1]["metricIntervalLowerBound"]
    alarm = scaled.one("MetricAlarm", "voice-AllTraffic-spike").inputs
    assert alarm["period"] == 10
    assert 2.2 < alarm["threshold"] < 4
    assert alarm["alarmActions"] == [
        "arn:aws:autoscaling:us-east-2:111122223333:scalingPolicy:1:policyName/voice-AllTraffic-step-out-0a1b2c3"
    ]


def test_schedules_set_bounds_in_their_zone(full):
    morning = full.one("ScheduledAction", "voice-at-morning").inputs
    assert (morning["schedule"], morning["timezone"]) == ("cron(0 7 ? * MON-FRI *)", "Europe/Berlin")
    assert morning["scalableTargetAction"] == {"minCapacity": 6, "maxCapacity": 12}
    off = made({**FULL, "scaling": {**FULL["scaling"], "schedules_enabled": False}})
    assert not off.of("ScheduledAction")
    assert off.of("Target")


def test_scale_in_and_steps_can_be_turned_off():
    three = made(VARIED["three"])
    assert set(three.of("Target")) == {"voice-a-scaling", "voice-b-scaling"}
    assert "voice-a-step-out" not in three.of("Policy")
    assert "voice-a-spike" not in three.of("MetricAlarm")
    tracking = three.one("Policy", "voice-a-track").inputs["targetTrackingScalingPolicyConfiguration"]
    assert tracking["disableScaleIn"] is True


def test_autoscaling_is_gone_before_the_fleet_changes_and_back_after(full):
    """AWS refuses to change the type of a variant that autoscaling knows; this is the order that avoids it."""
    alarm = full.one("MetricAlarm", "voice-no-capacity")
    assert alarm.delete_before_replace
    assert alarm.replacement_trigger == "main=ml.g6e.xlarge,reserve=ml.g6e.2xlarge"
    endpoint = full.one("Endpoint", "voice-endpoint")
    assert "MetricAlarm:voice-no-capacity" in endpoint.dependencies
    # Only by `depends_on`: a property would replace the endpoint along with the alarm.
    assert not any("MetricAlarm:voice-no-capacity" in needs for needs in endpoint.property_dependencies.values())
    for target in full.of("Target").values():
        assert "MetricAlarm:voice-no-capacity" in target.property_dependencies["resourceId"]
        assert "Endpoint:voice-endpoint" in target.property_dependencies["resourceId"]
    for cls in ("Policy", "ScheduledAction"):
        for one in full.of(cls).values():
            if one.type.startswith("aws:appautoscaling"):
                assert any(need.startswith("Target:") for need in one.property_dependencies["resourceId"])


# Updates


@pytest.mark.parametrize(
    ("case", "policy", "kind"),
    [
        ("small", "blueGreenUpdatePolicy", "ALL_AT_ONCE"),
        ("full", "blueGreenUpdatePolicy", "CANARY"),
        ("linear", "blueGreenUpdatePolicy", "LINEAR"),
        ("rolling", "rollingUpdatePolicy", None),
    ],
)
def test_updates_go_as_the_settings_say(case, policy, kind):
    config = made(VARIED[case]).one("Endpoint", "voice-endpoint").inputs["deploymentConfig"]
    assert policy in config
    if kind:
        routing = config[policy]["trafficRoutingConfiguration"]
        assert routing["type"] == kind
        size = {"CANARY": "canarySize", "LINEAR": "linearStepSize"}.get(kind)
        assert not size or routing[size]["type"] == "CAPACITY_PERCENT"
    else:
        assert config[policy]["maximumBatchSize"] == {"type": "CAPACITY_PERCENT", "value": 50}


def test_refusals_errors_and_slowness_roll_an_update_back(full):
    config = full.one("Endpoint", "voice-endpoint").inputs["deploymentConfig"]
    names = {one["alarmName"] for one in config["autoRollbackConfiguration"]["alarms"]}
    assert names == {
        f"voice-{variant}-{role}-0a1b2c3"
        for variant in ("main", "reserve")
        for role in ("refused", "server-errors", "model-p99")
    }
    rolling = made(VARIED["rolling"]).one("Endpoint", "voice-endpoint").inputs["deploymentConfig"]
    assert "autoRollbackConfiguration" not in rolling


def test_three_variants_stay_within_the_rollback_alarms_of_aws():
    config = made(VARIED["three"]).one("Endpoint", "voice-endpoint").inputs["deploymentConfig"]
    assert len(config["autoRollbackConfiguration"]["alarms"]) == 9


# Alarms


def test_every_kind_of_trouble_has_an_alarm(scaled):
    roles = {name.removeprefix("voice-") for name in scaled.of("MetricAlarm")}
    assert roles == {
        "no-capacity",
        "AllTraffic-refused",
        "AllTraffic-client-errors",
        "AllTraffic-server-errors",
        "AllTraffic-model-p50",
        "AllTraffic-model-p99",
        "AllTraffic-overhead-p50",
        "AllTraffic-overhead-p99",
        "AllTraffic-at-max",
        "AllTraffic-spike",
    }
    topic = "arn:aws:sns:us-east-2:111122223333:voice-alarms-0a1b2c3"
    for name, alarm in scaled.of("MetricAlarm").items():
        if name != "voice-AllTraffic-spike":
            assert alarm.inputs["alarmActions"] == [topic]
            assert alarm.inputs["okActions"] == [topic]
        assert alarm.inputs["treatMissingData"] == "notBreaching"


def test_thresholds_come_from_budget_settings_and_fleet(full, scaled):
    alarms = {name: one.inputs for name, one in full.of("MetricAlarm").items()}
    assert alarms["voice-main-refused"]["threshold"] == 0.005
    assert alarms["voice-main-client-errors"]["threshold"] == 0.025
    assert alarms["voice-main-server-errors"]["threshold"] == 0.005
    assert alarms["voice-main-model-p99"]["threshold"] == 9_000_000  # microseconds
    assert alarms["voice-main-overhead-p50"]["threshold"] == 50_000
    assert alarms["voice-main-at-max"]["threshold"] == 11.5
    fleet = {query["id"]: query for query in alarms["voice-no-capacity"]["metricQueries"]}
    assert sum("metric" in query for query in fleet.values()) == 6
    assert fleet["short"]["expression"].startswith("MAX([IF(busy0 > ")
    single = scaled.one("MetricAlarm", "voice-no-capacity").inputs["metricQueries"][0]["expression"]
    assert single == "IF(busy0 > 2.1965 AND calls0 / share0 < 11.5, 1, 0)"


def test_a_fixed_fleet_misses_instances_too(small):
    expression = small.one("MetricAlarm", "voice-no-capacity").inputs["metricQueries"][0]["expression"]
    assert expression == "IF(calls0 / share0 < 0.5, 1, 0)"


def test_a_given_topic_is_used(full):
    assert not full.of("Topic")
    assert full.one("MetricAlarm", "voice-main-refused").inputs["alarmActions"] == [FULL["alarms"]["topic_arn"]]


def test_the_dashboard_is_json_with_a_row_a_variant(full):
    board = full.one("Dashboard", "voice-dashboard").inputs
    widgets = json.loads(board["dashboardBody"])["widgets"]
    assert board["dashboardName"] == "voice-full"
    assert len(widgets) == 8
    assert {widget["y"] for widget in widgets} == {0, 6}
    for widget in widgets:
        ids = [m[-1].get("id") for m in widget["properties"]["metrics"] if m[-1].get("id")]
        assert len(ids) == len(set(ids))


# Rights


def test_the_role_may_write_its_logs_and_metrics_and_no_more(small):
    policy = statements(small.one("RolePolicy", "voice-execution-rights").inputs["policy"])
    assert set(policy) == {"WriteLogs", "WriteMetrics", "WatchRollback"}
    assert policy["WriteLogs"]["Resource"][0].endswith(":log-group:/aws/sagemaker/Endpoints/voice-dev")
    wide = [sid for sid, one in policy.items() if one["Resource"] == ["*"]]
    assert wide == ["WriteMetrics", "WatchRollback"]
    assert "Condition" in policy["WriteMetrics"]
    trust = json.loads(small.one("Role", "voice-execution").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": ["sagemaker.amazonaws.com"]}


def test_key_and_subnets_add_their_rights(full):
    policy = statements(full.one("RolePolicy", "voice-execution-rights").inputs["policy"])
    assert policy["UseVolumeKey"]["Resource"] == [FULL["kms_key_arn"]]
    assert "ec2:CreateNetworkInterface" in policy["JoinSubnets"]["Action"]


def test_rights_are_there_before_the_model(small):
    assert "RolePolicy:voice-execution-rights" in small.before("Model:voice-model")


def test_a_given_role_is_used():
    three = made(VARIED["three"])
    assert not three.of("Role")
    assert three.one("Model", "voice-model").inputs["executionRoleArn"] == VARIED["three"]["execution_role_arn"]


def test_callers_may_call_this_endpoint_only(full):
    policy = statements(full.one("Policy", "voice-caller").inputs["policy"])
    arn = "arn:aws:sagemaker:us-east-2:111122223333:endpoint/voice-full"
    assert policy["CallVoice"]["Action"] == ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]
    assert policy["CallVoice"]["Resource"] == [arn]
    attached = {one.inputs["role"] for one in full.of("RolePolicyAttachment").values()}
    assert attached == {"voice-api", "voice-batch"}


def test_the_private_door_leads_here_unless_told_otherwise(full, small):
    assert not small.of("VpcEndpoint")
    door = full.one("VpcEndpoint", "voice-runtime").inputs
    assert door["serviceName"] == "com.amazonaws.us-east-2.sagemaker.runtime"
    assert door["privateDnsEnabled"] is True
    assert json.loads(door["policy"])["Statement"][0]["Resource"] == [
        "arn:aws:sagemaker:us-east-2:111122223333:endpoint/voice-full"
    ]
    open_door = {**FULL["runtime_network"], "allow_other_endpoints": True, "private_dns": False}
    other = made({**FULL, "runtime_network": open_door}).one("VpcEndpoint", "voice-runtime").inputs
    assert json.loads(other["policy"])["Statement"][0]["Resource"] == ["*"]
    assert other["privateDnsEnabled"] is False


# Outputs and schema


def test_outputs_are_assigned_annotated_registered_and_described(full):
    annotated = {key for key, hint in SageMakerVoiceEndpoint.__annotations__.items() if "Output" in str(hint)}
    assert set(full.outputs["SageMakerVoiceEndpoint:voice"]) == annotated
    outputs = full.outputs["SageMakerVoiceEndpoint:voice"]
    assert outputs["endpoint_name"] == "voice-full"
    assert outputs["invocation_url"] == (
        "https://runtime.sagemaker.us-east-2.amazonaws.com/endpoints/voice-full/invocations-response-stream"
    )
    assert (outputs["slots_now"], outputs["slots_max"]) == (56, 144)
    assert outputs["quota_needed"] == {"ml.g6e.xlarge": 17, "ml.g6e.2xlarge": 8}
    assert set(outputs["target_concurrency"]) == {"main", "reserve"}
    assert outputs["config_name"] == "voice-config-0a1b2c3"
    assert outputs["dashboard_name"] == "voice-full"


def test_inputs_may_be_outputs_of_other_resources():
    def program():
        later = pulumi.Output.from_input
        return SageMakerVoiceEndpoint(
            "voice",
            {
                **SMALL,
                "kms_key_arn": later(FULL["kms_key_arn"]),
                "execution_role_arn": later("arn:aws:iam::111122223333:role/x"),
                "alarms": {"topic_arn": later(FULL["alarms"]["topic_arn"])},
                "model_network": {
                    "subnet_ids": [later("subnet-0123456789abcdef0")],
                    "security_group_ids": [later("sg-0123456789abcdef0")],
                },
                "caller_roles": {"api": later("voice-api")},
            },
        ).endpoint_arn

    assert record(program).result.endswith(":endpoint/voice-dev")


def test_the_package_is_the_callers_and_no_row_of_ours(small):
    assert small.one("Model", "voice-model").inputs["primaryContainer"]["modelPackageName"] == ARN
    assert "model_package_arn" in SageMakerVoiceEndpointArgs.__required_keys__
