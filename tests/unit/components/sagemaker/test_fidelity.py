"""What `SageMakerVoiceEndpoint` sets, against the published service models, the SDK's types and IAM's grammar."""

import inspect
import keyword
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest
from pulumi import _types

from catalog.aws.logs import LOG_RETENTION_DAYS
from catalog.aws.sagemaker import INFERENCE_AMIS, INSTANCE_TYPES, LIMITS, PACKAGE_ARN_MAX
from components.sagemaker.endpoint import SageMakerVoiceEndpoint
from components.sagemaker.resolve import LONGEST_NAME
from core.aws.iam_grammar import grammar_problems
from core.capacity.routing import Routing
from core.capacity.scaling_plan import Statistic
from tests.support.aws_api import UNCHECKED_SAGEMAKER, is_known, model, problems_of, unchecked_table
from tests.support.aws_mocks import Registered, record
from tests.support.sagemaker_cases import SMALL, VARIED

DOCS = Path(__file__).resolve().parents[4] / "docs" / "fidelity.md"


@pytest.fixture(scope="module")
def registered() -> dict[str, Registered]:
    found = {}
    for case, args in VARIED.items():
        recording = record(lambda args=args: SageMakerVoiceEndpoint("voice", args))
        found |= {f"{case}/{key}": one for key, one in recording.found.items() if one.type.startswith("aws:")}
    return found


def test_every_property_is_taken_by_the_services_api(registered):
    wrong = [f"{key}: {problem}" for key, one in registered.items() for problem in problems_of(one)]
    assert wrong == []


def test_every_type_has_its_calls(registered):
    assert not {one.type for one in registered.values() if not is_known(one.type)}


def test_every_policy_document_is_iam_grammar(registered):
    documents = {
        f"{key}.{prop}": one.inputs[prop]
        for key, one in registered.items()
        for prop in ("policy", "assumeRolePolicy")
        if prop in one.inputs
    }
    assert documents
    for where, document in documents.items():
        assert grammar_problems(document) == [], where


def _sdk_problems(value: dict[str, Any], args: type, path: str) -> Iterator[str]:
    """Names that the SDK does not know, and required ones that are missing, at every depth."""
    names = {pulumi_name: name for name, pulumi_name in _types.input_type_py_to_pulumi_names(args).items()}
    hints = _types.input_type_types(args)
    parameters = inspect.signature(args.__init__).parameters
    yield from (f"{path}.{key}: no such property" for key in value if key not in hints)
    for key, name in names.items():
        if parameters[name].default is inspect.Parameter.empty and key not in value:
            yield f"{path}.{key}: required"
    for key, item in value.items():
        inner = _types.unwrap_type(hints.get(key, str))
        element = _types.unwrap_type(inner.__args__[0]) if getattr(inner, "__args__", ()) else None
        for part, kind in [(item, inner)] if isinstance(item, dict) else [(one, element) for one in _items(item)]:
            if isinstance(kind, type) and _types.is_input_type(kind):
                yield from _sdk_problems(part, kind, f"{path}.{key}")


def _items(value: Any) -> list[Any]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def test_every_property_is_one_of_the_sdk(registered):
    wrong = []
    for key, one in registered.items():
        module, _, leaf = one.type.removeprefix("aws:").partition("/")
        package = getattr(aws, module + "_" * keyword.iskeyword(module))
        args = getattr(package, leaf.partition(":")[2] + "Args")
        wrong += [f"{key}{problem}" for problem in _sdk_problems(one.inputs, args, "")]
    assert wrong == []
    assert list(_sdk_problems({"a": 1}, aws.sns.TopicArgs, "")) == [".a: no such property"]


@pytest.mark.parametrize(
    ("type_", "change", "words"),
    [
        ("aws:sagemaker/model:Model", {"executionRoleArn": "voice"}, "is no ARN"),
        ("aws:sagemaker/model:Model", {"primaryContainer": {"modelPackageName": "a" * 177}}, "is above 176"),
        ("aws:sagemaker/model:Model", {"networkIsolation": True}, "no API member"),
        ("aws:sagemaker/endpoint:Endpoint", {"name": "voice_dev"}, "does not fit"),
        ("aws:sagemaker/endpoint:Endpoint", {"deploymentConfig": {"rollingUpdatePolicy": {}}}, "is required"),
        ("aws:sns/topicSubscription:TopicSubscription", {"topics": "x"}, "no API member"),
        ("aws:appautoscaling/target:Target", {"scalableDimension": "sagemaker:endpoint:Count"}, "is not one of its"),
        ("aws:appautoscaling/policy:Policy", {"policyType": "TargetTracking"}, "is not one of its values"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"comparisonOperator": ">"}, "is not one of its values"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"evaluationPeriods": 0}, "is below 1"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"threshold": "1"}, "must be a number"),
        ("aws:iam/policy:Policy", {"description": "x" * 1001}, "is above 1000"),
    ],
)
def test_the_checker_sees_each_kind_of_mistake(registered, type_, change, words):
    one = next(one for one in registered.values() if one.type == type_)
    spoilt = Registered(**{**vars(one), "inputs": {**one.inputs, **change}})
    assert any(words in problem for problem in problems_of(spoilt)), problems_of(spoilt)


