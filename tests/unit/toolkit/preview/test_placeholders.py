"""Placeholders for secrets: everywhere, of the right shape, and nothing else is touched."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.secrets.table import SECRETS
from toolkit.preview.secretless.placeholders import (
    MARK,
    api_placeholders,
    planned_secrets,
    secret_settings,
    state_secrets,
    with_placeholders,
)
from toolkit.preview.secretless.runs import told_of_settings

SECRET = "1b47061264138c4ac30d75fd1eb44270"


def hidden(text: str = "v1:nonce:data") -> dict[str, str]:
    return {MARK: SECRET, "ciphertext": text}


def kubernetes(**sides: Any) -> dict[str, Any]:
    return {"urn": "urn:pulumi:s::p::kubernetes:core/v1:Secret::key", "type": "kubernetes:core/v1:Secret", **sides}


@pytest.mark.parametrize("key", SECRETS)
def test_a_placeholder_passes_the_rule_of_its_kind(key: str) -> None:
    assert SECRETS[key].check(api_placeholders()[key], key) == []


TREES = st.recursive(
    st.integers() | st.text(max_size=5) | st.just(hidden()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=4), TREES, max_size=4), TREES)
def test_no_ciphertext_is_left_and_the_rest_stays(inputs: dict[str, Any], output: Any) -> None:
    resource = {"urn": "urn:pulumi:s::p::t::n", "type": "t", "inputs": inputs, "outputs": {"o": output}}
    before = json.dumps(resource)
    (made,) = with_placeholders([resource])
    assert json.dumps(resource) == before
    assert "ciphertext" not in json.dumps(made) or "ciphertext" in json.dumps(inputs).replace(json.dumps(hidden()), "")
    assert [each.path for each in state_secrets([made])] == [each.path for each in state_secrets([resource])]


def test_shapes_come_from_the_plan_and_data_follows() -> None:
    resource = kubernetes(inputs={"stringData": hidden()}, outputs={"stringData": hidden(), "data": hidden()})
    text = json.dumps({"api-key": "placeholder"})
    plan = {"resourcePlans": {resource["urn"]: {"goal": {"inputDiff": {"updates": {"stringData": _plain(text)}}}}}}
    (made,) = with_placeholders([resource], planned_secrets(plan))
    assert made["inputs"]["stringData"]["plaintext"] == text
    assert made["outputs"]["stringData"]["plaintext"] == text
    assert json.loads(made["outputs"]["data"]["plaintext"]) == {"api-key": base64.b64encode(b"placeholder").decode()}


def _plain(text: str) -> dict[str, str]:
    return {MARK: SECRET, "plaintext": text}


def test_encrypted_settings_are_found_at_any_depth() -> None:
    config = {"cartesia:apiKey": {"secure": "a"}, "cartesia:release": {"values": [{"x": {"secure": "b"}}], "y": 1}}
    assert secret_settings(config) == {("cartesia:apiKey",): "a", ("cartesia:release", "values", 0, "x"): "b"}


def test_of_a_setting_it_is_told_whether_somebody_set_it() -> None:
    old = "config: {a: {secure: x}, b: {secure: y}, c: {secure: z}}"
    new = "config: {a: {secure: x}, b: {secure: Y}, d: {secure: w}}"
    assert dict(told_of_settings(old, new)) == {"a": "unchanged", "b": "changed", "c": "removed", "d": "set"}
