"""The route to Cartesia's own API, from threads and from an event loop, against a server that speaks it."""

import asyncio
import contextlib
import json
import socket
import threading
import time

import pytest

from catalog.speech import ENCODINGS
from core.voice.direct_request import resolve_direct_request
from core.voice.events import Done, Timestamps
from sandbox.voice.cartesia import API_NAME
from sandbox.voice.server import VoiceServer
from sandbox.voice.signal import speak
from tests.services.test_voice import BROKEN, CUTS, ONCE, TEXT, environment
from toolkit.main import main
from toolkit.voice import errors
from toolkit.voice.aio import AsyncVoiceClient
from toolkit.voice.client import VoiceClient
from toolkit.voice.deadline import Cancellation
from toolkit.voice.retry import RetryPolicy
from toolkit.voice.route import Destination, RouteError
from toolkit.voice.routes.direct.address import Address
from toolkit.voice.routes.direct.route import ROUTE

KEY = "sk_car_test"


def request(text: str = TEXT, model: str = "sonic-3.5", encoding: str = "pcm_s16le", rate: int = 16000, **more):
    args = {
        "context_id": "ctx-é",
        "transcript": text,
        "language": "de",
        "output_format": {"container": "raw", "encoding": encoding, "sample_rate": rate},
        "voice": {"mode": "id", "id": "v"},
    }
    return resolve_direct_request(args | more, model)


def to(url: str, key: str | None = KEY) -> Destination:
    return Destination(endpoint=url, api_key=key)


def connect(server: VoiceServer, retry: RetryPolicy = ONCE, key: str = KEY) -> VoiceClient:
    return VoiceClient(ROUTE.connect(to(server.url, key), 10), retry=retry)


def aio(server: VoiceServer, work, retry: RetryPolicy = ONCE):
    async def inside():
        async with AsyncVoiceClient(ROUTE.connect_async(to(server.url), 500), retry=retry) as client:
            return await work(client)

    return asyncio.run(inside())


@pytest.fixture(scope="module")
def server():
    with VoiceServer() as running:
        yield running


@pytest.fixture(autouse=True)
def endpoint(server: VoiceServer):
    server.put_endpoint(API_NAME, api_key=KEY)
    yield
    deadline = time.monotonic() + 5
    while server.stats()["connections"]["open"] > 1:  # the one that asks
        assert time.monotonic() < deadline, "a client left a connection open"
        time.sleep(0.01)
    assert server.stats()["endpoints"][API_NAME]["in_flight"] == 0


def test_a_whole_speech_arrives_unchanged_and_its_connection_serves_the_next(server: VoiceServer) -> None:
    wanted = request(add_timestamps=True)
    before = server.stats()["connections"]["accepted"]
    with connect(server) as client:
        speeches = [client.speak(wanted) for _ in range(3)]
    for speech in [*speeches, aio(server, lambda client: client.speak(wanted))]:
        assert speech.audio == speak(TEXT, wanted.output_format)
        assert isinstance(speech.events[-1], Done)
        assert next(e for e in speech.events if isinstance(e, Timestamps)).word_timestamps["words"] == TEXT.split()
        assert {e.context_id for e in speech.events} == {"ctx-é"}
        assert 0 < speech.metrics.attempt_ttfa_seconds <= speech.metrics.total_seconds
        assert speech.metrics.wire_bytes > speech.metrics.audio_bytes * 4 / 3
    assert server.stats()["connections"]["accepted"] - before <= 2 + 3  # two clients, and this test's own controls


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_is_spoken(server: VoiceServer, encoding: str) -> None:
    wanted = request("Kurz.", encoding=encoding, rate=8000)
    with connect(server) as client:
        assert client.speak(wanted).audio == speak("Kurz.", wanted.output_format)


