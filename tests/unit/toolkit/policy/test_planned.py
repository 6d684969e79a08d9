"""What a preview plans as resources for a pack: losses by the order of operations, objects without secrets."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.engine import State, Step, StepBegun, read_events
from toolkit.policy.planned import HIDDEN, STEP, described, plain, registered, state_of

LOGS = sorted((Path(__file__).parents[2] / "clients" / "engine" / "logs").glob("*.jsonl"))
URN = "urn:pulumi:prod::voice::aws:eks/nodeGroup:NodeGroup::gpu"
KIND = "aws:eks/nodeGroup:NodeGroup"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "canary"}


def begun(op: str, **state: Any) -> StepBegun:
    old = State(KIND, URN, custom=state.pop("custom", True), inputs={"instanceTypes": ["g6e.2xlarge"]}, **state)
    return StepBegun(
        Step(op, URN, KIND, old=None if op == "create" else old, new=None if op == "delete" else old), True
    )


REPLACED = ("create-replacement", "replace", "delete-replaced")


@pytest.mark.parametrize("order", list(itertools.permutations(REPLACED)))
def test_a_replacement_tells_what_goes_first(order: tuple[str, ...]) -> None:
    (loss,) = described([begun(op) for op in order])
    assert (loss["urn"], loss["type"]) == (URN, STEP)
    assert loss["inputs"]["op"] == "replace"
    assert loss["inputs"]["type"] == KIND
    assert loss["inputs"]["old"] == {"instanceTypes": ["g6e.2xlarge"]}
    first = order.index("delete-replaced") < order.index("create-replacement")
    assert loss["inputs"]["deletesFirst"] is first


def test_a_deletion_is_a_loss() -> None:
    (loss,) = described([begun("delete")])
    assert loss["inputs"]["op"] == "delete"


@pytest.mark.parametrize("state", [{"retain_on_delete": True}, {"custom": False}, {"external": True}])
def test_what_stays_or_was_never_ours_is_no_loss(state: dict[str, Any]) -> None:
    assert not described([begun("delete", **state)])


@pytest.mark.parametrize("op", ["same", "create", "update", "refresh", "import", "read", "something-new"])
def test_other_operations_lose_nothing(op: str) -> None:
    assert not described([begun(op)])


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_logs_of_real_engines_tell_their_replacement(log: Path) -> None:
    losses = described(read_events(log.read_text().splitlines()))
    assert [loss["inputs"]["op"] for loss in losses] == ["replace"]
    assert losses[0]["inputs"]["deletesFirst"] is False


def test_objects_of_kubernetes_are_registered_and_secrets_are_not() -> None:
    def new(kind: str) -> StepBegun:
        state = State(f"kubernetes:{kind}", f"urn:pulumi:prod::voice::kubernetes:{kind}::it", inputs={"data": SECRET})
        return StepBegun(Step("create", state.urn, state.type, new=state), True)

    found = registered([new("core/v1:ConfigMap"), new("core/v1:Secret"), begun("same")])
    assert [(each["type"], each["inputs"]) for each in found] == [("kubernetes:core/v1:ConfigMap", {"data": HIDDEN})]


TEXT = st.text().filter(lambda text: "canary" not in text)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)


@given(JSON)
def test_no_secret_is_left(value: object) -> None:
    assert "canary" not in json.dumps(plain(value))


def test_a_state_has_inputs_as_outputs_since_rules_on_stacks_read_those() -> None:
    (row,) = state_of([{"urn": URN, "type": STEP, "inputs": {"op": "delete"}}])["deployment"]["resources"]
    assert row == {"urn": URN, "type": STEP, "custom": False, "inputs": {"op": "delete"}, "outputs": {"op": "delete"}}
