"""A sample of `tests.support.every_step`: what was made and failed ends, after the documented command, as wanted."""

from pathlib import Path

import pytest

from tests.support.every_step import Trial
from tests.support.stack_world import StackWorld

pytestmark = [pytest.mark.cluster, pytest.mark.engine]

NAMES = {"voice-cluster-gpu", "voice-cluster-aws-ebs-csi-driver"}


def test_a_group_and_an_add_on_that_failed_come_back(tmp_path: Path) -> None:
    with StackWorld(tmp_path).up() as world:
        trial = Trial(world, "eks-dev")
        outcome = trial.run("after", "create", [step for step in trial.steps("create") if step.name in NAMES])
        assert {step.name for step in outcome.steps} == NAMES
        assert outcome.wrong == []
