"""Checks that targets on AWS share: regions, ARNs and ids."""

from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.aws.arns import KMS_KEY, KMS_KEY_OR_ALIAS, PRINCIPAL, ROLE, SNS_TOPIC, ArnForm, check_arn
from core.aws.ids import RESERVATION, SECURITY_GROUP, SUBNET, VPC, is_id
from core.aws.regions import partition_of, read_region
from core.input.problems import Problems
from core.input.reader import Reader

KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
FORMS = {
    "key": (KMS_KEY, KEY),
    "alias": (KMS_KEY_OR_ALIAS, "arn:aws:kms:us-west-2:111122223333:alias/voice"),
    "role": (ROLE, "arn:aws:iam::111122223333:role/path/to/voice"),
    "user": (PRINCIPAL, "arn:aws:iam::111122223333:user/ci"),
    "topic": (SNS_TOPIC, "arn:aws:sns:us-west-2:111122223333:alarms"),
}
EACH = pytest.mark.parametrize(("form", "arn"), FORMS.values(), ids=FORMS)


def reader(args: Any, path: str = "") -> Reader:
    return Reader(args, args, path, Problems())


def told(arn: Any, form: ArnForm, region: str = "us-west-2") -> list[str]:
    read = reader({"arn": arn}, "block")
    check_arn(read, "arn", form, region, fix="copy it", elsewhere="use another")
    return [str(problem) for problem in read.problems]


# -- regions


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_region_the_sdk_knows_is_one_and_lies_in_its_partition(partition: str) -> None:
    regions = botocore.session.get_session().get_available_regions("eks", partition)
    assert regions
    for region in regions:
        read = reader({"region": region})
        assert (read_region(read), list(read.problems)) == (region, [])
        assert partition_of(region) == partition


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, "is required and missing; name the AWS region"),
        ({"region": "us_west"}, 'must be the name of an AWS region; got "us_west"'),
        ({"region": "us-west-2a"}, "must be the name of an AWS region"),
        ({"region": 2}, "must be a non-empty string"),
    ],
)
def test_a_wrong_region_is_told_with_its_path_and_read_as_empty(args: dict[str, Any], words: str) -> None:
    read = reader(args, "block")
    assert read_region(read) == ""
    (problem,) = map(str, read.problems)
    assert problem.startswith("block.region: ")
    assert words in problem


# -- ARNs


@EACH
def test_an_arn_of_its_form_and_region_is_right(form: ArnForm, arn: str) -> None:
    assert told(arn, form) == []


@EACH
@given(cut=st.integers(0, 60))
def test_a_piece_of_an_arn_is_refused(form: ArnForm, arn: str, cut: int) -> None:
    start = arn[: min(cut, arn.rindex(":"))]
    assert told(start, form) == [f'block.arn: must be the ARN of {form.noun}; got "{start}"; copy it']


@EACH
def test_another_region_or_partition_is_refused_unless_the_service_has_no_regions(form: ArnForm, arn: str) -> None:
    elsewhere = bool(told(arn, form, "eu-west-1"))
    assert elsewhere == ("us-west-2" in arn)
    (gov,) = told(arn, form, "us-gov-west-1")
    assert gov == f'block.arn: must be in us-gov-west-1 (aws-us-gov); got "{arn}"; use another'
    assert told(arn, form, "") == [], "the region itself is wrong and told elsewhere"


@EACH
def test_an_output_that_is_known_later_passes(form: ArnForm, arn: str) -> None:
    assert told(object(), form) == told(None, form) == []


def test_a_key_by_its_alias_is_only_taken_where_no_policy_names_it() -> None:
    alias = FORMS["alias"][1]
    assert told(alias, KMS_KEY)
    assert not told(alias, KMS_KEY_OR_ALIAS)
    assert not told(KEY, KMS_KEY_OR_ALIAS)


def test_a_user_is_a_principal_and_no_role_and_a_session_is_neither() -> None:
    assert told(FORMS["user"][1], ROLE)
    assert not told(FORMS["role"][1], PRINCIPAL)
    assert told("arn:aws:sts::111122223333:assumed-role/voice/me", PRINCIPAL)


# -- ids


@pytest.mark.parametrize("prefix", [VPC, SUBNET, SECURITY_GROUP, RESERVATION])
@given(digits=st.text("0123456789abcdef", max_size=20))
def test_ids_have_eight_to_seventeen_digits_and_the_prefix_of_their_type(prefix: str, digits: str) -> None:
    assert is_id(prefix + digits, prefix) == (8 <= len(digits) <= 17)
    assert not is_id("i-" + digits, prefix)
    assert not is_id(digits, prefix)


@pytest.mark.parametrize("text", ["vpc-0123456789ABCDEF0", "vpc-0123456g", "vpc-01234567\n", " vpc-01234567"])
def test_other_letters_are_refused(text: str) -> None:
    assert not is_id(text, VPC)
