"""SageMaker, Application Auto Scaling, CloudWatch and SNS in the stand-in: AWS's rules and refusals."""

import json

import pytest

from sandbox.providers.aws.cloud import SCHEMAS
from sandbox.providers.aws.services import RESOURCES
from sandbox.providers.base import InitFailed, ProviderError, check_object
from tests.support.standin_aws import Engine, cluster_types, token
from tests.support.standin_aws_stack import Stack, trust
from tests.support.standin_sagemaker import PACKAGE, PLACE, alarm, tracking, variant, voice_endpoint

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
MODEL = "aws:sagemaker/model:Model"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
POLICY = "aws:appautoscaling/policy:Policy"
TARGET = "aws:appautoscaling/target:Target"


@pytest.fixture
def engine(tmp_path):
    return Engine(tmp_path)


@pytest.fixture
def stack(engine):
    return voice_endpoint(Stack(engine))


def config(stack, name, **more):
    return stack.add("EndpointConfiguration", name, productionVariants=[variant(stack.out("model", "name"), **more)])


def plan(tmp_path, **fault):
    folder = tmp_path / "aws"
    folder.mkdir(exist_ok=True)
    (folder / "faults.json").write_text(json.dumps([{"type": ENDPOINT, "when": "after"} | fault]))


def moved(stack, config_name):
    endpoint = stack.made["endpoint"]
    return stack.engine.update(endpoint, {**endpoint.inputs, "endpointConfigName": config_name})


def test_outputs_are_formed_as_in_aws(stack):
    assert stack.out("model", "arn").startswith("arn:aws:sagemaker:us-west-2:123456789012:model/model-")
    assert stack.out("endpoint", "arn") == "arn:aws:sagemaker:us-west-2:123456789012:endpoint/voice"
    assert ":scalingPolicy:" in stack.out("track", "arn")
    assert stack.out("on-call", "arn") == stack.id("on-call")
    assert stack.out("board", "dashboardArn") == "arn:aws:cloudwatch::123456789012:dashboard/voice"
    assert json.loads(stack.out("on-call", "policy"))["Statement"][0]["Effect"] == "Allow"


def test_objects_have_the_outputs_of_the_sdk(stack):
    own = [name for name in RESOURCES if name not in cluster_types()]
    assert {resource.type for resource in stack.made.values()} >= set(own)
    for resource in stack.made.values():
        names = SCHEMAS.outputs_of(resource.type)
        assert check_object(resource.outputs, {"object": names})[1] == []
        assert {"arn", "tagsAll", "region"} & names.keys() <= resource.outputs.keys()


def test_a_new_package_moves_the_endpoint_in_place(stack):
    second = stack.add(
        "sagemaker/model:Model",
        "model-2",
        executionRoleArn=stack.out("model-role", "arn"),
        enableNetworkIsolation=True,
        primaryContainer={"modelPackageName": f"{PACKAGE}/2"},
    )
    new = stack.add("EndpointConfiguration", "config-2", productionVariants=[variant(second.outputs["name"])])
    endpoint = stack.made["endpoint"]
    diff = stack.engine.diff(endpoint, {**endpoint.inputs, "endpointConfigName": new.outputs["name"]})
    assert diff.changes
    assert not any("replace" in change for change in diff.changes.values())
    moved(stack, new.outputs["name"])  # allowed with autoscaling: the type stays
    stack.engine.delete(stack.made["config"])


def test_a_configuration_in_use_can_be_deleted_and_then_nothing_moves(stack):
    """AWS lets it go, and the next update finds nothing to compare with."""
    stack.engine.delete(stack.made["config"])
    other = config(stack, "config-2")
    with pytest.raises(ProviderError, match="Could not find endpoint configuration"):
        moved(stack, other.outputs["name"])


def test_an_update_that_aws_undoes_is_a_success_of_the_old_configuration(stack, tmp_path):
    new = config(stack, "config-2", initialInstanceCount=5)
    reason = "ValidationException: The fleet failed its health checks"
    plan(tmp_path, operation="update", error=reason)
    moved(stack, new.outputs["name"])
    after = stack.engine.refresh(stack.made["endpoint"])
    assert after.outputs["endpointConfigName"] == stack.made["config"].outputs["name"]
    assert stack.engine.voices.served["voice"]["variants"]["AllTraffic"]["instances"] == 2
    assert stack.engine.record(ENDPOINT, "voice").facts["last_failure"].startswith("The fleet")


