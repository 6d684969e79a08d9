"""A deployer's policy has what the resources need, in a form that IAM takes, and no more than it must."""

import fnmatch
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

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


KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
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
    assert each.resources == ("*",) or [action for action in each.actions if not takes(action, each.resources)] == []


def takes(action: str, patterns: Iterable[str]) -> bool:
    types = [kind.rstrip("*") for kind in AUTHORIZATION["actions"][action]["resources"]]
    return any(fits(pattern, types, action.split(":")[0]) for pattern in patterns)


def test_every_type_that_an_action_needs_is_allowed_somewhere() -> None:
    allowed: dict[str, set[str]] = {}
    for each in rights():
        for action in each.actions:
            allowed.setdefault(action, set()).update(each.resources)
    needed = [
        (action, kind[:-1])
        for action, patterns in allowed.items()
        for kind in AUTHORIZATION["actions"][action]["resources"]
        # What tags takes objects of any one type, and all are marked.
        if kind.endswith("*") and patterns != {"*"} and "tag" not in action.lower()
    ]
    assert len(needed) > 50
    missing = [
        (action, kind)
        for action, kind in needed
        if not any(fits(pattern, [kind], action.split(":")[0]) for pattern in allowed[action])
    ]
    assert missing == []


@pytest.mark.parametrize("each", sorted({*rights()}, key=repr), ids=lambda each: each.actions[0])
def test_conditions_ask_for_keys_that_the_actions_have(each: Rights) -> None:
    """A key that a call does not carry is not equal to anything, and the call is refused."""
    asked = [key for _, key, _ in each.conditions if key != "aws:RequestedRegion"]
    assert [(action, key) for action in each.actions for key in asked if not carries(action, key)] == []


def carries(action: str, key: str) -> bool:
    known = {re.sub(r"\$\{\w+\}", "", each) for each in AUTHORIZATION["actions"][action]["conditions"]}
    return any(key.startswith(prefix) for prefix in known)


def test_what_a_call_depends_on_is_allowed_too() -> None:
    asked = {action for each in rights() for action in each.actions}
    needed = {needs for action in asked for needs in AUTHORIZATION["actions"][action]["dependent"]}
    assert needed <= asked


@pytest.mark.parametrize("stack", STACKS)
def test_what_only_its_tag_lets_go_carries_the_tag(stack: str) -> None:
    state = json.loads((ROOT / f"tests/engine/recorded/{stack}.state.json").read_text())
    rows = [row for row in state if row["type"] in ENDED_BY_TAG]
    assert rows or stack.startswith("sagemaker")
    untagged = [row["urn"] for row in rows if tags_of(row).get("cartesia:stack") != stack]
    assert untagged == []


ENDED_BY_TAG = {
    kind
    for kind, all_rights in DEPLOYER_RIGHTS.items()
    for each in all_rights
    if "aws:ResourceTag/cartesia:stack" in {key for _, key, _ in each.conditions}
} - {"aws:ec2/route:Route"}
"""Types that are let go only with the stack's tag; a route goes with the tag of its table."""


def tags_of(row: dict[str, Any]) -> dict[str, str]:
    return {**(row["inputs"].get("tags") or {}), **((row.get("outputs") or {}).get("tagsAll") or {})}


def test_two_conditions_of_one_kind_stand_beside_each_other() -> None:
    both = Rights(
        ("ec2:DeleteVpc",),
        conditions=(("StringEquals", "aws:RequestedRegion", ("r",)), ("StringEquals", "aws:ResourceTag/a", ("b",))),
    )
    (document,) = deployer_policies([both])
    assert document["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:RequestedRegion": ["r"], "aws:ResourceTag/a": ["b"]}
    }


def test_who_only_previews_gets_what_changes_nothing_and_reads_the_state() -> None:
    words = ["--stack", "eks-prod", "--read-only", "--state", "s3://state/team", "--state-key", KEY]
    done = CliRunner().invoke(cli, ["deployer-policy", *words, "--json"])
    assert done.exit_code == 0, done.output
    (policy,) = json.loads(done.stdout)["policies"]
    actions = {action for each in policy["Statement"] for action in each["Action"]}
    changing = {action for action in actions if not action.split(":")[1].startswith(("Describe", "Get", "List"))}
    assert changing == {"kms:Decrypt"}
    by_action = {action: each["Resource"] for each in policy["Statement"] for action in each["Action"]}
    assert by_action["s3:GetObject"] == ["arn:aws:s3:::state/team/*"]
    assert by_action["s3:ListBucket"] == ["arn:aws:s3:::state"]
    assert by_action["kms:Decrypt"] == [KEY]
    assert grammar_problems(json.dumps(policy)) == []


def test_who_deploys_writes_the_state() -> None:
    done = CliRunner().invoke(cli, ["deployer-policy", "--stack", "sagemaker-dev", "--state", "s3://state", "--json"])
    actions = {
        action
        for policy in json.loads(done.stdout)["policies"]
        for each in policy["Statement"]
        for action in each["Action"]
        if action.startswith("s3:")
    }
    assert actions == {"s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"}


@pytest.mark.parametrize(
    "words",
    [
        ["--state", "gs://b"],
        ["--state", "b"],
        ["--state", "s3://b", "--state-key", KEY.replace("key/", "alias/")],
    ],
)
def test_a_state_elsewhere_is_refused(words: list[str]) -> None:
    assert main(["deployer-policy", "--stack", "eks-prod", *words]) == 2
