"""The few functions of the aws package that the stand-in answers."""

import json

import pytest

from sandbox.host.layout import WORLD_VARIABLE
from sandbox.providers.aws.inventory import main as print_inventory
from sandbox.providers.aws.provider import AwsProvider
from sandbox.providers.base import ProviderError
from tests.support.standin_aws import REGION, Engine


@pytest.fixture
def invoke(tmp_path):
    return Engine(tmp_path).provider.invoke


def test_who_and_where(invoke):
    assert invoke("aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"] == "123456789012"
    assert invoke("aws:index/getRegion:getRegion", {})["region"] == REGION
    assert invoke("aws:index/getPartition:getPartition", {})["partition"] == "aws"


def test_zones_can_be_left_out(invoke):
    answer = invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {"excludeNames": [f"{REGION}a"]})
    assert answer["names"] == [f"{REGION}b", f"{REGION}c", f"{REGION}d"]
    assert answer["zoneIds"] == ["usw2-az2", "usw2-az3", "usw2-az4"]


def test_a_policy_document(invoke):
    statement = {
        "sid": "Read",
        "actions": ["s3:GetObject"],
        "resources": ["a", "b"],
        "principals": [{"type": "Service", "identifiers": ["eks.amazonaws.com"]}],
        "conditions": [{"test": "StringEquals", "variable": "aws:x", "values": ["y"]}],
    }
    answer = invoke("aws:iam/getPolicyDocument:getPolicyDocument", {"statements": [statement]})
    assert json.loads(answer["json"])["Statement"] == [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["a", "b"],
            "Principal": {"Service": ["eks.amazonaws.com"]},
            "Condition": {"StringEquals": {"aws:x": ["y"]}},
        }
    ]


def test_other_functions_are_refused_by_name(invoke):
    with pytest.raises(ProviderError, match=r"no function aws:ec2/getAmi:getAmi; it has .*aws:iam/getPolicyDocument"):
        invoke("aws:ec2/getAmi:getAmi", {})


def test_it_does_not_run_outside_a_world(monkeypatch):
    monkeypatch.delenv(WORLD_VARIABLE, raising=False)
    with pytest.raises(SystemExit, match="run it through `cartesia-infra sandbox run"):
        AwsProvider.from_environment()


def test_the_inventory_prints_lines_and_refuses_half_a_tag(tmp_path, capsys):
    Engine(tmp_path).create("aws:kms/key:Key", "k", {})
    assert print_inventory(["--world", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith(f"aws:kms/key:Key  {REGION}  ")
    with pytest.raises(SystemExit):
        print_inventory(["--world", str(tmp_path), "--tag", "half"])


def test_a_cluster_is_found_by_its_name_and_its_absence_is_told(tmp_path):
    engine = Engine(tmp_path)
    with pytest.raises(ProviderError, match=r"reading EKS Cluster \(voice\): .*voice not found"):
        engine.provider.invoke("aws:eks/getCluster:getCluster", {"name": "voice"})
