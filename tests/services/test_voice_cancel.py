"""A listener interrupts: from another thread the stream ends at once, and the slot is free for the next caller."""

import threading
import time

import pytest

from core.voice.events import Chunk
from sandbox.voice.server import VoiceServer
from tests.services.test_voice import ENDPOINT, connect, request
from toolkit.voice import errors
from toolkit.voice.deadline import Cancellation
from toolkit.voice.retry import RetryPolicy


@pytest.fixture(scope="module")
def server():
    with VoiceServer() as running:
        yield running


@pytest.fixture(autouse=True)
def endpoint(server: VoiceServer):
    server.put_endpoint(ENDPOINT)
    yield
    deadline = time.monotonic() + 5
    while server.stats()["connections"]["open"] > 1:  # the one that asks
        assert time.monotonic() < deadline, "a client left a connection open"
        time.sleep(0.01)


def freed(server: VoiceServer) -> float:
    """Seconds until no slot is held."""
    began = time.monotonic()
    while server.stats()["endpoints"][ENDPOINT]["in_flight"]:
        assert time.monotonic() - began < 5
        time.sleep(0.002)
    return time.monotonic() - began


def test_an_interruption_from_another_thread_frees_the_slot_at_once(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, law="realtime", audio_seconds=5.0)
    with connect(server) as client, client.stream(request()) as stream:
        threading.Timer(0.3, stream.cancel).start()
        heard = [event for event in stream if isinstance(event, Chunk)]
        assert stream.cancelled
        assert not stream.complete
        assert 0.1 < stream.metrics().audio_seconds < 1.0
        assert len(heard) == stream.metrics().chunks
        assert freed(server) < 0.5


@pytest.mark.parametrize("fault", ["slow_start", "stall", "throttle"])
def test_a_call_is_cancelled_before_its_first_audio_too(server: VoiceServer, fault: str) -> None:
    server.faults(ENDPOINT, {"kind": fault, "after": 0, "seconds": 30})
    stop = Cancellation()
    with connect(server, RetryPolicy(max_attempts=99, base_seconds=30.0, cap_seconds=30.0)) as client:
        threading.Timer(0.2, stop.cancel).start()
        began = time.monotonic()
        with pytest.raises(errors.CancelledSpeechError):
            client.speak(request(), cancellation=stop)
        assert time.monotonic() - began < 1.0
        assert freed(server) < 0.5
        arrivals = server.stats()["endpoints"][ENDPOINT]["arrivals"]
        with pytest.raises(errors.CancelledSpeechError):
            client.speak(request(), cancellation=stop)
        assert server.stats()["endpoints"][ENDPOINT]["arrivals"] == arrivals


def test_half_a_speech_is_not_taken_for_the_whole(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, law="realtime", audio_seconds=5.0)
    stop = Cancellation()
    with connect(server) as client:
        threading.Timer(0.6, stop.cancel).start()
        with pytest.raises(errors.CancelledSpeechError) as caught:
            client.speak(request(), cancellation=stop)
    assert 0 < caught.value.audio_seconds < 1