def test_an_update_that_outlasts_the_provider_is_an_error_and_blocks_the_next(stack, tmp_path):
    new = config(stack, "config-2")
    slow = "TimeoutError: timeout while waiting for state to become 'InService'"
    plan(tmp_path, operation="update", status="Updating", error=slow)
    with pytest.raises(ProviderError, match="timeout"):
        moved(stack, new.outputs["name"])
    with pytest.raises(ProviderError, match="in-progress"):
        moved(stack, new.outputs["name"])


def test_a_creation_that_fails_leaves_an_endpoint_that_the_engine_never_hears_of(engine, tmp_path):
    stack = Stack(engine)
    reason = "ResourceLimitExceeded: no capacity"
    plan(tmp_path, error=reason)
    with pytest.raises(ProviderError, match="no capacity") as caught:
        voice_endpoint(stack)
    assert not isinstance(caught.value, InitFailed)
    assert engine.voices.served["voice"]["status"] == "Creating"
    with pytest.raises(ProviderError, match="Cannot create already existing endpoint"):
        stack.add(
            "sagemaker/endpoint:Endpoint", "endpoint", name="voice", endpointConfigName=stack.out("config", "name")
        )


def test_rollback_alarms_that_come_or_go_replace_the_endpoint(stack):
    endpoint = stack.made["endpoint"]
    without = {key: value for key, value in endpoint.inputs.items() if key != "deploymentConfig"}
    diff = stack.engine.diff(endpoint, without)
    assert any(change.endswith("-replace") for change in diff.changes.values()), diff.changes


def test_a_variant_that_autoscaling_knows_keeps_its_type_and_place(stack):
    other = config(stack, "config-2", instanceType="ml.g6e.2xlarge")
    with pytest.raises(ProviderError, match=r"must be deregistered as scalable targets"):
        moved(stack, other.outputs["name"])
    renamed = config(stack, "config-3", variantName="Other")
    with pytest.raises(ProviderError, match=r"The variant\(s\) \"\[AllTraffic\]\""):
        moved(stack, renamed.outputs["name"])
    for name in ("morning", "track", "target"):
        stack.engine.delete(stack.made[name])
    moved(stack, other.outputs["name"])


@pytest.mark.parametrize(
    ("type_", "name", "change"),
    [
        (CONFIG, "config", {"kmsKeyArn": "arn:aws:kms:us-west-2:123456789012:key/1"}),
        (MODEL, "model", {"primaryContainer": {"modelPackageName": f"{PACKAGE}/9"}}),
        (ENDPOINT, "endpoint", {"name": "other"}),
        (TARGET, "target", {"resourceId": "endpoint/voice/variant/Other"}),
        (POLICY, "track", {"resourceId": "endpoint/voice/variant/Other"}),
    ],
)
def test_what_replaces(stack, type_, name, change):
    resource = stack.made[name]
    assert resource.type == type_
    changes = stack.engine.diff(resource, {**resource.inputs, **change}).changes
    assert any("replace" in change for change in changes.values())


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("target", {"maxCapacity": 9}),
        ("slow", {"threshold": 2e6}),
        ("board", {"dashboardBody": json.dumps({"widgets": [1]})}),
        ("on-call", {"displayName": "Other"}),
        ("model", {"tags": {"a": "b"}}),
    ],
)
def test_what_changes_in_place(stack, name, change):
    resource = stack.made[name]
    changes = stack.engine.diff(resource, {**resource.inputs, **change}).changes
    assert changes
    assert not any("replace" in change for change in changes.values())
    stack.engine.update(resource, {**resource.inputs, **change})


