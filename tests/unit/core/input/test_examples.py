"""Copied examples are found wherever a stack file may have them, and nothing of somebody's own is taken for one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.examples import EXAMPLE_ACCOUNTS, EXAMPLE_BLOCKS
from core.input.examples import examples_in, kind_of_example

COPIED = {
    "arn:aws:iam::123456789012:role/platform": "account id",
    "arn:aws-cn:kms:cn-north-1:111122223333:key/a": "account id",
    "arn:aws:acm:us-west-2:999999999999:certificate/a": "account id",
    "123456789012.dkr.ecr.us-west-2.amazonaws.com/cartesia": "account id",
    "203.0.113.0/24": "addresses",
    "198.51.100.7/32": "addresses",
    "192.0.2.128/25": "addresses",
    "2001:db8::/48": "addresses",
    "http://203.0.113.9:9090": "addresses",
    "voice.example.com": "a name",
    "registry.example.org:5000/cartesia": "a name",
    "http://prometheus.invalid/x": "a name",
    "vpc-0123456789abcdef0": "an id",
    "arn:aws:acm:us-west-2:402117834129:certificate/12345678-1234-1234-1234-123456789012": "an id",
}
OWN = (
    "arn:aws:iam::402117834129:role/platform",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "203.0.112.0/24",
    "10.0.0.0/16",
    "0.0.0.0/0",
    "8.8.8.8/32",
    "2001:4860::/32",
    "sonic-20260503",
    "123456789012",
    "http://prometheus-operated.monitoring:9090",
    "example-team.voice.io",
    "cartesia-example",
    "vpc-02168da1478b509e0",
    "12:30",
    "v1.35.6-20260610",
)


@pytest.mark.parametrize(("text", "kind"), COPIED.items(), ids=list(COPIED))
def test_a_copied_example_is_told_by_its_kind(text: str, kind: str) -> None:
    assert kind in (kind_of_example(text) or "")


@pytest.mark.parametrize("text", OWN)
def test_what_is_somebodys_own_is_not(text: str) -> None:
    assert kind_of_example(text) is None


def test_a_number_is_an_account_where_its_key_says_so() -> None:
    found = list(examples_in({"aws": {"accountId": "123456789012", "other": "123456789012"}}, ""))
    assert [path for path, _, _ in found] == ["aws.accountId"]


_PLACE = st.recursive(
    st.sampled_from(sorted(COPIED)),
    lambda below: (
        st.lists(below, min_size=1, max_size=2) | st.dictionaries(st.text("abc", min_size=1), below, min_size=1)
    ),
    max_leaves=3,
)


@given(_PLACE)
def test_no_depth_hides_one(value: Any) -> None:
    assert list(examples_in({"section": value}, ""))


@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_any_other_account_is_taken(number: int) -> None:
    account = f"{number:012d}"
    copied = account in EXAMPLE_ACCOUNTS or len(set(account)) == 1
    assert (kind_of_example(f"arn:aws:iam::{account}:role/x") is not None) == copied


@given(st.sampled_from(EXAMPLE_BLOCKS), st.integers(min_value=0), st.booleans())
def test_every_address_of_a_reserved_block_is_found(block: Any, offset: int, whole: bool) -> None:
    address = block[offset % min(block.num_addresses, 2**32)]
    assert kind_of_example(f"{address}/{address.max_prefixlen}" if whole else str(address)) is not None
