"""A deployer's policy has what the resources need, in a form that IAM takes, and no more than it must."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from click.testing import CliRunner

from catalog.aws.deployer import DEPLOYER_RIGHTS, Rights
from core.aws.deployer import deployer_policies, deployer_statements, types_of
from core.aws.iam_grammar import grammar_problems
from sandbox.providers.aws.api.operations import OPERATIONS
from toolkit.main import cli, main

ROOT = Path(__file__).resolve().parents[4]
NOT_CALLS = {"iam:PassRole"}
"""Actions that no operation has: IAM checks them when a role is handed on."""
STACKS = ("eks-dev", "eks-prod", "sagemaker-dev", "sagemaker-prod")


def registered(stack: str) -> set[str]:
    state = json.loads((ROOT / f"tests/engine/recorded/{stack}.state.json").read_text())
    return {each["type"] for each in state if each.get("custom") and each["type"].startswith("aws:")}


def rights() -> Iterator[Rights]:
    for each in DEPLOYER_RIGHTS.values():
        yield from each


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_that_a_stack_registers_is_in_its_policy(stack: str) -> None:
    found = registered(stack)
    assert len(found) > 3
    assert found <= set(types_of(stack.split("-")[0]))


@pytest.mark.parametrize("kind", OPERATIONS)
def test_what_creates_a_resource_is_allowed(kind: str) -> None:
    allowed = {action for each in DEPLOYER_RIGHTS[kind] for action in each.actions}
    assert {f"{call.service}:{call.operation}" for call in OPERATIONS[kind]} <= allowed


def test_every_action_is_an_operation_that_the_sdk_knows() -> None:
    session = botocore.session.get_session()
    known = {
        service: set(session.get_service_model(service).operation_names)
        for service in {action.split(":")[0] for each in rights() for action in each.actions}
    }
    asked = {action for each in rights() for action in each.actions} - NOT_CALLS
    assert sorted(action for action in asked if action.split(":")[1] not in known[action.split(":")[0]]) == []


def test_no_action_is_a_wildcard_and_every_wide_resource_has_a_reason() -> None:
    assert not [action for each in rights() for action in each.actions if "*" in action]
    assert not [each for each in rights() if ("*" in each.resources) != bool(each.reason)]


@pytest.mark.parametrize("region", ["us-west-2", "us-gov-west-1", "cn-north-1"])
@pytest.mark.parametrize("section", ["eks", "sagemaker"])
def test_policies_have_the_grammar_and_size_that_iam_takes(section: str, region: str) -> None:
    statements = deployer_statements(types_of(section), region=region, name="n" * 100)
    documents = deployer_policies(statements)
    assert [grammar_problems(json.dumps(document)) for document in documents] == [[]] * len(documents)
    assert sum(len(document["Statement"]) for document in documents) == len(statements)


def test_the_command_prints_one_policy_that_names_the_cluster() -> None:
    done = CliRunner().invoke(cli, ["deployer-policy", "--stack", "eks-prod", "--part", "1"])
    assert done.exit_code == 0, done.output
    assert grammar_problems(done.output) == []
    told = CliRunner().invoke(cli, ["deployer-policy", "--stack", "eks-prod"]).output
    assert "cluster/cartesia-prod" in told
    assert re.search(r"why every resource: \w+", told)


@pytest.mark.parametrize("words", [["--stack", "nowhere"], ["--stack", "eks-prod", "--part", "99"], []])
def test_wrong_use_ends_with_two(words: list[str]) -> None:
    assert main(["deployer-policy", *words]) == 2