REFUSED = {
    "model by anybody": ("Could not assume role", lambda s: _model(s, executionRoleArn=_role(s, "ec2.amazonaws.com"))),
    "model without isolation": ("EnableNetworkIsolation", lambda s: _model(s, enableNetworkIsolation=False)),
    "package elsewhere": (
        "does not exist in region us-west-2",
        lambda s: _model(s, primaryContainer={"modelPackageName": PACKAGE.replace("us-west-2", "us-east-2")}),
    ),
    "configuration of no model": (
        "Could not find model",
        lambda s: s.add("EndpointConfiguration", "x", productionVariants=[variant("nobody")]),
    ),
    "endpoint of no configuration": (
        "Could not find endpoint configuration",
        lambda s: s.add("sagemaker/endpoint:Endpoint", "x", name="x", endpointConfigName="nobody"),
    ),
    "second endpoint of the name": (
        "Cannot create already existing endpoint",
        lambda s: s.add("sagemaker/endpoint:Endpoint", "x", name="voice", endpointConfigName=s.out("config", "name")),
    ),
    "rollback on no alarm": (
        "Alarm nobody of AutoRollbackConfiguration",
        lambda s: s.add(
            "sagemaker/endpoint:Endpoint",
            "x",
            name="x",
            endpointConfigName=s.out("config", "name"),
            deploymentConfig={"autoRollbackConfiguration": {"alarms": [{"alarmName": "nobody"}]}},
        ),
    ),
    "target of no endpoint": (
        "doesn't exist",
        lambda s: s.add(
            "appautoscaling/target:Target",
            "x",
            **{**PLACE, "resourceId": "endpoint/nobody/variant/AllTraffic"},
            minCapacity=1,
            maxCapacity=2,
        ),
    ),
    "target of no variant": (
        "does not exist on endpoint",
        lambda s: s.add(
            "appautoscaling/target:Target",
            "x",
            **{**PLACE, "resourceId": "endpoint/voice/variant/Nobody"},
            minCapacity=1,
            maxCapacity=2,
        ),
    ),
    "policy without target": (
        "No scalable target registered",
        lambda s: s.add("appautoscaling/policy:Policy", "x", **tracking(resourceId="endpoint/voice/variant/Nobody")),
    ),
}


def _role(stack, service):
    return stack.add("Role", f"role-{service}", assumeRolePolicy=trust(service)).outputs["arn"]


def _model(stack, **change):
    inputs = {
        "executionRoleArn": stack.out("model-role", "arn"),
        "enableNetworkIsolation": True,
        "primaryContainer": {"modelPackageName": PACKAGE},
    }
    return stack.add("sagemaker/model:Model", "x", **{**inputs, **change})


@pytest.mark.parametrize("case", list(REFUSED))
def test_aws_refuses(stack, case):
    words, make = REFUSED[case]
    with pytest.raises(ProviderError, match=words):
        make(stack)


WRONG = [
    (CONFIG, {"productionVariants": []}, "length"),
    (CONFIG, {"productionVariants": [variant("m", routingConfigs=[{"routingStrategy": "ROUND_ROBIN"}])]}, "one of"),
    (CONFIG, {"productionVariants": [variant("m", instanceType="g6e.xlarge")]}, "SageMaker instance type"),
    (CONFIG, {"productionVariants": [variant("m", variantName="a_b")]}, "hyphens"),
    (CONFIG, {"productionVariants": [variant("m"), variant("m")]}, "unique"),
    (CONFIG, {"productionVariants": [variant("m", containerStartupHealthCheckTimeoutInSeconds=10)]}, "range"),
    (ENDPOINT, {"name": "a_b", "endpointConfigName": "c"}, "hyphens"),
    (
        ENDPOINT,
        {
            "endpointConfigName": "c",
            "deploymentConfig": {
                "blueGreenUpdatePolicy": {"trafficRoutingConfiguration": {"type": "SLOWLY", "waitIntervalInSeconds": 0}}
            },
        },
        "one of",
    ),
    (ALARM, alarm(period=45), "Period must be"),
    (ALARM, alarm(statistic="Average"), "must be specified, 2 were"),
    (ALARM, alarm(comparisonOperator=">"), "one of"),
    (ALARM, alarm(evaluationPeriods=1440, period=120), "more than a day"),
    (ALARM, alarm(datapointsToAlarm=4), "at most evaluationPeriods"),
    (ALARM, alarm(alarmActions=["page-me"]), "must be an ARN"),
    (TARGET, {**PLACE, "minCapacity": 4, "maxCapacity": 2}, "Maximum capacity"),
    (TARGET, {**PLACE, "serviceNamespace": "ecs", "minCapacity": 1, "maxCapacity": 2}, "one of"),
    (POLICY, tracking(policyType="StepScaling"), "has no meaning"),
    (
        POLICY,
        {
            **PLACE,
            "stepScalingPolicyConfiguration": {
                "adjustmentType": "ChangeInCapacity",
                "stepAdjustments": [
                    {"metricIntervalLowerBound": "0", "metricIntervalUpperBound": "1", "scalingAdjustment": 1},
                    {"metricIntervalLowerBound": "2", "scalingAdjustment": 2},
                ],
            },
        },
        "overlap or have a gap",
    ),
    ("aws:cloudwatch/dashboard:Dashboard", {"dashboardName": "a", "dashboardBody": "{}"}, "widgets"),
    ("aws:sns/topic:Topic", {"name": "a b"}, "letters"),
]