@pytest.mark.parametrize("count", [1, 7, 1000])
@pytest.mark.parametrize("kind", sorted(CUTS))
def test_other_cuts_of_the_same_bytes_change_nothing(server: VoiceServer, kind: str, count: int) -> None:
    server.faults(API_NAME, {"kind": kind, "count": count, "seconds": 0.05})
    wanted = request("Ja 東京!", rate=8000, add_timestamps=True)
    with connect(server) as client:
        assert client.speak(wanted).audio == speak("Ja 東京!", wanted.output_format)
    assert aio(server, lambda client: client.speak(wanted)).audio == speak("Ja 東京!", wanted.output_format)


HERE = BROKEN | {
    "model_error": errors.UnavailableError,
    "throttle": errors.RefusedError,
    "model_stream_error": errors.SpeechFailedError,
    "internal_stream_failure": errors.SpeechFailedError,
}
"""What AWS says in its own frames, this API says by statuses and in error events."""


@pytest.mark.parametrize("after", [0, 5])
@pytest.mark.parametrize("kind", HERE)
def test_every_broken_answer_ends_in_its_error_and_in_time(server: VoiceServer, kind: str, after: int) -> None:
    fault = {"kind": kind, "after": after, "count": 3_000_000, "seconds": 0.02}

    async def spoken(client: AsyncVoiceClient) -> errors.VoiceError:
        with pytest.raises(errors.VoiceError) as caught:
            await client.speak(request(rate=8000), deadline_seconds=0.7)
        return caught.value

    server.faults(API_NAME, fault)
    seen = [aio(server, spoken)]
    with connect(server) as client:
        began = time.monotonic()
        with pytest.raises(errors.VoiceError) as caught:
            client.speak(request(rate=8000), deadline_seconds=0.7)
        assert time.monotonic() - began < 1.7
        seen.append(caught.value)
        server.faults(API_NAME)
        assert client.speak(request(rate=8000)).audio  # and the client still works
    assert [type(error) for error in seen] == [HERE[kind]] * 2


@pytest.mark.parametrize(
    ("key", "model", "kind", "said"),
    [
        ("wrong", "sonic-3.5", errors.AccessError, "API key"),
        (KEY, "sonic-9", errors.BadRequestError, "no model sonic-9"),
    ],
)
def test_a_refusal_says_what_the_api_said(server: VoiceServer, key: str, model: str, kind: type, said: str) -> None:
    with connect(server, key=key) as client, pytest.raises(kind, match=said):
        client.speak(request(model=model))


def test_a_model_of_two_names_is_found_by_the_other_and_remembered(server: VoiceServer) -> None:
    server.put_endpoint(API_NAME, model_id="azure-disco")
    with connect(server) as client:
        attempts = [client.speak(request()).metrics.attempts for _ in range(3)]
    # A model that is not there is told in plain text by this version, so its status alone does not say what is missing.
    assert attempts == [2, 1, 1]


def test_an_interruption_frees_the_slot_at_once(server: VoiceServer) -> None:
    server.put_endpoint(API_NAME, law="realtime", audio_seconds=5.0)
    with connect(server) as client, client.stream(request()) as stream:
        threading.Timer(0.3, stream.cancel).start()
        heard = list(stream)
        assert stream.cancelled
        assert heard
        assert _freed(server) < 0.5


@pytest.mark.parametrize("fault", ["slow_start", "stall"])
def test_a_call_is_cancelled_before_its_first_audio_too(server: VoiceServer, fault: str) -> None:
    server.faults(API_NAME, {"kind": fault, "after": 0, "seconds": 30})
    stop = Cancellation()
    with connect(server) as client:
        threading.Timer(0.2, stop.cancel).start()
        began = time.monotonic()
        with pytest.raises(errors.CancelledSpeechError):
            client.speak(request(), cancellation=stop)
        assert time.monotonic() - began < 1.0
        assert _freed(server) < 0.5


@pytest.mark.parametrize("law", ["stall", "slow_start", "trickle"])
def test_the_deadline_holds_whatever_the_server_does(server: VoiceServer, law: str) -> None:
    server.faults(API_NAME, {"kind": law, "seconds": 1.5 if law == "slow_start" else 0.01})
    with connect(server) as client:
        began = time.monotonic()
        with pytest.raises(errors.DeadlineExceededError):
            client.speak(request(), 0.3)
        assert 0.29 <= time.monotonic() - began < 0.7


