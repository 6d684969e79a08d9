"""A digest tells two plans apart, and one plan from itself never."""

import copy
import json
import random
from typing import Any

from tests.support.previews.record import FOLDER
from toolkit.preview.fold import fold_lines

LINES = (FOLDER / "gpu-type.jsonl").read_text().splitlines()


def digest(lines: list[str]) -> str:
    return fold_lines("x", lines).report.digest


def test_the_order_of_steps_does_not_count() -> None:
    shuffled = LINES[:]
    random.Random(7).shuffle(shuffled)
    assert digest(shuffled) == digest(LINES)


def test_a_drawn_name_does_not_count() -> None:
    events = [json.loads(line) for line in LINES]
    steps = [each["resourcePreEvent"]["metadata"] for each in events if "resourcePreEvent" in each]
    (name,) = {each["new"]["inputs"]["nodeGroupName"] for each in steps if each["op"] == "create-replacement"}
    assert digest([line.replace(name, f"{name[:-7]}0123abc") for line in LINES]) == digest(LINES)


def changed(**values: Any) -> list[str]:
    found = []
    for line in LINES:
        event = copy.deepcopy(json.loads(line))
        metadata = (event.get("resourcePreEvent") or {}).get("metadata") or {}
        if metadata.get("op") == "replace":
            metadata["new"]["inputs"] |= values
        found.append(json.dumps(event))
    return found


def test_any_value_of_a_step_counts() -> None:
    assert changed() and digest(changed()) == digest(LINES)
    assert digest(changed(version="1.36")) != digest(LINES)
    assert digest(changed(tags={"release": "sonic-20260503"})) != digest(changed(tags={"release": "sonic-20260601"}))


def test_a_step_more_or_less_counts() -> None:
    fewer = [line for line in LINES if '"op":"update"' not in line]
    assert len(fewer) < len(LINES)
    assert digest(fewer) != digest(LINES)


def test_a_rename_counts_although_nothing_else_changes() -> None:
    urn = "urn:pulumi:s::p::t::new"
    state = {"urn": urn, "type": "t", "inputs": {}}
    same = {"op": "same", "urn": urn, "type": "t", "old": state, "new": state}
    renamed = same | {"old": state | {"urn": "urn:pulumi:s::p::t::old"}}
    before, after = (
        [*LINES, json.dumps({"sequence": 1, "resourcePreEvent": {"metadata": each}})] for each in (same, renamed)
    )
    assert digest(before) == digest(LINES)
    assert digest(after) != digest(LINES)
    (change,) = [each for each in fold_lines("x", after).report.changes if each.kind == "rename"]
    assert change.before.endswith("::old")