# -- facts of ours that a model states


def test_the_catalogue_agrees_with_the_service_model():
    sagemaker = model("sagemaker")
    variant = sagemaker.shape_for("ProductionVariant").members
    assert set(INSTANCE_TYPES) <= set(variant["InstanceType"].enum)
    assert set(INFERENCE_AMIS) <= set(variant["InferenceAmiVersion"].enum)
    assert {one.value for one in Routing} <= set(sagemaker.shape_for("RoutingStrategy").enum)
    assert sagemaker.shape_for("VersionedArnOrName").metadata["max"] == PACKAGE_ARN_MAX


def test_our_limits_are_the_models():
    shape = model("sagemaker").shape_for

    def bounds(name):
        return shape(name).metadata["min"], shape(name).metadata["max"]

    assert shape("EndpointName").metadata["max"] == LIMITS.name_length
    assert bounds("ProductionVariantVolumeSizeInGB") == LIMITS.volume_gib
    assert bounds("ProductionVariantContainerStartupHealthCheckTimeoutInSeconds") == LIMITS.startup_seconds
    assert bounds("ProductionVariantModelDataDownloadTimeoutInSeconds") == LIMITS.startup_seconds
    assert shape("Subnets").metadata["max"] == LIMITS.subnets[1]
    assert shape("Subnets").metadata["min"] <= LIMITS.subnets[0]
    assert shape("VpcSecurityGroupIds").metadata["max"] == LIMITS.security_groups


def test_retentions_are_those_the_text_of_the_model_states():
    text = model("logs").shape_for("PutRetentionPolicyRequest").members["retentionInDays"].documentation
    numbers = [int(found) for found in re.findall(r"\d+", text)]
    assert set(LOG_RETENTION_DAYS) <= set(numbers)


def test_the_statistic_is_one_that_a_customized_metric_takes():
    assert {one.value for one in Statistic} <= set(model("application-autoscaling").shape_for("MetricStatistic").enum)


def test_the_provider_cannot_say_what_the_docstring_says_it_cannot():
    """When one of these arrives in the SDK, `SageMakerVoiceEndpoint` can do better and its docstring is out of date."""
    assert "InstancePools" in model("sagemaker").shape_for("ProductionVariant").members
    assert "instancePools" not in _types.input_type_types(aws.sagemaker.EndpointConfigurationProductionVariantArgs)
    assert "RetainAllVariantProperties" in model("sagemaker").shape_for("UpdateEndpointInput").members
    assert "retainAllVariantProperties" not in _types.input_type_types(aws.sagemaker.EndpointArgs)


def test_the_longest_name_leaves_room_for_every_physical_name():
    """Auto-naming adds a dash and seven characters; models and configurations end at 63, roles at 64."""
    recording = record(lambda: SageMakerVoiceEndpoint("v" * LONGEST_NAME, SMALL))
    for cls, most in (
        ("Model", 63),
        ("EndpointConfiguration", 63),
        ("Role", 64),
        ("Policy", 128),
        ("MetricAlarm", 255),
    ):
        assert max(len(name) for name in recording.of(cls)) + 8 <= most


def test_alarms_stay_within_what_cloudwatch_computes():
    """At most ten metrics in one alarm. source: CloudWatch user guide, metric math, 2026-11-21."""
    recording = record(lambda: SageMakerVoiceEndpoint("voice", VARIED["three"]))
    assert recording.of("MetricAlarm")
    for alarm in recording.of("MetricAlarm").values():
        queries = alarm.inputs.get("metricQueries", [])
        assert sum("metric" in query for query in queries) <= 10
        assert sum(query.get("returnData", False) for query in queries) == (1 if queries else 0)


def test_what_is_unchecked_is_listed_in_the_docs():
    text = DOCS.read_text()
    start, end = "<!-- sagemaker: written by tests/support/aws_api.py -->", "<!-- sagemaker: end -->"
    listed = text.partition(start)[2].partition(end)[0].strip()
    assert listed == unchecked_table(UNCHECKED_SAGEMAKER), "put this between the marks:\n" + unchecked_table(
        UNCHECKED_SAGEMAKER
    )


def test_the_list_of_the_unchecked_names_what_exists(registered):
    assert set(UNCHECKED_SAGEMAKER) <= {one.type.rpartition(":")[2] for one in registered.values()}
