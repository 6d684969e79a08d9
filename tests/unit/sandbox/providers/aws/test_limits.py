"""Limits of the service models reach the stand-in's checks, and their table names what exists."""

import pytest

from sandbox.providers.aws.api.models import HELD_ELSEWHERE, input_of, members_of, shape_at
from sandbox.providers.aws.api.operations import OPERATIONS
from sandbox.providers.aws.cloud import SCHEMAS
from sandbox.providers.aws.services import RESOURCES
from sandbox.providers.base import UNKNOWN
from tests.support.standin_aws import Engine, token
from tests.unit.sandbox.providers.aws.test_check import GROUP

VARIANT = {"modelName": "m", "variantName": "v", "instanceType": "ml.g6e.xlarge", "initialInstanceCount": 1}
ROLLING = {"maximumBatchSize": {"type": "CAPACITY_PERCENT", "value": 50}, "waitIntervalInSeconds": 0}


def variant(**changes):
    return {"productionVariants": [{**VARIANT, **changes}]}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return Engine(tmp_path_factory.mktemp("world"))


@pytest.mark.parametrize(
    ("leaf", "inputs", "path", "words"),
    [
        ("NodeGroup", {**GROUP, "labels": {"a": "b" * 64}}, "labels.a", "(1 - 63), got 64"),
        ("NodeGroup", {**GROUP, "taints": [{"key": "k" * 64, "effect": "NO_SCHEDULE"}]}, "taints[0].key", "(1 - 63)"),
        ("NodeGroup", {**GROUP, "updateConfig": {"maxUnavailablePercentage": 101}}, None, "(1 - 100), got 101"),
        ("CapacityReservation", {"tenancy": "mine"}, "tenancy", '["default" "dedicated"], got mine'),
        ("Policy", {"description": "x" * 1001}, "description", "got 1001"),
        ("EndpointConfiguration", {"productionVariants": []}, "productionVariants", "(1 - 10), got 0"),
        (
            "EndpointConfiguration",
            variant(instanceType="ml.g6e.xlarg"),
            "productionVariants[0].instanceType",
            'did you mean "ml.g6e.xlarge"?), got ml.g6e.xlarg',
        ),
        ("EndpointConfiguration", variant(volumeSizeInGb=513), "productionVariants[0].volumeSizeInGb", "(1 - 512)"),
        (
            "sagemaker/endpoint:Endpoint",
            {"deploymentConfig": {"rollingUpdatePolicy": {**ROLLING, "waitIntervalInSeconds": 3601}}},
            "deploymentConfig.rollingUpdatePolicy.waitIntervalInSeconds",
            "(0 - 3600), got 3601",
        ),
        ("MetricAlarm", {"metricQueries": [{"id": "a", "metric": {"period": 0}}]}, None, "(1 - any), got 0"),
    ],
)
def test_a_limit_of_the_model_is_held(engine, leaf, inputs, path, words):
    found = {failure.path: failure.reason for failure in engine_limits(leaf, inputs)}
    (reached,) = [where for where in found if words in found[where]]
    assert path in (None, reached)


def engine_limits(leaf, inputs):
    exact = {"Policy": "aws:iam/policy:Policy"}
    return list(SCHEMAS.broken(exact.get(leaf) or token(leaf), inputs))


def test_a_broken_limit_is_a_failure_of_the_check(engine):
    (failure,) = engine.failures(token("NodeGroup"), {**GROUP, "labels": {"a": "b" * 64}})
    assert failure.path == "labels.a"
    assert engine.failures(token("NodeGroup"), {**GROUP, "labels": {"a": UNKNOWN}}) == []


def test_what_a_rule_of_ours_refused_is_not_told_again(engine):
    (failure,) = engine.failures(token("kms/key:Key"), {"deletionWindowInDays": 400})
    assert "(7 - 30)" in failure.reason


@pytest.mark.parametrize("type_", OPERATIONS)
def test_the_table_of_calls_names_what_exists(type_):
    shape = SCHEMAS.inputs_of(type_)
    assert type_ in RESOURCES
    for call in OPERATIONS[type_]:
        top = input_of(call)
        assert {path.split(".")[0] for path in (*call.renamed, *call.takes)} <= shape["object"].keys() | {"tags"}
        assert [member for path, member in call.renamed.items() if path != "tags" and not shape_at(top, member)] == []
        assert set(call.supplied) <= members_of(top).keys()


def test_most_types_are_described_by_a_model():
    """Where no model says anything, only our own rules are held; that is the exception."""
    silent = {type_ for type_ in RESOURCES if not SCHEMAS.limits_of(type_)}
    assert len(silent) < len(RESOURCES) / 2
    assert sum(len(SCHEMAS.limits_of(type_)) for type_ in RESOURCES) > 250
    named = {path for type_ in RESOURCES for path in SCHEMAS.limits_of(type_)}
    assert not [path for path in named if path.split("{")[0] in HELD_ELSEWHERE]
