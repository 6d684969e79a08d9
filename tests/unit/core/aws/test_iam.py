import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.aws.iam import Statement, document, managed_policy_arn, pod_identity_trust, service_trust
from core.aws.iam_grammar import grammar_problems
from core.aws.regions import partition_of

GOOD = json.loads(document(Statement(actions=["kms:Decrypt"], resources=["arn:aws:kms:us-west-2:111122223333:key/a"])))


def with_statement(**fields):
    statement = {**GOOD["Statement"][0], **fields}
    return json.dumps({**GOOD, "Statement": [{k: v for k, v in statement.items() if v is not ...}]})


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        service_trust("eks.amazonaws.com"),
        service_trust("ec2.amazonaws.com", {"StringEquals": {"aws:SourceAccount": "111122223333"}}),
        pod_identity_trust(),
        with_statement(Condition={"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a"]}}),
        with_statement(Resource="*"),
    ],
)
def test_documents_that_are_right_have_no_problem(text):
    assert grammar_problems(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "must be an object"),
        (json.dumps({**GOOD, "Version": "2008-10-17"}), "Version"),
        (json.dumps({**GOOD, "Statment": []}), "Statment: unknown element"),
        (json.dumps({"Version": "2012-10-17", "Statement": []}), "at least one"),
        (with_statement(Effect="allow"), "Effect"),
        (with_statement(Action="Decrypt"), "not service:Action"),
        (with_statement(Action=...), "exactly one of Action"),
        (with_statement(Resource="key/a"), "is not an ARN"),
        (with_statement(Resource=[]), "must not be empty"),
        (with_statement(Resource=...), "exactly one of Resource"),
        (with_statement(Principal={"Service": "eks"}), "is not a service principal"),
        (with_statement(Principal={"Robot": "x"}), "unknown kind"),
        (with_statement(Condition={"StringEqual": {"aws:x": "y"}}), "is not an operator"),
        (with_statement(Condition={"StringEquals": {"tag": "y"}}), "is not a condition key"),
        (with_statement(Sid="a b"), "letters and digits"),
        (with_statement(Ressource="x"), "unknown element"),
        (with_statement(Action=["kms:Decrypt"] * 600), "at most 6144"),
    ],
)
def test_each_broken_rule_is_named(text, words):
    assert any(words in problem for problem in grammar_problems(text))


@given(st.text())
def test_any_text_gets_an_answer(text):
    assert isinstance(grammar_problems(text), list)


@given(
    st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda s: st.lists(s) | st.dictionaries(st.text(), s))
)
def test_any_json_gets_an_answer(value):
    text = json.dumps({"Version": "2012-10-17", "Statement": value})
    assert isinstance(grammar_problems(text), list)


@given(st.from_regex(r"[a-z0-9-]{1,10}:[A-Z][A-Za-z]{1,20}", fullmatch=True))
def test_what_is_built_is_always_grammatical(action):
    assert grammar_problems(document(Statement(actions=[action], resources=["*"], sid="One"))) == []


@pytest.mark.parametrize(
    ("region", "partition"), [("us-west-2", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_the_partition_follows_the_region(region, partition):
    assert partition_of(region) == partition
    assert managed_policy_arn(partition, "P") == f"arn:{partition}:iam::aws:policy/P"


def test_a_sid_that_is_no_text_is_told_and_breaks_nothing():
    statement = {"Sid": [], "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    (problem,) = grammar_problems(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert problem == "Statement[0].Sid: must be letters and digits"
