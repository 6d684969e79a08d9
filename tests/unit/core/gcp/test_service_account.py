"""The service-account key: every problem at once, and not one byte of it in any text."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.gcp.service_account import parse_service_account
from core.input.problems import InvalidInput
from sandbox.vendor import write_service_account

CANARY = "CANARY4f1c"


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "key.json"
    write_service_account(path)
    assert path.stat().st_mode & 0o777 == 0o600
    return json.loads(path.read_text())


def test_real_key_is_accepted_and_repr_shows_who_it_is_alone(key):
    account = parse_service_account(json.dumps(key))
    assert account.client_email == key["client_email"]
    assert repr(account) == f"ServiceAccount(client_email={key['client_email']!r}, project_id={key['project_id']!r})"


def test_a_key_is_handed_on_as_it_was_given(key):
    text = json.dumps(key, indent=3) + "\n"
    account = parse_service_account(text)
    assert (account.text, account.info, account.project_id) == (text, key, key["project_id"])


@pytest.mark.parametrize("field", ["project_id", "private_key_id", "private_key", "client_email", "token_uri"])
def test_a_field_that_is_missing_is_said_to_be_missing(key, field):
    for value in ({}, {field: None}):
        with pytest.raises(InvalidInput) as refused:
            parse_service_account(json.dumps({name: key[name] for name in key if name != field} | value), path="k")
        (problem,) = refused.value.problems
        assert (problem.path, problem.rule, problem.got) == (f"k.{field}", "is missing", "")
        assert "download" in problem.fix


def test_every_problem_is_told_at_once():
    with pytest.raises(InvalidInput) as refused:
        parse_service_account('{"type": "authorized_user", "project_id": 7}')
    assert [problem.path.removeprefix("service_account_json.") for problem in refused.value.problems] == [
        "type",
        "project_id",
        "private_key_id",
        "private_key",
        "client_email",
        "token_uri",
    ]
    assert "authorized_user" in str(refused.value)


@pytest.mark.parametrize("field", ["type", "project_id", "private_key_id", "private_key", "client_email", "token_uri"])
@pytest.mark.parametrize("value", [f"{CANARY} {CANARY}", f"\n{CANARY}", [CANARY], {CANARY: CANARY}, ""])
def test_wrong_field_is_named_and_never_shown(key, field, value):
    with pytest.raises(InvalidInput) as refused:
        parse_service_account(json.dumps({**key, field: value}), path="key.json")
    assert [problem.path for problem in refused.value.problems] == [f"key.json.{field}"]
    assert CANARY not in str(refused.value)
    assert CANARY not in repr(refused.value.__dict__)
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    "text", ["", "  \n", CANARY, f'"{CANARY}"', f'["{CANARY}"]', f'{{"private_key": "{CANARY}', "null", "[" * 100_000]
)
def test_what_is_no_object_is_refused_without_showing_it(text):
    with pytest.raises(InvalidInput) as refused:
        parse_service_account(text)
    assert CANARY not in str(refused.value)
    assert refused.value.__context__ is None
    (problem,) = refused.value.problems  # a refusal says what is wrong with what, and what to do
    assert problem.path == "service_account_json"
    assert problem.rule
    assert "download the service-account JSON key again" in problem.fix


@settings(derandomize=True, deadline=None)
@given(st.text(min_size=4).map(lambda text: f"{CANARY}{text}"))
def test_no_text_at_all_is_shown(text):
    with pytest.raises(InvalidInput) as refused:
        parse_service_account(text)
    assert CANARY not in str(refused.value)


def test_kept_key_stays_the_same_and_a_broken_one_is_made_anew(tmp_path):
    path = tmp_path / "deep" / "key.json"
    write_service_account(path)
    first = path.read_text()
    path.chmod(0o644)
    write_service_account(path)
    assert path.read_text() == first
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("{")
    write_service_account(path)
    parse_service_account(path.read_text())
    assert list(path.parent.iterdir()) == [path]
