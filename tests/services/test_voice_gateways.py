"""The routes through TrueFoundry and KeyPool, against a server that plays both: paths, keys, meanings of statuses."""

import asyncio
import json

import aiohttp
import cartesia
import pytest

from core.input.problems import InvalidInput
from sandbox.voice.cartesia import API_NAME
from sandbox.voice.server import VoiceServer
from sandbox.voice.signal import speak
from tests.services.test_official_sdk import ASKED, AUDIO, FORM
from tests.services.test_voice import ONCE, TEXT, environment
from tests.services.test_voice_direct import request
from tests.services.test_voice_socket import audio, events_until_done, message
from toolkit.main import main
from toolkit.voice import errors
from toolkit.voice.aio import AsyncVoiceClient
from toolkit.voice.client import VoiceClient
from toolkit.voice.retry import RetryPolicy
from toolkit.voice.route import Destination, RouteError
from toolkit.voice.routes.table import load_route

TOKEN = "team-token"
GATEWAYS = ("truefoundry", "keypool")
EACH = pytest.mark.parametrize("gateway", GATEWAYS)


@pytest.fixture(scope="module")
def server():
    with VoiceServer() as running:
        yield running


@pytest.fixture(autouse=True)
def endpoint(server: VoiceServer):
    server.put_endpoint(API_NAME, api_key="sk_car_upstream", gateway_key=TOKEN, account="our-cartesia")


def to(server: VoiceServer, key: str | None = TOKEN, account: str | None = "our-cartesia") -> Destination:
    return Destination(endpoint=server.url, api_key=key, account=account)


def connect(server: VoiceServer, gateway: str, retry: RetryPolicy = ONCE, **more) -> VoiceClient:
    return VoiceClient(load_route(gateway).connect(to(server, **more), 5), retry=retry)


@EACH
def test_speech_comes_through_unchanged_from_threads_and_event_loops(server: VoiceServer, gateway: str) -> None:
    wanted = request()
    with connect(server, gateway) as client:
        assert client.speak(wanted).audio == speak(TEXT, wanted.output_format)

    async def inside():
        async with AsyncVoiceClient(load_route(gateway).connect_async(to(server), 5)) as client:
            return await client.speak(wanted)

    assert asyncio.run(inside()).audio == speak(TEXT, wanted.output_format)


@EACH
def test_a_wrong_key_is_refused_by_the_gateway(server: VoiceServer, gateway: str) -> None:
    with connect(server, gateway, key="wrong") as client, pytest.raises(errors.AccessError) as caught:
        client.speak(request())
    assert caught.value.status == 401


KEYPOOL = [
    ("throttle", 429, errors.QuotaError, True),
    ("unavailable", 503, errors.NoKeyError, False),
    ("internal_failure", 502, errors.UpstreamError, True),
]


@pytest.mark.parametrize(("fault", "status", "kind", "retryable"), KEYPOOL)
def test_keypool_tells_quota_keys_and_upstream_apart(server: VoiceServer, fault, status, kind, retryable) -> None:
    server.faults(API_NAME, {"kind": fault, "times": 1})
    with connect(server, "keypool", RetryPolicy(max_attempts=2, base_seconds=0.01)) as client:
        if retryable:
            assert client.speak(request()).metrics.failed_attempts == [kind.kind]
        else:
            with pytest.raises(kind) as caught:
                client.speak(request())
            assert caught.value.status == status


@pytest.mark.parametrize(("status", "kind"), [(403, errors.AccessError), (401, errors.AccessError)])
def test_a_team_without_the_right_is_told(server: VoiceServer, status: int, kind: type) -> None:
    server.faults(API_NAME, {"kind": "model_error", "status": status})
    with connect(server, "keypool") as client, pytest.raises(kind):
        client.speak(request())


