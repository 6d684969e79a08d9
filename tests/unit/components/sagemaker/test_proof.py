"""Guards before an endpoint is made or moved, and the proof after: what they say, and when they say nothing."""

import pytest

from components.sagemaker.endpoint import SageMakerVoiceEndpoint
from components.sagemaker.proof import EndpointError, check_create, check_update, reading_live
from components.sagemaker.resolve import resolve_sagemaker_voice_endpoint
from core.sagemaker.live_endpoint import LiveEndpoint, LiveVariant
from tests.support.aws_mocks import AwsMocks, record
from tests.support.sagemaker_cases import SCALED, SMALL

SPEC = resolve_sagemaker_voice_endpoint(SCALED)


def live(*, status="InService", config="old", reason="", instances=4, desired=None, pending=""):
    variant = LiveVariant(name="AllTraffic", instances=instances, desired=desired or instances, weight=1.0)
    return LiveEndpoint(
        name="voice-prod",
        status=status,
        config_name=config,
        pending_config_name=pending,
        reason=reason,
        variants=(variant,),
    )


def test_an_endpoint_that_is_not_there_may_be_made():
    check_create(None, "prod")


@pytest.mark.parametrize(
    ("status", "verb"),
    [
        ("InService", "adopt"),
        ("Creating", "adopt"),
        ("Updating", "adopt"),
        ("UpdateRollbackFailed", "adopt"),
        ("Failed", "delete"),
        ("OutOfService", "delete"),
    ],
)
def test_one_that_is_there_and_not_in_the_state_is_named_with_the_way_out(status, verb):
    with pytest.raises(EndpointError) as caught:
        check_create(live(status=status, reason="No capacity"), "prod")
    text = str(caught.value)
    assert f"exists ({status}) and is not in the state" in text
    assert f"cartesia-infra endpoint {verb} --stack prod" in text
    assert "AWS says: No capacity" in text
    assert ("Wait until" in text) is (status in ("Creating", "Updating"))


NEW = {"endpointConfigName": "new"}


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"])
def test_an_endpoint_on_the_move_is_left_alone(status):
    with pytest.raises(EndpointError, match=f"is {status}, and AWS takes no update"):
        check_update(SPEC, live(status=status), NEW, "prod")


def test_a_change_of_tags_alone_is_no_redeployment():
    check_update(SPEC, live(status="Updating", instances=12), {"endpointConfigName": "old"}, "prod")


@pytest.mark.parametrize(("instances", "desired"), [(5, None), (12, None), (4, 9)])
def test_a_grown_fleet_is_not_shrunk(instances, desired):
    most = desired or instances
    with pytest.raises(EndpointError) as caught:
        check_update(SPEC, live(instances=instances, desired=desired), NEW, "prod")
    assert f"AllTraffic runs {most}, the update starts 4" in str(caught.value)
    assert f"Set variants.AllTraffic.instances to {most}" in str(caught.value)
    assert "fewer_instances_reason" in str(caught.value)


@pytest.mark.parametrize("instances", [1, 4])
def test_a_fleet_that_keeps_its_size_moves(instances):
    check_update(SPEC, live(instances=instances), NEW, "prod")


def test_a_reason_lets_a_smaller_fleet_through():
    night = resolve_sagemaker_voice_endpoint({**SCALED, "update": {"fewer_instances_reason": "it is night"}})
    check_update(night, live(instances=12), NEW, "prod")


def test_an_endpoint_that_is_gone_is_the_providers_to_tell():
    check_update(SPEC, None, NEW, "prod")


# -- the proof


class Undone(AwsMocks):
    """An AWS that keeps the old configuration and says nothing."""

    def new_resource(self, args):
        ident, out = super().new_resource(args)
        return (ident, {**out, "endpointConfigName": "voice-config-before"}) if args.resource_id else (ident, out)


def unguarded(monkeypatch):
    """Hooks need an engine to call them."""
    monkeypatch.setattr("components.sagemaker.endpoint.guards", lambda _name, _spec: None)


def test_a_configuration_that_is_not_the_wanted_one_ends_the_program(monkeypatch):
    monkeypatch.setattr("tests.support.aws_mocks.AwsMocks", Undone)
    unguarded(monkeypatch)
    found = live(config="voice-config-before", reason="No capacity in us-east-2")
    with reading_live(lambda _region, _name: found, "prod"), pytest.raises(EndpointError) as caught:
        record(lambda: SageMakerVoiceEndpoint("voice", SMALL))
    text = str(caught.value)
    assert "was not moved to voice-config-0a1b2c3: it runs voice-config-before" in text
    assert "AWS says: No capacity in us-east-2 (status InService)" in text
    assert "Nothing was deleted" in text


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        (None, "endpoint status --stack <stack> shows AWS's reason"),
        (OSError("no way to AWS"), "cannot be read: no way"),
    ],
)
def test_the_proof_needs_no_word_of_aws(monkeypatch, reader, words):
    """A program of one's own, in any language, has the proof too; only the reason is missing."""
    monkeypatch.setattr("tests.support.aws_mocks.AwsMocks", Undone)

    unguarded(monkeypatch)

    def silent(_region, _name):
        raise reader

    with pytest.raises(EndpointError, match="was not moved") as caught:
        if reader is None:
            record(lambda: SageMakerVoiceEndpoint("voice", SMALL))
        else:
            with reading_live(silent, "prod"):
                record(lambda: SageMakerVoiceEndpoint("voice", SMALL))
    assert words in str(caught.value)


def test_the_output_is_what_was_read():
    made = record(lambda: SageMakerVoiceEndpoint("voice", SMALL))
    assert made.outputs["SageMakerVoiceEndpoint:voice"]["config_name"] == "voice-config-0a1b2c3"
