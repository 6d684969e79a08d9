"""What `SageMakerVoiceEndpoint` registers: routing, isolation, scaling, alarms, rights, and the order of updates."""

import json
import math

import pulumi
import pytest

from components.sagemaker.args import SageMakerVoiceEndpointArgs
from components.sagemaker.endpoint import SageMakerVoiceEndpoint
from core.aws.iam_grammar import grammar_problems
from core.capacity.pooling import Pooling
from core.capacity.routing import Routing, refusal
from core.capacity.scaling_plan import plan_scaling
from tests.support.aws_mocks import record
from tests.support.sagemaker_cases import ARN, FULL, SCALED, SMALL, VARIED

# Types of AWS that have no tags, and the component itself.
UNTAGGED = {
    "TopicSubscription",
    "Permission",
    "RolePolicy",
    "RolePolicyAttachment",
    "Dashboard",
    "ScheduledAction",
    "SageMakerVoiceEndpoint",
}
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
    assert "predefinedMetricSpecification" not in tracking  # which statistic it compares is not published
    metric = tracking["customizedMetricSpecification"]
    assert (metric["namespace"], metric["metricName"]) == ("AWS/SageMaker", "ConcurrentRequestsPerModel")
    assert metric["statistic"] == "Average"
    assert metric["dimensions"] == [
        {"name": "EndpointName", "value": "voice-prod"},
        {"name": "VariantName", "value": "AllTraffic"},
    ]
    plan = plan_scaling(slots=4, refusal_budget=0.01, min_instances=4)
    assert tracking["targetValue"] == plan.target_value < 2.1965  # that of a perfect router
    offered = tracking["targetValue"] / 4 / 0.99
    lor = Routing.LEAST_OUTSTANDING_REQUESTS
    share = refusal(lor, instances=4, slots=4, load_ratio=offered, pooling=Pooling.POWER_OF_TWO)
    assert share <= 0.01 * (1 + 1e-6)


def test_a_growing_target_is_computed_by_cloudwatch():
    """The expression, computed by hand for three fleets, is 1 where the plan for that size is held."""
    growing = made(VARIED["growing"])
    tracking = growing.one("Policy", "voice-AllTraffic-track").inputs["targetTrackingScalingPolicyConfiguration"]
    assert tracking["targetValue"] == 1.0
    queries = tracking["customizedMetricSpecification"]["metrics"]
    stats = {one["id"]: one["metricStat"]["stat"] for one in queries if "metricStat" in one}
    assert stats == {"calls": "Sum", "share": "Sum", "busy": "Average"}
    assert [one["id"] for one in queries if one["returnData"]] == ["need"]
    plan = plan_scaling(slots=4, refusal_budget=0.01, min_instances=4, growth_while_starting=0.2)
    text = {one["id"]: one["expression"] for one in queries if "expression" in one}
    for count in (4, 7, 12):
        names = {"calls": 60.0 * count, "share": 60.0, "busy": plan.growing(12).at(count), "SQRT": math.sqrt}
        names["total"] = eval(text["total"], names)  # noqa: S307 - the expression is our own
        need = eval(text["need"], names)  # noqa: S307 - as above
        assert need == pytest.approx(1.0, abs=1e-3)
    spike = growing.one("MetricAlarm", "voice-AllTraffic-spike").inputs
    assert spike["metricQueries"][0]["expression"].startswith("busy - (")
    assert spike["threshold"] == pytest.approx(plan.spike_concurrency - plan.target_value, abs=1e-3)


@pytest.mark.parametrize("case", ["scaled", "growing", "measured"])
def test_one_instance_goes_at_a_time(case):
    voice = made(VARIED[case])
    tracking = voice.one("Policy", "voice-AllTraffic-track").inputs["targetTrackingScalingPolicyConfiguration"]
    assert tracking["disableScaleIn"] is True  # AWS's own may take half the fleet at once
    step = voice.one("Policy", "voice-AllTraffic-step-in").inputs["stepScalingPolicyConfiguration"]
    assert (step["adjustmentType"], step["cooldown"]) == ("ChangeInCapacity", 900)
    assert {one["scalingAdjustment"] for one in step["stepAdjustments"]} == {-1}
    alarm = voice.one("MetricAlarm", "voice-AllTraffic-spare").inputs
    assert alarm["evaluationPeriods"] == 15
    assert alarm["treatMissingData"] == "ignore"  # data that is late must not shrink a fleet


def test_steps_wait_as_long_as_an_instance_takes_to_start():
    def hold(case):
        policy = made(VARIED[case]).one("Policy", "voice-AllTraffic-step-out").inputs
        return policy["stepScalingPolicyConfiguration"]["cooldown"]

    assert (hold("scaled"), hold("measured")) == (60, 420)


