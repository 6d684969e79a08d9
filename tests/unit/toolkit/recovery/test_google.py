"""Ids of Google Cloud's objects follow from their inputs, as the stand-in and the published provider make them."""

import pytest

from sandbox.providers.gcp.services import RESOURCES
from tests.support.standin_gcp import Engine, one_of_each, without_storage
from toolkit.recovery.identity import id_from_inputs
from toolkit.recovery.pending import PendingCreate
from toolkit.recovery.plan import ids_follow_from_inputs


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with without_storage():
        return one_of_each(Engine(tmp_path_factory.mktemp("world")))


@pytest.mark.parametrize("token", RESOURCES)
def test_the_id_follows_from_what_was_sent(made, token):
    assert id_from_inputs(token, made[token].inputs) == made[token].id


def test_nobody_is_asked_where_every_id_follows(made):
    pending = [PendingCreate(urn="u", type=token, inputs=one.inputs) for token, one in made.items()]
    assert ids_follow_from_inputs(pending)
    assert not ids_follow_from_inputs([*pending, PendingCreate(urn="v", type="aws:ec2/vpc:Vpc", inputs={})])


def test_an_object_without_its_name_has_no_id():
    assert id_from_inputs("gcp:compute/network:Network", {"project": "example-voice"}) is None
