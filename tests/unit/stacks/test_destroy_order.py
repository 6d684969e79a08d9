"""A destroy of production is refused before anything is gone: whatever it begins with is protected."""

from typing import Any

import pytest

from tests.support.recorded_world import STACKS, read_state
from tests.support.recordings import first_deleted

PRODUCTION = [stack for stack in STACKS if any(each.get("protect") for each in read_state(stack))]


def test_there_is_production_on_every_target() -> None:
    assert {stack.rpartition("-")[0] for stack in STACKS} == {stack.rpartition("-")[0] for stack in PRODUCTION}


@pytest.mark.parametrize("stack", PRODUCTION)
def test_a_destroy_of_production_begins_with_what_is_protected(stack: str) -> None:
    first = first_deleted(read_state(stack))
    assert first
    assert [each["urn"] for each in first if not each.get("protect")] == []


def test_what_is_deleted_first_is_what_nothing_hangs_on() -> None:
    def resource(urn: str, **more: Any) -> dict[str, Any]:
        return {"urn": urn, "custom": not urn.startswith("component"), **more}

    state = [
        resource("component"),
        resource("provider"),
        resource("endpoint", parent="component", provider="provider::id"),
        resource("alarm", parent="component"),
        resource("target", dependencies=["endpoint"]),
        resource("policy", dependencies=["target"], propertyDependencies={"name": ["target"]}),
        resource("board", dependencies=["alarm"]),
        resource("grandchild", parent="board"),
        resource("shadow", deletedWith="grandchild"),
    ]
    assert [each["urn"] for each in first_deleted(state)] == ["policy", "shadow"]