def test_what_schedules_set_no_update_undoes(full, scaled):
    """Both write the bounds of the target; without this an update at night would bring the day's back."""
    assert full.one("Target", "voice-main-scaling").ignore_changes == ("minCapacity", "maxCapacity")
    assert full.one("Target", "voice-reserve-scaling").ignore_changes == ()
    assert scaled.one("Target", "voice-AllTraffic-scaling").ignore_changes == ()
    off = made({**FULL, "scaling": {**FULL["scaling"], "schedules_enabled": False}})
    assert off.one("Target", "voice-main-scaling").ignore_changes == ()


def test_spikes_step_out_at_ten_seconds(scaled):
    step = scaled.one("Policy", "voice-AllTraffic-step-out")
    adjustments = step.inputs["stepScalingPolicyConfiguration"]["stepAdjustments"]
    assert [one["scalingAdjustment"] for one in adjustments] == [50, 100]
    assert adjustments[0]["metricIntervalUpperBound"] == adjustments[1]["metricIntervalLowerBound"]
    alarm = scaled.one("MetricAlarm", "voice-AllTraffic-spike").inputs
    assert alarm["period"] == 10
    assert 1.9 < alarm["threshold"] < 4
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
    assert "voice-a-step-in" not in three.of("Policy")
    assert not {"voice-a-spike", "voice-a-spare"} & set(three.of("MetricAlarm"))


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


@pytest.mark.parametrize("case", list(VARIED))
def test_no_guardrails_are_sent_and_those_of_before_stay(case):
    """Sending or dropping them redeploys the fleet, and rollback alarms that come or go replace the endpoint."""
    endpoint = made(VARIED[case]).one("Endpoint", "voice-endpoint")
    assert "deploymentConfig" not in endpoint.inputs
    assert endpoint.ignore_changes == ("deploymentConfig",)


def test_a_canary_runs_a_package_of_its_own():
    canary = made(VARIED["canary"])
    packages = {name: one.inputs["primaryContainer"]["modelPackageName"] for name, one in canary.of("Model").items()}
    assert packages == {"voice-model": ARN, "voice-model-canary": f"{ARN}/8"}
    variants = canary.one("EndpointConfiguration", "voice-config").inputs["productionVariants"]
    models = {one["variantName"]: one["modelName"] for one in variants}
    assert models == {"main": "voice-model-0a1b2c3", "canary": "voice-model-canary-0a1b2c3"}
    assert all(one.inputs["enableNetworkIsolation"] for one in canary.of("Model").values())


def test_a_reservation_is_the_only_place_its_variant_runs():
    variants = made(VARIED["canary"]).one("EndpointConfiguration", "voice-config").inputs["productionVariants"]
    found = {one["variantName"]: one.get("capacityReservationConfig") for one in variants}
    assert found == {
        "main": None,
        "canary": {
            "capacityReservationPreference": "capacity-reservations-only",
            "mlReservationArn": VARIED["canary"]["variants"]["canary"]["reservation_arn"],
        },
    }


# Alarms


def test_every_kind_of_trouble_has_an_alarm(scaled):
    roles = {name.removeprefix("voice-") for name in scaled.of("MetricAlarm")}
    assert roles == {
        "no-capacity",
        "AllTraffic-refused",
        "AllTraffic-client-errors",
        "AllTraffic-server-errors",
        "AllTraffic-broken-streams",
        "AllTraffic-first-chunk-p50",
        "AllTraffic-first-chunk-p99",
        "AllTraffic-overhead-p50",
        "AllTraffic-overhead-p99",
        "AllTraffic-at-max",
        "AllTraffic-spike",
        "AllTraffic-spare",
    }
    topic = "arn:aws:sns:us-east-2:111122223333:voice-alarms-0a1b2c3"
    for name, alarm in scaled.of("MetricAlarm").items():
        if name in ("voice-AllTraffic-spike", "voice-AllTraffic-spare"):
            continue  # they move the fleet, and tell nobody
        assert alarm.inputs["alarmActions"] == [topic]
        assert alarm.inputs["okActions"] == [topic]
        assert alarm.inputs["treatMissingData"] == "notBreaching"


def test_no_alarm_watches_how_long_a_whole_answer_takes(scaled):
    """It grows with the text: thirty seconds of speech take nine, and are no trouble."""
    metrics = {one.inputs.get("metricName") for one in scaled.of("MetricAlarm").values()}
    assert "FirstChunkModelLatency" in metrics
    assert "ModelLatency" not in metrics


