"""The socket of the voice server: contexts beside each other, in order within, flushed, cancelled, refused, broken."""

import asyncio
import base64
import contextlib
import json
import time

import aiohttp
import pytest

from core.voice.audio_format import AudioFormat
from sandbox.voice.cartesia import API_NAME
from sandbox.voice.server import VoiceServer
from sandbox.voice.signal import speak

FORM = AudioFormat(encoding="pcm_s16le", sample_rate=8000)
KEY = "sk_car_test"


def message(context: str, text: str, **more: object) -> dict:
    form = {"container": "raw", "encoding": FORM.encoding, "sample_rate": FORM.sample_rate}
    voice = {"mode": "id", "id": "v"}
    fields = {"model_id": "sonic-3.5", "transcript": text, "voice": voice, "output_format": form, "language": "en"}
    return {"context_id": context, **fields, **more}


def talk(server: VoiceServer, work, path: str = "/tts/websocket", **headers: str):
    """What `work` gives with an open socket."""

    async def inside():
        known = {"X-API-Key": KEY, "Cartesia-Version": "2025-04-16"} | headers
        async with aiohttp.ClientSession(headers=known) as session, session.ws_connect(server.url + path) as socket:
            return await work(socket)

    return asyncio.run(asyncio.wait_for(inside(), 20))


async def events_until_done(socket: aiohttp.ClientWebSocketResponse, *contexts: str) -> list[dict]:
    """Events until each context has had its `done` or `error`."""
    waited, found = set(contexts), []
    while waited:
        event = await socket.receive_json()
        found.append(event)
        if event["type"] in ("done", "error"):
            waited.discard(event["context_id"])
    return found


def audio(events: list[dict], context: str) -> bytes:
    chunks = [event for event in events if event["type"] == "chunk" and event["context_id"] == context]
    return b"".join(base64.b64decode(event["data"]) for event in chunks)


@pytest.fixture(scope="module")
def server():
    with VoiceServer() as running:
        yield running


@pytest.fixture(autouse=True)
def endpoint(server: VoiceServer):
    server.put_endpoint(API_NAME, api_key=KEY, slots=2)
    yield
    deadline = time.monotonic() + 5
    while server.stats()["endpoints"][API_NAME]["in_flight"]:
        assert time.monotonic() < deadline, "a slot is still held"
        time.sleep(0.01)


def test_a_context_speaks_its_texts_in_order_and_ends_once(server: VoiceServer) -> None:
    async def work(socket):
        for text in ("One. ", "Two. "):
            await socket.send_json(message("a", text, **{"continue": True}, max_buffer_delay_ms=0))
        await socket.send_json(message("a", "", **{"continue": False}))
        return await events_until_done(socket, "a")

    events = talk(server, work)
    assert audio(events, "a") == speak("One. ", FORM) + speak("Two. ", FORM)
    assert [event["type"] for event in events].count("done") == 1
    assert {event["status_code"] for event in events if event["type"] == "chunk"} == {206}


def test_contexts_share_a_socket_and_hold_a_slot_each(server: VoiceServer) -> None:
    async def work(socket):
        for name in "ab":
            await socket.send_json(message(name, f"I am {name}.", **{"continue": True}))
        await socket.send_json(message("c", "I am c."))
        refused = await events_until_done(socket, "c")
        for name in "ab":
            await socket.send_json(message(name, ""))
        return refused + await events_until_done(socket, "a", "b")

    events = talk(server, work)
    assert audio(events, "a") == speak("I am a.", FORM)
    assert audio(events, "b") == speak("I am b.", FORM)
    assert [event["status_code"] for event in events if event["type"] == "error"] == [429]


def test_a_flush_is_answered_behind_its_audio(server: VoiceServer) -> None:
    async def work(socket):
        await socket.send_json(message("a", "One.", flush=True, **{"continue": True}))
        await socket.send_json(message("a", "Two."))
        return await events_until_done(socket, "a")

    events = talk(server, work)
    at = [event["type"] for event in events].index("flush_done")
    assert audio(events[:at], "a") == speak("One.", FORM)
    assert (events[at]["flush_id"], events[at]["flush_done"]) == (1, True)