def test_a_full_api_refuses_and_a_retry_gets_the_freed_slot(server: VoiceServer) -> None:
    server.put_endpoint(API_NAME, slots=1, law="fixed", service_seconds=0.3)
    retry = RetryPolicy(max_attempts=20, base_seconds=0.1)
    with connect(server) as one, connect(server, retry) as patient, one.stream(request()) as stream:
        with pytest.raises(errors.RefusedError) as caught:
            one.speak(request())
        assert caught.value.status == 429
        assert patient.speak(request()).metrics.failed_attempts[0] == "refused"
        assert isinstance(list(stream)[-1], Done)


def test_the_key_is_not_carried_to_where_a_redirect_leads() -> None:
    seen: list[bytes] = []

    def answer(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                seen.append(peer.recv(65536))
                peer.sendall(b"HTTP/1.1 307 T\r\nLocation: http://example.com/\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/prefix/"
        client = VoiceClient(ROUTE.connect(to(url), 1), retry=ONCE)
        with client, pytest.raises(errors.EndpointError) as caught:
            client.speak(request())
    assert caught.value.status == 307
    assert seen[0].startswith(b"POST /prefix/tts/sse ")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("http://voice.example.com", KEY, "plain text"),
        ("http://10.0.0.1:5000", KEY, "plain text"),
        ("http://127.0.0.1.example.com", KEY, "plain text"),
        ("ftp://voice.example.com", KEY, "not the URL"),
        ("voice.example.com", KEY, "not the URL"),
        ("https://", KEY, "not the URL"),
        ("https://x/?a=b", KEY, "not the URL"),
        ("https://user:word@x", KEY, "user or a password"),
        ("https://x", "two words", "one word"),
        ("https://x", "", "one word"),
        ("https://x", None, "API key is missing"),
    ],
)
def test_addresses_that_would_leak_the_key_or_lead_nowhere_are_refused(url: str, key: str | None, said: str) -> None:
    with pytest.raises(RouteError, match=said) as caught:
        ROUTE.connect(to(url, key), 1)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("url", ["https://voice.example.com/x", "http://localhost:5000", "http://[::1]:5000"])
def test_addresses_that_keep_the_key_are_taken_and_never_print_it(url: str) -> None:
    address = Address(url=url, api_key=KEY)
    assert KEY not in repr(address)
    assert KEY not in repr(to(url))


def test_smoke_speaks_over_the_direct_route(server: VoiceServer, monkeypatch, capsys, tmp_path) -> None:
    environment(monkeypatch)
    key = tmp_path / "key"
    key.write_text(KEY + "\n")
    words = ["smoke", "--route", "direct", "--endpoint", server.url]
    monkeypatch.delenv("CARTESIA_API_KEY_FILE", raising=False)
    assert main(words) == 2
    assert "--api-key-file" in capsys.readouterr().err
    monkeypatch.setenv("CARTESIA_API_KEY_FILE", str(key))
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["fine"], found["live"]["status"], found["timing"]["attempts"]) == (True, "serving", 1)
    assert main(words) == 0
    assert "live    serving" in capsys.readouterr().out
    key.write_text("wrong")
    assert main([*words, "--json"]) == 1
    said = capsys.readouterr()
    assert [each["check"] for each in json.loads(said.out)["findings"]] == ["access"]
    server.delete_endpoint(API_NAME)
    assert main([*words, "--json"]) == 1
    assert {each["check"] for each in json.loads(capsys.readouterr().out)["findings"]} == {"endpoint"}
    server.put_endpoint(API_NAME)


def _freed(server: VoiceServer) -> float:
    began = time.monotonic()
    while server.stats()["endpoints"][API_NAME]["in_flight"]:
        assert time.monotonic() - began < 5
        time.sleep(0.002)
    return time.monotonic() - began
