"""The comparison of a recorded stack with another run: it finds each kind of difference, and nothing that is none."""

import copy
from typing import Any

from tests.support.recordings import Chart, changes, plan_differences, recorded_plan, recorded_state, usable_state

STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
ROLE = "urn:pulumi:dev::p::aws:iam/role:Role::voice"
USER = "urn:pulumi:dev::p::aws:iam/rolePolicy:RolePolicy::rights"
CHART = Chart("../../tmp/bundles", "a" * 64, "b" * 64)


def state(suffix: str = "1a2b3c4", drawn: str = "0123456789abcdef0", at: str = "2026-05-01T10:00:00Z") -> list[Any]:
    role = {"urn": ROLE, "type": "aws:iam/role:Role", "id": f"voice-{suffix}", "parent": STACK, "modified": at}
    role |= {"inputs": {"name": f"voice-{suffix}"}, "outputs": {"uniqueId": f"AROA{drawn.upper()}", "createDate": at}}
    user = {"urn": USER, "type": "aws:iam/rolePolicy:RolePolicy", "id": "x", "parent": STACK, "dependencies": [ROLE]}
    user |= {"inputs": {"role": f"voice-{suffix}", "chart": f"../../tmp/bundles/{'a' * 64}", "sum": "b" * 64}}
    return [{"urn": STACK, "type": "pulumi:pulumi:Stack"}, role, user]


def step(op: str = "same", **news: Any) -> dict[str, Any]:
    old = {"urn": ROLE, "type": "aws:iam/role:Role", "parent": STACK, "inputs": {"tags": {"a": "1"}}, "id": "x"}
    return {"op": op, "urn": ROLE, "oldState": old, "newState": copy.deepcopy(old) | {"id": ""} | news}


def test_two_worlds_give_one_recording_in_any_order() -> None:
    first = recorded_state(state(), CHART, "AUTHORITY")
    assert recorded_state(state("9f8e7d6", "fedcba98765432100")[::-1], CHART, "AUTHORITY") == first
    assert "1a2b3c4" not in str(first)
    assert first[2]["inputs"]["role"] == first[1]["inputs"]["name"]
    assert "tmp" not in str(first)
    assert usable_state(first, CHART)[2]["inputs"]["chart"] == f"../../tmp/bundles/{'a' * 64}"


def test_a_step_that_is_the_same_is_no_change() -> None:
    assert changes({"steps": [step()]}, [], [{"urn": ROLE}]) == []


def test_each_kind_of_change_is_worded_with_urn_operation_and_path() -> None:
    found = changes({"steps": [step("update", inputs={"tags": {"a": "2"}})]}, [], [])
    assert found == [f'update  {ROLE}\n    inputs.tags.a: "1" -> "2"']
    replaced = changes({"steps": [step("replace") | {"replaceReasons": ["path"]}]}, [], [])
    assert replaced == [f"replace  {ROLE}\n    path makes it a new one"]
    assert changes({"steps": [step("create")]}, [], []) == [f"create  {ROLE}"]
    for key, value in {"urn": USER, "type": "t", "parent": ROLE, "protect": True, "inputs": {"tags": {}}}.items():
        (one,) = changes({"steps": [step(**{key: value})]}, [], [])
        assert one.startswith(f"same, but recorded otherwise  {ROLE}\n    {key}")
    assert changes({"steps": []}, [], [{"urn": ROLE}]) == [f"not looked at  {ROLE}"]


def test_outputs_of_components_count() -> None:
    metadata = {"op": "same", "urn": STACK, "old": {"outputs": {"a": 1}}, "new": {"outputs": {}}}
    found = changes({"steps": []}, [{"resOutputsEvent": {"metadata": metadata}}], [])
    assert found == [f"same, but other outputs  {STACK}\n    outputs.a: 1 -> nothing"]


def test_a_plan_differs_by_urn_and_by_content() -> None:
    steps = [{"urn": each["urn"], "newState": each} for each in state()]
    plan = recorded_plan({"steps": steps}, CHART)
    again = recorded_plan({"steps": [{"urn": e["urn"], "newState": e} for e in state("9f8e7d6")]}, CHART)
    assert plan_differences(plan, again) == []
    other = copy.deepcopy(plan)
    other["urn:new"] = other.pop(STACK)
    other[ROLE]["inputs"]["path"] = "/x/"
    assert plan_differences(plan, other) == [
        f"no longer made  {STACK}",
        "made now  urn:new",
        f'made otherwise  {ROLE}\n    inputs.path: nothing -> "/x/"',
    ]
