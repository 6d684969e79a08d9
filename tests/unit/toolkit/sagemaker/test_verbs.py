"""Verbs on a SageMaker endpoint against a pretended AWS: what they print, refuse and leave alone."""

import datetime as dt
import json
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from clients.aws import AwsAccess, AwsError, live_endpoint
from toolkit.commands.caller_policy import caller_policy
from toolkit.commands.canary import canary
from toolkit.commands.endpoint import endpoint
from toolkit.commands.logs import logs

STACK = """
config:
  cartesia:sagemaker:
    endpointName: cartesia-prod
    region: us-east-2
    model: sonic-3.5
"""
GROUP = "/aws/sagemaker/Endpoints/cartesia-prod"


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: cartesia\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.prod.yaml").write_text(STACK)
    (tmp_path / "stacks" / "Pulumi.eks.yaml").write_text("config:\n  cartesia:eks:\n    region: us-east-2\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(verb, *words):
    return CliRunner().invoke(verb, words, catch_exceptions=True)


# -- the policy of callers


@pytest.mark.parametrize(("words", "account"), [((), "*"), (("--account", "123456789012"), "123456789012")])
def test_the_callers_policy_names_the_one_endpoint(words, account):
    printed = json.loads(run(caller_policy, "--stack", "prod", *words).output)
    (statement,) = printed["Statement"]
    assert statement["Resource"] == [f"arn:aws:sagemaker:us-east-2:{account}:endpoint/cartesia-prod"]
    assert statement["Action"] == ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]


@pytest.mark.parametrize("account", ["12345678901", "me", "1234567890123", ""])
def test_an_account_has_twelve_digits(account):
    done = run(caller_policy, "--stack", "prod", "--account", account)
    assert done.exit_code == 2
    assert "twelve digits" in done.output


@pytest.mark.parametrize("verb", [caller_policy, logs])
@pytest.mark.parametrize(
    ("stack", "words"), [("nowhere", "must be a stack file"), ("eks", "must describe a SageMaker")]
)
def test_a_stack_without_an_endpoint_is_refused(verb, stack, words):
    done = run(verb, "--stack", stack, *(("--context-id", "x") if verb is logs else ()))
    assert words in str(done.exception)


# -- logs


@pytest.fixture
def group():
    with mock_aws():
        client = boto3.client("logs", region_name="us-east-2")
        client.create_log_group(logGroupName=GROUP)
        client.create_log_stream(logGroupName=GROUP, logStreamName="AllTraffic/i-1")
        now = int(dt.datetime.now(dt.UTC).timestamp() * 1000)
        events = [
            {"timestamp": now - 7_200_000, "message": "request 1-call-old began"},
            {"timestamp": now - 60_000, "message": "request 2-call-4711 began\n"},
            {"timestamp": now - 50_000, "message": "request 3-call-4712 began"},
            {"timestamp": now - 40_000, "message": "request 2-call-4711 ended"},
        ]
        client.put_log_events(logGroupName=GROUP, logStreamName="AllTraffic/i-1", logEvents=events)
        yield client


def test_the_lines_of_one_request_are_found(group):
    done = run(logs, "--stack", "prod", "--context-id", "call-4711", "--json")
    assert done.exit_code == 0
    found = json.loads(done.output)
    assert found["logGroup"] == GROUP
    assert [event["message"] for event in found["events"]] == ["request 2-call-4711 began", "request 2-call-4711 ended"]
    text = run(logs, "--stack", "prod", "--context-id", "call-4711").output
    assert len(text.splitlines()) == 2
    assert text.splitlines()[0].endswith("Z AllTraffic/i-1 request 2-call-4711 began")


@pytest.mark.parametrize(("since", "found"), [("1h", 0), ("3h", 1), ("1d", 1)])
def test_how_far_back_is_looked(group, since, found):
    done = run(logs, "--stack", "prod", "--context-id", "call-old", "--since", since, "--json")
    assert len(json.loads(done.output)["events"]) == found


