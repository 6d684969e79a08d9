"""A deployer's policy has what the resources need, in a form that IAM takes, and no more than it must."""

import fnmatch
import json
import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from click.testing import CliRunner

from catalog.aws.deployer import DEPLOYER_RIGHTS, LOOKUPS, Rights
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
    statements = deployer_statements(types_of(section), region=region, name="n" * 100, stack="s" * 40)
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


AUTHORIZATION = json.loads(Path(__file__).with_name("authorization.json").read_text())
"""What the Service Authorization Reference says of every action in the table."""


def example(pattern: str) -> str:
    """An ARN that a pattern of ours allows."""
    return re.sub(r"\{[a-z]+\}", "x", pattern).replace("*", "x/x/x/x/x")


def fits(pattern: str, types: list[str], service: str) -> bool:
    return any(fnmatch.fnmatch(example(pattern), AUTHORIZATION["arns"][f"{service}:{kind}"]) for kind in types)


def test_the_reference_knows_every_action() -> None:
    asked = {action for each in [LOOKUPS, *rights()] for action in each.actions}
    assert asked == set(AUTHORIZATION["actions"])


@pytest.mark.parametrize("each", sorted({*rights()}, key=repr), ids=lambda each: each.actions[0])
def test_arns_are_of_types_that_the_actions_take(each: Rights) -> None:
    """An ARN of another type, or any ARN for an action that takes none, makes IAM refuse the call."""
    for action in each.actions:
        types = [kind.rstrip("*") for kind in AUTHORIZATION["actions"][action]["resources"]]
        if each.resources != ("*",):
            assert types, f"{action} takes no ARN"
            assert any(fits(pattern, types, action.split(":")[0]) for pattern in each.resources), action


def test_every_type_that_an_action_needs_is_allowed_somewhere() -> None:
    allowed: dict[str, set[str]] = {}
    for each in rights():
        for action in each.actions:
            allowed.setdefault(action, set()).update(each.resources)
    for action, patterns in allowed.items():
        service = action.split(":")[0]
        needed = [kind[:-1] for kind in AUTHORIZATION["actions"][action]["resources"] if kind.endswith("*")]
        # What tags takes objects of any one type, and all are marked.
        for kind in needed if patterns != {"*"} and "Tag" not in action else ():
            assert any(fits(pattern, [kind], service) for pattern in patterns), (action, kind)


@pytest.mark.parametrize("each", sorted({*rights()}, key=repr), ids=lambda each: each.actions[0])
def test_conditions_ask_for_keys_that_the_actions_have(each: Rights) -> None:
    """A key that a call does not carry is not equal to anything, and the call is refused."""
    for action in each.actions:
        known = {re.sub(r"\$\{\w+\}", "", key) for key in AUTHORIZATION["actions"][action]["conditions"]}
        for _, key, _ in each.conditions:
            assert key == "aws:RequestedRegion" or any(key.startswith(prefix) for prefix in known), (action, key)


def test_what_a_call_depends_on_is_allowed_too() -> None:
    asked = {action for each in rights() for action in each.actions}
    needed = {needs for action in asked for needs in AUTHORIZATION["actions"][action]["dependent"]}
    assert needed <= asked


@pytest.mark.parametrize("stack", STACKS)
def test_what_only_its_tag_lets_go_carries_the_tag(stack: str) -> None:
    state = json.loads((ROOT / f"tests/engine/recorded/{stack}.state.json").read_text())
    tagged = ("aws:ResourceTag/cartesia:stack",)
    for row in state:
        ends = any(key in tagged for each in DEPLOYER_RIGHTS.get(row["type"], ()) for _, key, _ in each.conditions)
        if ends and row["type"] != "aws:ec2/route:Route":  # goes with its table's tag
            merged = {**(row["inputs"].get("tags") or {}), **(row.get("outputs", {}).get("tagsAll") or {})}
            assert merged.get("cartesia:stack") == stack, row["urn"]


def test_two_conditions_of_one_kind_stand_beside_each_other() -> None:
    both = Rights(
        ("ec2:DeleteVpc",),
        conditions=(("StringEquals", "aws:RequestedRegion", ("r",)), ("StringEquals", "aws:ResourceTag/a", ("b",))),
    )
    (document,) = deployer_policies([both])
    assert document["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:RequestedRegion": ["r"], "aws:ResourceTag/a": ["b"]}
    }
