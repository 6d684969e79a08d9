"""Behaviour does not move: every stack's recorded state stays as it is, and a first `up` is planned as recorded.

One world for all stacks; nothing is deployed. See `recorded/README.md` for what to do about a failure.
"""

from collections.abc import Iterator

import pytest

from tests.support.recorded_world import (
    API_KEY,
    FOLDER,
    PRIVATE_KEY,
    STACKS,
    Looked,
    RecordedWorld,
    read_plan,
    read_state,
)
from tests.support.recordings import plan_differences

pytestmark = [pytest.mark.cluster, pytest.mark.engine]

ADVICE = (
    "If that is intended, read tests/engine/recorded/README.md, run `python -m tests.support.recorded_world` and have "
    "the change of the recordings reviewed."
)


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Looked]]:
    with RecordedWorld(tmp_path_factory.mktemp("recorded")).ready() as world:
        yield world.look_at_all()


@pytest.mark.parametrize("stack", STACKS)
def test_a_recorded_state_stays_as_it_is(stack: str, looked: dict[str, Looked]) -> None:
    found = looked[stack].changes
    assert not found, "\n".join([f"{stack}: this code would change the recorded state:", *found, ADVICE])


@pytest.mark.parametrize("stack", STACKS)
def test_a_first_up_is_planned_as_recorded(stack: str, looked: dict[str, Looked]) -> None:
    found = plan_differences(read_plan(stack), looked[stack].plan)
    assert not found, "\n".join([f"{stack}: this code would make something else:", *found, ADVICE])


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_of_the_state_is_in_the_plan(stack: str) -> None:
    urns = [each["urn"] for each in read_state(stack)]
    assert len(urns) > 15
    assert sorted(urns) == sorted(read_plan(stack))


def test_an_imported_state_is_encrypted_again(looked: dict[str, Looked]) -> None:
    for stack in ("eks-dev", "eks-prod"):
        assert API_KEY in (FOLDER / f"{stack}.state.json").read_text()
        for canary in (API_KEY, PRIVATE_KEY):
            assert canary not in looked[stack].stored