@pytest.mark.parametrize(("type_", "inputs", "words"), WRONG)
def test_the_provider_refuses_before_any_call(engine, type_, inputs, words):
    failures = engine.failures(type_, inputs)
    assert any(words in failure.reason for failure in failures), failures


@pytest.mark.parametrize("leaf", ["EndpointConfiguration", "sagemaker/endpoint:Endpoint", "MetricAlarm", "Topic"])
def test_unknown_properties_are_refused(engine, leaf):
    assert any("retainAll" in failure.path for failure in engine.failures(token(leaf), {"retainAll": True}))


def test_everything_is_found_again_and_goes_in_reverse(stack):
    assert stack.made
    for resource in stack.made.values():
        assert stack.engine.refresh(resource).id == resource.id
    for resource in reversed(stack.made.values()):
        stack.engine.delete(resource)


def test_a_target_is_imported_by_its_full_name(engine):
    stack = voice_endpoint(Stack(engine))
    spelled = f"sagemaker/{PLACE['resourceId']}/{PLACE['scalableDimension']}"
    assert engine.read(TARGET, "target", spelled).id == stack.id("target")


def test_an_endpoint_in_service_has_a_voice_that_follows_it_and_goes_with_it(stack):
    served = stack.engine.voices.served
    main = {"instances": 2, "routing": "LEAST_OUTSTANDING_REQUESTS", "weight": 1.0}
    assert served == {
        "voice": {
            "region": "us-west-2",
            "status": "InService",
            "model": "sonic-3.5",
            "config": stack.id("config"),
            "slots": 4,
            "variants": {"AllTraffic": main},
        }
    }
    tagged = stack.add(
        "sagemaker/model:Model",
        "model-2",
        executionRoleArn=stack.out("model-role", "arn"),
        enableNetworkIsolation=True,
        primaryContainer={"modelPackageName": PACKAGE},
        tags={"cartesia-model": "sonic-3"},
    )
    reserve = variant(tagged.outputs["name"], variantName="reserve", initialVariantWeight=0, routingConfigs=[])
    both = [variant(tagged.outputs["name"], initialInstanceCount=3), reserve]
    new = stack.add("EndpointConfiguration", "config-2", productionVariants=both)
    moved(stack, new.outputs["name"])
    assert served["voice"]["model"] == "sonic-3"
    assert served["voice"]["variants"] == {
        "AllTraffic": main | {"instances": 3},
        "reserve": {"instances": 2, "routing": "RANDOM", "weight": 0},
    }
    for name in ("morning", "track", "target", "endpoint"):
        stack.engine.delete(stack.made[name])
    assert served == {}


def door(stack, name, **more):
    inputs = {
        "vpcId": stack.id("vpc"),
        "vpcEndpointType": "Interface",
        "serviceName": "com.amazonaws.us-west-2.sagemaker.runtime",
        "privateDnsEnabled": True,
        **more,
    }
    return stack.add("VpcEndpoint", name, **inputs)


def test_two_doors_of_one_name_do_not_fit_into_a_vpc(engine):
    """So a second stack shares the first one's door, or gives its own no name."""
    stack = Stack(engine)
    stack.network()
    first = door(stack, "first")
    with pytest.raises(ProviderError, match="conflicting DNS domain"):
        door(stack, "second")
    door(stack, "nameless", privateDnsEnabled=False)
    engine.delete(first)
    door(stack, "third")