def test_a_cancelled_context_stops_and_the_others_go_on(server: VoiceServer) -> None:
    server.put_endpoint(API_NAME, api_key=KEY, slots=2, law="realtime", audio_seconds=0.5)

    async def work(socket):
        await socket.send_json(message("a", "I go on."))
        await socket.send_json(message("b", "I stop."))
        await asyncio.sleep(0.1)
        await socket.send_json({"context_id": "b", "cancel": True})
        return await events_until_done(socket, "a")

    events = talk(server, work)
    assert len(audio(events, "a")) == 8000
    assert 0 < len(audio(events, "b")) < 8000
    assert not [event for event in events if event["context_id"] == "b" and event["type"] == "done"]


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ("nonsense", 400, "not JSON"),
        ("[1]", 400, "JSON object"),
        (json.dumps(message("a", "x", model_id="sonic-9")), 404, "no model sonic-9"),
        (json.dumps(message("a", "x", later=1)), 400, "later"),
        (json.dumps({**message("a", "x"), "context_id": None}), 400, "context_id"),
        (json.dumps(message("a", "x", max_buffer_delay_ms=9000)), 400, "max_buffer_delay_ms"),
    ],
)
def test_a_bad_message_is_refused_and_the_socket_stays(server: VoiceServer, sent: str, status: int, said: str) -> None:
    async def work(socket):
        await socket.send_str(sent)
        refused = await socket.receive_json()
        await socket.send_json(message("b", "Still here."))
        return refused, await events_until_done(socket, "b")

    refused, events = talk(server, work)
    assert (refused["type"], refused["status_code"], refused["done"]) == ("error", status, True)
    assert said in refused["message"]
    assert audio(events, "b")


def test_a_key_is_asked_for_and_may_stand_in_the_query(server: VoiceServer) -> None:
    async def work(socket):
        await socket.send_json(message("a", "Hello."))
        return await events_until_done(socket, "a")

    path = f"/tts/websocket?api_key={KEY}&cartesia_version=2026-03-01"
    assert audio(talk(server, work, path, **{"X-API-Key": ""}), "a")
    with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
        talk(server, work, **{"X-API-Key": "wrong"})


@pytest.mark.parametrize("kind", ["error_event", "end_early", "garbage", "model_error", "throttle", "bad_status"])
def test_faults_reach_a_context(server: VoiceServer, kind: str) -> None:
    server.faults(API_NAME, {"kind": kind, "after": 1, "times": 1})

    async def work(socket):
        await socket.send_json(message("a", "Hello."))
        await asyncio.sleep(0.2)
        await socket.send_json(message("b", "Hello."))
        found = []
        while not [event for event in found if event.get("context_id") == "b" and event["type"] == "done"]:
            with contextlib.suppress(ValueError):
                found.append(json.loads((await socket.receive()).data))
        return found

    events = talk(server, work)
    assert audio([event for event in events if event["type"] == "chunk" and "context_id" in event], "b")
    mine = [event for event in events if event.get("context_id") != "b"]
    failed = [event for event in mine if event["type"] == "error" or event.get("status_code", 0) >= 400]
    done = [event for event in mine if event["type"] == "done"]
    assert bool(failed) == (kind in ("error_event", "model_error", "throttle", "bad_status"))
    assert bool(done) == (kind in ("garbage", "bad_status"))


@pytest.mark.parametrize("kind", ["drop", "cut"])
def test_a_broken_connection_ends_every_context(server: VoiceServer, kind: str) -> None:
    server.faults(API_NAME, {"kind": kind, "after": 1})

    async def work(socket):
        await socket.send_json(message("a", "Hello."))
        while (received := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        return received.type

    assert talk(server, work) in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)


def test_ten_thousand_sockets_leave_nothing_behind(server: VoiceServer) -> None:
    server.put_endpoint(API_NAME, api_key=KEY, slots=50, audio_seconds=0.02)

    async def everything():
        headers = {"X-API-Key": KEY, "Cartesia-Version": "2025-04-16"}
        async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as session:

            async def worker(number: int) -> None:
                for i in range(500):
                    async with session.ws_connect(f"{server.url}/tts/websocket") as socket:
                        await socket.send_json(message(f"{number}-{i}", "a"))
                        if i % 3:
                            await events_until_done(socket, f"{number}-{i}")

            await asyncio.gather(*(worker(number) for number in range(20)))

    asyncio.run(everything())
    deadline = time.monotonic() + 5
    while server.stats()["connections"]["open"] > 1:
        assert time.monotonic() < deadline
        time.sleep(0.02)