def test_the_same_statuses_mean_to_truefoundry_what_they_mean_to_the_api(server: VoiceServer) -> None:
    for fault, kind in (("throttle", errors.RefusedError), ("unavailable", errors.UnavailableError)):
        server.faults(API_NAME, {"kind": fault})
        with connect(server, "truefoundry") as client, pytest.raises(kind):
            client.speak(request())


@EACH
@pytest.mark.parametrize(
    ("key", "account", "said"),
    [
        ("sk_car_mine", "our-cartesia", "must not be sent to a gateway"),
        (None, "our-cartesia", "is missing"),
        ("two words", "our-cartesia", "one word"),
    ],
)
def test_keys_that_do_not_belong_there_never_leave(server: VoiceServer, gateway: str, key, account, said) -> None:
    with pytest.raises(RouteError, match=said) as caught:
        connect(server, gateway, key=key, account=account)
    assert "sk_car_mine" not in str(caught.value)


def test_truefoundry_wants_its_account(server: VoiceServer) -> None:
    with pytest.raises(RouteError, match="--account"):
        connect(server, "truefoundry", account=None)
    with connect(server, "truefoundry", account="a/../b") as client, pytest.raises(errors.EndpointError):
        client.speak(request())


@EACH
def test_a_gateway_is_no_part_of_a_stack(gateway: str) -> None:
    with pytest.raises(InvalidInput, match="give its address by --endpoint"):
        load_route(gateway).of_outputs({"apiEndpoint": "https://x"}, "prod")


@EACH
def test_smoke_speaks_through_a_gateway(server: VoiceServer, gateway: str, monkeypatch, capsys, tmp_path) -> None:
    environment(monkeypatch)
    (tmp_path / "token").write_text(TOKEN)
    words = ["smoke", "--route", gateway, "--endpoint", server.url, "--api-key-file", str(tmp_path / "token")]
    assert main([*words, "--account", "our-cartesia", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["fine"], found["live"]) == (True, None)


def test_the_official_sdk_passes_keypool_by_its_base_url(server: VoiceServer) -> None:
    options = {"api_key": TOKEN, "max_retries": 0, "default_headers": {"cartesia-version": "2025-04-16"}}
    with cartesia.Cartesia(base_url=f"{server.url}/v1/cartesia", **options) as client:
        assert client.tts.generate(**ASKED, output_format=FORM).read() == AUDIO
        assert client.voices.list().data


def test_the_official_sdk_passes_truefoundry_with_its_header_on_sockets_too(server: VoiceServer) -> None:
    base = f"{server.url}/tts/our-cartesia"
    headers = {"cartesia-version": "2025-04-16", "x-tfy-api-key": TOKEN}
    options = {"api_key": "dummy", "base_url": base, "max_retries": 0, "default_headers": headers}
    with cartesia.Cartesia(websocket_base_url=base.replace("http", "ws"), **options) as client:
        assert client.tts.generate(**ASKED, output_format=FORM).read() == AUDIO
        with client.tts.websocket_connect() as socket:
            context = socket.context(model_id="sonic-3.5", voice=ASKED["voice"], output_format=FORM, language="en")
            context.push("Hello there.")
            context.no_more_inputs()
            chunks = [event.audio for event in context.receive() if event.type == "chunk"]
    assert b"".join(chunks) == AUDIO


@pytest.mark.parametrize(("token", "opens"), [(TOKEN, True), ("wrong", False)])
def test_a_browser_gives_its_team_token_as_a_subprotocol(server: VoiceServer, token: str, opens: bool) -> None:
    async def inside():
        url = f"{server.url}/v1/cartesia/tts/websocket?cartesia_version=2025-04-16"
        protocol = f"keypool-token.{token}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url, protocols=[protocol]) as socket:
            assert socket.protocol == protocol
            await socket.send_json(message("a", "Hello."))
            return audio(await events_until_done(socket, "a"), "a")

    if opens:
        assert asyncio.run(inside())
    else:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            asyncio.run(inside())
