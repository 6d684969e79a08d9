"""What many calls at once and kills in the middle leave behind in the pretended account."""

import threading
import time

import pytest

from sandbox.providers.aws.inventory import inventory
from sandbox.providers.base import ProviderError
from sandbox.providers.cloud import lifecycle
from tests.support.standin_aws import CheckFailedError, Engine, token
from tests.support.standin_aws_stack import Stack

VPC = token("ec2/vpc:Vpc")


@pytest.fixture
def engine(tmp_path):
    return Engine(tmp_path)


def test_an_object_is_on_record_before_its_create_call_ends(tmp_path):
    engine = Engine(tmp_path, delay_seconds=30)
    caller = threading.Thread(target=engine.create, args=(VPC, "v", {"cidrBlock": "10.0.0.0/16"}))
    caller.start()
    deadline = time.monotonic() + 10
    while not inventory(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert caller.is_alive()
    engine.provider.cancel()
    caller.join(10)
    assert not caller.is_alive()
    assert inventory(tmp_path)[0].status == "active"


def test_a_creation_cut_short_is_finished_by_the_next_read(engine, tmp_path, monkeypatch):
    stack = Stack(engine).network().roles()

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lifecycle, "finish_create", killed)
        with pytest.raises(KeyboardInterrupt):
            stack.cluster()
    assert inventory(tmp_path, type_=token("eks/cluster:Cluster"))[0].status == "creating"
    with pytest.raises(ProviderError, match="ResourceInUseException: Cluster already exists with name: voice"):
        stack.cluster()
    found = engine.read(token("eks/cluster:Cluster"), "cluster", "voice")
    assert found.outputs["endpoint"] == "https://127.0.0.1:6443"
    assert inventory(tmp_path, type_=token("eks/cluster:Cluster"))[0].status == "active"


def test_a_deletion_cut_short_is_finished_by_the_next_read(engine, tmp_path, monkeypatch):
    stack = Stack(engine).network().roles().cluster()

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(engine.planes, "release_plane", killed)
    with pytest.raises(KeyboardInterrupt):
        engine.delete(stack.made["cluster"])
    monkeypatch.undo()
    assert engine.refresh(stack.made["cluster"]).id == ""
    assert engine.planes.claimed == {}
    assert inventory(tmp_path, type_=token("eks/cluster:Cluster")) == []


def test_many_calls_at_once_do_not_overlap(tmp_path):
    engine = Engine(tmp_path)
    vpc = engine.create(VPC, "v", {"cidrBlock": "10.0.0.0/16"})
    results = []

    def make(index):
        try:
            results.append(
                engine.create(token("Subnet"), f"s{index}", {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24"}).id
            )
        except (ProviderError, CheckFailedError) as error:
            results.append(str(error))

    callers = [threading.Thread(target=make, args=(index,)) for index in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len([result for result in results if result.startswith("subnet-")]) == 1
    assert len([result for result in results if "InvalidSubnet.Conflict" in result]) == 7
