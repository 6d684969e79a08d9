"""Objects that a cloud made and could not bring into service, as the engine gets to know them."""

import json

import pytest

from sandbox.providers.aws.inventory import inventory
from sandbox.providers.base import InitFailed, ProviderError
from tests.support.standin_aws import Engine, Resource, token
from tests.support.standin_aws_stack import full_stack

GROUP = token("NodeGroup")
NO_QUOTA = "AsgInstanceLaunchFailures: Could not launch On-Demand Instances. VcpuLimitExceeded"


@pytest.fixture
def stack(tmp_path):
    return full_stack(Engine(tmp_path))


def plan(tmp_path, **fault):
    row = {"type": "*:NodeGroup", "when": "after", "error": NO_QUOTA} | fault
    (tmp_path / "aws" / "faults.json").write_text(json.dumps([row]))


def inputs_of(resource, **changes):
    return {key: value for key, value in resource.inputs.items() if not key.startswith("__")} | changes


def half_made(stack, name):
    with pytest.raises(InitFailed) as caught:
        stack.group(name)
    return caught.value


def live(tmp_path, name):
    return next(record for record in inventory(tmp_path) if record.type == GROUP and record.name == name)


def retried(stack, tmp_path, failed, name):
    """The engine's second try: an update of what it holds to what the program says, which is the same."""
    inputs = dict(live(tmp_path, name).inputs)
    held = Resource(GROUP, name, failed.id, inputs, failed.outputs)
    return held, stack.engine.update(held, inputs)


def test_a_failed_creation_is_recorded_with_its_id_and_without_what_only_the_cloud_knows(stack, tmp_path):
    plan(tmp_path)
    failed = half_made(stack, "gpu")
    assert failed.id == live(tmp_path, "gpu").id
    assert "status" not in failed.outputs
    assert failed.outputs["clusterName"] == stack.out("cluster", "name")
    assert f"creating urn:pulumi:dev::test::{GROUP}::gpu: waiting for EKS Node Group" in failed.reasons[0]
    assert "unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'" in failed.reasons[0]
    assert "VcpuLimitExceeded" in failed.reasons[0]


def test_the_second_try_reads_and_reports_success_while_nothing_is_better(stack, tmp_path):
    plan(tmp_path)
    held, again = retried(stack, tmp_path, half_made(stack, "gpu"), "gpu")
    assert stack.engine.diff(held, held.inputs).changes == {}
    assert again.outputs["status"] == live(tmp_path, "gpu").outputs["status"] == "CREATE_FAILED"
    assert ("reconcile", "gpu") not in [call[:2] for call in stack.engine.nodes.calls]


def test_what_is_not_in_service_takes_no_change_but_goes(stack, tmp_path):
    plan(tmp_path)
    held, again = retried(stack, tmp_path, half_made(stack, "gpu"), "gpu")
    with pytest.raises(ProviderError, match="cannot be updated as it is currently not in Active State"):
        stack.engine.update(again, inputs_of(again, labels={"a": "b"}))
    stack.engine.delete(held)
    stack.group("gpu")
    assert live(tmp_path, "gpu").outputs["status"] == "ACTIVE"


def test_a_failed_update_leaves_the_object_as_it_was_and_the_second_try_hides_that(stack, tmp_path):
    group = stack.made["default"]
    plan(tmp_path, operation="update", error="PodEvictionFailure: too many pods", status="ACTIVE")
    wanted = inputs_of(group, labels={"tier": "new"})
    with pytest.raises(InitFailed, match="updating urn") as caught:
        stack.engine.update(group, wanted)
    held = type(group)(group.type, group.name, group.id, wanted, caught.value.outputs)
    assert stack.engine.diff(held, wanted).changes == {}
    again = stack.engine.update(held, wanted)
    assert again.outputs.get("labels") == group.outputs.get("labels")
    # Only the third look sees it: the released provider compares with what it read.
    assert stack.engine.diff(again, wanted).changes
    assert stack.engine.update(again, wanted).outputs["labels"] == {"tier": "new"}


def test_a_type_without_a_status_is_made_and_only_its_call_failed(stack, tmp_path):
    plan(tmp_path, type=token("ec2/vpc:Vpc"), error="RequestTimeout: gave up waiting")
    with pytest.raises(InitFailed) as caught:
        stack.engine.create(token("ec2/vpc:Vpc"), "other", {"cidrBlock": "10.9.0.0/16"})
    found = stack.engine.read(token("ec2/vpc:Vpc"), "other", caught.value.id)
    assert found.outputs["cidrBlock"] == "10.9.0.0/16"


def test_an_engine_that_is_killed_leaves_an_object_that_is_as_asked_for(stack, tmp_path):
    plan(tmp_path, when="killed")
    with pytest.raises(ProviderError, match="EngineKilled"):
        stack.group("gpu")
    assert live(tmp_path, "gpu").outputs["status"] == "ACTIVE"


def test_a_misspelt_moment_is_told(stack, tmp_path):
    plan(tmp_path, when="later")
    with pytest.raises(ValueError, match="when is before, after or killed, not later"):
        stack.group("gpu")
