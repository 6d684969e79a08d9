"""The vendor's own SDK, unchanged, against the voice server: files, event streams, sockets, voices, and its errors."""

import asyncio

import cartesia
import pytest

from core.voice.audio_format import AudioFormat
from sandbox.voice.cartesia import API_NAME, VOICES
from sandbox.voice.server import VoiceServer
from sandbox.voice.signal import speak

FORM = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 8000}
AUDIO = speak("Hello there.", AudioFormat(encoding="pcm_s16le", sample_rate=8000))
ASKED = {"model_id": "sonic-3.5", "transcript": "Hello there.", "voice": {"mode": "id", "id": "v"}, "language": "en"}
KEY = "sk_car_test"


@pytest.fixture(scope="module")
def server():
    with VoiceServer() as running:
        yield running


@pytest.fixture(autouse=True)
def endpoint(server: VoiceServer):
    server.put_endpoint(API_NAME, api_key=KEY)


def options(server: VoiceServer, key: str = KEY, version: str = "2025-04-16") -> dict:
    return {
        "api_key": key,
        "base_url": server.url,
        "websocket_base_url": server.url.replace("http", "ws"),  # it would make wss of it otherwise
        "default_headers": {"cartesia-version": version},
        "max_retries": 0,
    }


def test_files_event_streams_and_voices(server: VoiceServer) -> None:
    with cartesia.Cartesia(**options(server)) as client:
        assert client.tts.generate(**ASKED, output_format=FORM).read() == AUDIO
        assert client.tts.generate(**ASKED, output_format=FORM | {"container": "wav"}).read().startswith(b"RIFF")
        events = list(client.tts.generate_sse(**ASKED, output_format=FORM))
        assert b"".join(event.audio for event in events if event.type == "chunk") == AUDIO
        assert events[-1].type == "done"
        assert [voice.id for voice in client.voices.list().data] == [voice["id"] for voice in VOICES]


def test_a_socket_with_a_context(server: VoiceServer) -> None:
    with cartesia.Cartesia(**options(server)) as client, client.tts.websocket_connect() as socket:
        context = socket.context(model_id="sonic-3.5", voice=ASKED["voice"], output_format=FORM, language="en")
        context.push("Hello there.")
        context.no_more_inputs()
        events = list(context.receive())
    assert b"".join(event.audio for event in events if event.type == "chunk") == AUDIO
    assert events[-1].type == "done"


def test_the_same_from_an_event_loop(server: VoiceServer) -> None:
    async def work() -> bytes:
        async with cartesia.AsyncCartesia(**options(server)) as client:
            stream = await client.tts.generate_sse(**ASKED, output_format=FORM)
            return b"".join([event.audio async for event in stream if event.type == "chunk"])

    assert asyncio.run(work()) == AUDIO


@pytest.mark.parametrize("version", ["2025-04-16", "2026-08-14"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "throttle"}, cartesia.RateLimitError),
        ({"kind": "unavailable"}, cartesia.InternalServerError),
        ({"kind": "model_error", "status": 422}, cartesia.UnprocessableEntityError),
        ({"kind": "drop"}, cartesia.APIConnectionError),
    ],
)
def test_its_errors_are_its_own(server: VoiceServer, version: str, fault: dict, kind: type) -> None:
    server.faults(API_NAME, fault)
    with cartesia.Cartesia(**options(server, version=version)) as client, pytest.raises(kind):
        client.tts.generate(**ASKED, output_format=FORM)


def test_a_wrong_key_is_refused_in_every_form(server: VoiceServer) -> None:
    with cartesia.Cartesia(**options(server, key="wrong")) as client:
        for ask in (client.voices.list, lambda: client.tts.generate(**ASKED, output_format=FORM)):
            with pytest.raises(cartesia.AuthenticationError):
                ask()
