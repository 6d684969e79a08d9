"""Variants of one endpoint over boto3: weights share the calls, a named variant is reached, slots are never shared."""

import boto3
import pytest

from catalog.speech import EXAMPLE_VOICE_ID
from sandbox.voice.server import VoiceServer

ENDPOINT = "sonic-variants"
BODY = b"""{"context_id": "c", "transcript": "Hello.", "language": "en", "voice": {"mode": "id", "id": "%s"},
 "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 8000}}""" % EXAMPLE_VOICE_ID.encode()


@pytest.fixture(scope="module")
def server():
    with VoiceServer() as running:
        yield running


def call(server: VoiceServer, region: str = "us-east-2", **more) -> str:
    """One call to its end; the variant that answered."""
    session = boto3.session.Session("test", "test", region_name=region)
    client = session.client("sagemaker-runtime", endpoint_url=server.url)
    try:
        answer = client.invoke_endpoint_with_response_stream(EndpointName=ENDPOINT, Body=BODY, **CONTENT, **more)
        assert b'"type": "done"' in b"".join(event["PayloadPart"]["Bytes"] for event in answer["Body"])
        return answer["InvokedProductionVariant"]
    finally:
        client.close()


CONTENT = {"ContentType": "application/json"}


def test_a_reserve_is_reached_by_name_only(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, variants={"main": {"instances": 2}, "reserve": {"weight": 0}})
    assert {call(server) for _ in range(20)} == {"main"}
    assert call(server, TargetVariant="reserve") == "reserve"
    counted = server.stats()["endpoints"][ENDPOINT]
    assert {name: row["finished"] for name, row in counted["variants"].items()} == {"main": 20, "reserve": 1}
    assert counted["finished"] == 21


def test_weights_share_the_calls(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, seed=1, variants={"a": {"weight": 3}, "b": {"weight": 1}})
    answered = [call(server) for _ in range(60)]
    # Binomial with mean 45 and deviation 3.4.
    assert 35 <= answered.count("a") <= 55


def test_unknown_variants_and_regions_are_refused_as_by_aws(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, region="us-east-2")
    assert call(server) == "AllTraffic"
    with pytest.raises(Exception, match=r"ValidationError.*Variant other"):
        call(server, TargetVariant="other")
    with pytest.raises(Exception, match=r"ValidationError.*not found"):
        call(server, region="eu-west-1")
