"""Every property that the AWS components set, against the service models botocore publishes and the SDK's own types."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest
from pulumi import _types

from components.eks.cluster import EksCluster
from components.eks.control_plane import LOG_TYPES
from components.eks.resolve import LOG_RETENTION_DAYS, LONGEST_NAME
from core.aws.iam_grammar import grammar_problems
from tests.support.aws_api import UNCHECKED, against, is_known, model, problems_of, unchecked_table
from tests.support.aws_mocks import Registered, record
from tests.support.eks_cases import FULL, GIVEN, SMALL

DOCS = Path(__file__).resolve().parents[4] / "docs" / "fidelity.md"
PROGRAMS = {"small": SMALL, "full": FULL, "given": GIVEN}


def _registered() -> dict[str, Registered]:
    found = {}
    for program, args in PROGRAMS.items():
        recording = record(lambda args=args: EksCluster("voice", args))
        found |= {f"{program}/{key}": one for key, one in recording.found.items() if one.type.startswith("aws:")}
    return found


@pytest.fixture(scope="module")
def registered() -> dict[str, Registered]:
    return _registered()


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


# -- the SDK's own types, which the SDK does not check in nested dictionaries


def _sdk_problems(value: Any, args: type, path: str) -> Iterator[str]:
    names = _types.input_type_py_to_pulumi_names(args)
    hints = _types.input_type_types(args)
    needed = inspect.signature(args.__init__).parameters
    python = {pulumi_name: name for name, pulumi_name in names.items()}
    for key in value:
        if key not in hints:
            yield f"{path}.{key}: the SDK has no such property"
    for key, name in python.items():
        if needed[name].default is inspect.Parameter.empty and key not in value:
            yield f"{path}.{key}: the SDK requires it"
    for key, item in value.items():
        inner = _types.unwrap_type(hints[key]) if key in hints else None
        many = getattr(inner, "__args__", ()) if not _types.is_input_type(inner) else ()
        element = _types.unwrap_type(many[0]) if many else None
        if isinstance(inner, type) and _types.is_input_type(inner):
            yield from _sdk_problems(item, inner, f"{path}.{key}")
        elif isinstance(item, list) and isinstance(element, type) and _types.is_input_type(element):
            for index, one in enumerate(item):
                yield from _sdk_problems(one, element, f"{path}.{key}[{index}]")


def _args_class(token: str) -> type:
    module, _, rest = token.removeprefix("aws:").partition("/")
    return getattr(getattr(aws, module), rest.partition(":")[2] + "Args")


def test_every_property_is_one_of_the_sdk(registered):
    wrong = [
        f"{key}{problem}"
        for key, one in registered.items()
        for problem in _sdk_problems(one.inputs, _args_class(one.type), "")
    ]
    assert wrong == []


def test_the_sdk_check_reaches_nested_properties():
    bad = {"roleArn": "r", "vpcConfig": {"subnetIds": [], "subnets": []}, "accessConfig": {"mode": "API"}}
    found = list(_sdk_problems(bad, aws.eks.ClusterArgs, ""))
    assert any(".vpcConfig.subnets" in problem for problem in found)
    assert any(".accessConfig.mode" in problem for problem in found)
    template = {"blockDeviceMappings": [{"ebs": {"size": 1}}]}
    assert any(".ebs.size" in problem for problem in _sdk_problems(template, aws.ec2.LaunchTemplateArgs, ""))


# -- the checker itself: it must see each kind of mistake


@pytest.mark.parametrize(
    ("type_", "change", "words"),
    [
        ("aws:eks/nodeGroup:NodeGroup", {"amiType": "AL2023_NVIDIA"}, "is not one of its values"),
        ("aws:eks/nodeGroup:NodeGroup", {"capacityType": "CAPACITY_RESERVATION"}, "is not one of its values"),
        ("aws:eks/nodeGroup:NodeGroup", {"labels": {"a": ""}}, "is below 1"),
        ("aws:eks/nodeGroup:NodeGroup", {"instanceTypes": ["g6e.3xlarge"]}, "is not one of its values"),
        ("aws:eks/nodeGroup:NodeGroup", {"scalingConfig": {"minSize": 0, "maxSize": 0, "desiredSize": 0}}, "below 1"),
        ("aws:eks/nodeGroup:NodeGroup", {"diskGib": 100}, "no API member"),
        ("aws:eks/nodeGroup:NodeGroup", {"nodeRoleArn": "voice-node"}, "is no ARN"),
        ("aws:eks/cluster:Cluster", {"name": "v" * 101}, "is above 100"),
        ("aws:eks/cluster:Cluster", {"name": "-v"}, "does not fit"),
        ("aws:eks/cluster:Cluster", {"tags": {}}, "is below 1"),
        ("aws:eks/cluster:Cluster", {"upgradePolicy": {"supportType": "LTS"}}, "is not one of its values"),
        ("aws:eks/cluster:Cluster", {"accessConfig": {"mode": "API"}}, "no such member"),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"metadataOptions": {"httpTokens": "yes"}}, "not one of its values"),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"blockDevices": []}, "no API member"),
        ("aws:ec2/subnet:Subnet", {"vpcId": "voice-vpc"}, "is no id"),
        ("aws:kms/key:Key", {"deletionWindowInDays": 400}, "is above 365"),
        ("aws:cloudwatch/logGroup:LogGroup", {"name": "a b"}, "does not fit"),
        ("aws:iam/role:Role", {"tags": {"a": "b" * 300}}, "is above 256"),
    ],
)
def test_the_checker_sees_each_kind_of_mistake(registered, type_, change, words):
    one = next(one for one in registered.values() if one.type == type_)
    spoilt = Registered(**{**vars(one), "inputs": {**one.inputs, **change}})
    assert any(words in problem for problem in problems_of(spoilt)), problems_of(spoilt)


def test_required_members_are_seen():
    shape = model("eks").operation_model("CreateCluster").input_shape
    assert "input.roleArn: is required" in list(against({"name": "a"}, shape, "input"))


# -- facts of ours that a model or its text states


def test_retentions_are_those_cloudwatch_takes():
    text = model("logs").shape_for("Days").documentation
    stated = [
        int(found) for found in re.findall(r"\d+", text.partition("Possible values are:")[2].partition("</p>")[0])
    ]
    assert list(LOG_RETENTION_DAYS) == stated


def test_all_log_types_and_both_support_types_are_the_models():
    assert set(LOG_TYPES) == set(model("eks").shape_for("LogType").enum)
    assert set(model("eks").shape_for("SupportType").enum) == {"STANDARD", "EXTENDED"}


def test_the_longest_name_leaves_room_for_every_physical_name():
    """Auto-naming adds a dash and seven characters; IAM roles end at 64, EKS node groups at 63."""
    recording = record(lambda: EksCluster("v" * LONGEST_NAME, {**SMALL, "node_groups": _longest_groups()}))
    assert max(len(name) for name in recording.of("NodeGroup")) + 8 <= 63
    assert max(len(name) for name in recording.of("Role")) + 8 <= 64
    assert max(len(name) for name in recording.of("LaunchTemplate")) + 8 <= 128


def _longest_groups() -> dict[str, Any]:
    return {"default": {"max_nodes": 1}, "g" * 20: {"profile": "l40s", "max_nodes": 1}}


# -- what could not be checked


def test_what_is_unchecked_is_listed_in_the_docs():
    text = DOCS.read_text()
    start, end = "<!-- aws: written by tests/support/aws_api.py -->", "<!-- aws: end -->"
    listed = text.partition(start)[2].partition(end)[0].strip()
    assert listed == unchecked_table(), "put this between the marks:\n" + unchecked_table()


def test_the_list_of_the_unchecked_names_what_exists(registered):
    classes = {one.type.rpartition(":")[2] for one in registered.values()}
    assert set(UNCHECKED) - {"*"} <= classes
    assert UNCHECKED["*"]