def test_thresholds_come_from_budget_settings_and_fleet(full, scaled):
    alarms = {name: one.inputs for name, one in full.of("MetricAlarm").items()}
    assert alarms["voice-main-refused"]["threshold"] == 0.02  # four times the budget
    assert scaled.one("MetricAlarm", "voice-AllTraffic-refused").inputs["threshold"] == pytest.approx(0.03)
    assert alarms["voice-main-client-errors"]["threshold"] == 0.025
    assert alarms["voice-main-server-errors"]["threshold"] == 0.005
    assert alarms["voice-main-broken-streams"]["threshold"] == 0.005
    assert alarms["voice-main-first-chunk-p99"]["threshold"] == 1_500_000  # microseconds
    assert alarms["voice-main-overhead-p50"]["threshold"] == 50_000
    at_max = alarms["voice-main-at-max"]["metricQueries"][0]["expression"]
    assert at_max.endswith(
        " AND (calls / share) >= 7.5, 1, 0)"
    )  # the night's maximum of 8, which is in force for hours
    fleet = {query["id"]: query for query in alarms["voice-no-capacity"]["metricQueries"]}
    assert sum("metric" in query for query in fleet.values()) == 6
    assert fleet["short"]["expression"].startswith("MAX([IF(busy0 > ")
    single = scaled.one("MetricAlarm", "voice-no-capacity").inputs["metricQueries"][0]["expression"]
    target = plan_scaling(slots=4, refusal_budget=0.01, min_instances=4).target_value
    assert single == f"IF(busy0 > {target:.4f} AND calls0 / share0 < 11.5, 1, 0)"


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
    assert set(policy) == {"WriteLogs", "WriteMetrics"}
    assert policy["WriteLogs"]["Resource"][0].endswith(":log-group:/aws/sagemaker/Endpoints/voice-dev")
    wide = [sid for sid, one in policy.items() if one["Resource"] == ["*"]]
    assert wide == ["WriteMetrics"]
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
    # The usual host name leads here for everybody in the VPC, so everybody's endpoints must be let through.
    assert json.loads(door["policy"])["Statement"][0]["Resource"] == ["*"]
    narrow = {**FULL["runtime_network"], "allow_other_endpoints": False, "private_dns": False}
    other = made({**FULL, "runtime_network": narrow}).one("VpcEndpoint", "voice-runtime").inputs
    assert json.loads(other["policy"])["Statement"][0]["Resource"] == [
        "arn:aws:sagemaker:us-east-2:111122223333:endpoint/voice-full"
    ]
    assert other["privateDnsEnabled"] is False


def test_two_endpoints_share_a_door(full):
    shared = made(VARIED["canary"])
    assert not shared.of("VpcEndpoint")
    assert shared.outputs["SageMakerVoiceEndpoint:voice"]["vpc_endpoint_id"] == "vpce-0123456789abcdef0"
    assert full.outputs["SageMakerVoiceEndpoint:voice"]["vpc_endpoint_id"].startswith("vpce-")


# Logs and subscriptions


def test_logs_end_and_lie_under_the_given_key(full, small):
    group = full.one("LogGroup", "voice-logs").inputs
    assert (group["name"], group["retentionInDays"]) == ("/aws/sagemaker/Endpoints/voice-full", 90)
    assert group["kmsKeyId"] == FULL["logs"]["kms_key_arn"]
    assert small.one("LogGroup", "voice-logs").inputs["retentionInDays"] == 30
    assert "LogGroup:voice-logs" in small.one("Endpoint", "voice-endpoint").dependencies  # or SageMaker makes its own


def test_alarms_reach_people_functions_and_hooks(full, small):
    assert not small.of("TopicSubscription")
    found = {name: (one.inputs["protocol"], one.inputs["topic"]) for name, one in full.of("TopicSubscription").items()}
    topic = FULL["alarms"]["topic_arn"]
    assert found == {
        "voice-alarms-on-call": ("email", topic),
        "voice-alarms-pager": ("https", topic),
        "voice-alarms-sorter": ("lambda", topic),
    }
    (right,) = full.of("Permission").values()
    assert (right.inputs["principal"], right.inputs["sourceArn"]) == ("sns.amazonaws.com", topic)
    assert "Permission:voice-tell-sorter" in full.before("TopicSubscription:voice-alarms-sorter")


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
    assert outputs["log_group"] == "/aws/sagemaker/Endpoints/voice-full"
    assert outputs["figures"]["slots_per_instance"] == "8 (set in the settings)"
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
                    "subnet_ids": [later("subnet-0123456789abcdef0"), later("subnet-0123456789abcdef1")],
                    "security_group_ids": [later("sg-0123456789abcdef0")],
                },
                "caller_roles": {"api": later("voice-api")},
            },
        ).endpoint_arn

    assert record(program).result.endswith(":endpoint/voice-dev")


def test_the_package_is_the_callers_and_no_row_of_ours(small):
    assert small.one("Model", "voice-model").inputs["primaryContainer"]["modelPackageName"] == ARN
    assert "model_package_arn" in SageMakerVoiceEndpointArgs.__required_keys__