@pytest.mark.parametrize("since", ["1", "h", "0m", "1w", "-1h", "1h30m"])
def test_a_span_that_cannot_be_read_is_refused(since):
    done = run(logs, "--stack", "prod", "--context-id", "x", "--since", since)
    assert done.exit_code == 2
    assert "is not a span" in done.output


def test_a_group_that_is_not_there_is_told_plainly():
    with mock_aws():
        done = run(logs, "--stack", "prod", "--context-id", "x")
    assert done.exit_code == 1
    assert "ResourceNotFoundException" in done.output
    assert "Traceback" not in done.output


# -- endpoint and canary


def running(instances: dict[str, int], weights: dict[str, float]) -> None:
    client = boto3.client("sagemaker", region_name="us-east-2")
    client.create_model(
        ModelName="m",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/x",
        PrimaryContainer={"Image": "123456789012.dkr.ecr.us-east-2.amazonaws.com/x:1"},
    )
    client.create_endpoint_config(
        EndpointConfigName="c-1",
        ProductionVariants=[
            {
                "VariantName": name,
                "ModelName": "m",
                "InstanceType": "ml.m5.xlarge",
                "InitialInstanceCount": count,
                "InitialVariantWeight": weights[name],
            }
            for name, count in instances.items()
        ],
    )
    client.create_endpoint(EndpointName="cartesia-prod", EndpointConfigName="c-1")


@mock_aws
def test_an_endpoint_is_read_as_aws_describes_it():
    access = AwsAccess(region="us-east-2")
    assert live_endpoint(access, "cartesia-prod") is None
    running({"main": 3, "canary": 1}, {"main": 1.0, "canary": 0.0})
    live = live_endpoint(access, "cartesia-prod")
    assert live is not None
    assert (live.config_name, live.status) == ("c-1", "InService")
    assert live.largest == {"main": 3, "canary": 1}


@mock_aws
def test_counts_are_printed_as_the_file_takes_them():
    running({"main": 3, "canary": 1}, {"main": 1.0, "canary": 0.0})
    done = run(endpoint, "counts", "--stack", "prod")
    assert done.output == "variants:\n  main:\n    instances: 3\n  canary:\n    instances: 1\n"
    found = json.loads(run(endpoint, "counts", "--stack", "prod", "--json").output)
    assert found["instances"] == {"main": 3, "canary": 1}


@mock_aws
def test_an_endpoint_that_is_not_there_is_told_plainly():
    done = run(endpoint, "counts", "--stack", "prod")
    assert done.exit_code == 1
    assert "there is no endpoint cartesia-prod in us-east-2" in done.output


@mock_aws
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("to", "20", "--dry-run"), "would set canary 20 %, main 80 %"),
        (("promote", "--dry-run"), "canary runs 1 and needs 3"),
        (("promote", "--dry-run", "--anyway"), "would set canary 100 %, main 0 %"),
        (("back", "--dry-run"), "would set canary 0 %, main 100 %"),
        (("to", "20", "--dry-run", "--variant", "other"), "a canary is one of several variants"),
        (
            (
                "to",
                "101",
            ),
            "not in the range",
        ),
        (
            (
                "to",
                "x",
            ),
            "not a valid float",
        ),
    ],
)
def test_a_canary_is_planned_and_refused(words, said):
    running({"main": 3, "canary": 1}, {"main": 1.0, "canary": 0.0})
    assert said in run(canary, *words, "--stack", "prod").output


@mock_aws
def test_a_canary_of_a_single_variant_is_refused():
    running({"AllTraffic": 3}, {"AllTraffic": 1.0})
    done = run(canary, "to", "10", "--stack", "prod", "--variant", "AllTraffic")
    assert "one of several variants" in done.output


def test_a_profile_that_is_not_there_is_no_bug():
    with pytest.raises(AwsError, match="could not be found"):
        AwsAccess(region="us-east-2", profile="nobody").client("sagemaker")
